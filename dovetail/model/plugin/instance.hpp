/// A struct of the user's with all that the C interface asks of it: names, bounds, densities on all reals. Part of
/// plugin.hpp.
#pragma once
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "dovetail/model/plugin/types.hpp"

namespace dovetail::plugin::detail {

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
}  // namespace dovetail::plugin::detail
