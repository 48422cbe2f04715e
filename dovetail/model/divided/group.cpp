#include "dovetail/model/divided/group.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail::divided {
namespace {

constexpr double kLogTwoPi = 1.8378770664093454836;
constexpr int kNewtonMax = 50;
constexpr double kNewtonEnough = 1e-10;  ///< squared length of a Newton step, in prior standard deviations
constexpr double kUnitLost = 1e8;        ///< sums with the prior's 1 in them are no larger, or it is lost in rounding
// of the integral over one number
constexpr double kNodeWidth = 0.6;   ///< in the least standard deviation that u can have: trapezoids miss e^-15
constexpr double kNodesMax = 1000;   ///< on a side: where sigma is in the hundreds, steps are met as well as that
constexpr double kNegligible = -40;  ///< log of what is left out, over the highest
// of the check by importance sampling
constexpr std::size_t kNarrowPairs = 24;
constexpr std::size_t kWidePairs = 8;  ///< of the prior's width

/// sum over a, b, c of (sum over i of weight_i x_ia x_ib x_ic)^2 = sum over i, j of weight_i weight_j (x_i . x_j)^3,
/// the cheaper way.
double sum_of_cubes(std::span<const double> x, std::span<const double> weight, std::size_t p) {
  const std::size_t n = weight.size();
  double total = 0;
  if (6 * n <= p * p) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        const double h = math::dot(x.subspan(i * p, p), x.subspan(j * p, p));
        total += (i == j ? 1 : 2) * weight[i] * weight[j] * h * h * h;
      }
    }
    return total;
  }
  for (std::size_t a = 0; a < p; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      for (std::size_t c = 0; c <= b; ++c) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += weight[i] * x[i * p + a] * x[i * p + b] * x[i * p + c];
        const double orders = a == b ? (b == c ? 1 : 3) : (b == c ? 3 : 6);
        total += orders * sum * sum;
      }
    }
  }
  return total;
}

}  // namespace

void LogSum::settle() {
  sum_ -= math::log(product_);
  product_ = 1;
}

Law::Law(double sd) : sd_(sd), constant_(sd > 0 ? -0.5 * kLogTwoPi - math::log(sd) : 0) {}

RowLaw Law::at(double y, double predictor) const {
  if (!is_bernoulli()) {
    const double z = (y - predictor) / sd_;
    return {constant_ - 0.5 * z * z, 1, z / sd_, 1 / (sd_ * sd_)};
  }
  const double tail = math::exp(-std::fabs(predictor));
  const double rare = tail / (1 + tail);  // probability of the unlikelier outcome
  const double p = predictor > 0 ? 1 - rare : rare;
  const double miss = (predictor > 0) == (y > 0) ? 0 : std::fabs(predictor);
  return {-miss, 1 + tail, y > 0 ? (predictor > 0 ? rare : 1 - rare) : -p, rare * (1 - rare)};
}

Law::Higher Law::higher(double predictor) const {
  if (!is_bernoulli()) return {0, 0};
  const double tail = math::exp(-std::fabs(predictor));
  const double rare = tail / (1 + tail);
  const double curvature = rare * (1 - rare);
  return {curvature * (1 - 2 * rare) * (predictor > 0 ? -1 : 1), curvature * (1 - 6 * curvature)};
}

Law::Pull Law::pull(double sum, std::size_t n) const {
  const auto count = static_cast<double>(n);
  if (!is_bernoulli()) return {sum / count, count / (sd_ * sd_)};
  const double p = (sum + 0.5) / (count + 1);  // half an outcome of each kind, so that all alike have a centre
  return {math::log(p / (1 - p)), count * p * (1 - p)};
}

/// h(x, v) = slope w.v + shift, and what its derivatives need.
struct Group::Frame {
  double stretch;       ///< R = sqrt(1 + kappa |w|^2): w.u has the prior's sd divided by that
  double slope, shift;  ///< of h
};

