#include "dovetail/ep/skewed_normal.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::ep {
namespace {

constexpr double kLogTwoPi = 1.8378770664093454836;
constexpr double kLongerTail = 0.85;      ///< times the fitted tail: a proposal must not be shorter than what it covers
constexpr double kLongerTailElse = 0.95;  ///< likewise, of coordinates that are not known to be skewed
constexpr double kWider = 1.05;
constexpr double kLeastSd = 1e-3;     ///< of z, in units of what the guess has: points may all have one value
constexpr double kSkewedWider = 1.1;  ///< of skewed coordinates, where maps come from one-dimensional marginals
constexpr double kGuessWorth = 500;   ///< effective points that guessed correlations count as
constexpr int kGenerators = 20;
constexpr double kTwoPiSquared = 19.739208802178717238;

/// Sum of squares of what comes of P_2 (Sloan and Joe 1994, eq. 4.8): 1 + 2 pi^2 weight B_2(u), B_2 = u^2 - u + 1/6.
double worst_case(std::uint32_t points, std::uint64_t generator, std::size_t d) {
  double total = 0;
  for (std::uint32_t i = 0; i < points; ++i) {
    double product = 1;
    std::uint64_t at = i;
    for (std::size_t j = 0; j < d; ++j) {
      const double u = static_cast<double>(at) / points;
      product *= 1 + kTwoPiSquared / static_cast<double>(j + 1) * (u * u - u + 1.0 / 6);
      at = at * generator % points;
    }
    total += product;
  }
  return total;
}

/// Correlations and sds as a Cholesky factor; without the correlations where rounding makes them no covariance.
std::vector<double> factor_of(const std::vector<double>& sd, const std::vector<double>& correlation) {
  const std::size_t d = sd.size();
  std::vector<double> covariance(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) covariance[i * d + j] = sd[i] * sd[j] * correlation[i * d + j];
  }
  if (auto l = math::cholesky(covariance, d)) return std::move(*l);
  std::vector<double> alone(d * d);
  for (std::size_t i = 0; i < d; ++i) alone[i * (d + 1)] = sd[i];
  return alone;
}

/// Of z_j at least: proposals that are points have no density.
double least_sd(const Normal& guess, std::size_t j) {
  return kLeastSd * std::min(1.0, std::sqrt(guess.covariance[j * (guess.mean.size() + 1)]));
}

std::vector<double> correlation_of(const std::vector<double>& covariance, std::size_t d) {
  std::vector<double> correlation(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      const double scale = std::sqrt(covariance[i * (d + 1)]) * std::sqrt(covariance[j * (d + 1)]);
      const double own = scale > 0 ? covariance[i * d + j] / scale : 0;  // one value says nothing of correlations
      correlation[i * d + j] = i == j ? 1 : own;
    }
  }
  return correlation;
}

bool is_in(const std::vector<std::uint32_t>& all, std::size_t j) {
  return std::find(all.begin(), all.end(), static_cast<std::uint32_t>(j)) != all.end();
}

SinhArcsinh longer_tailed(std::span<const double> quantiles, bool skewed) {
  SinhArcsinh map = fit_sinh_arcsinh(quantiles);
  map.tail *= skewed ? kLongerTail : kLongerTailElse;
  return map;
}

std::vector<std::uint32_t> all_of(std::size_t d) {
  std::vector<std::uint32_t> all(d);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

}  // namespace

void SkewedNormal::value_of(std::span<const double> normals, std::span<double> x) const {
  math::multiply_lower(factor, normals, x);
  for (std::size_t j = 0; j < x.size(); ++j) x[j] += mean[j];
  for (std::size_t s = 0; s < skewed.size(); ++s) x[skewed[s]] = maps[s].value_of(x[skewed[s]]);
}

void SkewedNormal::normal_of(std::span<const double> x, std::span<double> z) const {
  std::copy(x.begin(), x.end(), z.begin());
  for (std::size_t s = 0; s < skewed.size(); ++s) z[skewed[s]] = maps[s].normal_of(x[skewed[s]]);
}

double SkewedNormal::log_density(std::span<const double> x, std::span<double> work) const {
  const std::size_t d = dimension();
  normal_of(x, work);
  for (std::size_t j = 0; j < d; ++j) work[j] -= mean[j];
  math::solve_lower(factor, work);
  double log =
      -0.5 * (math::sum_of_squares(work) + static_cast<double>(d) * kLogTwoPi + math::log_determinant(factor, d));
  for (std::size_t s = 0; s < skewed.size(); ++s) log += maps[s].log_slope(x[skewed[s]]);
  return log;
}

