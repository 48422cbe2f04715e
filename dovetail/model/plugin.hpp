/// A model of your own as a shared library: write a struct and one macro, then `dovetail compile model.cpp`.
///
///   #include "dovetail/model/plugin.hpp"
///   using namespace dovetail::plugin;
///
///   struct Normal {
///     std::vector<double> y;
///     explicit Normal(const Data& data) : y(data.reals("y")) {}
///     std::vector<Parameter> parameters() const { return {{"mu"}, {"sigma", positive()}}; }
///     double log_density(Point x) const { ... }                 // x[0] is mu, x[1] is sigma
///   };
///   DOVETAIL_MODEL(Normal)
///
/// The library has BridgeStan's C interface (version 2), so whatever reads Stan models through it reads this one too.
/// This header needs C++20 and the standard library, nothing else of Dovetail. docs/plugins.md is the guide.
#pragma once
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#define DOVETAIL_PLUGIN_EXPORT __attribute__((visibility("default")))

// What the C interface calls a model and a generator, without saying what they are, and the version of the interface.
struct bs_model;
struct bs_rng;
extern "C" {
// NOLINTBEGIN(readability-identifier-naming): the interface's names
extern DOVETAIL_PLUGIN_EXPORT const int bs_major_version;
extern DOVETAIL_PLUGIN_EXPORT const int bs_minor_version;
extern DOVETAIL_PLUGIN_EXPORT const int bs_patch_version;
// NOLINTEND(readability-identifier-naming)
}

namespace dovetail::plugin {

using Point = std::span<const double>;  ///< the values of all parameters, in declared order, on their own scale
using Gradient = std::span<double>;     ///< the same, to be filled with derivatives with respect to them
using Values = std::span<double>;       ///< to be filled with values

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Where a parameter lives. What is not all reals is sampled through Stan's transform, whose log-Jacobian is added for
/// you and belongs to the prior.
struct Bounds {
  double lower = -kInfinity;
  double upper = kInfinity;
};
[[nodiscard]] inline Bounds real() { return {}; }
[[nodiscard]] inline Bounds positive() { return {0, kInfinity}; }
[[nodiscard]] inline Bounds above(double lower) { return {lower, kInfinity}; }
[[nodiscard]] inline Bounds below(double upper) { return {-kInfinity, upper}; }
[[nodiscard]] inline Bounds between(double lower, double upper) { return {lower, upper}; }

/// `size` values called NAME, or NAME.1, NAME.2, ... when a size is given.
struct Parameter {
  std::string name;
  Bounds bounds = real();
  std::size_t size = 0;  ///< 0: a single number called NAME
};

/// What --data holds: a JSON object of numbers and rectangular arrays. Calls throw std::invalid_argument, which names
/// the variable and its line, when it is not there or not of that kind. Indices of arrays run in row-major order.
class Data {
 public:
  /// `name` stands for the text in messages.
  Data(std::string_view text, std::string_view name);
  ~Data();
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;

  [[nodiscard]] bool has(std::string_view variable) const;
  /// Extents of an array; empty for a number.
  [[nodiscard]] std::vector<std::size_t> shape(std::string_view variable) const;
  [[nodiscard]] std::int32_t integer(std::string_view variable) const;
  [[nodiscard]] double real(std::string_view variable) const;
  /// All values of an array.
  [[nodiscard]] std::vector<std::int32_t> integers(std::string_view variable) const;
  [[nodiscard]] std::vector<double> reals(std::string_view variable) const;
  /// The same, of an array that must have `size` elements.
  [[nodiscard]] std::vector<std::int32_t> integers(std::string_view variable, std::size_t size) const;
  [[nodiscard]] std::vector<double> reals(std::string_view variable, std::size_t size) const;

