/// Small dense linear algebra with symmetric positive definite matrices, the same bits on every processor.
///
/// Matrices are row-major d x d in one span; vectors have d elements. Written out by the lane rule of sums.hpp: a
/// general library cuts its products by the processor's cache sizes, and so sums in another order on another machine.
/// Pure; thread safe; only what returns a matrix allocates.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace dovetail::math {

/// The lower triangular L with positive diagonal and L L^T = A, zeros above its diagonal. Reads A's lower triangle
/// only. Empty when A is not positive definite to working precision, or holds NaN or an infinity there. O(d^3 / 3).
/// Backward error: |L L^T - A|_ij at most (d + 1) 2^-53 sqrt(A_ii A_jj), to first order (Higham 2002, theorem 10.3).
[[nodiscard]] std::optional<std::vector<double>> cholesky(std::span<const double> a, std::size_t d);

/// The factor of L L^T + weight x x^T. Empty when that is not positive definite to working precision, or not finite.
/// O(d^2): Krause and Igel 2015 (FOGA XIII), algorithm 3.1, from Gill, Golub, Murray and Saunders 1974 (Mathematics of
/// Computation 28).
[[nodiscard]] std::optional<std::vector<double>> cholesky_update(std::span<const double> l, std::span<const double> x,
                                                                 double weight);

/// x <- L^{-1} x by forward substitution. O(d^2).
void solve_lower(std::span<const double> l, std::span<double> x);
/// x <- L^{-T} x by backward substitution. O(d^2).
void solve_lower_transposed(std::span<const double> l, std::span<double> x);
/// x <- A^{-1} x, where L is A's Cholesky factor. O(d^2).
void solve_factored(std::span<const double> l, std::span<double> x);
/// out <- L x; `out` may be `x` itself. O(d^2 / 2).
void multiply_lower(std::span<const double> l, std::span<const double> x, std::span<double> out);
/// log det A, where L is A's Cholesky factor. O(d).
[[nodiscard]] double log_determinant(std::span<const double> l, std::size_t d);

/// The columns x rows transpose of a row-major rows x columns matrix.
[[nodiscard]] std::vector<double> transpose(std::span<const double> a, std::size_t rows, std::size_t columns);
/// A B^T of two d x d matrices: every element is one dot product of two rows. O(d^3).
[[nodiscard]] std::vector<double> multiply_transposed(std::span<const double> a, std::span<const double> b,
                                                      std::size_t d);
/// A A^T of a row-major rows x columns matrix: rows x rows, symmetric bit for bit. O(rows^2 columns / 2).
[[nodiscard]] std::vector<double> gram(std::span<const double> a, std::size_t rows, std::size_t columns);

}  // namespace dovetail::math
