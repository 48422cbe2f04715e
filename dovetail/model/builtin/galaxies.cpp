// Finite normal mixture on the velocities of 82 galaxies: k! equal modes, and the evidence decides how many groups.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

// Postman, Huchra and Geller (1986), Astronomical Journal 92, Table 1, as printed in Roeder (1990), JASA 85, Table 1;
// km/s / 1000. The 78th value is 26960 there; R's MASS::galaxies has 26690, which its help page calls a typo.
constexpr std::array<double, 82> kVelocities = {
    9.172,  9.350,  9.483,  9.558,  9.775,  10.227, 10.406, 16.084, 16.170, 18.419, 18.552, 18.600, 18.927, 19.052,
    19.070, 19.330, 19.343, 19.349, 19.440, 19.473, 19.529, 19.541, 19.547, 19.663, 19.846, 19.856, 19.863, 19.914,
    19.918, 19.973, 19.989, 20.166, 20.175, 20.179, 20.196, 20.215, 20.221, 20.415, 20.629, 20.795, 20.821, 20.846,
    20.875, 20.986, 21.137, 21.492, 21.701, 21.814, 21.921, 21.960, 22.185, 22.209, 22.242, 22.249, 22.314, 22.374,
    22.495, 22.746, 22.747, 22.888, 22.914, 23.206, 23.241, 23.263, 23.484, 23.538, 23.542, 23.666, 23.706, 23.711,
    24.129, 24.285, 24.289, 24.366, 24.717, 24.990, 25.633, 26.960, 26.995, 32.065, 32.789, 34.279};
constexpr std::size_t kN = kVelocities.size();
constexpr std::size_t kMaxComponents = 10;
using Shares = std::array<double, kN * kMaxComponents>;

// Chib (1995), JASA 90: means N(20, 100), variances inverse gamma (3, 20), weights uniform on the simplex.
constexpr double kMean = 20;
constexpr double kVariance = 100;
constexpr double kShape = 3;
constexpr double kScale = 20;
// log evidence of k = 1, by quadrature over the variance; recomputed in tests/unit/model/galaxies_test.cpp
constexpr double kLogEvidenceOne = -246.10614993690845;

/// Allocations are summed out. Coordinates: k - 1 of the stick-breaking weights, k means, k log standard deviations.
class Galaxies final : public Builtin {
 public:
  explicit Galaxies(const ModelSettings& settings)
      : Builtin(settings, "normal mixture with k components on 82 galaxy velocities",
                "data: Postman, Huchra and Geller (1986), as printed in Roeder (1990); prior: Chib (1995), JASA 90"),
        k_(settings.count("k")),
        weights_({{"weight", k_ > 1 ? simplex() : real(), k_}}) {
    const auto size = static_cast<double>(k_);
    const double per_component =
        -0.5 * (kLogTwoPi + math::log(kVariance)) + math::log(2.0) + kShape * math::log(kScale) - math::lgamma(kShape);
    log_prior_constant_ = math::lgamma(size) + size * per_component;
    for (std::size_t m = 0; m + 1 < k_; ++m) stick_centre_[m] = math::log(static_cast<double>(k_ - 1 - m));
    add_own_parameters("weight", k_);
    add_own_coordinates("weight", k_ - 1);
    add_parameters("mean", k_);
    add_parameters("sd", k_, positive());
    for (const char* name : {"ordered_mean", "ordered_weight", "ordered_sd"}) add_outputs(name, k_);
    add_output("occupied");
    description_.gradient = true;
    if (k_ == 1) add_closed("log_evidence", kLogEvidenceOne);
  }

