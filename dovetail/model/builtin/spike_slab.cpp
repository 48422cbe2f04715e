// Regression with three terms that may each be in or out: integers and reals together, summed over all 8 models
// exactly.
#include <array>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr std::size_t kTerms = 3;
constexpr std::size_t kRows = 5;
constexpr std::size_t kModels = 1U << kTerms;
constexpr double kX[kRows][kTerms] = {
    {1.0, 0.5, -0.3}, {0.2, -1.0, 0.7}, {-0.8, 0.1, 1.1}, {0.4, 0.9, -0.6}, {1.2, -0.4, 0.3}};
constexpr std::array<double, kRows> kY = {1.1, -0.4, -0.7, 0.9, 1.3};
constexpr double kNoiseVariance = 0.25;
constexpr double kInclusion = 0.3;

/// One of the 8 models at a temperature: weight, and the normal law of its coefficients.
struct Conditional {
  double log_weight;  ///< log of (prior of the inclusions * integral over the coefficients), without constants
  double factor[kTerms][kTerms];      ///< lower Cholesky factor of the precision
  std::array<double, kTerms> centre;  ///< factor^{-1} * linear term
};

/// y ~ N(X (g * b), I / 4), g_j ~ Bernoulli(0.3), b_j ~ N(0, 1) whatever g_j. The likelihood sees the product g_j b_j,
/// so an excluded coefficient follows its prior. Coordinates: g[1..3], b[1..3].
class SpikeSlab final : public Builtin {
 public:
  explicit SpikeSlab(const ModelSettings& settings)
      : Builtin(settings, "regression with three terms that may be in or out",
                "own data; prior after Mitchell and Beauchamp (1988), JASA 83; figures by summing over the 8 models") {
    const auto size = static_cast<double>(kTerms);
    log_slab_ = -0.5 * size * kLogTwoPi;
    log_noise_ = -0.5 * static_cast<double>(kRows) * (kLogTwoPi + math::log(kNoiseVariance));
    add_parameters("included", kTerms, integers(0, 1));
    add_parameters("coefficient", kTerms);
    add_outputs("effect", kTerms);
    add_output("active");
    description_.gradient = true;
    description_.exact_draws = true;
    add_closed_forms();
  }

  LogDensity log_density(Point x) const override {
    double log_inclusion = 0;
    for (std::size_t j = 0; j < kTerms; ++j) {
      if (x[j] != 0 && x[j] != 1) return {-kInfinity, 0};
      log_inclusion += log_odds_[x[j] == 1 ? 1 : 0];
    }
    const auto residual = residuals(x);
    return {log_inclusion + log_slab_ - 0.5 * math::sum_of_squares(x.subspan(kTerms)),
            log_noise_ - 0.5 / kNoiseVariance * math::sum_of_squares(residual)};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const auto residual = residuals(x);
    for (std::size_t j = 0; j < kTerms; ++j) {
      prior[j] = 0;
      likelihood[j] = 0;
      prior[kTerms + j] = -x[kTerms + j];
      double score = 0;
      for (std::size_t i = 0; i < kRows; ++i) score += kX[i][j] * residual[i];
      likelihood[kTerms + j] = x[j] * score / kNoiseVariance;
    }
    return log_density(x);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    for (std::size_t j = 0; j < kTerms; ++j) x[j] = rng.uniform() < kInclusion ? 1 : 0;
    math::draw_normals(rng, x.subspan(kTerms));
  }

