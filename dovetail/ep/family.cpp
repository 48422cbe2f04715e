#include "dovetail/ep/family.hpp"

#include <algorithm>
#include <numeric>

#include "dovetail/math/linear_algebra.hpp"

namespace dovetail::ep {

Family Family::dense(std::size_t d) {
  Block all(d);
  std::iota(all.begin(), all.end(), 0U);
  return {{all}};
}

Family Family::diagonal(std::size_t d) {
  Family family;
  for (std::uint32_t j = 0; j < d; ++j) family.blocks.push_back({j});
  return family;
}

std::size_t Family::largest() const {
  std::size_t most = 0;
  for (const Block& block : blocks) most = std::max(most, block.size());
  return most;
}

std::vector<double> part_of(const std::vector<double>& matrix, std::size_t d, const Family::Block& block) {
  std::vector<double> part;
  for (const std::uint32_t i : block) {
    for (const std::uint32_t j : block) part.push_back(matrix[i * d + j]);
  }
  return part;
}

Natural restrict_to(const Family& family, Natural factor) {
  const std::size_t d = factor.dimension();
  std::vector<double> kept(d * d);
  for (const Family::Block& block : family.blocks) {
    for (const std::uint32_t i : block) {
      for (const std::uint32_t j : block) kept[i * d + j] = factor.precision[i * d + j];
    }
  }
  factor.precision = std::move(kept);
  return factor;
}

std::optional<Natural> project(const Family& family, const Natural& site, const Natural& cavity, double power) {
  if (family.blocks.size() == 1) return site;
  const std::size_t d = site.dimension();
  const auto tilted = normal_of(add_scaled(cavity, power, site));
  if (!tilted) return std::nullopt;
  Natural found = flat(d);
  for (const Family::Block& block : family.blocks) {
    Normal marginal{{}, part_of(tilted->covariance, d, block)};
    for (const std::uint32_t j : block) marginal.mean.push_back(tilted->mean[j]);
    const auto own = natural_of(marginal);
    if (!own) return std::nullopt;
    const std::size_t b = block.size();
    for (std::size_t i = 0; i < b; ++i) {
      found.shift[block[i]] = (own->shift[i] - cavity.shift[block[i]]) / power;
      for (std::size_t j = 0; j < b; ++j) {
        const std::size_t at = block[i] * d + block[j];
        found.precision[at] = (own->precision[i * b + j] - cavity.precision[at]) / power;
      }
    }
  }
  return found;
}

}  // namespace dovetail::ep
