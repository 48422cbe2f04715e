// The bits of every function, pinned: a change here changes `math_id` and so the draws of every run.
#include "dovetail/math/identity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/math/table_hash.hpp"

namespace dovetail::math {
namespace {

constexpr std::size_t kPoints = 5000;

std::vector<std::pair<std::string, std::uint64_t>> hashes() {
  std::vector<std::pair<std::string, std::uint64_t>> out;
  for (std::size_t row = 0; row < table_rows(); ++row) {
    test::Fnv hash;
    for (std::size_t i = 0; i < kPoints; ++i) hash(table_value(row, i));
    out.emplace_back(table_function(row), hash.state());
  }
  return out;
}

// To regenerate after an announced change: run with --gtest_filter=Identity.* and copy what it prints.
TEST(Identity, EveryFunctionHasItsPinnedBits) {
  const std::vector<std::pair<std::string, std::uint64_t>> pinned = {
      {"exp", 0x6a751c62757bdadfULL},          {"expm1", 0x5025dfceb545b4f5ULL},
      {"log", 0xfd2edfb1f66d8e2eULL},          {"log1p", 0x3771b1c02886abf1ULL},
      {"pow", 0x11ca496ce5f59a21ULL},          {"sin", 0xe54a102e79322037ULL},
      {"cos", 0xcee68d87181214eaULL},          {"tan", 0xb493e59f707c1c4dULL},
      {"atan", 0x62f599e14733d33eULL},         {"atan2", 0xccf3ca2593dfa12eULL},
      {"tanh", 0x143662f3b837d568ULL},         {"erf", 0x55b49b7612a8545bULL},
      {"erfc", 0xedeeea542677189bULL},         {"lgamma", 0x9b46528322604b84ULL},
      {"digamma", 0xe73cc2526a28acf8ULL},      {"normal_quantile", 0xb16847b4d2134c03ULL},
      {"normal_cdf", 0x9468efd7a1e3eb66ULL},   {"erf_inverse", 0xd418a3e287dd5253ULL},
      {"log_logistic", 0x28fd24353eae05a0ULL}, {"log_add", 0x95eec086ee85b343ULL},
  };
  const auto found = hashes();
  EXPECT_EQ(found, pinned);
  if (found == pinned) return;
  for (const auto& [name, hash] : found)
    std::printf("      {\"%s\", 0x%016llxULL},\n", name.c_str(), static_cast<unsigned long long>(hash));
}

TEST(Identity, TheTableIsItsRowsInOrder) {
  std::vector<double> table;
  evaluate_table(7, [&](double value) { table.push_back(value); });
  ASSERT_EQ(table.size(), 7 * table_rows());
  test::Fnv whole;
  test::Fnv by_rows;
  for (const double value : table) whole(value);
  for (std::size_t row = 0; row < table_rows(); ++row) {
    for (std::size_t i = 0; i < 7; ++i) by_rows(table_value(row, i));
  }
  EXPECT_EQ(whole.state(), by_rows.state());
}

// A row of NaN and infinities would pin nothing.
TEST(Identity, HalfOfEveryRowOrMoreIsFinite) {
  for (std::size_t row = 0; row < table_rows(); ++row) {
    int finite = 0;
    for (std::size_t i = 0; i < kPoints; ++i) finite += std::isfinite(table_value(row, i)) ? 1 : 0;
    EXPECT_GE(finite, static_cast<int>(kPoints / 2) - 50) << table_function(row);
  }
}

}  // namespace
}  // namespace dovetail::math
