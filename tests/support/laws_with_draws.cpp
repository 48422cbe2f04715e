#include "tests/support/laws_with_draws.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "dovetail/math/distributions.hpp"

namespace dovetail::test {
namespace {

using std::numbers::pi;

constexpr Coordinate kReal{};

/// Up to the constant -log(2 pi) / 2.
double log_normal(double x, double mean, double sd, double log_sd) {
  const double z = (x - mean) / sd;
  return -0.5 * z * z - log_sd;
}
double log_unit_normal(double x) { return -0.5 * x * x; }
double normal_cdf(double x, double mean, double sd) { return 0.5 * std::erfc((mean - x) / (sd * std::numbers::sqrt2)); }

/// The decoy: a wide bell around 0.7.
constexpr double kDecoyPrecision = 0.04;
double decoy(Point x) {
  double sum = 0;
  for (const double v : x) sum += (v - 0.7) * (v - 0.7);
  return -0.5 * kDecoyPrecision * sum;
}

/// Three normals with sd 0.1, 1, 5; the last two with correlation 0.8.
class GaussianLaw final : public Law {
 public:
  GaussianLaw() : Law("gaussian", {kReal, kReal, kReal}) {}
  double log_law(Point x) const override {
    return log_normal(x[0], 1, 0.1, 0) + log_normal(x[1], -2, 1, 0) + log_normal(x[2], 0.5 + 4 * (x[1] + 2), 3, 0);
  }
  void gradient(Point x, PointOut g) const override {
    const double rest = (x[2] - 0.5 - 4 * (x[1] + 2)) / 9;
    g[0] = -(x[0] - 1) / 0.01;
    g[1] = -(x[1] + 2) + 4 * rest;
    g[2] = -rest;
  }
  void draw(Rng& rng, PointOut x) const override {
    x[0] = 1 + 0.1 * math::draw_normal(rng);
    x[1] = -2 + math::draw_normal(rng);
    x[2] = 0.5 + 4 * (x[1] + 2) + 3 * math::draw_normal(rng);
  }
  std::optional<double> cdf(std::size_t i, double v) const override {
    constexpr std::array<double, 3> mean{1, -2, 0.5}, sd{0.1, 1, 5};
    return normal_cdf(v, mean[i], sd[i]);
  }
};

/// 0.5 N(-1.2, 0.4^2) + 0.5 N(2, 1.2^2), times a standard normal.
class BimodalLaw final : public Law {
 public:
  BimodalLaw() : Law("bimodal", {kReal, kReal}) {}
  double log_law(Point x) const override { return math::log_add(left(x[0]), right(x[0])) + log_unit_normal(x[1]); }
  void gradient(Point x, PointOut g) const override {
    const double weight = 1 / (1 + math::exp(right(x[0]) - left(x[0])));
    g[0] = -weight * (x[0] + 1.2) / 0.16 - (1 - weight) * (x[0] - 2) / 1.44;
    g[1] = -x[1];
  }
  void draw(Rng& rng, PointOut x) const override {
    const bool left = rng.uniform() < 0.5;
    const double z = math::draw_normal(rng);
    x[0] = left ? -1.2 + 0.4 * z : 2 + 1.2 * z;
    x[1] = math::draw_normal(rng);
  }
  std::optional<double> cdf(std::size_t i, double v) const override {
    if (i == 1) return normal_cdf(v, 0, 1);
    return 0.5 * normal_cdf(v, -1.2, 0.4) + 0.5 * normal_cdf(v, 2, 1.2);
  }

