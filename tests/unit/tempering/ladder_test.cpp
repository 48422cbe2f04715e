// Addresses, roles and neighbours of one and two legs.
#include "dovetail/tempering/ladder.hpp"

#include <gtest/gtest.h>

#include "dovetail/core/codec.hpp"

namespace dovetail::tempering {
namespace {

const std::vector<double> kShort{0, 0.5, 1};
const std::vector<double> kLong{0, 0.1, 0.2, 0.6, 1};

TEST(Ladder, OneLegRunsFromReferenceToTarget) {
  for (const Leg leg : {Leg::fixed, Leg::variational}) {
    const Ladder ladder = Ladder::one_leg(kLong, leg);
    ASSERT_EQ(ladder.size(), 5u);
    EXPECT_EQ(ladder.legs(), 1u);
    EXPECT_TRUE(ladder.has(leg));
    for (std::size_t a = 0; a < 5; ++a) {
      const RungRole role = ladder.role(a);
      EXPECT_EQ(role.leg, leg);
      EXPECT_EQ(role.index, a);
      EXPECT_EQ(role.beta, kLong[a]);
      EXPECT_EQ(role.is_reference, a == 0);
      EXPECT_EQ(role.is_target, a == 4);
      EXPECT_EQ(role.toward_target, a < 4 ? std::optional(a + 1) : std::nullopt);
      EXPECT_EQ(role.toward_reference, a > 0 ? std::optional(a - 1) : std::nullopt);
      EXPECT_EQ(ladder.address(leg, a), a);
    }
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(ladder.pair_kind(k), PairKind::within_leg);
  }
}

// Nv = 3, Nf = 5: beta 0 .5 1 | 1 .6 .2 .1 0
TEST(Ladder, TwoUnequalLegsMeetAtTheirTargets) {
  const Ladder ladder = Ladder::two_legs(kShort, kLong);
  ASSERT_EQ(ladder.size(), 8u);
  const std::vector<double> betas{0, 0.5, 1, 1, 0.6, 0.2, 0.1, 0};
  const std::vector<std::size_t> index{0, 1, 2, 4, 3, 2, 1, 0};
  for (std::size_t a = 0; a < 8; ++a) {
    const RungRole role = ladder.role(a);
    EXPECT_EQ(role.leg, a < 3 ? Leg::variational : Leg::fixed);
    EXPECT_EQ(role.beta, betas[a]);
    EXPECT_EQ(role.index, index[a]);
    EXPECT_EQ(role.is_reference, a == 0 || a == 7);
    EXPECT_EQ(role.is_target, a == 2 || a == 3);
    EXPECT_EQ(ladder.address(role.leg, role.index), a);
  }
  for (std::size_t k = 0; k < 7; ++k) {
    EXPECT_EQ(ladder.pair_kind(k), k == 2 ? PairKind::crossing : PairKind::within_leg);
  }
  EXPECT_EQ(ladder.role(1).toward_target, 2u);
  EXPECT_EQ(ladder.role(2).toward_target, std::nullopt);
  EXPECT_EQ(ladder.role(3).toward_target, std::nullopt);
  EXPECT_EQ(ladder.role(3).toward_reference, 4u);
  EXPECT_EQ(ladder.role(6).toward_target, 5u);
  EXPECT_EQ(ladder.role(7).toward_reference, std::nullopt);
}

TEST(Ladder, NeighboursAgreeWithEachOtherAndWithTheirBetas) {
  for (const Ladder& ladder :
       {Ladder::one_leg(kLong), Ladder::two_legs(kShort, kLong), Ladder::two_legs(kLong, kShort)}) {
    for (std::size_t a = 0; a < ladder.size(); ++a) {
      const RungRole role = ladder.role(a);
      if (!role.toward_target) continue;
      const RungRole next = ladder.role(*role.toward_target);
      EXPECT_EQ(next.leg, role.leg);
      EXPECT_EQ(next.index, role.index + 1);
      EXPECT_GT(next.beta, role.beta);
      EXPECT_EQ(next.toward_reference, a);
    }
  }
}

TEST(Ladder, SurvivesTheCodec) {
  const Ladder ladder = unpack<Ladder>(pack(Ladder::two_legs(kShort, kLong)));
  EXPECT_EQ(ladder.size(), 8u);
  EXPECT_EQ(ladder.role(4).beta, 0.6);
}

}  // namespace
}  // namespace dovetail::tempering
