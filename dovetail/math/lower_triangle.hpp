/// Products with a lower triangular matrix in single precision, where a product serves as any fixed function of x
/// would: half the memory and time of double, the same bits on every processor.
///
/// L is m x m and packed: rows one after the other, in groups of eight. Each row of group k = 0, 1, ... has 8 (k + 1)
/// elements, zeros beyond the diagonal; rows from m on are zeros. So every row begins at a multiple of 32 bytes, and
/// the whole takes little more than half of the square. Vectors have padded(m) elements, zeros beyond m; they and L are
/// best aligned to 32 bytes (core/aligned.hpp). `out` and `x` apart. O(m^2 / 2).
///
/// Processors with AVX2 run code of their own, eight elements wide: twice as fast, bit for bit the same
/// (docs/adr/0025).
#pragma once
#include <cstddef>
#include <optional>
#include <span>

namespace dovetail::math {

[[nodiscard]] constexpr std::size_t padded(std::size_t m) { return (m + 7) / 8 * 8; }
/// Elements that L takes.
[[nodiscard]] constexpr std::size_t packed_size(std::size_t m) { return padded(m) * (padded(m) + 8) / 2; }
/// Where L_ij stands, j <= i.
[[nodiscard]] constexpr std::size_t packed_index(std::size_t i, std::size_t j) {
  const std::size_t k = i / 8;
  return packed_size(8 * k) + i % 8 * 8 * (k + 1) + j;
}

/// out <- L x, each element by the lane rule of sums.hpp.
void multiply_packed(std::span<const float> l, std::span<const float> x, std::span<float> out);
/// out <- L^T x, summed by fours of rows: 0, then out + ((l0 x0 + l1 x1) + (l2 x2 + l3 x3)).
void multiply_packed_transposed(std::span<const float> l, std::span<const float> x, std::span<float> out);

namespace detail {

/// Machine code of the two products, over `groups` groups of eight rows.
struct TriangleCode {
  using Product = void (*)(const float* l, const float* x, float* out, std::size_t groups);
  Product multiply;
  Product multiply_transposed;
};
[[nodiscard]] TriangleCode baseline_code();
/// Nothing where the processor lacks AVX2, or where glibc has been told so (GLIBC_TUNABLES).
[[nodiscard]] std::optional<TriangleCode> avx2_code();

}  // namespace detail

}  // namespace dovetail::math