 private:
  struct Variables;
  std::unique_ptr<const Variables> variables_;
};

/// Random numbers for generated quantities: Steele, Lea and Flood's SplitMix64 (2014). The same seed gives the same
/// words everywhere; distributions of the standard library take it, but differ between libraries.
class Rng {
 public:
  using result_type = std::uint64_t;  // the standard library's name for it
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// In (0, 1), never an end.
  double uniform() { return (static_cast<double>((*this)() >> 12U) + 0.5) * 0x1p-52; }
  /// Standard normal, by the polar method of Marsaglia and Bray (1964) without its second number.
  double normal() {
    for (;;) {
      const double u = 2 * uniform() - 1, v = 2 * uniform() - 1;
      const double s = u * u + v * v;
      if (s > 0 && s < 1) return u * std::sqrt(-2 * std::log(s) / s);
    }
  }

 private:
  std::uint64_t state_;
};

/// Writes a line where the program that loaded the model wants it: stderr unless it says otherwise. Any thread may
/// call.
void print(std::string_view text);

// What a struct may have besides a constructor from nothing or from `const Data&`. Either log_density alone, up to a
// constant, or both parts, the prior normalised over the parameters: then tempering starts from the prior.
//
//   std::vector<Parameter> parameters() const
//   double log_density(Point x) const                              one of these two
//   double log_prior(Point x) const, double log_likelihood(Point x) const
//   double log_density(Point x, Gradient g) const                  the same with derivatives, besides or instead; g is
//   double log_prior(Point x, Gradient g) const, ...               all 0 before
//   std::vector<std::string> derived_names() const, void derived(Point x, Values values) const
//   std::vector<std::string> generated_names() const, void generated(Point x, Rng& rng, Values values) const
//   static constexpr bool thread_safe = false                      calls must not come from several threads
//
// -infinity is outside the support, and so is a point where an exception is thrown, which is counted; but
// std::bad_alloc, std::out_of_range and what is no std::exception are error events, as NaN is: the run stops or counts
// them, by --on-error, and the point is never accepted.

template <class M>
concept HasDensity = requires(const M& m, Point x) {
  { m.log_density(x) } -> std::convertible_to<double>;
};
template <class M>
concept HasParts = requires(const M& m, Point x) {
  { m.log_prior(x) } -> std::convertible_to<double>;
  { m.log_likelihood(x) } -> std::convertible_to<double>;
};
template <class M>
concept HasDensityGradient = requires(const M& m, Point x, Gradient g) {
  { m.log_density(x, g) } -> std::convertible_to<double>;
};
template <class M>
concept HasPartGradients = requires(const M& m, Point x, Gradient g) {
  { m.log_prior(x, g) } -> std::convertible_to<double>;
  { m.log_likelihood(x, g) } -> std::convertible_to<double>;
};
template <class M>
concept HasSomePartGradient = requires(const M& m, Point x, Gradient g) {
  m.log_prior(x, g);
}
|| requires(const M& m, Point x, Gradient g) { m.log_likelihood(x, g); };
template <class M>
concept HasDerived = requires(const M& m, Point x, Values values) {
  { m.derived_names() } -> std::convertible_to<std::vector<std::string>>;
  m.derived(x, values);
};
template <class M>
concept HasGenerated = requires(const M& m, Point x, Rng& rng, Values values) {
  { m.generated_names() } -> std::convertible_to<std::vector<std::string>>;
  m.generated(x, rng, values);
};

namespace detail {

template <class M>
[[nodiscard]] constexpr bool is_thread_safe() {
  if constexpr (requires { M::thread_safe; }) {
    return M::thread_safe;
  } else {
    return true;
  }
}

/// One number on its own scale (x) and on all reals (u), by Stan's transforms.
struct Scaled {
  double x;
  double slope;         ///< dx/du
  double log_jacobian;  ///< log |dx/du|
  double change;        ///< d log_jacobian / du
};

inline Scaled constrain(const Bounds& b, double u) {
  const bool lower = b.lower > -kInfinity, upper = b.upper < kInfinity;
  if (lower && upper) {
    const double width = b.upper - b.lower;
    const double e = std::exp(-std::fabs(u)), fraction = (u > 0 ? 1 : e) / (1 + e);
    return {b.lower + width * fraction, width * e / ((1 + e) * (1 + e)),
            std::log(width) - std::fabs(u) - 2 * std::log1p(e), 1 - 2 * fraction};
  }
  if (lower) return {b.lower + std::exp(u), std::exp(u), u, 1};
  if (upper) return {b.upper - std::exp(u), -std::exp(u), u, 1};
  return {u, 1, 0, 0};
}

inline double unconstrain(const Bounds& b, double x) {
  const bool lower = b.lower > -kInfinity, upper = b.upper < kInfinity;
  if (lower && upper) return std::log(x - b.lower) - std::log(b.upper - x);
  if (lower) return std::log(x - b.lower);
  if (upper) return std::log(b.upper - x);
  return x;
}

/// Rounding may put a value on its bound, or past all numbers: that is outside the support.
inline bool is_inside(const Bounds& b, double x) { return x > b.lower && x < b.upper; }

inline void check_declared(const std::vector<Parameter>& parameters) {
  for (const Parameter& p : parameters) {
    if (p.name.empty() || p.name.find_first_of(",.\n") != std::string::npos) {
      throw std::invalid_argument("a parameter is called \"" + p.name +
                                  "\": names are not empty and hold no comma or dot");
    }
    if (!(p.bounds.lower < p.bounds.upper)) {
      throw std::invalid_argument("the bounds of parameter " + p.name + " leave no room");
    }
    for (const Parameter& other : parameters) {
      if (&other != &p && other.name == p.name) {
        throw std::invalid_argument("two parameters are called " + p.name);
      }
    }
  }
}

/// The scratch of this thread. One suffices, since no call of the interface makes another.
inline std::span<double> scratch(std::size_t size) {
  thread_local std::vector<double> row;
  if (row.size() < size) row.resize(size);
  return std::span(row).first(size);
}

/// What the C interface holds of a model: the user's struct and all that is known before the first call.
template <class M>
class Instance {
 public:
  static_assert(HasDensity<M> || HasDensityGradient<M> || HasParts<M> || HasPartGradients<M>,
                "a model has `double log_density(Point) const`, or `double log_prior(Point) const` and "
                "`double log_likelihood(Point) const`");
  static_assert(
      requires(const M& m) {
        { m.parameters() } -> std::convertible_to<std::vector<Parameter>>;
      },
      "a model has `std::vector<Parameter> parameters() const`");
  static_assert(std::is_constructible_v<M, const Data&> || std::is_default_constructible_v<M>,
                "a model is made from `const Data&` or from nothing");
  static constexpr bool kParts = HasParts<M> || HasPartGradients<M>;
  static constexpr bool kGradient = kParts ? HasPartGradients<M> : HasDensityGradient<M>;
  static_assert(
      !kParts || kGradient || !HasSomePartGradient<M>,
      "gradients of log_prior and log_likelihood come together, as `double log_prior(Point, Gradient) const`");

