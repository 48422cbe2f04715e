// Neal's funnel: one coordinate sets the scale of all others.
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kVariance = 9;  // of v, under prior and target
// of every x under the prior: wide enough for the mouth of the funnel, v up to 7, which a narrow reference never
// reaches
constexpr double kPriorVariance = 900;
constexpr double kScaledPriorVariance = 4;  // of every z

/// Target v ~ N(0, 9), x_i given v ~ N(0, e^v), i < d. Prior v ~ N(0, 9) and x_i ~ N(0, 900), or z_i ~ N(0, 4); the
/// likelihood is target / prior, so the evidence is 1. Coordinates: v, then x (centred) or z = x exp(-v / 2) (not),
/// where the target is normal. A prior of x would have terms in exp(v) there that cancel in the sum: at v above 40
/// nothing but rounding would be left of the density.
class Funnel final : public Builtin {
 public:
  explicit Funnel(const ModelSettings& settings)
      : Builtin(settings, "Neal's funnel: v ~ N(0, 9), x given v ~ N(0, exp v)",
                "Neal (2003), Slice sampling, Annals of Statistics 31"),
        centred_(settings.real("centred") != 0),
        scaled_(settings.real("d") - 1) {
    const std::size_t d = settings.count("d");
    prior_variance_ = centred_ ? kPriorVariance : kScaledPriorVariance;
    const double log_prior_variance = math::log(prior_variance_);
    log_constant_ = -0.5 * ((scaled_ + 1) * kLogTwoPi + math::log(kVariance) + scaled_ * log_prior_variance);
    log_ratio_ = 0.5 * scaled_ * log_prior_variance;
    add_parameter("v");
    if (centred_) {
      add_parameters("x", d - 1);
    } else {
      add_own_parameters("x", d - 1);
      add_own_coordinates("x", d - 1);
    }
    description_.gradient = true;
    add_closed("log_evidence", 0);
    add_closed("mean(v)", 0);
    add_closed("sd(v)", 3);
    for (std::size_t i = 1; i < d; ++i) {
      add_closed("mean(x[" + std::to_string(i) + "])", 0);
      add_closed("sd(x[" + std::to_string(i) + "])", std::sqrt(math::exp(kVariance / 2)));
    }
  }

  LogDensity log_density(Point x) const override {
    if (!centred_) return log_density_of_scaled(x);
    const double v = x[0];
    const double square = math::sum_of_squares(x.subspan(1));
    // 0 * inf would be NaN at the bottom of the funnel
    const double scaled = square > 0 ? square * math::exp(-v) : 0;
    return {log_constant_ - 0.5 * (v * v / kVariance + square / kPriorVariance),
            log_ratio_ - 0.5 * (scaled_ * v + scaled - square / kPriorVariance)};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    if (!centred_) return log_density_gradient_of_scaled(x, prior, likelihood);
    const double v = x[0];
    const double square = math::sum_of_squares(x.subspan(1));
    const double precision = square > 0 ? math::exp(-v) : 0;
    prior[0] = -v / kVariance;
    likelihood[0] = -0.5 * (scaled_ - square * precision);
    for (std::size_t i = 1; i < x.size(); ++i) {
      prior[i] = -x[i] / kPriorVariance;
      likelihood[i] = -x[i] * precision + x[i] / kPriorVariance;
    }
    return log_density(x);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x);
    x[0] *= std::sqrt(kVariance);
    rescale(x, std::sqrt(prior_variance_));
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    for (std::size_t i = 0; i < x.size(); ++i) values[i] = x[i];
    if (!centred_) rescale(values, math::exp(0.5 * x[0]));
  }

  void unconstrain(Point values, PointOut x) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = unconstrain_value({.name = description_.output_names[i]}, values[i]);
    }
    if (!centred_) rescale(x, math::exp(-0.5 * x[0]));
  }

 private:
  static void rescale(PointOut x, double factor) {
    for (double& value : x.subspan(1)) value *= factor;
  }

  [[nodiscard]] LogDensity log_density_of_scaled(Point at) const {
    const double v = at[0];
    const double square = math::sum_of_squares(at.subspan(1));
    return {log_constant_ - 0.5 * (v * v / kVariance + square / kScaledPriorVariance),
            log_ratio_ - 0.5 * square * (1 - 1 / kScaledPriorVariance)};
  }

  LogDensity log_density_gradient_of_scaled(Point at, PointOut prior, PointOut likelihood) const {
    prior[0] = -at[0] / kVariance;
    likelihood[0] = 0;
    for (std::size_t i = 1; i < at.size(); ++i) {
      prior[i] = -at[i] / kScaledPriorVariance;
      likelihood[i] = -at[i] * (1 - 1 / kScaledPriorVariance);
    }
    return log_density_of_scaled(at);
  }

  bool centred_;
  double scaled_;          // number of coordinates whose scale v sets
  double prior_variance_;  // of x or z
  double log_constant_;
  double log_ratio_;
};

constexpr ModelSetting kSettings[] = {
    {"d", 10, 2, 100000, true, "dimension, v included"},
    {"centred", 1, 0, 1, true, "1 or true: x itself is moved; 0 or false: x exp(-v/2)", "centered"}};

}  // namespace

ModelEntry funnel_entry() {
  return {"funnel", "Neal's funnel; normalised, centred=false has no funnel", kSettings, make<Funnel>};
}

}  // namespace dovetail::builtin