  void draw_exact(double beta, Rng& rng, PointOut x) const override {
    std::array<double, kModels> weight;
    for (std::size_t g = 0; g < kModels; ++g) weight[g] = math::exp(conditional(g, beta).log_weight);
    double left = rng.uniform() * math::sum(weight);
    std::size_t chosen = 0;
    while (chosen + 1 < kModels && left >= weight[chosen]) left -= weight[chosen++];
    const Conditional c = conditional(chosen, beta);
    for (std::size_t j = 0; j < kTerms; ++j) x[j] = static_cast<double>(chosen >> j & 1U);
    std::array<double, kTerms> z;
    for (std::size_t j = 0; j < kTerms; ++j) z[j] = c.centre[j] + math::draw_normal(rng);
    for (std::size_t j = kTerms; j-- > 0;) {  // factor^T b = centre + z
      double sum = z[j];
      for (std::size_t i = j + 1; i < kTerms; ++i) sum -= c.factor[i][j] * x[kTerms + i];
      x[kTerms + j] = sum / c.factor[j][j];
    }
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    for (std::size_t j = 0; j < 2 * kTerms; ++j) values[j] = x[j];
    for (std::size_t j = 0; j < kTerms; ++j) values[2 * kTerms + j] = x[j] * x[kTerms + j];
    values[3 * kTerms] = math::sum(x.first(kTerms));
  }

 private:
  [[nodiscard]] static std::array<double, kRows> residuals(Point x) {
    std::array<double, kRows> residual{};
    for (std::size_t i = 0; i < kRows; ++i) {
      residual[i] = kY[i];
      for (std::size_t j = 0; j < kTerms; ++j) residual[i] -= kX[i][j] * (x[j] * x[kTerms + j]);
    }
    return residual;
  }

  /// Given inclusions g the coefficients are normal with precision I + beta Xg' Xg / v and linear term beta Xg' y / v.
  [[nodiscard]] Conditional conditional(std::size_t g, double beta) const {
    Conditional c{};
    const double scale = beta / kNoiseVariance;
    std::array<double, kTerms> linear{};
    for (std::size_t j = 0; j < kTerms; ++j) {
      const bool in_j = (g >> j & 1U) != 0;
      c.log_weight += log_odds_[in_j ? 1 : 0];
      for (std::size_t i = 0; i < kRows && in_j; ++i) linear[j] += scale * kX[i][j] * kY[i];
      for (std::size_t k = 0; k <= j; ++k) {
        double sum = j == k ? 1 : 0;
        const bool both = in_j && (g >> k & 1U) != 0;
        for (std::size_t i = 0; i < kRows && both; ++i) sum += scale * kX[i][j] * kX[i][k];
        for (std::size_t l = 0; l < k; ++l) sum -= c.factor[j][l] * c.factor[k][l];
        c.factor[j][k] = j == k ? std::sqrt(sum) : sum / c.factor[k][k];
      }
      double sum = linear[j];
      for (std::size_t l = 0; l < j; ++l) sum -= c.factor[j][l] * c.centre[l];
      c.centre[j] = sum / c.factor[j][j];
      c.log_weight += 0.5 * c.centre[j] * c.centre[j] - math::log(c.factor[j][j]);
    }
    return c;
  }

  void add_closed_forms() {
    double total = 0, active = 0, active2 = 0;
    std::array<double, kTerms> included{};
    for (std::size_t g = 0; g < kModels; ++g) {
      const double weight = math::exp(conditional(g, 1).log_weight);
      double size = 0;
      total += weight;
      for (std::size_t j = 0; j < kTerms; ++j) {
        const auto in = static_cast<double>(g >> j & 1U);
        included[j] += weight * in;
        size += in;
      }
      active += weight * size;
      active2 += weight * size * size;
    }
    add_closed("log_evidence", math::log(total) + log_noise_ - 0.5 / kNoiseVariance * math::sum_of_squares(kY));
    for (std::size_t j = 0; j < kTerms; ++j) {
      const double p = included[j] / total;
      add_closed("mean(included[" + std::to_string(j + 1) + "])", p);
      add_closed("sd(included[" + std::to_string(j + 1) + "])", std::sqrt(p * (1 - p)));
    }
    add_closed("mean(active)", active / total);
    add_closed("sd(active)", std::sqrt(active2 / total - active / total * (active / total)));
  }

  double log_odds_[2] = {math::log(1 - kInclusion), math::log(kInclusion)};  // of a term that is out, in
  double log_slab_;
  double log_noise_;
};

}  // namespace

ModelEntry spike_slab_entry() {
  return {"spike_slab",
          "regression with three terms in or out; evidence and inclusion in closed form",
          {},
          make<SpikeSlab>};
}

}  // namespace dovetail::builtin
