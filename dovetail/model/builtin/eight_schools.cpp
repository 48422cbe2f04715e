// The eight schools, centred and not: the classic hierarchical model whose centred form has a funnel.
#include <array>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr std::size_t kSchools = 8;
constexpr std::array<double, kSchools> kEffect = {28, 8, -3, 7, -1, 1, 18, 12};
constexpr std::array<double, kSchools> kError = {15, 10, 16, 11, 9, 11, 10, 18};
constexpr double kScale = 5;  // of mu's normal and of tau's half-Cauchy

/// y_j ~ N(theta_j, sigma_j), theta_j ~ N(mu, tau), mu ~ N(0, 5), tau ~ half-Cauchy(0, 5). Coordinates: eight of theta
/// (centred) or of (theta - mu) / tau (not), then mu, then log tau.
class EightSchools final : public Builtin {
 public:
  explicit EightSchools(const ModelSettings& settings)
      : Builtin(settings, "eight schools, hierarchical normal means",
                "Rubin (1981), Journal of Educational Statistics 6; priors of posteriordb's eight_schools; figures by "
                "quadrature over tau"),
        centred_(settings.real("centred") != 0) {
    for (const double sigma : kError) log_error_constant_ -= 0.5 * kLogTwoPi + math::log(sigma);
    log_prior_constant_ = -0.5 * kLogTwoPi * (kSchools + 1) - math::log(kScale) + math::log(2 / (kPi * kScale));
    if (centred_) {
      add_parameters("theta", kSchools);
    } else {
      add_own_parameters("theta", kSchools);
      add_own_coordinates("theta", kSchools);
    }
    add_parameter("mu");
    add_parameter("tau", positive());
    description_.gradient = true;
    add_figures();
  }

  LogDensity log_density(Point x) const override {
    const double tau = math::exp(x[kLogTau]);
    double first = 0;
    if (centred_) {
      const double square = math::sum_lanes(kSchools, [&](std::size_t j) { return (x[j] - x[kMu]) * (x[j] - x[kMu]); });
      const double scaled = square > 0 ? square / (tau * tau) : 0;  // 0 / 0 at the tip of the funnel
      first = -0.5 * scaled - static_cast<double>(kSchools) * x[kLogTau];
    } else {
      first = -0.5 * math::sum_of_squares(x.first(kSchools));
    }
    const double mu = x[kMu] / kScale;
    const double t = 2 * (x[kLogTau] - log_scale_);
    // half-Cauchy in log tau: 2 / (pi s) * tau / (1 + (tau / s)^2)
    const double prior = log_prior_constant_ + first - 0.5 * mu * mu + x[kLogTau] + math::log_logistic(-t);
    const double misfit = math::sum_lanes(kSchools, [&](std::size_t j) {
      const double z = (kEffect[j] - theta(x, tau, j)) / kError[j];
      return z * z;
    });
    return {prior, log_error_constant_ - 0.5 * misfit};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const double tau = math::exp(x[kLogTau]);
    const double cauchy = 1 - 2 * math::exp(math::log_logistic(2 * (x[kLogTau] - log_scale_)));
    std::array<double, kSchools> score;  // d log likelihood / d theta
    for (std::size_t j = 0; j < kSchools; ++j) score[j] = (kEffect[j] - theta(x, tau, j)) / (kError[j] * kError[j]);
    prior[kMu] = -x[kMu] / (kScale * kScale);
    prior[kLogTau] = cauchy;
    likelihood[kMu] = centred_ ? 0 : math::sum(score);
    likelihood[kLogTau] =
        centred_ ? 0 : tau * math::sum_lanes(kSchools, [&](std::size_t j) { return score[j] * x[j]; });
    for (std::size_t j = 0; j < kSchools; ++j) {
      const double away = (x[j] - x[kMu]) / tau;
      prior[j] = centred_ ? -away / tau : -x[j];
      likelihood[j] = centred_ ? score[j] : tau * score[j];
    }
    if (centred_) {
      prior[kMu] += -math::sum(Point(prior.first(kSchools)));
      prior[kLogTau] += math::sum_lanes(kSchools,
                                        [&](std::size_t j) {
                                          const double away = (x[j] - x[kMu]) / tau;
                                          return away * away;
                                        }) -
                        static_cast<double>(kSchools);
    }
    return log_density(x);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x.first(kSchools + 1));
    x[kMu] *= kScale;
    const double tau = kScale * math::tan(0.5 * kPi * rng.uniform_open());
    x[kLogTau] = math::log(tau);
    if (!centred_) return;
    for (std::size_t j = 0; j < kSchools; ++j) x[j] = x[kMu] + tau * x[j];
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    const double tau = math::exp(x[kLogTau]);
    for (std::size_t j = 0; j < kSchools; ++j) values[j] = theta(x, tau, j);
    values[kMu] = x[kMu];
    values[kLogTau] = tau;
  }

  void unconstrain(Point values, PointOut x) const override {
    for (std::size_t j = 0; j < x.size(); ++j) {
      const Coordinate& c = description_.coordinates[j];
      x[j] = unconstrain_value({c.kind, c.lower, c.upper, description_.output_names[j]}, values[j]);
    }
    if (centred_) return;
    for (std::size_t j = 0; j < kSchools; ++j) x[j] = (x[j] - values[kMu]) / values[kLogTau];
  }

 private:
  static constexpr std::size_t kMu = kSchools;
  static constexpr std::size_t kLogTau = kSchools + 1;

  [[nodiscard]] double theta(Point x, double tau, std::size_t j) const { return centred_ ? x[j] : x[kMu] + tau * x[j]; }

  void add_figures();

  bool centred_;
  double log_scale_ = math::log(kScale);
  double log_error_constant_ = 0;
  double log_prior_constant_;
};

