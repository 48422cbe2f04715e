// Typed numbers: what must not compile, and what must.
#include "dovetail/core/ids.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "dovetail/core/codec.hpp"

namespace dovetail {
namespace {

template <class A, class B>
concept Comparable = requires(A a, B b) {
  a == b;
};

static_assert(!std::is_convertible_v<std::uint32_t, ItemId> && !std::is_convertible_v<ItemId, std::uint32_t>);
static_assert(!std::is_convertible_v<ItemId, Round> && !std::is_constructible_v<ItemId, Round>);
static_assert(!std::is_constructible_v<Step, ItemId> && !std::is_constructible_v<bool, Step>);
static_assert(Comparable<ItemId, ItemId> && !Comparable<ItemId, Round> && !Comparable<ItemId, std::uint32_t>);
static_assert(sizeof(ItemId) == 4 && sizeof(Step) == 8 && sizeof(Round) == 4);

TEST(Ids, StartAtZeroCountAndCompare) {
  Step step;
  EXPECT_EQ(step, Step(0));
  EXPECT_EQ(++step, Step(1));
  EXPECT_LT(Step(1), Step(2));
  EXPECT_GE(Round(3), Round(3));
}

TEST(Ids, TravelAsTheirNumbers) {
  EXPECT_EQ(pack(ItemId(7)), pack(std::uint32_t{7}));
  EXPECT_EQ(unpack<Step>(pack(std::uint64_t{1} << 40)), Step(std::uint64_t{1} << 40));
}

}  // namespace
}  // namespace dovetail