  Instance(const char* type_name, const char* data) : name(type_name), model(make(data)), declared(model.parameters()) {
    check_declared(declared);
    for (const Parameter& p : declared) {
      for (std::size_t i = 0; i < (p.size == 0 ? 1 : p.size); ++i) {
        bounds.push_back(p.bounds);
        add_name(0, p.size == 0 ? p.name : p.name + "." + std::to_string(i + 1));
        plain = plain && p.bounds.lower == -kInfinity && p.bounds.upper == kInfinity;
      }
    }
    if constexpr (HasDerived<M>) {
      for (const std::string& n : model.derived_names()) add_name(1, n);
    }
    if constexpr (HasGenerated<M>) {
      for (const std::string& n : model.generated_names()) add_name(2, n);
    }
    for (int i = 0; i < 4; ++i) {
      names[i] = lists[0];
      if ((i & 1) != 0 && counts[1] > 0) names[i] += (names[i].empty() ? "" : ",") + lists[1];
      if ((i & 2) != 0 && counts[2] > 0) names[i] += (names[i].empty() ? "" : ",") + lists[2];
    }
    info = std::string("Dovetail plug-in\nSTAN_THREADS=") + (is_thread_safe<M>() ? "true" : "false") +
           "\nDOVETAIL_GRADIENT=" + (kGradient ? "true" : "false") + "\nDOVETAIL_PRIOR=" + (kParts ? "true" : "false") +
           "\nCompiler: " + __VERSION__ + "\n";
  }

