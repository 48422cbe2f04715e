// The one draw that everything is made of: its probabilities, from the code itself, against the formula.
#include "dovetail/lda/draw.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dovetail/core/aligned.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/lda/counts.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::lda {
namespace {

class Draw : public testing::TestWithParam<std::uint32_t> {};

/// Every topic has one interval of numbers. Along them topics follow each other by (k mod 16, k), so borders are found
/// by halving.
TEST_P(Draw, HasTheProbabilitiesOfTheFullConditional) {
  const std::uint32_t topics = GetParam();
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(topics), Step(0)});
  AlignedVector<float> document(padded(topics)), q(padded(topics)), sums(padded(topics));
  for (std::uint32_t k = 0; k < topics; ++k) {
    document[k] = rng.uniform() < 0.2 ? static_cast<float>(rng.bits32() % 50) : 0.0F;
    document[k] += static_cast<float>(0.01 + rng.uniform());
    q[k] = static_cast<float>(rng.uniform_open());
  }
  const std::uint32_t own = rng.bits32() % topics;
  const float own_weight = 0.75F * document[own] * q[own];
  document[own] += 1;
  const auto drawn = [&](std::uint64_t number) {
    return draw_code()({document.data(), q.data()}, topics, own, own_weight, static_cast<std::uint32_t>(number),
                       sums.data());
  };

  std::vector<std::uint32_t> order;  // by group within a lane, which is by rising topic
  for (std::uint32_t lane = 0; lane < 16; ++lane) {
    for (std::uint32_t k = lane; k < topics; k += 16) order.push_back(k);
  }
  std::vector<std::uint32_t> place(topics);
  for (std::uint32_t i = 0; i < topics; ++i) place[order[i]] = i;
  double total = 0;
  std::vector<double> weight(topics);
  for (std::uint32_t k = 0; k < topics; ++k) {
    weight[k] = k == own ? double{own_weight} : double{document[k]} * double{q[k]};
    total += weight[k];
  }
  std::uint64_t border = 0;  // the first number that draws order[i] or a later one
  double before = 0;
  for (std::uint32_t i = 0; i < topics; ++i) {
    std::uint64_t low = border;
    std::uint64_t high = std::uint64_t{1} << 32;
    while (low < high) {  // the first number that draws a later one than order[i]
      const std::uint64_t middle = low + (high - low) / 2;
      if (place[drawn(middle)] <= i) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    EXPECT_NEAR(static_cast<double>(low - border) * 0x1p-32, weight[order[i]] / total, 2e-6) << "topic " << order[i];
    before += weight[order[i]];
    EXPECT_NEAR(static_cast<double>(low) * 0x1p-32, before / total, 4e-6) << "up to topic " << order[i];
    border = low;
  }
  EXPECT_EQ(border, std::uint64_t{1} << 32);
}

/// Whoever has the other machine code draws the same topics.
TEST_P(Draw, IsTheSameInBothMachineCodes) {
  const auto wide = detail::avx2_draw();
  if (!wide) GTEST_SKIP() << "this processor has one";
  const std::uint32_t topics = GetParam();
  AlignedVector<float> document(padded(topics)), q(padded(topics)), sums(padded(topics));
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(topics), Step(0)});
  for (int repeat = 0; repeat < 2000; ++repeat) {
    for (std::uint32_t k = 0; k < topics; ++k) {
      document[k] = rng.uniform() < 0.2 ? static_cast<float>(rng.bits32() % 50) : 0.0F;
      document[k] += static_cast<float>(0.01 + rng.uniform());
      q[k] = static_cast<float>(rng.uniform_open());
    }
    const std::uint32_t own = rng.bits32() % topics;
    const std::uint32_t number = rng.bits32();
    const DrawRows rows{document.data(), q.data()};
    const std::uint32_t drawn = (*wide)(rows, topics, own, 0.3F, number, sums.data());
    const AlignedVector<float> wide_sums = sums;
    ASSERT_EQ(drawn, detail::baseline_draw()(rows, topics, own, 0.3F, number, sums.data()));
    ASSERT_EQ(sums, wide_sums);
  }
}

INSTANTIATE_TEST_SUITE_P(Topics, Draw, testing::Values(1, 2, 3, 15, 16, 17, 100, 128, 129, 200, 1000),
                         [](const auto& each) { return std::to_string(each.param); });

}  // namespace
}  // namespace dovetail::lda