/// What rows say at one (x, u).
struct Group::Look {
  std::vector<double> u;          ///< p
  double log = 0;                 ///< log p(rows, u | x), without the constant of N(u; 0, I)
  std::vector<double> score;      ///< p: of the rows' log likelihood in theta
  std::vector<double> curvature;  ///< p x p: minus the Hessian of log p(rows, u | x) in u
  std::vector<double> factor{};   ///< p x p, of a mode alone: L, L L' = curvature
};

Group::Group(std::string name, std::vector<double> design, std::vector<double> outcome, const Law& law)
    : name_(std::move(name)),
      design_(std::move(design)),
      outcome_(std::move(outcome)),
      mean_row_(design_.size() / outcome_.size()),
      law_(law),
      pull_(law.pull(math::sum(outcome_), outcome_.size())) {
  for (std::size_t i = 0; i < rows(); ++i) {
    for (std::size_t c = 0; c < columns(); ++c) mean_row_[c] += row(i)[c] / static_cast<double>(rows());
  }
}

Group::Frame Group::frame(const Common& x, PointOut w) const {
  for (std::size_t c = 0; c < columns(); ++c) w[c] = x.sigma[c] * mean_row_[c];
  const double stretch = std::sqrt(1 + pull_.kappa * math::sum_of_squares(w));
  const double away = pull_.centre - math::dot(mean_row_, x.mu);
  return {stretch, -pull_.kappa / (stretch * (1 + stretch)), pull_.kappa * away / (stretch * stretch)};
}

void Group::locals_at(const Common& x, Point v, PointOut u) const {
  const detail::ScratchRow scratch(columns());
  const std::span<double> w = scratch.row();
  const Frame f = frame(x, w);
  const double h = f.slope * math::dot(w, v) + f.shift;
  for (std::size_t c = 0; c < columns(); ++c) u[c] = v[c] + w[c] * h;
}

/// log likelihood of the rows, and its gradient in theta.
double Group::rows_score(Point theta, PointOut score) const {
  const std::size_t p = columns();
  for (double& s : score) s = 0;
  LogSum log;
  for (std::size_t i = 0; i < rows(); ++i) {
    const Point design = row(i);
    const RowLaw law = law_.at(outcome_[i], math::dot(design, theta));
    log.add(law);
    for (std::size_t c = 0; c < p; ++c) score[c] += law.score * design[c];
  }
  return log.value();
}

double Group::gradient(const Common& x, Point v, PointOut in_mu, PointOut in_log_sigma, PointOut in_v) const {
  const std::size_t p = columns();
  const detail::ScratchRow scratch(4 * p);
  const std::span<double> w = scratch.row().first(p);
  const std::span<double> u = scratch.row().subspan(p, p);
  const std::span<double> theta = scratch.row().subspan(2 * p, p);
  const std::span<double> score = scratch.row().subspan(3 * p, p);
  const Frame f = frame(x, w);
  const double along = math::dot(w, v);
  const double h = f.slope * along + f.shift;
  for (std::size_t c = 0; c < p; ++c) {
    u[c] = v[c] + w[c] * h;
    theta[c] = x.mu[c] + x.sigma[c] * u[c];
  }
  const double log = rows_score(theta, score) - 0.5 * (math::sum_of_squares(u) + static_cast<double>(p) * kLogTwoPi) -
                     math::log(f.stretch);
  // gradient in u, kept in the place of theta
  for (std::size_t c = 0; c < p; ++c) theta[c] = score[c] * x.sigma[c] - u[c];
  const std::span<const double> in_u = theta;
  const double pushed = math::dot(w, in_u);
  const double square = f.stretch * f.stretch;
  const double kappa = pull_.kappa;
  // derivatives in q = kappa |w|^2, of h times its weight and of -log stretch
  const double bent = f.stretch * (1 + f.stretch);
  const double in_slope = kappa * (1 + 2 * f.stretch) / (2 * f.stretch * bent * bent);
  const double in_q = pushed * (in_slope * along - f.shift / square) - 0.5 / square;
  for (std::size_t c = 0; c < p; ++c) {
    in_mu[c] += score[c] - pushed * kappa * mean_row_[c] / square;
    in_log_sigma[c] +=
        score[c] * x.sigma[c] * u[c] + w[c] * (h * in_u[c] + pushed * f.slope * v[c]) + in_q * 2 * kappa * w[c] * w[c];
    in_v[c] = in_u[c] + f.slope * pushed * w[c];
  }
  return log;
}

