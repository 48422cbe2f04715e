// Intercepts and slopes that vary by group, correlated: the hierarchical model that samplers are timed on.
#include <array>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kMuSd = 5;     // normal prior of both means
constexpr double kScaleSd = 2;  // half-normal prior of tau and sigma

// What the data are simulated with.
constexpr double kTrueMu[2] = {1, -0.5};
constexpr double kTrueTau[2] = {1, 0.5};
constexpr double kTrueRho = -0.4;
constexpr double kTrueSigma = 1;

/// y_i ~ N(a_g + b_g x_i, sigma) for the rows i of group g, (a_g, b_g) ~ N(mu, D R D), D = diag(tau), R the correlation
/// matrix of rho. mu ~ N(0, 5^2), tau and sigma ~ half-normal(2), R ~ LKJ(2): density 3/4 (1 - rho^2) of rho.
/// Coordinates: mu, log tau, the logit of (1 + rho) / 2, log sigma, then za_g and zb_g with
/// a = mu1 + tau1 za, b = mu2 + tau2 (rho za + sqrt(1 - rho^2) zb), which are standard normal.
class Slopes final : public Builtin {
 public:
  explicit Slopes(const ModelSettings& settings)
      : Builtin(settings, "intercepts and slopes by group with their correlation, data simulated",
                "own data, recipe in docs/models.md; correlation prior: Lewandowski, Kurowicka and Joe (2009), Journal "
                "of Multivariate Analysis 100"),
        groups_(settings.count("groups")),
        rows_(settings.count("rows")) {
    add_parameters("mu", 2);
    add_parameters("tau", 2, positive());
    add_parameter("rho", between(-1, 1));
    add_parameter("sigma", positive());
    for (const char* name : {"intercept", "slope"}) {
      add_own_parameters(name, groups_);
      add_own_coordinates(name, groups_);
    }
    description_.gradient = true;
    const auto effects = static_cast<double>(2 * groups_);
    log_prior_constant_ = -0.5 * effects * kLogTwoPi - kLogTwoPi - 2 * math::log(kMuSd) +
                          3 * (math::log(2.0) - 0.5 * kLogTwoPi - math::log(kScaleSd)) + math::log(0.375);
    log_noise_constant_ = -0.5 * kLogTwoPi * static_cast<double>(groups_ * rows_);
    simulate();
  }

