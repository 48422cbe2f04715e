/// What `dovetail check MODEL` finds before a run: values, gradient, purity and the way back at seeded points.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dovetail/model/model.hpp"

namespace dovetail {

struct ModelCheckOptions {
  std::uint64_t seed = 1;
  std::size_t points = 20;
  double gradient_tolerance = 1e-6;  ///< relative to max(1, |gradient|)
};

/// A thing that is wrong with a model: stable id as in docs/models.md, cause and cure.
struct ModelFinding {
  std::string id;    ///< "no-finite-point", "nan", "throws", "impure", "gradient", "gradient-value", "output-nan",
                     ///< "absent-output", "absent-read", "round-trip", "lost"; of cli/examine.hpp: "threads", "grows",
                     ///< "surroundings"; of cli/check.cpp: "crash", "exit", "hang"
  std::string text;  ///< what and where
  std::string fix;
};

struct ModelCheck {
  std::size_t points = 0;            ///< tried
  std::size_t finite = 0;            ///< with a finite log density
  std::size_t outside = 0;           ///< with log density -inf
  std::size_t errors = 0;            ///< NaN, +inf or a throw
  std::size_t gradients = 0;         ///< partial derivatives compared with differences
  double gradient_error = 0;         ///< worst of them, relative to max(1, |gradient|)
  bool pure = true;                  ///< every repeated call gave the same bits
  std::size_t round_trips = 0;       ///< points whose values led back to coordinates
  double round_trip_error = 0;       ///< of their values after the way there and back, relative to max(1, |value|)
  std::string round_trip_refusal{};  ///< what the model said where there is no way back; no finding
  bool thread_safe = true;           ///< what the model claims; running it on threads is the caller's affair
  std::vector<ModelFinding> findings;
  [[nodiscard]] bool passed() const { return findings.empty(); }
};

/// Calls the model at `points` draws of its prior (draw_start() where it has none). Prints
/// nothing; what the model throws becomes a finding, and ModelLost ends it with what it has found. Streams:
/// Purpose::check, item = point. Cost per point: 3 evaluations and, with a gradient, 16 more for each of at most 64
/// evenly spread coordinates.
[[nodiscard]] ModelCheck check_model(const Model& model, const ModelCheckOptions& options = {});

/// A point as a run might start from: a draw of the prior, or of draw_start() where the model cannot draw.
void draw_check_point(const Model& model, Rng& rng, PointOut x);

/// A partial derivative by central differences.
struct Difference {
  double value = 0;
  /// How far estimates of neighbouring step sizes differ, or what rounding of the values alone may do to one if that is
  /// more; +inf when a value was not finite.
  double error = 0;
};

/// How far from x_i difference() looks, and no further.
[[nodiscard]] inline double difference_reach(double x_i) { return 2e-2 * std::max(1.0, std::fabs(x_i)); }

/// d f / d x_i at x by five points, for steps 1e-2 to 1e-5 of max(1, |x_i|): the estimate with the least error. `f`:
/// Point -> double. 16 evaluations; `x` is changed and put back.
template <class F>
[[nodiscard]] Difference difference(F&& f, std::span<double> x, std::size_t i) {
  constexpr int kSteps = 4;
  const double centre = x[i];
  const double scale = std::max(1.0, std::fabs(centre));
  const auto at = [&](double shift) {
    x[i] = centre + shift;
    return f(Point(x));
  };
  Difference best{0, kInfinity};
  double previous = kInfinity;
  double h = 1e-2 * scale;
  for (int step = 0; step < kSteps; ++step, h /= 10) {
    const double near[] = {at(h), at(-h)};
    const double far[] = {at(2 * h), at(-2 * h)};
    const double slope = (8 * (near[0] - near[1]) - (far[0] - far[1])) / (12 * h);
    const double rounding = 0x1p-52 * std::max(std::fabs(near[0]), std::fabs(near[1])) / h;
    const double error = std::max(std::fabs(slope - previous), rounding);
    if (error < best.error) best = {slope, error};
    previous = slope;
  }
  x[i] = centre;
  return best;
}

}  // namespace dovetail