 private:
  static double left(double v) { return log_normal(v, -1.2, 0.4, std::log(0.4)); }
  static double right(double v) { return log_normal(v, 2, 1.2, std::log(1.2)); }
};

/// Transformed bounded parameters, log Exp(1) and the logit of a uniform; and Exp(1) as it is, with its hard bound.
class SkewedLaw final : public Law {
 public:
  SkewedLaw() : Law("skewed", {kReal, kReal, kReal}) {}
  double log_law(Point x) const override {
    if (x[2] <= 0) return -kInfinity;
    return x[0] - math::exp(x[0]) + math::log_logistic(x[1]) + math::log_logistic(-x[1]) - x[2];
  }
  void gradient(Point x, PointOut g) const override {
    g[0] = 1 - math::exp(x[0]);
    g[1] = -math::tanh(0.5 * x[1]);
    g[2] = -1;
  }
  void draw(Rng& rng, PointOut x) const override {
    x[0] = math::log(math::draw_exponential(rng));
    const double u = rng.uniform_open();
    x[1] = math::log(u) - math::log1p(-u);
    x[2] = math::draw_exponential(rng);
  }
  std::optional<double> cdf(std::size_t i, double v) const override {
    if (i == 0) return -std::expm1(-std::exp(v));
    if (i == 1) return 1 / (1 + std::exp(-v));
    return v <= 0 ? 0 : -std::expm1(-v);
  }
};

/// A wrapped Cauchy angle whose mode lies at the seam of [-1, 2 pi - 1), and a normal whose mean is its cosine.
class CircleLaw final : public Law {
 public:
  CircleLaw() : Law("circle", {{CoordinateKind::cyclic, kSeam, kSeam + 2 * pi}, kReal}) {}
  double log_law(Point x) const override {
    if (!(x[0] >= kSeam && x[0] < kSeam + 2 * pi)) return std::nan("");  // a kernel must wrap
    return -math::log(1 + kRho * kRho - 2 * kRho * math::cos(x[0] - kSeam)) + log_normal(x[1], math::cos(x[0]), 0.5, 0);
  }
  void gradient(Point x, PointOut g) const override {
    g[0] = 0;
    g[1] = -(x[1] - math::cos(x[0])) / 0.25;
  }
  void draw(Rng& rng, PointOut x) const override {
    const double u = rng.uniform_open();
    const double angle = 2 * math::atan((1 - kRho) / (1 + kRho) * math::tan(pi * (u - 0.5)));  // in (-pi, pi)
    x[0] = kSeam + (angle < 0 ? angle + 2 * pi : angle);
    if (x[0] >= kSeam + 2 * pi) x[0] = kSeam;
    x[1] = math::cos(x[0]) + 0.5 * math::draw_normal(rng);
  }
  std::optional<double> cdf(std::size_t i, double v) const override {
    if (i == 1) return std::nullopt;
    const double angle = v - kSeam;  // 0 at the mode
    const double tail = std::atan((1 + kRho) / (1 - kRho) * std::tan(angle / 2)) / pi;
    return angle <= pi ? tail : 1 + tail;
  }

 private:
  static constexpr double kSeam = -1;
  static constexpr double kRho = 0.6;
};

/// Poisson(4), Binomial(20, 0.3), uniform on -3..3, and a bit whose probability depends on the third.
class IntegersLaw final : public Law {
 public:
  IntegersLaw()
      : Law("integers", {{CoordinateKind::integer, 0, kInfinity},
                         {CoordinateKind::integer, 0, 20},
                         {CoordinateKind::integer, -3, 3},
                         {CoordinateKind::integer, 0, 1}}) {}
  double log_law(Point x) const override {
    const double bit = (x[2] + 4) / 9;
    return mass_at(poisson_, x[0]) + mass_at(binomial_, x[1]) + math::log(x[3] == 1 ? bit : 1 - bit);
  }
  void gradient(Point, PointOut g) const override { std::fill(g.begin(), g.end(), 0.0); }
  void draw(Rng& rng, PointOut x) const override {
    x[0] = invert(rng.uniform(), poisson_);
    x[1] = invert(rng.uniform(), binomial_);
    x[2] = static_cast<double>(math::draw_integer(rng, -3, 3));
    x[3] = rng.uniform() < (x[2] + 4) / 9 ? 1 : 0;
  }
  std::optional<double> cdf(std::size_t i, double v) const override {
    if (i == 0) return sum_to(v, poisson_);
    if (i == 1) return sum_to(v, binomial_);
    if (i == 2) return std::clamp(std::floor(v) + 4, 0.0, 7.0) / 7;
    return v < 0 ? 0 : v < 1 ? 5.0 / 9 : 1;  // the mean of (k + 4) / 9 is 4/9
  }