  [[nodiscard]] std::size_t dimension() const { return bounds.size(); }
  [[nodiscard]] std::size_t count(bool derived, bool generated) const {
    return counts[0] + (derived ? counts[1] : 0) + (generated ? counts[2] : 0);
  }

  /// The log density at coordinates `u`; `gradient` (may be null) with respect to them. With `prior_only`, of the
  /// prior.
  double evaluate(const double* u, double* gradient, bool jacobian, bool prior_only) const {
    const std::size_t d = dimension();
    const std::span<double> row = scratch(5 * d);
    const std::span<double> values = row.first(d), slopes = row.subspan(d, d), changes = row.subspan(2 * d, d);
    double log_jacobian = 0;
    Point x(u, d);
    if (!plain) {
      for (std::size_t i = 0; i < d; ++i) {
        const Scaled scaled = constrain(bounds[i], u[i]);
        if (!is_inside(bounds[i], scaled.x) && !std::isnan(u[i])) return outside(gradient);
        values[i] = scaled.x;
        slopes[i] = scaled.slope;
        changes[i] = scaled.change;
        log_jacobian += scaled.log_jacobian;
      }
      x = values;
    }
    constexpr bool kValueAlone = kParts ? HasParts<M> : HasDensity<M>;
    if constexpr (kValueAlone) {
      if (gradient == nullptr) return at(x, prior_only) + (jacobian ? log_jacobian : 0);
    }
    const Gradient g = gradient == nullptr ? row.subspan(4 * d, d) : Gradient(gradient, d);
    const double value = at(x, g, row.subspan(3 * d, d), prior_only);
    if (!plain && gradient != nullptr) {
      for (std::size_t i = 0; i < d; ++i) gradient[i] = gradient[i] * slopes[i] + (jacobian ? changes[i] : 0);
    }
    return value + (jacobian ? log_jacobian : 0);
  }

  void constrain_all(const double* u, Values values) const {
    for (std::size_t i = 0; i < dimension(); ++i) values[i] = constrain(bounds[i], u[i]).x;
  }
  void unconstrain_all(const double* values, double* u) const {
    std::size_t i = 0;
    for (const Parameter& p : declared) {
      for (std::size_t k = 0; k < (p.size == 0 ? 1 : p.size); ++k, ++i) {
        if (!is_inside(bounds[i], values[i])) {
          throw std::invalid_argument("the parameter " + p.name + " is " + std::to_string(values[i]) +
                                      ", which is not inside its bounds");
        }
        u[i] = unconstrain(bounds[i], values[i]);
      }
    }
  }

  const std::string name;
  const M model;
  const std::vector<Parameter> declared;
  std::vector<Bounds> bounds;  ///< of each value
  std::string lists[3];        ///< names of parameters, derived and generated quantities, by commas
  std::size_t counts[3] = {};  ///< and their numbers
  std::string names[4];        ///< by include_tp + 2 * include_gq
  std::string info;
  bool plain = true;  ///< no bounds: values are coordinates

 private:
  static M make(const char* data);

  void add_name(int list, const std::string& n) { lists[list] += (counts[list]++ == 0 ? "" : ",") + n; }

  double outside(double* gradient) const {
    for (std::size_t i = 0; gradient != nullptr && i < dimension(); ++i) gradient[i] = 0;
    return -kInfinity;
  }

