// An autoregressive time series: normal given its noise level, so every figure is one integral.
#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kPriorSd = 10;      // of alpha and every beta
constexpr double kSigmaScale = 2.5;  // of sigma's half-Cauchy
constexpr double kTrueAlpha = 0.5;
constexpr double kTrueBeta[2] = {0.5, -0.3};  // of lags 1 and 2; further lags have none
constexpr std::size_t kWarm = 100;            // simulated values before the first that is observed

/// y_t ~ N(alpha + sum over k of beta_k y_(t-k), sigma) for t = K+1..T, given the first K values; alpha, beta_k ~
/// N(0, 10^2), sigma ~ half-Cauchy(0, 2.5). Coordinates: alpha, beta[1..K], log sigma.
class Ark final : public Builtin {
 public:
  explicit Ark(const ModelSettings& settings)
      : Builtin(settings, "autoregressive series of order K, simulated",
                "priors of posteriordb's arK; own data, recipe in docs/models.md; figures by quadrature over sigma"),
        order_(settings.count("K")),
        rows_(settings.count("T") - order_) {
    if (settings.count("T") < 2 * order_ + 10) {
      throw ModelError("model " + settings.spec() +
                       " has fewer than 2 K + 10 values (the coefficients would fit them "
                       "without error); raise T or lower K");
    }
    add_parameter("alpha");
    add_parameters("beta", order_);
    add_parameter("sigma", positive());
    description_.gradient = true;
    log_prior_constant_ =
        -static_cast<double>(order_ + 1) * (0.5 * kLogTwoPi + math::log(kPriorSd)) + math::log(2 / (kPi * kSigmaScale));
    simulate();
    add_figures();
  }

  LogDensity log_density(Point x) const override {
    const detail::ScratchRow residual(rows_);
    fill_residuals(x, residual.row());
    return assemble(x, math::sum_of_squares(residual.row()));
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const std::size_t d = order_ + 2;
    const double precision = math::exp(-2 * x[d - 1]);
    const detail::ScratchRow residual(rows_);
    const PointOut r = residual.row();
    fill_residuals(x, r);
    const double square = math::sum_of_squares(r);
    for (std::size_t j = 0; j + 1 < d; ++j) prior[j] = -x[j] / (kPriorSd * kPriorSd);
    prior[d - 1] = 1 - 2 * math::exp(math::log_logistic(2 * (x[d - 1] - log_scale_)));
    likelihood[0] = precision * math::sum(r);
    for (std::size_t k = 1; k <= order_; ++k) likelihood[k] = precision * math::dot(r, lagged(k));
    likelihood[d - 1] = precision * square - static_cast<double>(rows_);
    return assemble(x, square);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x.first(order_ + 1));
    for (double& value : x.first(order_ + 1)) value *= kPriorSd;
    x[order_ + 1] = math::log(kSigmaScale * math::tan(0.5 * kPi * rng.uniform_open()));
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    std::copy(x.begin(), x.end(), values.begin());
    values[order_ + 1] = math::exp(x[order_ + 1]);
  }

 private:
  /// The values k steps before those that are modelled.
  [[nodiscard]] Point lagged(std::size_t k) const { return Point(y_).subspan(order_ - k, rows_); }

  void fill_residuals(Point x, PointOut residual) const {
    double* const r = residual.data();
    const double* const y = y_.data() + order_;
    for (std::size_t t = 0; t < rows_; ++t) r[t] = y[t] - x[0];
    for (std::size_t k = 1; k <= order_; ++k) {
      const double beta = x[k];
      const double* const before = y - k;
      for (std::size_t t = 0; t < rows_; ++t) r[t] -= beta * before[t];
    }
  }

  [[nodiscard]] LogDensity assemble(Point x, double square) const {
    const double log_sigma = x[order_ + 1];
    const double t = 2 * (log_sigma - log_scale_);
    const double prior = log_prior_constant_ - 0.5 / (kPriorSd * kPriorSd) * math::sum_of_squares(x.first(order_ + 1)) +
                         log_sigma + math::log_logistic(-t);
    const double misfit = square > 0 ? square * math::exp(-2 * log_sigma) : 0;
    return {prior, -static_cast<double>(rows_) * (0.5 * kLogTwoPi + log_sigma) - 0.5 * misfit};
  }

  void simulate() {
    std::vector<double> all(kWarm + order_ + rows_);
    Rng rng = data_stream(SimulatedData::ark, 0);
    math::draw_normals(rng, all);
    for (std::size_t t = 0; t < all.size(); ++t) {
      all[t] += kTrueAlpha;
      for (std::size_t k = 1; k <= 2 && k <= t; ++k) all[t] += kTrueBeta[k - 1] * all[t - k];
    }
    y_.assign(all.begin() + kWarm, all.end());
  }

  void add_figures();

  std::size_t order_;
  std::size_t rows_;       // that are modelled
  std::vector<double> y_;  // T values
  double log_scale_ = math::log(kSigmaScale);
  double log_prior_constant_ = 0;
};

