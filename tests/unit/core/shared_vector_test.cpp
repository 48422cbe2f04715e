// Shared vectors: one memory for all copies, written once for all that are equal.
#include "dovetail/core/shared_vector.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "dovetail/core/codec.hpp"

namespace dovetail {
namespace {

using Numbers = std::vector<double>;

/// Whatever is written together.
template <class... Vectors>
Bytes written(const Vectors&... vectors) {
  Writer writer;
  (writer(vectors), ...);
  return writer.out;
}

template <class... Vectors>
void read(const Bytes& bytes, Vectors&... vectors) {
  Reader reader(bytes);
  (reader(vectors), ...);
  EXPECT_EQ(reader.left(), 0U);
}

TEST(SharedVector, ReadsLikeAVectorAndCopiesShareItsMemory) {
  const SharedVector<double> one = Numbers{1, 2, 3};
  const SharedVector<double> other = one;
  EXPECT_EQ(one.data(), other.data());
  EXPECT_EQ(Numbers(other.begin(), other.end()), (Numbers{1, 2, 3}));
  EXPECT_EQ(other[1], 2);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(one.data()) % 64, 0U);
  EXPECT_EQ(one, (SharedVector<double>(Numbers{1, 2, 3})));
  EXPECT_NE(one, (SharedVector<double>(Numbers{1, 2})));
  EXPECT_TRUE(SharedVector<double>().empty());
  EXPECT_EQ(SharedVector<double>(), SharedVector<double>(Numbers{}));
}

TEST(SharedVector, IsWrittenAsItsSizeItsPlaceAndItsNumbers) {
  const std::vector<std::uint8_t> three{7, 8, 9};
  Writer expected;
  expected(std::uint64_t{3});
  expected(std::uint32_t{0});
  for (const std::uint8_t number : three) expected(number);
  EXPECT_EQ(pack(SharedVector<std::uint8_t>(three)), expected.out);
  EXPECT_EQ(pack(SharedVector<double>()), pack(Numbers{}));
}

// The bytes are a function of the values: who shares memory with whom leaves no trace.
TEST(SharedVector, EqualNumbersAreWrittenOnceWhoeverHoldsThem) {
  const Numbers numbers(100, 0.5);
  const SharedVector<double> a = numbers, copy = a, twin = numbers, other = Numbers{1};
  const Bytes bytes = written(a, other, copy, other);
  EXPECT_EQ(bytes, written(a, other, twin, SharedVector<double>(Numbers{1})));
  EXPECT_EQ(bytes.size(), 4 * 12 + 8 * 101U);

  SharedVector<double> first, second, third, fourth;
  read(bytes, first, second, third, fourth);
  EXPECT_EQ(first, a);
  EXPECT_EQ(second, other);
  EXPECT_EQ(third, a);
  EXPECT_EQ(fourth, other);
  EXPECT_EQ(third.data(), first.data());
  EXPECT_EQ(fourth.data(), second.data());
}

// As bits, and NaN as one: -0 is not 0, and no NaN is written twice.
TEST(SharedVector, EqualMeansEqualBytes) {
  const SharedVector<double> zero = Numbers{0}, minus = Numbers{-0.0};
  SharedVector<double> first, second;
  read(written(zero, minus), first, second);
  EXPECT_FALSE(std::signbit(first[0]));
  EXPECT_TRUE(std::signbit(second[0]));
  const SharedVector<double> nan = Numbers{std::nan("")}, other = Numbers{-std::nan("1")};
  EXPECT_EQ(written(nan, other).size(), 2 * 12 + 8U);
}

TEST(SharedVector, TheSameBytesMayBeNumbersOfTwoTypes) {
  const double number = 1.5;
  const auto halves = std::bit_cast<std::array<float, 2>>(number);
  const SharedVector<double> one = Numbers{number};
  const SharedVector<float> two = std::vector<float>(halves.begin(), halves.end());
  SharedVector<double> first, third;
  SharedVector<float> second;
  const Bytes bytes = written(one, two, one);
  EXPECT_EQ(bytes.size(), 3 * 12 + 8U);
  read(bytes, first, second, third);
  EXPECT_EQ(first, one);
  EXPECT_EQ(second, two);
  EXPECT_EQ(third, one);
}

TEST(SharedVector, RefusesPlacesAndSizesThatWereNotWritten) {
  const auto reads = [](std::uint64_t size, std::uint32_t place) {
    Bytes bytes = written(SharedVector<double>(Numbers{1, 2}));
    const Bytes rest = written(size, place);
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    SharedVector<double> first, second;
    read(bytes, first, second);
  };
  reads(2, 0);
  EXPECT_THROW(reads(1, 0), CheckpointError);
  EXPECT_THROW(reads(3, 0), CheckpointError);
  EXPECT_THROW(reads((std::uint64_t{1} << 61) + 2, 0), CheckpointError);
  EXPECT_THROW(reads(2, 1), CheckpointError);  // new, but without its numbers
  EXPECT_THROW(reads(std::numeric_limits<std::uint64_t>::max(), 1), CheckpointError);
  EXPECT_THROW(reads(2, 2), CheckpointError);
}

}  // namespace
}  // namespace dovetail
