// Integrals of a group's rows over its own coefficients: by quadrature, Laplace's expansion, and how far that is off.
#include <algorithm>
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/divided/group.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail::divided {
namespace {

constexpr double kLogTwoPi = 1.8378770664093454836;
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
