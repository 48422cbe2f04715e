// Packed lower triangles: the bits of plain loops in the stated order, from each machine code.
#include "dovetail/math/lower_triangle.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::math {
namespace {

using Singles = std::vector<float>;

/// Random numbers in the triangle, zeros around it.
struct Example {
  explicit Example(std::size_t size) : m(size), l(packed_size(m)), x(padded(m)) {
    Rng rng({test::seed_from_name(m), Purpose::test, ItemId(0), Step(0)});
    std::vector<double> random(m * m + m);
    draw_normals(rng, random);
    for (std::size_t i = 0; i < m; ++i) {
      x[i] = static_cast<float>(random[m * m + i]);
      for (std::size_t j = 0; j <= i; ++j) l[packed_index(i, j)] = static_cast<float>(random[i * m + j]);
    }
  }
  /// L_ij, zero beyond the diagonal and beyond m.
  [[nodiscard]] float at(std::size_t i, std::size_t j) const { return j <= i ? l[packed_index(i, j)] : 0; }

  std::size_t m;
  Singles l, x;
};

Singles plain_product(const Example& e) {
  Singles y(e.x.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::array<float, 8> lane{};
    for (std::size_t j = 0; j < y.size(); ++j) lane[j % 8] += e.at(i, j) * e.x[j];
    y[i] = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
  return y;
}

Singles plain_transposed_product(const Example& e) {
  Singles y(e.x.size());
  for (std::size_t j = 0; j < y.size(); ++j) {
    for (std::size_t i = 0; i < y.size(); i += 4) {
      const auto term = [&](std::size_t k) { return e.at(i + k, j) * e.x[i + k]; };
      y[j] += (term(0) + term(1)) + (term(2) + term(3));
    }
  }
  return y;
}

void expect_bits(const Singles& found, const Singles& expected, const std::string& where) {
  ASSERT_EQ(found.size(), expected.size()) << where;
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(found[i]), std::bit_cast<std::uint32_t>(expected[i])) << where << ", " << i;
  }
}

class LowerTriangle : public testing::TestWithParam<std::size_t> {
 protected:
  static void expect_the_stated_order(const detail::TriangleCode& code) {
    const Example e(GetParam());
    Singles y(e.x.size(), 7);
    code.multiply(e.l.data(), e.x.data(), y.data(), y.size() / 8);
    expect_bits(y, plain_product(e), "L x");
    y.assign(y.size(), 0);
    code.multiply_transposed(e.l.data(), e.x.data(), y.data(), y.size() / 8);
    expect_bits(y, plain_transposed_product(e), "L^T x");
  }
};

TEST_P(LowerTriangle, MultipliesInTheStatedOrder) {
  const Example e(GetParam());
  Singles y(e.x.size(), 7);
  multiply_packed(e.l, e.x, y);
  expect_bits(y, plain_product(e), "L x");
  multiply_packed_transposed(e.l, e.x, y);
  expect_bits(y, plain_transposed_product(e), "L^T x");
}

TEST_P(LowerTriangle, MultipliesInTheStatedOrderOnEveryProcessor) { expect_the_stated_order(detail::baseline_code()); }

TEST_P(LowerTriangle, MultipliesInTheStatedOrderWithAvx2) {
  const auto code = detail::avx2_code();
  if (!code) GTEST_SKIP() << "this processor has no AVX2";
  expect_the_stated_order(*code);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LowerTriangle, testing::Values(0, 1, 2, 3, 4, 5, 8, 9, 17, 40, 106));

TEST(LowerTriangle, PacksRowsOneAfterTheOtherInGroupsOfEight) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(packed_index(i, 0), next) << i;
    EXPECT_EQ(packed_index(i, i), next + i) << i;
    next += 8 * (i / 8 + 1);
    if (i % 8 == 7) {
      EXPECT_EQ(packed_size(i + 1), next) << i;
    }
  }
  for (const std::size_t m : {1U, 7U, 8U}) EXPECT_EQ(packed_size(m), 64U);
  EXPECT_EQ(packed_size(0), 0U);
}

TEST(LowerTriangleDeathTest, WrongShapesAreBugs) {
  const auto bug = testing::ExitedWithCode(1);
  Singles l(64), x(8), y(8), wrong(7);
  EXPECT_EXIT(multiply_packed(l, wrong, y), bug, "requirement");
  EXPECT_EXIT(multiply_packed(wrong, x, y), bug, "requirement");
  EXPECT_EXIT(multiply_packed(l, x, wrong), bug, "requirement");
  EXPECT_EXIT(multiply_packed_transposed(l, wrong, y), bug, "requirement");
  EXPECT_EXIT(multiply_packed_transposed(wrong, x, y), bug, "requirement");
  EXPECT_EXIT(multiply_packed_transposed(l, x, wrong), bug, "requirement");
}

}  // namespace
}  // namespace dovetail::math
