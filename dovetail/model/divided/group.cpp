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
}  // namespace

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

}  // namespace dovetail::divided