  LogDensity log_density(Point x) const override {
    const Components c(*this, x);
    const double prior = log_prior(x, c);
    if (prior == -kInfinity) return {prior, 0};  // a width of 0 by underflow: nothing to evaluate
    Shares share;
    std::array<double, kN> total;
    return {prior, log_likelihood(c, share, total)};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const Components c(*this, x);
    Shares share;
    std::array<double, kN> total;
    const LogDensity result{log_prior(x, c), log_likelihood(c, share, total)};
    std::array<double, kMaxComponents> members{};
    for (std::size_t j = 0; j < k_; ++j) {
      double* r = &share[j * kN];
      for (std::size_t i = 0; i < kN; ++i) r[i] /= total[i];
      const double mean = c.mean[j];
      members[j] = math::sum_lanes(kN, [&](std::size_t i) { return r[i]; });
      const double pull = math::sum_lanes(kN, [&](std::size_t i) { return r[i] * (kVelocities[i] - mean); });
      const double spread =
          math::sum_lanes(kN, [&](std::size_t i) { return r[i] * (kVelocities[i] - mean) * (kVelocities[i] - mean); });
      prior[mean_at(j)] = (kMean - mean) / kVariance;
      prior[sd_at(j)] = 2 * kScale * c.precision[j] - 2 * kShape;
      likelihood[mean_at(j)] = c.precision[j] * pull;
      likelihood[sd_at(j)] = c.precision[j] * spread - members[j];
    }
    // log w_j = log z_j + sum_{m < j} log(1 - z_m): a stick's coordinate moves its own piece and all behind it
    double behind = members[k_ - 1];
    for (std::size_t m = k_ - 1; m-- > 0;) {
      const double z = c.stick[m];
      prior[m] = 1 - 2 * z - z * static_cast<double>(k_ - 2 - m);
      likelihood[m] = members[m] * (1 - z) - z * behind;
      behind += members[m];
    }
    return result;
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    for (std::size_t m = 0; m + 1 < k_; ++m) {
      // Uniform on the simplex: stick m is Beta(1, k - 1 - m), so -log(1 - z) is exponential
      const double e = math::draw_exponential(rng) / static_cast<double>(k_ - 1 - m);
      x[m] = math::log(-math::expm1(-e)) + e + stick_centre_[m];
    }
    for (std::size_t j = 0; j < k_; ++j) x[mean_at(j)] = kMean + std::sqrt(kVariance) * math::draw_normal(rng);
    for (std::size_t j = 0; j < k_; ++j) {
      double gamma = 0;  // shape 3: the sum of three exponentials
      for (int term = 0; term < 3; ++term) gamma += math::draw_exponential(rng);
      x[sd_at(j)] = 0.5 * math::log(kScale / gamma);
    }
  }

  void output_values(Point x, Rng& rng, PointOut values) const override {
    const Components c(*this, x);
    std::array<std::size_t, kMaxComponents> order{};
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(k_);
    std::iota(order.begin(), last, std::size_t{0});
    std::stable_sort(order.begin(), last, [&](std::size_t a, std::size_t b) { return c.mean[a] < c.mean[b]; });
    for (std::size_t j = 0; j < k_; ++j) {
      values[j] = math::exp(c.log_weight[j]);
      values[k_ + j] = c.mean[j];
      values[2 * k_ + j] = math::exp(x[sd_at(j)]);
    }
    for (std::size_t j = 0; j < k_; ++j) {
      values[3 * k_ + j] = values[k_ + order[j]];
      values[4 * k_ + j] = values[order[j]];
      values[5 * k_ + j] = values[2 * k_ + order[j]];
    }
    values[6 * k_] = static_cast<double>(draw_occupied(c, rng));
  }

  /// The sticks by ParameterSpace's simplex, which breaks them in the same way; the rest value by value.
  void unconstrain(Point values, PointOut x) const override {
    if (k_ > 1) {
      weights_.unconstrain(values.first(k_), x.first(k_ - 1));
    } else if (values[0] != 1) {
      throw ModelError("parameter \"weight[1]\" is the only weight (weights add up to 1); give it 1");
    }
    for (std::size_t i = k_ - 1; i < x.size(); ++i) {
      x[i] = unconstrain_value(description_.coordinates[i], values[i + 1]);
    }
  }

