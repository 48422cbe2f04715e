#include "tests/support/transdimensional_laws.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dovetail/math/distributions.hpp"
#include "dovetail/model/registry.hpp"

namespace dovetail::test {
namespace {

constexpr std::size_t kMost = 3;
constexpr std::array<double, kMost + 1> kWeights{1, 3, 2, 1};  // of 0, 1, 2, 3 components
constexpr double kSpread = 0.5;

std::vector<Coordinate> signals() {
  std::vector<Coordinate> all{{CoordinateKind::integer, 0, kMost, "count", std::nullopt, true}, {.name = "level"}};
  for (std::size_t j = 1; j <= kMost; ++j) {
    const auto from = static_cast<double>(j);
    const std::string index = "[" + std::to_string(j) + "]";
    all.push_back(
        {CoordinateKind::real, 0, kInfinity, "amplitude" + index, Presence{0, from, {BirthKind::lognormal, 2, 2.5}}});
    all.push_back({CoordinateKind::real, -1, 2, "place" + index, Presence{0, from}});
    all.push_back({CoordinateKind::cyclic, 2, 5, "phase" + index, Presence{0, from}});
  }
  return all;
}

class SignalsLaw final : public Law {
 public:
  SignalsLaw() : Law("signals", signals()) {}
  double log_law(Point u) const override {
    const auto k = static_cast<std::size_t>(u[0]);
    double sum = math::log(kWeights[k]) - 0.5 * (u[1] - 1) * (u[1] - 1);
    for (std::size_t j = 0; j < k; ++j) {
      const Point c = u.subspan(2 + 3 * j, 3);
      const double z = (c[0] - centre(j, u[1])) / kSpread;
      // the place's share of its range has density 2 v
      sum += -0.5 * z * z - kLogRoot - math::log(kSpread) + math::log(2) + 2 * math::log_logistic(c[1]) +
             math::log_logistic(-c[1]) + math::log(bump(c[2]) / 3);
    }
    return sum;
  }
  void gradient(Point u, PointOut g) const override {
    std::fill(g.begin(), g.end(), 0);
    g[1] = -(u[1] - 1);
    for (std::size_t j = 0; j < static_cast<std::size_t>(u[0]); ++j) {
      const Point c = u.subspan(2 + 3 * j, 3);
      const double slope = (c[0] - centre(j, u[1])) / (kSpread * kSpread);
      g[1] += 0.5 * slope;
      g[2 + 3 * j] = -slope;
      g[3 + 3 * j] = 2 - 3 / (1 + math::exp(-c[1]));
    }
  }
  void draw(Rng& rng, PointOut u) const override {
    const std::size_t k = math::draw_categorical(rng, kWeights);
    u[0] = static_cast<double>(k);
    u[1] = 1 + math::draw_normal(rng);
    for (std::size_t j = 0; j < kMost; ++j) {
      const PointOut c = u.subspan(2 + 3 * j, 3);
      c[0] = c[1] = 0;
      c[2] = 2;
      if (j >= k) continue;
      c[0] = centre(j, u[1]) + kSpread * math::draw_normal(rng);
      const double v = std::sqrt(rng.uniform_open());
      c[1] = math::log(v) - math::log1p(-v);
      do {
        c[2] = 2 + 3 * rng.uniform();
      } while (1.7 * rng.uniform() > bump(c[2]));
    }
  }

 private:
  static constexpr double kLogRoot = 0.91893853320467274178;  // log(2 pi) / 2
  static double centre(std::size_t j, double level) { return 0.5 * level + 0.3 * static_cast<double>(j); }
  static double bump(double phase) { return 1 + 0.7 * math::cos(2 * std::numbers::pi * (phase - 2) / 3); }
};

/// A model with exact draws at every beta.
class ShapesLaw final : public Law {
 public:
  explicit ShapesLaw(std::unique_ptr<Model> model)
      : Law("shapes", model->description().coordinates), model_(std::move(model)) {}
  double log_law(Point x) const override {
    const LogDensity parts = model_->log_density(x);
    return parts.prior + kBeta * parts.likelihood;
  }
  void gradient(Point x, PointOut g) const override {
    std::vector<double> likelihood(g.size());
    (void)model_->log_density_gradient(x, g, likelihood);
    for (std::size_t i = 0; i < g.size(); ++i) g[i] += kBeta * likelihood[i];
  }
  void draw(Rng& rng, PointOut x) const override { model_->draw_exact(kBeta, rng, x); }

 private:
  static constexpr double kBeta = 0.4;
  std::unique_ptr<Model> model_;
};

}  // namespace

std::unique_ptr<Law> make_transdimensional_law(const std::string& name) {
  if (name == "signals") return std::make_unique<SignalsLaw>();
  if (name == "shapes") return std::make_unique<ShapesLaw>(make_model("builtin:nested"));
  throw std::out_of_range(name);
}

}  // namespace dovetail::test
