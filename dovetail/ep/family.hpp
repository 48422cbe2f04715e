/// Families of Gaussian factors: which parameters they correlate.
///
/// docs/maths/ep.md section 3. Pure; thread safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dovetail/ep/gaussian.hpp"

namespace dovetail::ep {

/// A partition of the parameters into blocks: those of one block may be correlated, those of two are not. Each
/// parameter from 0 to d - 1 is in one block.
struct Family {
  using Block = std::vector<std::uint32_t>;  ///< ascending
  std::vector<Block> blocks;

  /// All correlations: one block.
  [[nodiscard]] static Family dense(std::size_t d);
  /// None: every parameter is a block.
  [[nodiscard]] static Family diagonal(std::size_t d);
  /// Parameters of the largest block.
  [[nodiscard]] std::size_t largest() const;
};

/// The rows and columns of a d x d matrix that belong to a block.
[[nodiscard]] std::vector<double> part_of(const std::vector<double>& matrix, std::size_t d, const Family::Block& block);

/// With zeros in the precision between blocks. Of a factor in the family: itself.
[[nodiscard]] Natural restrict_to(const Family& family, Natural factor);

/// The factor of the family that stands best for `site` in this cavity, itself of the family: cavity times its power
/// has the mean, and within blocks the covariance, of cavity times that power of `site`, which is the least KL(p || q)
/// (not what restrict_to() makes: between parameters that are correlated a block of the precision is no marginal). Of
/// one block: `site`. Empty where the product is no distribution. O(d^3).
[[nodiscard]] std::optional<Natural> project(const Family& family, const Natural& site, const Natural& cavity,
                                             double power);

}  // namespace dovetail::ep