 private:
  using Masses = std::vector<double>;  // logarithms, from 0 on
  static Masses poisson_masses() {
    Masses log_mass;
    for (double k = 0; k < 400; ++k) log_mass.push_back(k * math::log(4) - 4 - math::lgamma(k + 1));
    return log_mass;
  }
  static Masses binomial_masses() {
    Masses log_mass;
    for (double k = 0; k <= 20; ++k) {
      log_mass.push_back(math::lgamma(21) - math::lgamma(k + 1) - math::lgamma(21 - k) + k * math::log(0.3) +
                         (20 - k) * math::log(0.7));
    }
    return log_mass;
  }
  static double mass_at(const Masses& log_mass, double k) {
    return k < static_cast<double>(log_mass.size()) ? log_mass[static_cast<std::size_t>(k)] : -kInfinity;
  }
  static double invert(double u, const Masses& log_mass) {
    std::size_t k = 0;
    for (double sum = math::exp(log_mass[0]); u >= sum && k + 1 < log_mass.size(); sum += math::exp(log_mass[k])) ++k;
    return static_cast<double>(k);
  }
  static double sum_to(double v, const Masses& log_mass) {
    double sum = 0;
    for (std::size_t k = 0; k < log_mass.size() && static_cast<double>(k) <= v; ++k) sum += std::exp(log_mass[k]);
    return sum;
  }

  const Masses poisson_ = poisson_masses();
  const Masses binomial_ = binomial_masses();
};

/// k in {0, 1, 2} with probabilities 0.5, 0.3, 0.2; x given k ~ N(3 k, (1 + k)^2); a bit that leans with the sign of x.
class MixedLaw final : public Law {
 public:
  MixedLaw() : Law("mixed", {{CoordinateKind::integer, 0, 2}, kReal, {CoordinateKind::integer, 0, 1}}) {}
  double log_law(Point x) const override {
    const double bit = 1 / (1 + math::exp(-x[1]));
    const auto k = static_cast<std::size_t>(x[0]);
    return log_weight_[k] + log_normal(x[1], 3 * x[0], 1 + x[0], log_sd_[k]) + math::log(x[2] == 1 ? bit : 1 - bit);
  }
  void gradient(Point x, PointOut g) const override {
    const double bit = 1 / (1 + math::exp(-x[1]));
    g[0] = g[2] = 0;
    g[1] = -(x[1] - 3 * x[0]) / ((1 + x[0]) * (1 + x[0])) + (x[2] == 1 ? 1 - bit : -bit);
  }
  void draw(Rng& rng, PointOut x) const override {
    const double u = rng.uniform();
    x[0] = u < 0.5 ? 0 : u < 0.8 ? 1 : 2;
    x[1] = 3 * x[0] + (1 + x[0]) * math::draw_normal(rng);
    x[2] = rng.uniform() < 1 / (1 + math::exp(-x[1])) ? 1 : 0;
  }
  std::optional<double> cdf(std::size_t i, double v) const override {
    if (i == 0) return v < 0 ? 0 : v < 1 ? 0.5 : v < 2 ? 0.8 : 1;
    if (i == 2) return std::nullopt;
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      sum += kWeight[k] * normal_cdf(v, 3 * static_cast<double>(k), 1 + static_cast<double>(k));
    }
    return sum;
  }

 private:
  static constexpr std::array<double, 3> kWeight{0.5, 0.3, 0.2};
  const std::array<double, 3> log_weight_{math::log(0.5), math::log(0.3), math::log(0.2)};
  const std::array<double, 3> log_sd_{0, math::log(2), math::log(3)};
};

/// v ~ N(0, 1.5^2), x given v ~ N(0, exp v): no step size fits everywhere.
class FunnelLaw final : public Law {
 public:
  FunnelLaw() : Law("funnel", {kReal, kReal}) {}
  double log_law(Point x) const override {
    return log_normal(x[0], 0, 1.5, 0) - 0.5 * x[1] * x[1] * math::exp(-x[0]) - 0.5 * x[0];
  }
  void gradient(Point x, PointOut g) const override {
    const double precision = math::exp(-x[0]);
    g[0] = -x[0] / 2.25 + 0.5 * x[1] * x[1] * precision - 0.5;
    g[1] = -x[1] * precision;
  }
  void draw(Rng& rng, PointOut x) const override {
    x[0] = 1.5 * math::draw_normal(rng);
    x[1] = math::exp(0.5 * x[0]) * math::draw_normal(rng);
  }
  std::optional<double> cdf(std::size_t i, double v) const override {
    if (i == 0) return normal_cdf(v, 0, 1.5);
    return std::nullopt;
  }
};

}  // namespace

