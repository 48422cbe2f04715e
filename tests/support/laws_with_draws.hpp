/// Densities with exact draws, for tests that start a kernel in its invariant law: every kind of coordinate, several
/// scales, modes, skewness, hard bounds.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/kernel/metric.hpp"
#include "dovetail/kernel/path.hpp"

namespace dovetail::test {

/// A law p(x), met by its path at beta = kLawBeta alone: l0 is a decoy and V makes up the difference, so that a kernel
/// which mixes up temperatures has another law.
class Law : public Path {
 public:
  static constexpr double kLawBeta = 0.625;

  Law(std::string name, std::vector<Coordinate> coordinates)
      : name_(std::move(name)), coordinates_(std::move(coordinates)) {}
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Density density() const { return {*this, kLawBeta}; }

  [[nodiscard]] virtual double log_law(Point x) const = 0;
  virtual void gradient(Point x, PointOut g) const = 0;
  virtual void draw(Rng& rng, PointOut x) const = 0;
  /// P(X_i <= v), where it has a closed form.
  [[nodiscard]] virtual std::optional<double> cdf(std::size_t, double) const { return std::nullopt; }

  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override;
  [[nodiscard]] bool has_gradient() const override { return true; }
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override;
  bool draw_exact(double beta, Rng& rng, PointOut x) const override;

 private:
  std::string name_;
  std::vector<Coordinate> coordinates_;
};

/// One of each: "gaussian", "bimodal", "skewed", "circle", "integers", "mixed", "funnel".
[[nodiscard]] std::vector<std::string> law_names();
[[nodiscard]] std::unique_ptr<Law> make_law(const std::string& name);

/// A metric of this kind that fits the law only roughly: standard deviations of its exact draws, each off by another
/// factor, and for a dense one correlations that it does not have.
[[nodiscard]] Metric awkward_metric(const Law& law, MetricKind kind);
/// The kind that tests of all laws use on this one, so that each kind meets some: bimodal unit, gaussian and funnel
/// dense, the others diagonal.
[[nodiscard]] MetricKind metric_kind_for(const Law& law);
/// Thirty points for population kernels, d coordinates each: exact draws pulled off centre and apart.
[[nodiscard]] std::vector<double> awkward_archive(const Law& law);

}  // namespace dovetail::test