  double at(Point x, bool prior_only) const {
    if constexpr (HasParts<M>) {
      const double prior = model.log_prior(x);
      return prior_only || prior == -kInfinity ? prior : prior + model.log_likelihood(x);
    } else {
      return model.log_density(x);
    }
  }

  double at(Point x, Gradient gradient, Gradient second, bool prior_only) const {
    for (double& g : gradient) g = 0;
    if constexpr (kParts && kGradient) {
      const double prior = model.log_prior(x, gradient);
      if (prior_only || prior == -kInfinity) return prior;
      for (double& g : second) g = 0;
      const double likelihood = model.log_likelihood(x, second);
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += second[i];
      return prior + likelihood;
    } else if constexpr (kGradient) {
      return model.log_density(x, gradient);
    } else {
      throw std::logic_error("the model has no gradient; give it one, or use a kernel that needs none (slice)");
    }
  }
};

/// The text that the C interface means by `data`: a file's when it ends in .json, else its own; and what to call it.
struct DataText {
  std::string text;
  std::string name;
};
[[nodiscard]] inline DataText data_text(const char* data) {
  const std::string given = data == nullptr ? "" : data;
  if (!given.ends_with(".json")) return {given.empty() ? "{}" : given, "data"};
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(given.c_str(), "rb"), std::fclose);
  if (!file) throw std::runtime_error("cannot read the data " + given + ": " + std::strerror(errno));
  DataText result{"", given};
  char buffer[1U << 14U];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file.get())) > 0;) result.text.append(buffer, n);
  if (std::ferror(file.get()) != 0) throw std::runtime_error("cannot read the data " + given);
  return result;
}

template <class M>
M Instance<M>::make(const char* data) {
  const DataText given = data_text(data);
  if constexpr (std::is_constructible_v<M, const Data&>) {
    return M(Data(given.text, given.name));
  } else {
    if (given.text.find_first_not_of("{} \t\r\n") != std::string::npos) {
      throw std::invalid_argument(
          "the model takes no data (it has no constructor from `const Data&`), but was given some");
    }
    return M();
  }
}

/// An error's text for a caller in C, who frees it by bs_free_error_msg: "Model.call: kind what".
inline void set_error(char** error, const std::string& model, const char* call, const char* kind,
                      const char* what) noexcept {
  if (error == nullptr) return;
  const std::size_t size = model.size() + std::strlen(call) + std::strlen(kind) + std::strlen(what) + 4;
  *error = static_cast<char*>(std::malloc(size));
  if (*error != nullptr) std::snprintf(*error, size, "%s.%s: %s%s", model.c_str(), call, kind, what);
}

/// Runs `body`; 0, or -1 and a message when it throws. Nothing leaves but by its return value.
template <class Body>
int guarded(char** error, const std::string& model, const char* call, Body body) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    body();
    return 0;
  } catch (const std::bad_alloc&) {
    set_error(error, model, call, "out of memory", "");
  } catch (const std::out_of_range& e) {  // what() of vector::at does not say what it is
    set_error(error, model, call, "out of range: ", e.what());
  } catch (const std::exception& e) {
    set_error(error, model, call, "", e.what());
  } catch (...) {
    set_error(error, model, call, "an exception that is no std::exception", "");
  }
  return -1;
}

using PrintCallback = void (*)(const char*, std::size_t);
struct Printer {
  std::mutex mutex;
  PrintCallback callback = nullptr;
};
inline Printer& printer() {
  static Printer printer;
  return printer;
}

}  // namespace detail

inline void print(std::string_view text) {
  detail::Printer& to = detail::printer();
  const std::lock_guard lock(to.mutex);
  if (to.callback != nullptr) {
    to.callback(text.data(), text.size());
  } else {
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
}

}  // namespace dovetail::plugin

