#include "tests/support/bounded_laws.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include "dovetail/math/distributions.hpp"

namespace dovetail::test {
namespace {

using std::numbers::pi;

class BoundedLaw final : public Law {
 public:
  BoundedLaw()
      : Law("bounded", {{CoordinateKind::real, 1, kInfinity, "a"},
                        {CoordinateKind::real, -2, 3, "b"},
                        {CoordinateKind::real, -kInfinity, 4, "c"}}) {}
  double log_law(Point u) const override {
    const double log_y = math::log_logistic(u[1]);  // y = (b + 2) / 5 has density 2 y
    const double rate = 1 + math::exp(log_y);
    return u[0] - math::exp(u[0]) + 2 * log_y + math::log_logistic(-u[1]) + math::log(rate) - rate * math::exp(u[2]) +
           u[2];
  }
  void gradient(Point, PointOut g) const override { std::fill(g.begin(), g.end(), std::nan("")); }
  void draw(Rng& rng, PointOut u) const override {
    u[0] = math::log(math::draw_exponential(rng));
    const double y = std::sqrt(rng.uniform_open());
    u[1] = math::log(y) - math::log1p(-y);
    u[2] = math::log(math::draw_exponential(rng) / (1 + y));
  }
  std::optional<double> cdf(std::size_t i, double u) const override {
    if (i == 0) return -std::expm1(-std::exp(u));
    if (i == 2) return std::nullopt;
    const double y = 1 / (1 + std::exp(-u));
    return y * y;
  }
};

/// Density (1 + 0.8 cos t)(1 + 0.6 sin t cos phi) per solid angle, up to a constant; the two angles' has sin t besides.
class SphereLaw final : public Law {
 public:
  SphereLaw(const std::string& name, Coordinate azimuth, Coordinate polar, bool latitude)
      : Law(name, {azimuth, polar}), unit_((azimuth.upper - azimuth.lower) / (2 * pi)), latitude_(latitude) {}
  double log_law(Point u) const override {
    const double t = polar(u[1]);
    const double sine = math::sin(std::min(t, pi - t));
    return math::log(sine) + math::log(1 + 0.8 * math::cos(t)) + math::log(1 + 0.6 * sine * math::cos(u[0] / unit_)) +
           math::log_logistic(u[1]) + math::log_logistic(-u[1]);
  }
  void gradient(Point, PointOut g) const override { std::fill(g.begin(), g.end(), std::nan("")); }
  void draw(Rng& rng, PointOut u) const override {
    const double cosine = (std::sqrt(0.04 + 3.2 * rng.uniform_open()) - 1) / 0.8;
    const double t = math::atan2(std::sqrt((1 - cosine) * (1 + cosine)), cosine);
    double phi = 0;
    do {
      phi = 2 * pi * rng.uniform();
    } while (1.6 * rng.uniform() > 1 + 0.6 * math::sin(t) * math::cos(phi));
    const double s = latitude_ ? 1 - t / pi : t / pi;
    u[1] = math::log(s) - math::log1p(-s);
    const Coordinate& azimuth = coordinates()[0];
    u[0] = phi * unit_;
    if (u[0] >= azimuth.upper) u[0] -= azimuth.upper - azimuth.lower;
  }
  std::optional<double> cdf(std::size_t i, double u) const override {
    if (i == 0) return std::nullopt;
    const double cosine = std::cos(polar(u));
    const double upto_cosine = 0.5 * (cosine + 1 + 0.4 * (cosine * cosine - 1));
    return latitude_ ? upto_cosine : 1 - upto_cosine;
  }

 private:
  double polar(double u) const { return pi / (1 + math::exp(latitude_ ? u : -u)); }

  double unit_;
  bool latitude_;
};

/// Another law with names for its coordinates.
class NamedLaw final : public Law {
 public:
  NamedLaw(std::unique_ptr<Law> inner, std::vector<Coordinate> coordinates)
      : Law(inner->name(), std::move(coordinates)), inner_(std::move(inner)) {}
  double log_law(Point x) const override { return inner_->log_law(x); }
  void gradient(Point x, PointOut g) const override { inner_->gradient(x, g); }
  void draw(Rng& rng, PointOut x) const override { inner_->draw(rng, x); }
  std::optional<double> cdf(std::size_t i, double v) const override { return inner_->cdf(i, v); }

 private:
  std::unique_ptr<Law> inner_;
};

}  // namespace

std::unique_ptr<Law> make_named_law(const std::string& name) {
  if (name == "bounded") return std::make_unique<BoundedLaw>();
  if (name == "sphere") {
    return std::make_unique<SphereLaw>(name, Coordinate{CoordinateKind::cyclic, -1, 2 * pi - 1, "phi"},
                                       Coordinate{CoordinateKind::real, 0, pi, "theta"}, false);
  }
  if (name == "sphere_in_degrees") {
    return std::make_unique<SphereLaw>(name, Coordinate{CoordinateKind::cyclic, 0, 360, "phi"},
                                       Coordinate{CoordinateKind::real, -90, 90, "theta"}, true);
  }
  auto law = make_law(name);
  std::vector<Coordinate> coordinates(law->coordinates().begin(), law->coordinates().end());
  for (std::size_t i = 0; i < coordinates.size(); ++i) coordinates[i].name = std::string(1, "abcdefgh"[i]);
  return std::make_unique<NamedLaw>(std::move(law), std::move(coordinates));
}

}  // namespace dovetail::test