Group::Look Group::look(const Common& x, std::vector<double> u) const {
  const std::size_t p = columns();
  Look look{std::move(u), 0, std::vector<double>(p), std::vector<double>(p * p)};
  LogSum log;
  const detail::ScratchRow scratch(2 * p);
  const std::span<double> theta = scratch.row().first(p);
  const std::span<double> scaled = scratch.row().last(p);
  for (std::size_t c = 0; c < p; ++c) theta[c] = x.mu[c] + x.sigma[c] * look.u[c];
  for (std::size_t i = 0; i < rows(); ++i) {
    const Point design = row(i);
    const RowLaw law = law_.at(outcome_[i], math::dot(design, theta));
    log.add(law);
    for (std::size_t c = 0; c < p; ++c) {
      look.score[c] += law.score * design[c];
      scaled[c] = design[c] * x.sigma[c];
    }
    for (std::size_t c = 0; c < p; ++c) {
      const double weight = law.curvature * scaled[c];
      for (std::size_t e = 0; e <= c; ++e) look.curvature[c * p + e] += weight * scaled[e];
    }
  }
  for (std::size_t c = 0; c < p; ++c) look.curvature[c * (p + 1)] += 1;
  look.log = log.value() - 0.5 * math::sum_of_squares(look.u);
  return look;
}

/// L, L L' = minus the Hessian. Where rows outweigh the prior they come one by one: their sum has the rank of the rows
/// only, and what it does not span is the prior's 1, which the sum of both would lose. No element of L's diagonal falls
/// below 1 that way.
std::vector<double> Group::factor(const Common& x, const Look& at) const {
  const std::size_t p = columns();
  double largest = 0;
  for (std::size_t c = 0; c < p; ++c) largest = std::max(largest, at.curvature[c * (p + 1)]);
  if (largest <= kUnitLost) {
    if (auto l = math::cholesky(at.curvature, p)) return std::move(*l);
  }
  std::vector<double> l(p * p);
  for (std::size_t c = 0; c < p; ++c) l[c * (p + 1)] = 1;
  std::vector<double> theta(p);
  for (std::size_t c = 0; c < p; ++c) theta[c] = x.mu[c] + x.sigma[c] * at.u[c];
  std::vector<double> scaled(p);
  for (std::size_t i = 0; i < rows(); ++i) {
    for (std::size_t c = 0; c < p; ++c) scaled[c] = row(i)[c] * x.sigma[c];
    const double curvature = law_.at(outcome_[i], math::dot(row(i), theta)).curvature;
    if (auto more = math::cholesky_update(l, scaled, curvature)) l = std::move(*more);
  }
  return l;
}

/// The mode of log p(rows, u | x) in u, which is concave with curvature of at least 1: Newton steps from v = 0, halved
/// while they lead down. A mode that is not quite met costs noise, not truth: any reference point that is a function of
/// x alone leaves the score unbiased.
Group::Look Group::mode(const Common& x) const {
  const std::size_t p = columns();
  std::vector<double> start(p);
  locals_at(x, std::vector<double>(p), start);
  Look here = look(x, std::move(start));
  for (int newton = 0;; ++newton) {
    here.factor = factor(x, here);
    if (newton == kNewtonMax) break;
    std::vector<double> move(p);
    for (std::size_t c = 0; c < p; ++c) move[c] = here.score[c] * x.sigma[c] - here.u[c];
    math::solve_factored(here.factor, move);
    if (!(math::sum_of_squares(move) > kNewtonEnough)) break;
    double share = 1;
    Look there;
    do {
      std::vector<double> next = here.u;
      for (std::size_t c = 0; c < p; ++c) next[c] += share * move[c];
      there = look(x, std::move(next));
      share /= 2;
    } while (!(there.log >= here.log) && share > kNewtonEnough);
    if (!(there.log >= here.log)) break;
    here = std::move(there);
  }
  return here;
}

