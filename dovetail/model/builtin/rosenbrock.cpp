// The hybrid Rosenbrock density: several curved ridges that start from one coordinate, with exact moments.
#include <algorithm>
#include <array>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kA = 0.05;
constexpr double kB = 5;
constexpr double kM = 1;
constexpr std::size_t kMaxLength = 4;
// Prior sd over target sd. x_1 is normal under both; what follows has the tails of squares, and of squares of squares.
constexpr std::array<double, kMaxLength> kPriorWidth = {1, 6.5, 6.5, 6.5};

/// E (m + s z)^k for k = 0..highest, z standard normal: mu_k = m mu_(k-1) + (k - 1) s^2 mu_(k-2).
template <std::size_t N>
std::array<double, N> normal_moments(double mean, double variance) {
  std::array<double, N> moment{1, mean};
  for (std::size_t k = 2; k < N; ++k) {
    moment[k] = mean * moment[k - 1] + static_cast<double>(k - 1) * variance * moment[k - 2];
  }
  return moment;
}

/// Target: x_1 ~ N(1, 1 / (2a)), then in each of n2 blocks x_i given x_(i-1) ~ N(x_(i-1)^2, 1 / (2b)), i = 2..n1, where
/// x_1 is shared; not normalised, as it is printed: Z = (pi/a)^(1/2) (pi/b)^(n2 (n1 - 1) / 2). Prior: independent
/// normals with the target's means and, but for x_1, 6.5 times its sds; the likelihood is target / prior.
class Rosenbrock final : public Builtin {
 public:
  explicit Rosenbrock(const ModelSettings& settings)
      : Builtin(settings, "hybrid Rosenbrock density: n2 curved ridges of length n1 from one coordinate",
                "Pagani, Wiegand and Nadarajah (2022), Scandinavian Journal of Statistics 49; moments of a normal"),
        length_(settings.count("n1")),
        blocks_(settings.count("n2")) {
    add_parameter("x1");
    for (std::size_t j = 1; j <= blocks_; ++j) {
      for (std::size_t i = 2; i <= length_; ++i) {
        add_parameter("x[" + std::to_string(j) + "," + std::to_string(i) + "]");
      }
    }
    description_.gradient = true;
    add_figures();
  }

  LogDensity log_density(Point x) const override {
    const double first = x[0] - kM;
    double target = -kA * first * first;
    double prior = log_prior_at(0, x[0]);
    for (std::size_t j = 0; j < blocks_; ++j) {
      double before = x[0];
      for (std::size_t i = 1; i < length_; ++i) {
        const double value = x[at(j, i)];
        const double ridge = value - before * before;
        target -= kB * ridge * ridge;
        prior += log_prior_at(i, value);
        before = value;
      }
    }
    // both parts fall below all numbers together far out, where their difference would be no number
    return prior > -kInfinity ? LogDensity{prior, target - prior} : LogDensity{-kInfinity, 0};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    double shared = -2 * kA * (x[0] - kM);
    prior[0] = prior_slope(0, x[0]);
    for (std::size_t j = 0; j < blocks_; ++j) {
      double before = x[0];
      for (std::size_t i = 1; i < length_; ++i) {
        const std::size_t k = at(j, i);
        const double ridge = x[k] - before * before;
        const double pull = 4 * kB * ridge * before;  // on the coordinate before
        if (i == 1) {
          shared += pull;
        } else {
          likelihood[k - 1] += pull;
        }
        prior[k] = prior_slope(i, x[k]);
        likelihood[k] = -2 * kB * ridge - prior[k];
        before = x[k];
      }
    }
    likelihood[0] = shared - prior[0];
    return log_density(x);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x);
    x[0] = mean_[0] + prior_sd_[0] * x[0];
    for (std::size_t j = 0; j < blocks_; ++j) {
      for (std::size_t i = 1; i < length_; ++i) x[at(j, i)] = mean_[i] + prior_sd_[i] * x[at(j, i)];
    }
  }

  void output_values(Point x, Rng&, PointOut values) const override { std::copy(x.begin(), x.end(), values.begin()); }

 private:
  /// Coordinate of x_(j,i), counted from 0; i from 1.
  [[nodiscard]] std::size_t at(std::size_t j, std::size_t i) const { return 1 + j * (length_ - 1) + (i - 1); }

  [[nodiscard]] double log_prior_at(std::size_t i, double value) const {
    const double z = (value - mean_[i]) / prior_sd_[i];
    return log_prior_constant_[i] - 0.5 * z * z;
  }
  [[nodiscard]] double prior_slope(std::size_t i, double value) const {
    return (mean_[i] - value) / (prior_sd_[i] * prior_sd_[i]);
  }

  /// Moments of x_i are polynomials in those of x_(i-1): E x_i^k = sum over m of C(k, m) E x_(i-1)^(2 (k - m)) E e^m,
  /// e ~ N(0, 1 / (2b)). Orders halve from one to the next, down to 2 at i = n1.
  void add_figures() {
    constexpr std::size_t kOrders = (1U << kMaxLength) + 1;
    auto moment = normal_moments<kOrders>(kM, 1 / (2 * kA));
    const auto noise = normal_moments<kOrders>(0, 1 / (2 * kB));
    for (std::size_t i = 0, order = kOrders - 1; i < length_; ++i, order /= 2) {
      mean_[i] = moment[1];
      sd_[i] = std::sqrt(moment[2] - moment[1] * moment[1]);
      prior_sd_[i] = kPriorWidth[i] * sd_[i];
      log_prior_constant_[i] = -0.5 * kLogTwoPi - math::log(prior_sd_[i]);
      std::array<double, kOrders> next{};
      for (std::size_t k = 0; k <= order / 2; ++k) {
        double choose = 1;
        for (std::size_t m = 0; m <= k; ++m) {
          next[k] += choose * moment[2 * (k - m)] * noise[m];
          choose *= static_cast<double>(k - m) / static_cast<double>(m + 1);
        }
      }
      moment = next;
    }
    const auto ridges = static_cast<double>(blocks_ * (length_ - 1));
    add_closed("log_evidence", 0.5 * (math::log(kPi / kA) + ridges * math::log(kPi / kB)));
    for (std::size_t k = 0; k < dimension(); ++k) {
      const std::size_t i = k == 0 ? 0 : (k - 1) % (length_ - 1) + 1;
      add_closed("mean(" + description_.output_names[k] + ")", mean_[i]);
      add_closed("sd(" + description_.output_names[k] + ")", sd_[i]);
    }
  }

  std::size_t length_, blocks_;
  std::array<double, kMaxLength> mean_{}, sd_{};  // of x_i under the target
  std::array<double, kMaxLength> prior_sd_{}, log_prior_constant_{};
};

constexpr ModelSetting kSettings[] = {
    {"n1", 3, 2, kMaxLength, true, "length of a ridge, the shared coordinate included"},
    {"n2", 2, 1, 1000, true, "ridges; the dimension is n2 (n1 - 1) + 1"}};

}  // namespace

ModelEntry rosenbrock_entry() {
  return {"rosenbrock", "hybrid Rosenbrock density; evidence and moments in closed form", kSettings, make<Rosenbrock>};
}

}  // namespace dovetail::builtin