 private:
  /// What every use of a point needs, per component.
  struct Components {
    Components(const Galaxies& model, Point x) {
      double log_left = 0;
      for (std::size_t m = 0; m + 1 < model.k_; ++m) {
        const double v = x[m] - model.stick_centre_[m];
        const double log_z = math::log_logistic(v);
        stick[m] = math::exp(log_z);
        log_weight[m] = log_left + log_z;
        log_jacobian += log_z + math::log_logistic(-v) + log_left;
        log_left += math::log_logistic(-v);
      }
      log_weight[model.k_ - 1] = log_left;
      for (std::size_t j = 0; j < model.k_; ++j) {
        mean[j] = x[model.mean_at(j)];
        precision[j] = math::exp(-2 * x[model.sd_at(j)]);
        log_height[j] = log_weight[j] - x[model.sd_at(j)];
      }
    }
    std::array<double, kMaxComponents> stick{}, log_weight{}, mean{}, precision{}, log_height{};
    double log_jacobian = 0;  // of the weights
  };

  [[nodiscard]] std::size_t mean_at(std::size_t j) const { return k_ - 1 + j; }
  [[nodiscard]] std::size_t sd_at(std::size_t j) const { return 2 * k_ - 1 + j; }

  [[nodiscard]] double log_prior(Point x, const Components& c) const {
    return log_prior_constant_ + c.log_jacobian + math::sum_lanes(k_, [&](std::size_t j) {
             const double away = c.mean[j] - kMean;
             return -0.5 / kVariance * away * away - 2 * kShape * x[sd_at(j)] - kScale * c.precision[j];
           });
  }

  /// Also leaves, for each galaxy, its components' shares up to a factor in `share`, [component][galaxy], and their
  /// sums in `total`.
  double log_likelihood(const Components& c, Shares& share, std::array<double, kN>& total) const {
    std::array<double, kN> highest;
    highest.fill(-kInfinity);
    for (std::size_t j = 0; j < k_; ++j) {
      double* term = &share[j * kN];
      const double half = 0.5 * c.precision[j];
      for (std::size_t i = 0; i < kN; ++i) {
        const double away = kVelocities[i] - c.mean[j];
        term[i] = c.log_height[j] - half * away * away;
        highest[i] = std::max(highest[i], term[i]);
      }
    }
    total.fill(0);
    for (std::size_t j = 0; j < k_; ++j) {
      double* term = &share[j * kN];
      for (std::size_t i = 0; i < kN; ++i) {
        term[i] = math::exp(term[i] - highest[i]);
        total[i] += term[i];
      }
    }
    double product = 1;  // every factor is between 1 and k, so 82 of them cannot overflow: one logarithm for all
    for (std::size_t i = 0; i < kN; ++i) product *= total[i];
    return math::sum_lanes(kN, [&](std::size_t i) { return highest[i]; }) + math::log(product) -
           0.5 * kLogTwoPi * static_cast<double>(kN);
  }

  /// How many components own a galaxy, after a draw of the allocations. Invariant under relabelling.
  std::size_t draw_occupied(const Components& c, Rng& rng) const {
    Shares share;
    std::array<double, kN> total;
    log_likelihood(c, share, total);
    std::array<bool, kMaxComponents> owns{};
    for (std::size_t i = 0; i < kN; ++i) {
      double left = rng.uniform() * total[i];
      std::size_t j = 0;
      while (j + 1 < k_ && left >= share[j * kN + i]) left -= share[j++ * kN + i];
      owns[j] = true;
    }
    return static_cast<std::size_t>(std::count(owns.begin(), owns.end(), true));
  }

  std::size_t k_;
  ParameterSpace weights_;
  double log_prior_constant_ = 0;
  std::array<double, kMaxComponents> stick_centre_{};  // makes coordinate 0 the centre of the simplex
};

constexpr ModelSetting kSettings[] = {{"k", 3, 1, kMaxComponents, true, "number of components"}};

}  // namespace

ModelEntry galaxies_entry() {
  return {"galaxies", "normal mixture on 82 galaxy velocities, k components; k! equal modes", kSettings,
          make<Galaxies>};
}

}  // namespace dovetail::builtin
