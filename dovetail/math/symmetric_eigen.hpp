/// Eigenvalues and eigenvectors of real symmetric matrices, the same bits on every processor.
///
/// Householder reflections to tridiagonal form, then implicit QR sweeps with Wilkinson's shift (Golub and Van Loan
/// 2013, Matrix Computations, algorithms 8.3.1 and 8.3.2). Dot products go by the lane rule of sums.hpp, all else
/// element by element, so there is one order of operations.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace dovetail::math {

/// A = sum over k of values[k] v_k v_k^T, v_k being row k of `vectors`.
struct SymmetricEigen {
  std::vector<double> values;   ///< d, ascending
  std::vector<double> vectors;  ///< row-major d x d: orthonormal rows; in each the element of largest size is positive
};

/// Decomposes the row-major d x d matrix `a`, of which only the lower triangle is read.
///
/// Backward stable: the result is that of a matrix nearby, at a distance of a small multiple of d 2^-53 |A| (Frobenius
/// norms), and the rows are orthonormal to a small multiple of d 2^-53. So eigenvalues far below |A| have no relative
/// accuracy. Of elements of equal size in a row, the first is made positive. Empty when the lower triangle holds NaN or
/// an infinity, when an eigenvalue overflows, and in the case, never seen, that 30 d sweeps do not suffice.
/// Pure; thread safe; allocates; O(d^3).
[[nodiscard]] std::optional<SymmetricEigen> symmetric_eigen(std::span<const double> a, std::size_t d);

}  // namespace dovetail::math
