#include "dovetail/ep/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail::ep {
namespace {

bool is_finite(const Natural& factor) {
  const auto finite = [](double value) { return std::isfinite(value); };
  return std::all_of(factor.precision.begin(), factor.precision.end(), finite) &&
         std::all_of(factor.shift.begin(), factor.shift.end(), finite);
}

/// A sample as columns about their means: column j is a row of n.
struct Columns {
  Columns(std::span<const double> rows, std::size_t columns)
      : d(columns), n(rows.size() / columns), values(math::transpose(rows, n, d)) {
    for (std::size_t j = 0; j < d; ++j) {
      const auto column = std::span(values).subspan(j * n, n);
      mean.push_back(math::sum(column) / static_cast<double>(n));
      for (double& value : column) value -= mean.back();
    }
  }
  [[nodiscard]] std::span<const double> of(std::size_t j) const { return std::span(values).subspan(j * n, n); }

  std::size_t d, n;
  std::vector<double> values, mean;
};

/// The scatter of a block; its Cholesky factor, which is empty where the draws span no volume.
std::optional<std::vector<double>> factored_scatter(const Columns& x, const Family::Block& block) {
  std::vector<double> rows;
  for (const std::uint32_t j : block) rows.insert(rows.end(), x.of(j).begin(), x.of(j).end());
  return math::cholesky(math::gram(rows, block.size(), x.n), block.size());
}

/// Draw by draw about the mean (S^-1 (x - mean) times n), S the scatter as the family knows it.
class Levers {
 public:
  Levers(const Columns& x, const Family& family) : family_(family), part_(family.largest()) {
    for (const Family::Block& block : family.blocks) factors_.push_back(factored_scatter(x, block));
  }
  [[nodiscard]] bool span() const {
    return std::all_of(factors_.begin(), factors_.end(), [](const auto& factor) { return factor.has_value(); });
  }
  /// In place, of draws that span().
  void of(std::span<double> away) {
    for (std::size_t b = 0; b < factors_.size(); ++b) {
      const Family::Block& block = family_.blocks[b];
      const auto part = std::span(part_).first(block.size());
      for (std::size_t i = 0; i < block.size(); ++i) part[i] = away[block[i]];
      math::solve_factored(*factors_[b], part);
      for (std::size_t i = 0; i < block.size(); ++i) away[block[i]] = part[i];
    }
  }

 private:
  const Family& family_;
  std::vector<std::optional<std::vector<double>>> factors_;
  std::vector<double> part_;
};

/// Row j: slopes of the scores of x_j's block on x_j given the others of the block.
std::vector<double> slopes(const Columns& x, const Columns& s, Levers& levers, const Family& family) {
  const std::size_t d = x.d;
  std::vector<double> slope(d * d);
  for (const Family::Block& block : family.blocks) {
    for (const std::uint32_t j : block) {  // row j: the regression of s_j
      const auto of_score = std::span(slope).subspan(j * d, d);
      for (const std::uint32_t i : block) of_score[i] = math::dot(x.of(i), s.of(j));
      levers.of(of_score);
    }
  }
  return math::transpose(slope, d, d);
}

std::vector<double> symmetric_part(const std::vector<double>& a, std::size_t d, double factor) {
  std::vector<double> symmetric(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      symmetric[i * d + j] = symmetric[j * d + i] = 0.5 * factor * (a[i * d + j] + a[j * d + i]);
    }
  }
  return symmetric;
}

/// Chains cut into batches of floor(sqrt(length)) draws, so that means over a batch are nearly independent.
struct Batches {
  Batches(std::size_t n, std::size_t chains)
      : length(n / chains),
        size(std::max<std::size_t>(1, static_cast<std::size_t>(std::sqrt(double(length))))),
        per_chain(length / size),
        count(per_chain * chains) {}
  [[nodiscard]] std::size_t first(std::size_t batch) const {
    return batch / per_chain * length + batch % per_chain * size;
  }
  std::size_t length, size, per_chain, count;
};

/// Half of the expected F^2 of the error, by the means over batches of each draw's influence on the estimate.
double noise_of(const Columns& x, const Columns& s, Levers& levers, const std::vector<double>& slope, const Normal& at,
                const Batches& batches, const Family& family) {
  const std::size_t d = x.d;
  const Normal metric{std::vector<double>(d), at.covariance};  // influence is about the tilted mean
  double total = 0;
  std::vector<double> lever(d), residual(d);
  const auto n = static_cast<double>(x.n);
  for (std::size_t b = 0; b < batches.count; ++b) {
    std::vector<double> products(d * d);
    Natural influence = flat(d);
    for (std::size_t i = batches.first(b); i < batches.first(b) + batches.size; ++i) {
      for (std::size_t j = 0; j < d; ++j) {
        lever[j] = x.of(j)[i];
        residual[j] = s.of(j)[i];
      }
      for (std::size_t k = 0; k < d; ++k) {
        for (std::size_t j = 0; j < d; ++j) residual[j] -= x.of(k)[i] * slope[k * d + j];
      }
      levers.of(lever);
      for (std::size_t j = 0; j < d; ++j) {
        influence.shift[j] += residual[j];
        for (std::size_t k = 0; k < d; ++k) products[j * d + k] += n * lever[j] * residual[k];
      }
    }
    influence.precision = symmetric_part(products, d, -1);
    total += squared_size(restrict_to(family, influence), metric) / static_cast<double>(batches.size * batches.size);
  }
  const auto count = static_cast<double>(batches.count);
  return 0.5 * total / (count * (count - 1));
}

