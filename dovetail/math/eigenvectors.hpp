/// Eigenvectors of small symmetric matrices, the same bits on every processor.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace dovetail::math {

/// A = sum_j values[j] v_j v_j^T with orthonormal v_j.
struct Eigenvectors {
  std::vector<double> values;   ///< d, from the largest to the smallest
  std::vector<double> vectors;  ///< d x d, row j is v_j; its largest component, the first on ties, is positive
};

/// Of the symmetric d x d matrix `a`, row-major, by cyclic Jacobi rotations (Golub and Van Loan 2013, section 8.5).
/// Eigenvalues are accurate to some units of the largest one's last place. Empty when `a` holds NaN or an infinity, or
/// in case 60 sweeps do not settle it. O(d^3) per sweep, 5 to 10 sweeps. Pure; allocates its result.
[[nodiscard]] std::optional<Eigenvectors> eigenvectors(std::span<const double> a, std::size_t d);

}  // namespace dovetail::math
