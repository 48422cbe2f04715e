// Two narrow modes far apart with known weights: what tempering is for.
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kWeights[2] = {0.3, 0.7};  // at -centre and at +centre, in every coordinate
constexpr double kPriorSd = 3;

/// Prior N(0, 9 I), likelihood 0.3 N(x; -c 1, s^2 I) + 0.7 N(x; +c 1, s^2 I). Both centres are equally far from 0, so
/// the posterior keeps the weights: 0.3 N(-m 1, v I) + 0.7 N(m 1, v I), m = c 9 / (9 + s^2), v = 9 s^2 / (9 + s^2).
class Modes final : public Builtin {
 public:
  explicit Modes(const ModelSettings& settings)
      : Builtin(settings, "two separated normals with weights 0.3 and 0.7",
                "own; evidence and moments from the conjugacy of normal means, see docs/models.md"),
        centre_(settings.real("centre")),
        precision_(1 / (settings.real("sd") * settings.real("sd"))) {
    const std::size_t d = settings.count("d");
    const auto size = static_cast<double>(d);
    const double variance = 1 / precision_;
    const double prior_variance = kPriorSd * kPriorSd;
    log_prior_constant_ = -0.5 * size * (kLogTwoPi + math::log(prior_variance));
    for (std::size_t k = 0; k < 2; ++k)
      log_weight_[k] = math::log(kWeights[k]) - 0.5 * size * (kLogTwoPi + math::log(variance));
    add_parameters("x", d);
    add_output("upper_mode");
    description_.gradient = true;
    add_closed_forms(size, prior_variance, variance);
  }

  LogDensity log_density(Point x) const override {
    const Parts parts = evaluate(x);
    return {parts.log_prior, math::log_add(parts.log_term[0], parts.log_term[1])};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const Parts parts = evaluate(x);
    const double log_likelihood = math::log_add(parts.log_term[0], parts.log_term[1]);
    const double lower = math::exp(math::log_logistic(parts.log_term[0] - parts.log_term[1]));
    const double pull = centre_ * (1 - 2 * lower);  // centre that the point is drawn to, on average
    for (std::size_t i = 0; i < x.size(); ++i) {
      prior[i] = -x[i] / (kPriorSd * kPriorSd);
      likelihood[i] = precision_ * (pull - x[i]);
    }
    return {parts.log_prior, log_likelihood};
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x);
    for (double& value : x) value *= kPriorSd;
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    for (std::size_t i = 0; i < x.size(); ++i) values[i] = x[i];
    values[x.size()] = math::sum(x) > 0 ? 1 : 0;
  }

 private:
  struct Parts {
    double log_prior;
    double log_term[2];
  };

  [[nodiscard]] Parts evaluate(Point x) const {
    const double near_lower =
        math::sum_lanes(x.size(), [&](std::size_t i) { return (x[i] + centre_) * (x[i] + centre_); });
    const double near_upper =
        math::sum_lanes(x.size(), [&](std::size_t i) { return (x[i] - centre_) * (x[i] - centre_); });
    return {log_prior_constant_ - 0.5 / (kPriorSd * kPriorSd) * math::sum_of_squares(x),
            {log_weight_[0] - 0.5 * precision_ * near_lower, log_weight_[1] - 0.5 * precision_ * near_upper}};
  }

  void add_closed_forms(double size, double prior_variance, double variance) {
    const double total = prior_variance + variance;
    const double mean = centre_ * prior_variance / total;
    const double within = prior_variance * variance / total;
    const double lean = kWeights[1] - kWeights[0];
    // sum(x) of one mode is N(+-d m, d v), so a draw crosses 0 with probability Phi(-m sqrt(d / v))
    const double cross = math::normal_cdf(-mean * std::sqrt(size / within));
    add_closed("log_evidence", -0.5 * size * (kLogTwoPi + math::log(total) + centre_ * centre_ / total));
    for (std::size_t i = 1; i <= dimension(); ++i) {
      add_closed("mean(x[" + std::to_string(i) + "])", lean * mean);
      add_closed("sd(x[" + std::to_string(i) + "])", std::sqrt(within + mean * mean * (1 - lean * lean)));
    }
    const double upper = kWeights[1] * (1 - cross) + kWeights[0] * cross;
    add_closed("mean(upper_mode)", upper);
    add_closed("sd(upper_mode)", std::sqrt(upper * (1 - upper)));
  }

  double centre_;
  double precision_;
  double log_prior_constant_;
  double log_weight_[2];
};

constexpr ModelSetting kSettings[] = {
    {"d", 2, 1, 100000, true, "dimension"},
    {"centre", 2, 0.01, 100, false, "distance of both modes from 0, in every coordinate"},
    {"sd", 0.1, 1e-6, 10, false, "width of both modes"}};

}  // namespace

ModelEntry modes_entry() {
  return {"modes", "two separated normals with weights 0.3 and 0.7; evidence and weights in closed form", kSettings,
          make<Modes>};
}

}  // namespace dovetail::builtin