/// Largest mean of power * score - cavity precision * x + cavity shift, in standard errors by batch means.
double worst_z(const Columns& x, const Columns& s, const Natural& cavity, double power, const Batches& batches) {
  const std::size_t d = x.d;
  const std::vector<double> pull = times(cavity.precision, x.mean);
  double worst = 0;
  for (std::size_t j = 0; j < d; ++j) {
    const double mean = power * s.mean[j] - pull[j] + cavity.shift[j];
    double squares = 0;
    for (std::size_t b = 0; b < batches.count; ++b) {
      double sum = 0;
      for (std::size_t i = batches.first(b); i < batches.first(b) + batches.size; ++i) {
        sum += power * s.of(j)[i];
        for (std::size_t k = 0; k < d; ++k) sum -= cavity.precision[j * d + k] * x.of(k)[i];
      }
      squares += sum * sum / static_cast<double>(batches.size * batches.size);
    }
    const auto count = static_cast<double>(batches.count);
    const double error = std::sqrt(squares / (count * (count - 1)));
    // a mean that is nought but for rounding has no error to be measured in
    const double rounding = 1e-9 * (std::fabs(s.mean[j]) + std::fabs(pull[j]) + std::fabs(cavity.shift[j]));
    worst = std::max(worst, std::fabs(mean) / (error + rounding));
  }
  return worst;
}

}  // namespace

std::optional<Estimate> regress_scores(const TiltedDraws& draws, const Natural& cavity, double power,
                                       const Family& family, const Normal& at) {
  const std::size_t d = cavity.dimension();
  DOVETAIL_REQUIRE(draws.points.size() == draws.scores.size());
  if (draws.points.size() < (family.largest() + 3) * d) return std::nullopt;
  const Columns x(draws.points, d);
  const Columns s(draws.scores, d);
  Levers levers(x, family);
  if (!levers.span()) return std::nullopt;
  const std::vector<double> slope = slopes(x, s, levers, family);
  Estimate estimate{{symmetric_part(slope, d, -1), s.mean}, 0, 0};
  const std::vector<double> pull = times(estimate.target.precision, x.mean);
  for (std::size_t j = 0; j < d; ++j) estimate.target.shift[j] += pull[j];
  const Batches batches(x.n, draws.chains);
  estimate.noise = noise_of(x, s, levers, slope, at, batches, family);
  estimate.worst_z = worst_z(x, s, cavity, power, batches);
  if (!is_finite(estimate.target) || !std::isfinite(estimate.noise)) return std::nullopt;
  return estimate;
}

std::optional<Estimate> match_moments(const TiltedDraws& draws, const Natural& cavity, double power,
                                      const Family& family) {
  const std::size_t d = cavity.dimension();
  const Columns x(draws.points, d);
  if (x.n < family.largest() + 5) return std::nullopt;
  std::vector<double> precision(d * d);
  double parameters = 0;
  for (const Family::Block& block : family.blocks) {
    const auto l = factored_scatter(x, block);
    if (!l) return std::nullopt;
    const std::size_t b = block.size();
    const double degrees = static_cast<double>(x.n) - static_cast<double>(b) - 2;
    const std::vector<double> inverse = inverse_of_factored(*l, b);
    for (std::size_t i = 0; i < b; ++i) {
      for (std::size_t j = 0; j < b; ++j) precision[block[i] * d + block[j]] = degrees * inverse[i * b + j];
    }
    parameters += static_cast<double>(b * (b + 3));
  }
  Natural tilted{precision, times(precision, x.mean)};
  Estimate estimate;
  estimate.target = add_scaled(std::move(tilted), -1, cavity);
  for (double& value : estimate.target.precision) value /= power;
  for (double& value : estimate.target.shift) value /= power;
  // of the tilted distribution's; a whole site's factor is what is left of it over the power
  estimate.noise = parameters / (4 * static_cast<double>(x.n) * power * power);
  if (!is_finite(estimate.target)) return std::nullopt;
  return estimate;
}

Natural laplace_site(std::span<const double> mode, std::span<const double> gradient,
                     std::span<const double> curvature) {
  const std::size_t d = mode.size();
  Natural site{{curvature.begin(), curvature.end()}, {gradient.begin(), gradient.end()}};
  const std::vector<double> pull = times(site.precision, mode);
  for (std::size_t j = 0; j < d; ++j) site.shift[j] += pull[j];
  return site;
}

}  // namespace dovetail::ep