namespace dovetail::plugin::detail {

template <class M>
const Instance<M>& instance(const bs_model* model) {
  return *reinterpret_cast<const Instance<M>*>(model);
}

template <class M>
bs_model* construct(const char* name, const char* data, char** error) noexcept {
  bs_model* model = nullptr;
  guarded(error, name, "construct", [&] { model = reinterpret_cast<bs_model*>(new Instance<M>(name, data)); });
  return model;
}

template <class M>
int density(const bs_model* model, const char* call, bool jacobian, bool prior_only, const double* u, double* value,
            double* gradient, char** error) noexcept {
  const Instance<M>& m = instance<M>(model);
  return guarded(error, m.name, call, [&] { *value = m.evaluate(u, gradient, jacobian, prior_only); });
}

template <class M>
int values_of(const bs_model* model, bool derived, bool generated, const double* u, double* values, bs_rng* rng,
              char** error) noexcept {
  const Instance<M>& m = instance<M>(model);
  return guarded(error, m.name, "param_constrain", [&] {
    const Values all(values, m.count(derived, generated));
    const Values x = all.first(m.dimension());
    m.constrain_all(u, x);
    if constexpr (HasDerived<M>) {
      if (derived) m.model.derived(x, all.subspan(m.counts[0], m.counts[1]));
    }
    if constexpr (HasGenerated<M>) {
      if (generated && rng == nullptr) throw std::invalid_argument("generated quantities need a bs_rng");
      if (generated) m.model.generated(x, *reinterpret_cast<Rng*>(rng), all.last(m.counts[2]));
    }
  });
}

template <class M>
int coordinates_of_json(const bs_model* model, const char* json, double* u, char** error) noexcept {
  const Instance<M>& m = instance<M>(model);
  return guarded(error, m.name, "param_unconstrain_json", [&] {
    if constexpr (std::is_constructible_v<M, const Data&>) {
      const Data data(json, "parameters");
      std::vector<double> values;
      for (const Parameter& p : m.declared) {
        const std::vector<double> some =
            p.size == 0 ? std::vector<double>{data.real(p.name)} : data.reals(p.name, p.size);
        values.insert(values.end(), some.begin(), some.end());
      }
      m.unconstrain_all(values.data(), u);
    } else {
      throw std::logic_error("not provided by a model without data (no reader of JSON is linked into it)");
    }
  });
}

/// For what this interface does not offer.
template <class M>
int not_provided(const bs_model* model, const char* call, char** error) noexcept {
  return guarded(error, instance<M>(model).name, call, [] { throw std::logic_error("not provided by plug-ins"); });
}

}  // namespace dovetail::plugin::detail

/// Exports struct M, once in a library: BridgeStan's functions, and the prior apart for models that have it.
#define DOVETAIL_MODEL(M) DOVETAIL_MODEL_NAMED(M, #M)