void Lattice::normals(std::uint32_t i, std::span<double> out) const {
  std::uint64_t at = i;
  for (std::size_t j = 0; j < out.size(); ++j) {
    double u = static_cast<double>(at) / points + shift[j];
    u -= std::floor(u);
    out[j] = std::clamp(u, 0x1p-53, 1 - 0x1p-53);
    at = at * generator % points;
  }
  math::normal_quantiles(out);
}

Lattice make_lattice(std::uint32_t points, std::size_t d, Rng& rng) {
  Lattice lattice{points, 1, std::vector<double>(d)};
  for (double& each : lattice.shift) each = rng.uniform();
  double least = 0;
  for (int k = 0; k < kGenerators; ++k) {
    const std::uint64_t generator = 2 + rng.bits64() % std::max<std::uint32_t>(1, points - 2);
    const double found = worst_case(points, generator, d);
    if (k > 0 && !(found < least)) continue;
    least = found;
    lattice.generator = generator;
  }
  return lattice;
}

SkewedNormal proposal_of(const WeightedPoints& known, const std::vector<std::uint32_t>& skewed,
                         const Normal& prior_guess) {
  const std::size_t d = prior_guess.mean.size();
  const std::size_t n = known.weights.size();
  SkewedNormal proposal{all_of(d), {}, std::vector<double>(d), {}};
  std::vector<double> column(n);
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t i = 0; i < n; ++i) column[i] = known.points[i * d + j];
    proposal.maps.push_back(longer_tailed(weighted_quantiles(column, known.weights, kMapQuantiles), is_in(skewed, j)));
  }
  std::vector<double> z(n * d);
  for (std::size_t i = 0; i < n; ++i) {
    const std::span<double> own = std::span(z).subspan(i * d, d);
    proposal.normal_of(known.points.subspan(i * d, d), own);
    for (std::size_t j = 0; j < d; ++j) proposal.mean[j] += known.weights[i] * own[j];
  }
  for (std::size_t i = 0; i < n; ++i) {
    const double root = std::sqrt(known.weights[i]);
    for (std::size_t j = 0; j < d; ++j) z[i * d + j] = root * (z[i * d + j] - proposal.mean[j]);
  }
  const std::vector<double> covariance = math::gram(math::transpose(z, n, d), d, n);
  const std::vector<double> theirs = correlation_of(covariance, d);
  std::vector<double> mixed = correlation_of(prior_guess.covariance, d);
  const double share = kGuessWorth / (kGuessWorth + known.effective);
  for (std::size_t i = 0; i < d * d; ++i) mixed[i] = share * mixed[i] + (1 - share) * theirs[i];
  std::vector<double> sd(d);
  for (std::size_t j = 0; j < d; ++j)
    sd[j] = kWider * std::max(std::sqrt(covariance[j * (d + 1)]), least_sd(prior_guess, j));
  proposal.factor = factor_of(sd, mixed);
  return proposal;
}

SkewedNormal proposal_of(const std::vector<std::vector<double>>& quantiles, const std::vector<std::uint32_t>& skewed,
                         const Normal& guess) {
  const std::size_t d = guess.mean.size();
  std::vector<std::vector<double>> marginals(d);
  for (std::size_t s = 0; s < skewed.size(); ++s) marginals[skewed[s]] = quantiles[s];
  SkewedNormal proposal{all_of(d), {}, std::vector<double>(d), {}};
  std::vector<double> sd(d);
  for (std::size_t j = 0; j < d; ++j) {
    const bool known = is_in(skewed, j);
    for (std::size_t i = 0; i < kMapQuantiles && !known; ++i) {
      const double z = math::normal_quantile((static_cast<double>(i) + 0.5) / kMapQuantiles);
      marginals[j].push_back(guess.mean[j] + std::sqrt(guess.covariance[j * (d + 1)]) * z);
    }
    proposal.maps.push_back(longer_tailed(marginals[j], known));
    std::vector<double> z;
    for (const double x : marginals[j]) z.push_back(proposal.maps[j].normal_of(x));
    const auto n = static_cast<double>(z.size());
    proposal.mean[j] = math::sum(z) / n;
    for (double& each : z) each -= proposal.mean[j];
    sd[j] = (known ? kSkewedWider : kWider) * std::max(std::sqrt(math::sum_of_squares(z) / n), least_sd(guess, j));
  }
  proposal.factor = factor_of(sd, correlation_of(guess.covariance, d));
  return proposal;
}

}  // namespace dovetail::ep