/// Given tau everything is normal: the marginal likelihood, and the mean and variance of each output.
struct GivenTau {
  explicit GivenTau(double tau) {
    double precision = 1 / (kScale * kScale), linear = 0;
    for (std::size_t j = 0; j < kSchools; ++j) {
      const double spread = kError[j] * kError[j] + tau * tau;
      precision += 1 / spread;
      linear += kEffect[j] / spread;
      log_evidence -= 0.5 * (kLogTwoPi + math::log(spread) + kEffect[j] * kEffect[j] / spread);
    }
    log_evidence += 0.5 * linear * linear / precision - 0.5 * math::log(kScale * kScale * precision);
    mean[kSchools] = linear / precision;
    square[kSchools] = 1 / precision + mean[kSchools] * mean[kSchools];
    for (std::size_t j = 0; j < kSchools; ++j) {
      const double own = tau * tau / (kError[j] * kError[j] + tau * tau);  // weight of the school's own effect
      mean[j] = own * kEffect[j] + (1 - own) * mean[kSchools];
      square[j] = own * kError[j] * kError[j] + (1 - own) * (1 - own) / precision + mean[j] * mean[j];
    }
    mean[kSchools + 1] = tau;
    square[kSchools + 1] = tau * tau;
  }
  double log_evidence = 0;
  std::array<double, kSchools + 2> mean{}, square{};
};

/// Each figure is one integral over log tau, smooth and with exponential tails: the trapezium rule is exact to
/// rounding.
void EightSchools::add_figures() {
  constexpr double kStep = 1.0 / 32;
  constexpr int kSteps = 40 * 32;
  std::array<double, kSchools + 2> mean{}, square{};
  double total = 0;
  for (int i = -kSteps; i <= kSteps / 2; ++i) {
    const double log_tau = kStep * i;
    const GivenTau given(math::exp(log_tau));
    const double log_half_cauchy =
        math::log(2 / (kPi * kScale)) + log_tau + math::log_logistic(2 * (log_scale_ - log_tau));
    const double weight = kStep * math::exp(given.log_evidence + log_half_cauchy);
    total += weight;
    for (std::size_t j = 0; j < mean.size(); ++j) {
      mean[j] += weight * given.mean[j];
      square[j] += weight * given.square[j];
    }
  }
  add_closed("log_evidence", math::log(total));
  for (std::size_t j = 0; j < mean.size(); ++j) {
    const double m = mean[j] / total;
    add_closed("mean(" + description_.output_names[j] + ")", m);
    add_closed("sd(" + description_.output_names[j] + ")", std::sqrt(square[j] / total - m * m));
  }
}

constexpr ModelSetting kSettings[] = {
    {"centred", 0, 0, 1, true, "1 or true: theta itself is moved; 0 or false: (theta - mu) / tau", "centered"}};

}  // namespace

ModelEntry eight_schools_entry() {
  return {"eight_schools", "hierarchical normal means; centred=true has a funnel", kSettings, make<EightSchools>};
}

}  // namespace dovetail::builtin
