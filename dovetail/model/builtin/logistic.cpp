// Bayesian logistic regression on simulated data: the smooth posterior of moderate dimension that samplers are timed
// on.
#include <algorithm>
#include <array>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kPriorSd = 2.5;  // of the intercept and of every coefficient
constexpr double kTrueIntercept = 0.5;
constexpr double kTrueSpread = 1.5;  // sd of the linear predictor: coefficients are N(0, 1.5^2 / p)

/// Product of 1 + e[i] over i < n as a sum of logarithms, one logarithm for up to 512 factors: each is between 1 and 2.
double log_product_of_one_plus(const double* e, std::size_t n) {
  constexpr std::size_t kLanes = 8;
  constexpr std::size_t kBlock = 512 * kLanes;
  double sum = 0;
  for (std::size_t from = 0; from < n; from += kBlock) {
    const std::size_t to = std::min(n, from + kBlock);
    std::array<double, kLanes> product;
    product.fill(1);
    std::size_t i = from;
    for (; i + kLanes <= to; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) product[lane] *= 1 + e[i + lane];
    }
    for (std::size_t lane = 0; i + lane < to; ++lane) product[lane] *= 1 + e[i + lane];
    for (const double p : product) sum += math::log(p);
  }
  return sum;
}

/// P(y_i = 1) = s(alpha + x_i beta). Coordinates: alpha, beta[1..p], all real, each N(0, 2.5^2).
class Logistic final : public Builtin {
 public:
  explicit Logistic(const ModelSettings& settings)
      : Builtin(settings, "logistic regression, n rows and p predictors simulated",
                "own data, recipe in docs/models.md; prior as is usual for standardised predictors (Gelman, Jakulin, "
                "Pittau and Su 2008, Annals of Applied Statistics 2), normal"),
        n_(settings.count("n")),
        p_(settings.count("p")),
        log_prior_constant_(-static_cast<double>(p_ + 1) * (0.5 * kLogTwoPi + math::log(kPriorSd))) {
    add_parameter("alpha");
    add_parameters("beta", p_);
    description_.gradient = true;
    simulate();
  }

  LogDensity log_density(Point x) const override {
    const detail::ScratchRow margin(n_), odds(n_);
    return evaluate(x, margin.row().data(), odds.row().data());
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const detail::ScratchRow margin_row(n_), odds_row(n_);
    double* const margin = margin_row.row().data();
    double* const odds = odds_row.row().data();
    const LogDensity result = evaluate(x, margin, odds);
    for (std::size_t i = 0; i < n_; ++i) {
      // d log s(m) / dm = s(-m)
      margin[i] = (margin[i] >= 0 ? odds[i] : 1) / (1 + odds[i]);
    }
    for (std::size_t j = 0; j <= p_; ++j) {
      prior[j] = -x[j] / (kPriorSd * kPriorSd);
      likelihood[j] = math::dot(Point(column(j), n_), Point(margin, n_));
    }
    return result;
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x);
    for (double& value : x) value *= kPriorSd;
  }

  void output_values(Point x, Rng&, PointOut values) const override { std::copy(x.begin(), x.end(), values.begin()); }

 private:
  [[nodiscard]] const double* column(std::size_t j) const { return &signed_[j * n_]; }

  /// Leaves the margins m_i = +-(alpha + x_i beta), plus where y_i = 1, and exp(-|m_i|).
  LogDensity evaluate(Point x, double* margin, double* odds) const {
    fill_margins(x, margin);
    for (std::size_t i = 0; i < n_; ++i) odds[i] = math::exp(-std::fabs(margin[i]));
    // log s(m) = min(m, 0) - log(1 + exp(-|m|))
    const double linear = math::sum_lanes(n_, [margin](std::size_t i) { return std::min(margin[i], 0.0); });
    return {log_prior_constant_ - 0.5 / (kPriorSd * kPriorSd) * math::sum_of_squares(x),
            linear - log_product_of_one_plus(odds, n_)};
  }

  /// Four columns at a time, so that a margin is loaded and stored once for four products.
  void fill_margins(Point x, double* __restrict margin) const {
    const double* const first = column(0);
    for (std::size_t i = 0; i < n_; ++i) margin[i] = x[0] * first[i];
    std::size_t j = 1;
    for (; j + 4 <= p_ + 1; j += 4) {
      const double *const a = column(j), *const b = column(j + 1), *const c = column(j + 2), *const d = column(j + 3);
      const double xa = x[j], xb = x[j + 1], xc = x[j + 2], xd = x[j + 3];
      for (std::size_t i = 0; i < n_; ++i) margin[i] += (xa * a[i] + xb * b[i]) + (xc * c[i] + xd * d[i]);
    }
    for (; j <= p_; ++j) {
      const double* const a = column(j);
      for (std::size_t i = 0; i < n_; ++i) margin[i] += x[j] * a[i];
    }
  }

  void simulate() {
    signed_.resize((p_ + 1) * n_);
    std::vector<double> beta(p_), row(p_);
    Rng coefficients = data_stream(SimulatedData::logistic, 0);
    math::draw_normals(coefficients, beta);
    const double scale = kTrueSpread / std::sqrt(std::max(1.0, static_cast<double>(p_)));
    for (double& b : beta) b *= scale;
    for (std::size_t i = 0; i < n_; ++i) {
      Rng rng = data_stream(SimulatedData::logistic, i + 1);
      math::draw_normals(rng, row);
      const double predictor = kTrueIntercept + math::dot(row, beta);
      const double sign = rng.uniform() < math::exp(math::log_logistic(predictor)) ? 1 : -1;
      signed_[i] = sign;
      for (std::size_t j = 0; j < p_; ++j) signed_[(j + 1) * n_ + i] = sign * row[j];
    }
  }

  std::size_t n_, p_;
  double log_prior_constant_;
  /// [predictor][row], the column of ones first; rows with y = 0 have changed sign, so that P(y_i) = s(signed_i . x)
  std::vector<double> signed_;
};

constexpr ModelSetting kSettings[] = {{"n", 1000, 1, 100000, true, "rows"}, {"p", 25, 0, 200, true, "predictors"}};

}  // namespace

ModelEntry logistic_entry() {
  return {"logistic", "logistic regression on simulated data, dimension p + 1", kSettings, make<Logistic>};
}

}  // namespace dovetail::builtin