/// Given sigma the coefficients are normal with precision X'X / sigma^2 + I / 100. One integral over log sigma for each
/// figure, smooth and with fast tails: the trapezium rule is exact to rounding.
void Ark::add_figures() {
  constexpr double kStep = 1.0 / 256;  // the peak is about 1 / sqrt(2 T) wide, so at least 1.8 steps
  const std::size_t d = order_ + 1;
  std::vector<double> gram(d * d), linear(d);
  const std::vector<double> ones(rows_, 1.0);
  const auto column = [&](std::size_t j) { return j == 0 ? Point(ones) : lagged(j); };
  const Point target = Point(y_).subspan(order_, rows_);
  for (std::size_t i = 0; i < d; ++i) {
    linear[i] = math::dot(column(i), target);
    for (std::size_t j = 0; j < d; ++j) gram[i * d + j] = math::dot(column(i), column(j));
  }
  const double total_square = math::sum_of_squares(target);
  std::vector<double> precision(d * d), mean(d), unit(d), first(d + 1), second(d + 1);
  // Two passes: weights relative to the highest, which the first one finds, cannot overflow.
  double highest = -kInfinity, total = 0;
  for (const bool measuring : {true, false}) {
    for (int node = -8 * 256; node <= 8 * 256; ++node) {
      const double log_sigma = kStep * node;
      const double sigma = math::exp(log_sigma);
      const double noise = 1 / (sigma * sigma);
      for (std::size_t i = 0; i < d * d; ++i) precision[i] = noise * gram[i];
      for (std::size_t i = 0; i < d; ++i) {
        precision[i * d + i] += 1 / (kPriorSd * kPriorSd);
        mean[i] = noise * linear[i];
      }
      const auto factor = math::cholesky(precision, d);
      if (!factor)
        throw ModelError("model " + description_.name + " has a series whose figures cannot be computed; raise T");
      math::solve_factored(*factor, mean);
      const double fit = noise * (total_square - math::dot(linear, mean));
      const double log_weight = -static_cast<double>(rows_) * (0.5 * kLogTwoPi + log_sigma) - 0.5 * fit -
                                static_cast<double>(d) * math::log(kPriorSd) - 0.5 * math::log_determinant(*factor, d) +
                                math::log(2 / (kPi * kSigmaScale)) + log_sigma +
                                math::log_logistic(-2 * (log_sigma - log_scale_));
      highest = std::max(highest, log_weight);
      if (measuring) continue;
      const double weight = math::exp(log_weight - highest);
      total += weight;
      for (std::size_t i = 0; i < d; ++i) {
        std::fill(unit.begin(), unit.end(), 0.0);
        unit[i] = 1;
        math::solve_lower(*factor, unit);
        first[i] += weight * mean[i];
        second[i] += weight * (mean[i] * mean[i] + math::sum_of_squares(unit));
      }
      first[d] += weight * sigma;
      second[d] += weight * sigma * sigma;
    }
  }
  add_closed("log_evidence", highest + math::log(kStep * total));
  for (std::size_t i = 0; i <= d; ++i) {
    const double m = first[i] / total;
    add_closed("mean(" + description_.output_names[i] + ")", m);
    add_closed("sd(" + description_.output_names[i] + ")", std::sqrt(second[i] / total - m * m));
  }
}

constexpr ModelSetting kSettings[] = {{"K", 5, 1, 20, true, "order: values before that a value depends on"},
                                      {"T", 200, 12, 10000, true, "length of the series"}};

}  // namespace

ModelEntry ark_entry() {
  return {"ark", "autoregressive time series of order K; evidence and moments in closed form", kSettings, make<Ark>};
}

}  // namespace dovetail::builtin