/// The score with theta held fixed, less its expansion about the mode of u: what is left of it has no noise where u
/// given x is normal, and the same mean everywhere, by Stein's identity. docs/maths/ep.md section 6.
void Group::add_score(const Common& x, Point v, PointOut in_mu, PointOut in_log_sigma) const {
  const std::size_t p = columns();
  const Look top = mode(x);  // a function of x alone
  const std::vector<double>& l = top.factor;
  std::vector<double> u(p);
  locals_at(x, v, u);
  std::vector<double> theta(p);
  std::vector<double> score(p);
  for (std::size_t c = 0; c < p; ++c) theta[c] = x.mu[c] + x.sigma[c] * u[c];
  (void)rows_score(theta, score);
  std::vector<double> pull(p);  // H^{-1} times the gradient in u
  for (std::size_t c = 0; c < p; ++c) pull[c] = score[c] * x.sigma[c] - u[c];
  math::solve_factored(l, pull);
  std::vector<double> unit(p);
  for (std::size_t c = 0; c < p; ++c) {
    std::fill(unit.begin(), unit.end(), 0.0);
    unit[c] = 1;
    math::solve_lower(l, unit);
    const double spread = math::sum_of_squares(unit);  // element c of the diagonal of H^{-1}
    in_mu[c] += (u[c] + pull[c]) / x.sigma[c];
    in_log_sigma[c] += u[c] * u[c] - 1 + 2 * top.u[c] * pull[c] + (u[c] - top.u[c]) * pull[c] + spread;
  }
}

/// By trapezoids from the mode outwards. The integrand is log-concave: what follows a negligible value is negligible.
double Group::integral_over_one(const Common& x, const Look& top, double fineness) const {
  const auto log_at = [&](double u) {
    const double predictor = x.mu[0] + x.sigma[0] * u;
    LogSum log;
    for (std::size_t i = 0; i < rows(); ++i) log.add(law_.at(outcome_[i], predictor * design_[i]));
    return log.value() - 0.5 * u * u - top.log;
  };
  double most = 1;  // of the curvature, wherever
  for (const double each : design_) most += 0.25 * x.sigma[0] * x.sigma[0] * each * each;
  double reach = 1 / std::sqrt(most);
  while (log_at(top.u[0] + reach) > kNegligible || log_at(top.u[0] - reach) > kNegligible) reach *= 2;
  const double width = std::max(kNodeWidth / std::sqrt(most), reach / kNodesMax) / fineness;
  double sum = 1;
  for (const double step : {width, -width}) {
    double log = 0;
    for (int k = 1; log > kNegligible; ++k) {
      log = log_at(top.u[0] + k * step);
      sum += math::exp(log);
    }
  }
  return top.log + math::log(width * sum) - 0.5 * kLogTwoPi;
}

LogMarginal Group::log_marginal(const Common& x) const {
  const Look top = mode(x);
  if (columns() == 1 && law_.is_bernoulli()) return {integral_over_one(x, top, 1), 0};
  return laplace(x, top);
}

LogMarginal Group::laplace(const Common& x, const Look& top) const {
  const std::size_t p = columns();
  const std::vector<double>& l = top.factor;
  const double first = top.log - 0.5 * math::log_determinant(l, p);
  if (!law_.is_bernoulli()) return {first, 0};  // exact: u given x is normal
  std::vector<double> theta(p);
  for (std::size_t c = 0; c < p; ++c) theta[c] = x.mu[c] + x.sigma[c] * top.u[c];
  std::vector<double> white(rows() * p);  // rows of X diag(sigma) L^{-T}
  std::vector<double> third(rows());
  std::vector<double> bend(p);
  double fourth = 0;
  for (std::size_t i = 0; i < rows(); ++i) {
    const std::span<double> own = std::span(white).subspan(i * p, p);
    for (std::size_t c = 0; c < p; ++c) own[c] = row(i)[c] * x.sigma[c];
    math::solve_lower(l, own);
    const Law::Higher higher = law_.higher(math::dot(row(i), theta));
    const double h = math::sum_of_squares(own);
    third[i] = higher.third;
    fourth += higher.fourth * h * h;
    for (std::size_t c = 0; c < p; ++c) bend[c] += higher.third * h * own[c];
  }
  // docs/maths/ep.md section 10
  const double second = -fourth / 8 + math::sum_of_squares(bend) / 8 + sum_of_cubes(white, third, p) / 12;
  return {first + second, std::fabs(second)};
}