  LogDensity log_density(Point x) const override {
    const Scales s(x);
    double square = 0;
    for (std::size_t g = 0; g < groups_; ++g) {
      const Effect e = effect(x, s, g);
      const double *const xs = &x_[g * rows_], *const ys = &y_[g * rows_];
      square += math::sum_lanes(rows_, [=](std::size_t i) {
        const double residual = ys[i] - e.intercept - e.slope * xs[i];
        return residual * residual;
      });
    }
    return assemble(x, s, square);
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const Scales s(x);
    double square = 0;
    double to_a = 0, to_b = 0;                      // d log likelihood / d mu
    double along_a = 0, along_b = 0, across_b = 0;  // sums of score_a za, score_b za, score_b zb
    for (std::size_t g = 0; g < groups_; ++g) {
      const Effect e = effect(x, s, g);
      const double *const xs = &x_[g * rows_], *const ys = &y_[g * rows_];
      const auto residual = [=](std::size_t i) { return ys[i] - e.intercept - e.slope * xs[i]; };
      square += math::sum_lanes(rows_, [=](std::size_t i) { return residual(i) * residual(i); });
      const double score_a = s.precision * math::sum_lanes(rows_, residual);
      const double score_b = s.precision * math::sum_lanes(rows_, [=](std::size_t i) { return residual(i) * xs[i]; });
      const double za = x[kEffects + g];
      const double zb = x[kEffects + groups_ + g];
      to_a += score_a;
      to_b += score_b;
      along_a += score_a * za;
      along_b += score_b * za;
      across_b += score_b * zb;
      prior[kEffects + g] = -za;
      prior[kEffects + groups_ + g] = -zb;
      likelihood[kEffects + g] = s.tau_a * score_a + s.tau_b * s.rho * score_b;
      likelihood[kEffects + groups_ + g] = s.tau_b * s.rest * score_b;
    }
    likelihood[kMu] = to_a;
    likelihood[kMu + 1] = to_b;
    likelihood[kTau] = s.tau_a * along_a;
    likelihood[kTau + 1] = s.tau_b * (s.rho * along_b + s.rest * across_b);
    // d rho / du = (1 - rho^2) / 2 and d sqrt(1 - rho^2) / du = -rho sqrt(1 - rho^2) / 2
    likelihood[kRho] = 0.5 * s.tau_b * s.rest * (s.rest * along_b - s.rho * across_b);
    likelihood[kSigma] = s.precision * square - static_cast<double>(groups_ * rows_);
    for (std::size_t i = 0; i < 2; ++i) {
      prior[kMu + i] = -x[kMu + i] / (kMuSd * kMuSd);
      prior[kTau + i] = 1 - (i == 0 ? s.tau_a * s.tau_a : s.tau_b * s.tau_b) / (kScaleSd * kScaleSd);
    }
    prior[kRho] = -2 * s.rho;
    prior[kSigma] = 1 - s.sigma * s.sigma / (kScaleSd * kScaleSd);
    return assemble(x, s, square);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x);
    for (std::size_t i = 0; i < 2; ++i) x[kMu + i] *= kMuSd;
    for (const std::size_t i : {kTau, kTau + 1, kSigma}) x[i] = math::log(kScaleSd * std::fabs(x[i]));
    // (1 + rho) / 2 is Beta(2, 2): the logarithm of a ratio of two gammas, each the sum of two exponentials
    const double up = math::draw_exponential(rng) + math::draw_exponential(rng);
    const double down = math::draw_exponential(rng) + math::draw_exponential(rng);
    x[kRho] = math::log(up) - math::log(down);
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    const Scales s(x);
    values[kMu] = x[kMu];
    values[kMu + 1] = x[kMu + 1];
    values[kTau] = s.tau_a;
    values[kTau + 1] = s.tau_b;
    values[kRho] = s.rho;
    values[kSigma] = s.sigma;
    for (std::size_t g = 0; g < groups_; ++g) {
      const Effect e = effect(x, s, g);
      values[kEffects + g] = e.intercept;
      values[kEffects + groups_ + g] = e.slope;
    }
  }

  void unconstrain(Point values, PointOut x) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Coordinate& c = description_.coordinates[i];
      x[i] = unconstrain_value({c.kind, c.lower, c.upper, description_.output_names[i]}, values[i]);
    }
    const Scales s(x);
    for (std::size_t g = 0; g < groups_; ++g) {
      const double za = (values[kEffects + g] - s.mu_a) / s.tau_a;
      x[kEffects + g] = za;
      x[kEffects + groups_ + g] = ((values[kEffects + groups_ + g] - s.mu_b) / s.tau_b - s.rho * za) / s.rest;
    }
  }

 private:
  static constexpr std::size_t kMu = 0, kTau = 2, kRho = 4, kSigma = 5, kEffects = 6;

  /// What all groups share.
  struct Scales {
    explicit Scales(Point x)
        : mu_a(x[kMu]),
          mu_b(x[kMu + 1]),
          tau_a(math::exp(x[kTau])),
          tau_b(math::exp(x[kTau + 1])),
          sigma(math::exp(x[kSigma])),
          precision(math::exp(-2 * x[kSigma])) {
      // rho = tanh(u / 2) and 1 - rho^2 = 4 s(u) s(-u), both without cancellation
      const double e = math::exp(-std::fabs(x[kRho]));
      rho = (x[kRho] < 0 ? e - 1 : 1 - e) / (1 + e);
      rest = 2 * math::exp(-0.5 * std::fabs(x[kRho])) / (1 + e);
      log_rest = math::log(2.0) - 0.5 * std::fabs(x[kRho]) - math::log1p(e);
    }
    double mu_a, mu_b, tau_a, tau_b, sigma;
    double precision;  ///< 1 / sigma^2
    double rho, rest;  ///< rest = sqrt(1 - rho^2)
    double log_rest;
  };
  struct Effect {
    double intercept, slope;
  };

  [[nodiscard]] Effect effect(Point x, const Scales& s, std::size_t g) const {
    const double za = x[kEffects + g];
    return {s.mu_a + s.tau_a * za, s.mu_b + s.tau_b * (s.rho * za + s.rest * x[kEffects + groups_ + g])};
  }

  /// `square`: sum of squared residuals.
  [[nodiscard]] LogDensity assemble(Point x, const Scales& s, double square) const {
    const double scales = s.tau_a * s.tau_a + s.tau_b * s.tau_b + s.sigma * s.sigma;
    const double jacobian =
        x[kTau] + x[kTau + 1] + x[kSigma] + 4 * s.log_rest;  // rho: (1 - rho^2) twice, by prior and map
    const double prior = log_prior_constant_ - 0.5 / (kMuSd * kMuSd) * (s.mu_a * s.mu_a + s.mu_b * s.mu_b) -
                         0.5 / (kScaleSd * kScaleSd) * scales - 0.5 * math::sum_of_squares(x.subspan(kEffects)) +
                         jacobian;
    if (!(prior > -kInfinity)) return {-kInfinity, 0};  // a scale beyond all numbers
    const double misfit = square > 0 ? s.precision * square : 0;
    return {prior, log_noise_constant_ - static_cast<double>(groups_ * rows_) * x[kSigma] - 0.5 * misfit};
  }

  void simulate() {
    x_.resize(groups_ * rows_);
    y_.resize(groups_ * rows_);
    std::array<double, 2> z{};
    std::vector<double> noise(rows_);
    for (std::size_t g = 0; g < groups_; ++g) {
      Rng rng = data_stream(SimulatedData::slopes, g + 1);
      math::draw_normals(rng, z);
      const double intercept = kTrueMu[0] + kTrueTau[0] * z[0];
      const double slope = kTrueMu[1] + kTrueTau[1] * (kTrueRho * z[0] + std::sqrt(1 - kTrueRho * kTrueRho) * z[1]);
      math::draw_normals(rng, std::span(x_).subspan(g * rows_, rows_));
      math::draw_normals(rng, noise);
      for (std::size_t i = 0; i < rows_; ++i) {
        y_[g * rows_ + i] = intercept + slope * x_[g * rows_ + i] + kTrueSigma * noise[i];
      }
    }
  }

  std::size_t groups_;
  std::size_t rows_;           // of each group
  std::vector<double> x_, y_;  // [group][row]
  double log_prior_constant_ = 0;
  double log_noise_constant_ = 0;
};

constexpr ModelSetting kSettings[] = {{"groups", 50, 1, 10000, true, "groups; the dimension is 2 groups + 6"},
                                      {"rows", 20, 1, 1000, true, "rows of each group"}};

}  // namespace

ModelEntry slopes_entry() {
  return {"slopes", "hierarchical intercepts and slopes with an LKJ prior, on simulated data", kSettings, make<Slopes>};
}

}  // namespace dovetail::builtin
