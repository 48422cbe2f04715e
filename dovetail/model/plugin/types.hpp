/// What a model's struct is written with, and what it may have: part of plugin.hpp, which is what to include.
#pragma once
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
}  // namespace dovetail::plugin