/// Draws from N(mode, H^-1), fewer from N(mode, I), weighed by the mixture of both: since the integrand's curvature is
/// at least the prior's, it is below a multiple of the second, and weights are bounded. What is averaged is the
/// integrand less its Laplace approximation (Owen and Zhou 2000: laws of a mixture as control variates), in pairs about
/// the mode, where odd degrees cancel; each law is a stratum with a variance of its own.
IntegralError Group::integral_error(const Common& x, Rng& rng) const {
  if (!law_.is_bernoulli()) return {0, 0};
  const std::size_t p = columns();
  const Look top = mode(x);
  if (p == 1) return {integral_over_one(x, top, 2) - integral_over_one(x, top, 1), 0};
  constexpr double kWideShare = static_cast<double>(kWidePairs) / (kNarrowPairs + kWidePairs);
  const double log_size = 0.5 * math::log_determinant(top.factor, p);
  std::vector<double> away(p), white(p), predictors(rows());
  for (std::size_t c = 0; c < p; ++c) away[c] = x.mu[c] + x.sigma[c] * top.u[c];
  for (std::size_t i = 0; i < rows(); ++i) predictors[i] = math::dot(row(i), away);
  double mean = 1;  // of the integrand over its Laplace approximation, whose own integral is known
  double variance = 0;
  for (const bool wide : {false, true}) {
    std::vector<double> ratios(wide ? kWidePairs : kNarrowPairs);
    for (double& ratio : ratios) {
      math::draw_normals(rng, away);
      double square = math::sum_of_squares(away);  // of L' away
      if (wide) {
        std::fill(white.begin(), white.end(), 0.0);
        for (std::size_t e = 0; e < p; ++e) {
          for (std::size_t c = 0; c <= e; ++c) white[c] += top.factor[e * p + c] * away[e];
        }
        square = math::sum_of_squares(white);
      } else {
        math::solve_lower_transposed(top.factor, away);
      }
      const double proposed = math::log_add(math::log(1 - kWideShare) - 0.5 * square,
                                            math::log(kWideShare) - 0.5 * math::sum_of_squares(away) - log_size);
      const auto [above, below] = logs_beside(x, top, predictors, away);
      ratio = 0.5 * (math::exp(above - top.log - proposed) + math::exp(below - top.log - proposed)) -
              math::exp(-0.5 * square - proposed);
    }
    const double share = wide ? kWideShare : 1 - kWideShare;
    const auto n = static_cast<double>(ratios.size());
    const double own = math::sum(ratios) / n;
    for (double& ratio : ratios) ratio -= own;
    mean += share * own;
    variance += share * share * math::sum_of_squares(ratios) / (n * (n - 1));
  }
  variance /= mean * mean;
  // the logarithm of an estimate is too low, by half of its variance
  return {top.log - log_size + math::log(mean) + 0.5 * variance - laplace(x, top).log, variance};
}

/// log p(rows, u | x) at the mode plus and minus `away`, without the constant of N(u; 0, I). `predictors`: at the mode.
std::pair<double, double> Group::logs_beside(const Common& x, const Look& top, Point predictors, Point away) const {
  const std::size_t p = columns();
  const detail::ScratchRow scratch(p);
  const std::span<double> change = scratch.row();
  for (std::size_t c = 0; c < p; ++c) change[c] = x.sigma[c] * away[c];
  LogSum above;
  LogSum below;
  for (std::size_t i = 0; i < rows(); ++i) {
    const double step = math::dot(row(i), change);
    above.add(law_.at(outcome_[i], predictors[i] + step));
    below.add(law_.at(outcome_[i], predictors[i] - step));
  }
  const double even = math::sum_of_squares(top.u) + math::sum_of_squares(away);
  const double odd = 2 * math::dot(top.u, away);
  return {above.value() - 0.5 * (even + odd), below.value() - 0.5 * (even - odd)};
}

}  // namespace dovetail::divided