Potential Law::evaluate(Point x) const {
  const double reference = decoy(x);
  const double energy = (log_law(x) - reference) / kLawBeta;
  return {reference, energy, reference, energy};
}

Potential Law::evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const {
  gradient(x, gradient_energy);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool fixed = coordinates_[i].kind == CoordinateKind::integer;
    gradient_reference[i] = fixed ? 0 : -kDecoyPrecision * (x[i] - 0.7);
    gradient_energy[i] = fixed ? 0 : (gradient_energy[i] - gradient_reference[i]) / kLawBeta;
  }
  return evaluate(x);
}

bool Law::draw_exact(double beta, Rng& rng, PointOut x) const {
  if (beta != kLawBeta) return false;
  draw(rng, x);
  return true;
}

std::vector<std::string> law_names() {
  return {"gaussian", "bimodal", "skewed", "circle", "integers", "mixed", "funnel"};
}

std::unique_ptr<Law> make_law(const std::string& name) {
  if (name == "gaussian") return std::make_unique<GaussianLaw>();
  if (name == "bimodal") return std::make_unique<BimodalLaw>();
  if (name == "skewed") return std::make_unique<SkewedLaw>();
  if (name == "circle") return std::make_unique<CircleLaw>();
  if (name == "integers") return std::make_unique<IntegersLaw>();
  if (name == "mixed") return std::make_unique<MixedLaw>();
  if (name == "funnel") return std::make_unique<FunnelLaw>();
  throw std::logic_error("no law called " + name);
}

MetricKind metric_kind_for(const Law& law) {
  if (law.name() == "bimodal") return MetricKind::unit;
  return law.name() == "gaussian" || law.name() == "funnel" ? MetricKind::dense : MetricKind::diagonal;
}

Metric awkward_metric(const Law& law, MetricKind kind) {
  constexpr std::size_t kDraws = 1000;
  constexpr std::array<double, 3> kOff{0.7, 1.2, 0.9};
  if (kind == MetricKind::unit) return {};
  std::vector<double> x(law.dimension()), sum(law.dimension()), square_sum(law.dimension());
  for (std::size_t n = 0; n < kDraws; ++n) {
    Rng rng({1, Purpose::test, ItemId(0), Step(n)});
    law.draw(rng, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum[i] += x[i];
      square_sum[i] += x[i] * x[i];
    }
  }
  std::vector<double> scale;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (law.coordinates()[i].kind != CoordinateKind::real) continue;
    const double mean = sum[i] / kDraws;
    scale.push_back(kOff[i % 3] * std::sqrt(square_sum[i] / kDraws - mean * mean));
  }
  if (kind == MetricKind::diagonal) return diagonal_metric(scale);
  const std::size_t m = scale.size();
  std::vector<double> factor(m * m);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < i; ++j) factor[i * m + j] = (j % 2 == 0 ? 0.4 : -0.3) * scale[i];
    factor[i * m + i] = scale[i];
  }
  return dense_metric(factor, m);
}

std::vector<double> awkward_archive(const Law& law) {
  constexpr std::size_t kPoints = 30;
  const std::size_t d = law.dimension();
  std::vector<double> archive(kPoints * d);
  for (std::size_t n = 0; n < kPoints; ++n) {
    Rng rng({2, Purpose::test, ItemId(0), Step(n)});
    const PointOut point = PointOut(archive).subspan(n * d, d);
    law.draw(rng, point);
    for (std::size_t i = 0; i < d; ++i) {
      if (law.coordinates()[i].kind == CoordinateKind::real) point[i] = 0.2 + 1.3 * point[i];
    }
  }
  return archive;
}

}  // namespace dovetail::test