/// The same under another name.
#define DOVETAIL_MODEL_NAMED(M, model_name)                                                                           \
  extern "C" {                                                                                                        \
  const int bs_major_version = 2;                                                                                     \
  const int bs_minor_version = 6;                                                                                     \
  const int bs_patch_version = 1;                                                                                     \
  DOVETAIL_PLUGIN_EXPORT bs_model* bs_model_construct(const char* data, unsigned int, char** error) {                 \
    return dovetail::plugin::detail::construct<M>(model_name, data, error);                                           \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT void bs_model_destruct(bs_model* m) {                                                        \
    delete reinterpret_cast<dovetail::plugin::detail::Instance<M>*>(m);                                               \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT void bs_free_error_msg(char* message) { std::free(message); }                                \
  DOVETAIL_PLUGIN_EXPORT const char* bs_name(const bs_model* m) {                                                     \
    return dovetail::plugin::detail::instance<M>(m).name.c_str();                                                     \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT const char* bs_model_info(const bs_model* m) {                                               \
    return dovetail::plugin::detail::instance<M>(m).info.c_str();                                                     \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT const char* bs_param_names(const bs_model* m, bool include_tp, bool include_gq) {            \
    return dovetail::plugin::detail::instance<M>(m).names[(include_tp ? 1 : 0) + (include_gq ? 2 : 0)].c_str();       \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT const char* bs_param_unc_names(const bs_model* m) {                                          \
    return dovetail::plugin::detail::instance<M>(m).names[0].c_str();                                                 \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_num(const bs_model* m, bool include_tp, bool include_gq) {                      \
    return static_cast<int>(dovetail::plugin::detail::instance<M>(m).count(include_tp, include_gq));                  \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_unc_num(const bs_model* m) {                                                    \
    return static_cast<int>(dovetail::plugin::detail::instance<M>(m).dimension());                                    \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_constrain(const bs_model* m, bool include_tp, bool include_gq,                  \
                                                const double* theta_unc, double* theta, bs_rng* rng, char** error) {  \
    return dovetail::plugin::detail::values_of<M>(m, include_tp, include_gq, theta_unc, theta, rng, error);           \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_unconstrain(const bs_model* m, const double* theta, double* theta_unc,          \
                                                  char** error) {                                                     \
    const auto& model = dovetail::plugin::detail::instance<M>(m);                                                     \
    return dovetail::plugin::detail::guarded(error, model.name, "param_unconstrain",                                  \
                                             [&] { model.unconstrain_all(theta, theta_unc); });                       \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_unconstrain_json(const bs_model* m, const char* json, double* theta_unc,        \
                                                       char** error) {                                                \
    return dovetail::plugin::detail::coordinates_of_json<M>(m, json, theta_unc, error);                               \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_log_density(const bs_model* m, bool, bool jacobian, const double* theta_unc,          \
                                            double* value, char** error) {                                            \
    return dovetail::plugin::detail::density<M>(m, "log_density", jacobian, false, theta_unc, value, nullptr, error); \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_log_density_gradient(const bs_model* m, bool, bool jacobian, const double* theta_unc, \
                                                     double* value, double* gradient, char** error) {                 \
    return dovetail::plugin::detail::density<M>(m, "log_density_gradient", jacobian, false, theta_unc, value,         \
                                                gradient, error);                                                     \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int dovetail_log_prior_gradient(const bs_model* m, const double* theta_unc, double* value,   \
                                                         double* gradient, char** error) {                            \
    if (!dovetail::plugin::detail::Instance<M>::kParts)                                                               \
      return dovetail::plugin::detail::not_provided<M>(m, "log_prior", error);                                        \
    return dovetail::plugin::detail::density<M>(m, "log_prior", true, true, theta_unc, value, gradient, error);       \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_log_density_hessian(const bs_model* m, bool, bool, const double*, double*, double*,   \
                                                    double*, char** error) {                                          \
    return dovetail::plugin::detail::not_provided<M>(m, "log_density_hessian", error);                                \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_log_density_hessian_vector_product(const bs_model* m, bool, bool, const double*,      \
                                                                   const double*, double*, double*, char** error) {   \
    return dovetail::plugin::detail::not_provided<M>(m, "log_density_hessian_vector_product", error);                 \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT bs_rng* bs_rng_construct(unsigned int seed, char** error) {                                  \
    bs_rng* rng = nullptr;                                                                                            \
    dovetail::plugin::detail::guarded(error, model_name, "rng_construct",                                             \
                                      [&] { rng = reinterpret_cast<bs_rng*>(new dovetail::plugin::Rng(seed)); });     \
    return rng;                                                                                                       \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT void bs_rng_destruct(bs_rng* rng) { delete reinterpret_cast<dovetail::plugin::Rng*>(rng); }  \
  DOVETAIL_PLUGIN_EXPORT int bs_set_print_callback(dovetail::plugin::detail::PrintCallback callback, char** error) {  \
    if (error != nullptr) *error = nullptr;                                                                           \
    const std::lock_guard lock(dovetail::plugin::detail::printer().mutex);                                            \
    dovetail::plugin::detail::printer().callback = callback;                                                          \
    return 0;                                                                                                         \
  }                                                                                                                   \
  }
