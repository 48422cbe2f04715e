// Round trips of the codec, its layout byte by byte, and its refusal of whatever it did not write.
#include "dovetail/core/codec.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "dovetail/core/ids.hpp"

namespace dovetail {
namespace {

enum class Colour : std::uint16_t { red = 1, blue = 0x1234 };

struct Inner {
  ItemId item;
  std::vector<double> values;
  bool operator==(const Inner&) const = default;
  template <class Archive>
  void describe(Archive& archive) {
    archive(item);
    archive(values);
  }
};

struct Everything {
  bool yes = false;
  std::int8_t small = 0;
  std::uint64_t large = 0;
  double real = 0;
  float single = 0;
  Colour colour = Colour::red;
  std::string text;
  std::vector<Inner> inners;
  std::array<std::uint32_t, 3> fixed{};
  std::optional<double> present;
  std::optional<std::string> absent;
  std::vector<std::string> words;
  std::array<SharedVector<double>, 3> shared;
  SharedVector<float> shared_singles;
  bool operator==(const Everything&) const = default;
  template <class Archive>
  void describe(Archive& archive) {
    archive(yes);
    archive(small);
    archive(large);
    archive(real);
    archive(single);
    archive(colour);
    archive(text);
    archive(inners);
    archive(fixed);
    archive(present);
    archive(absent);
    archive(words);
    archive(shared);
    archive(shared_singles);
  }
};

const std::vector<double> kNumbers = {2, -0.0};

Everything example() {
  return {true,
          -7,
          std::numeric_limits<std::uint64_t>::max(),
          -0.1,
          1.5F,
          Colour::blue,
          std::string("a\0b", 3),
          {{ItemId(3), {1, -0.0, std::numeric_limits<double>::denorm_min()}}, {ItemId(0), {}}},
          {1, 2, 0xffffffff},
          std::numeric_limits<double>::infinity(),
          std::nullopt,
          {"", "word"},
          {kNumbers, std::vector<double>{3}, kNumbers},
          std::vector<float>{0.5F}};
}

Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

TEST(Codec, GivesBackWhatItWrote) {
  const Everything value = example();
  const Bytes packed = pack(value);
  const auto read = unpack<Everything>(packed);
  EXPECT_EQ(read, value);
  EXPECT_EQ(pack(read), packed);
  EXPECT_EQ(unpack<Everything>(pack(Everything{})), Everything{});
}

TEST(Codec, WritesLittleEndianFieldsWithoutPadding) {
  EXPECT_EQ(pack(std::uint32_t{0x01020304}), bytes({4, 3, 2, 1}));
  EXPECT_EQ(pack(std::int16_t{-2}), bytes({0xfe, 0xff}));
  EXPECT_EQ(pack(Colour::blue), bytes({0x34, 0x12}));
  EXPECT_EQ(pack(1.0), bytes({0, 0, 0, 0, 0, 0, 0xf0, 0x3f}));
  EXPECT_EQ(pack(std::string("hi")), bytes({2, 0, 0, 0, 0, 0, 0, 0, 'h', 'i'}));
  EXPECT_EQ(pack(std::vector<std::uint8_t>{7, 9}), bytes({2, 0, 0, 0, 0, 0, 0, 0, 7, 9}));
  EXPECT_EQ(pack(std::array<std::uint8_t, 2>{7, 9}), bytes({7, 9}));
  EXPECT_EQ(pack(std::optional<std::uint8_t>{}), bytes({0}));
  EXPECT_EQ(pack(std::optional<std::uint8_t>{5}), bytes({1, 5}));
  EXPECT_EQ(pack(true), bytes({1}));
}

TEST(Codec, KeepsEveryBitOfANumberButMakesNaNCanonical) {
  for (const double x : {0.0, -0.0, 1e308, -std::numeric_limits<double>::denorm_min()}) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(unpack<double>(pack(x))), std::bit_cast<std::uint64_t>(x));
  }
  const Bytes canonical = bytes({0, 0, 0, 0, 0, 0, 0xf8, 0x7f});
  for (const std::uint64_t bits :
       {0x7ff8000000000000ULL, 0xfff8000000000000ULL, 0x7ff8000000000001ULL, 0xffffffffffffffffULL}) {
    EXPECT_EQ(pack(std::bit_cast<double>(bits)), canonical);
    EXPECT_EQ(pack(std::vector<double>{std::bit_cast<double>(bits)}), pack(std::vector<double>{std::nan("")}));
  }
  EXPECT_EQ(pack(std::bit_cast<float>(0xffc00001U)), bytes({0, 0, 0xc0, 0x7f}));
}

TEST(Codec, RefusesEveryTruncation) {
  const Bytes packed = pack(example());
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_THROW((void)unpack<Everything>(std::span(packed).first(size)), CheckpointError) << size;
  }
}

TEST(Codec, RefusesBytesAfterTheLastField) {
  Bytes packed = pack(example());
  packed.push_back(std::byte{0});
  EXPECT_THROW((void)unpack<Everything>(packed), CheckpointError);
  EXPECT_THROW((void)unpack<std::uint8_t>(bytes({1, 2})), CheckpointError);
}

// A length is checked before anything is allocated: these would ask for more memory than there is.
TEST(Codec, RefusesLengthsBeyondTheBytesThatFollow) {
  for (const std::uint64_t length : {std::uint64_t{2}, std::uint64_t{9}, std::uint64_t{1} << 61, std::uint64_t{1} << 62,
                                     (std::uint64_t{1} << 61) + 1, std::numeric_limits<std::uint64_t>::max()}) {
    Bytes packed = pack(length);
    packed.resize(8 + 8);
    EXPECT_THROW((void)unpack<std::vector<double>>(packed), CheckpointError) << length;
    if (length <= 8) continue;  // eight bytes are eight letters, and may be the start of Inner's
    EXPECT_THROW((void)unpack<std::string>(packed), CheckpointError) << length;
    EXPECT_THROW((void)unpack<std::vector<Inner>>(packed), CheckpointError) << length;
    EXPECT_THROW((void)unpack<std::vector<std::string>>(packed), CheckpointError) << length;
  }
}

// Elements are made before they are read: no more of them than the bytes that follow can hold at the least.
TEST(Codec, MakesNoMoreElementsThanTheirFewestBytesAllow) {
  EXPECT_EQ(LeastSize::of<Inner>(), 4U + 8U);
  EXPECT_EQ(LeastSize::of<Everything>(), pack(Everything()).size()) << "all that may be empty is";
  Bytes packed = pack(std::vector<Inner>(3));
  EXPECT_EQ(unpack<std::vector<Inner>>(packed).size(), 3U) << "none is smaller";
  packed.pop_back();
  try {
    (void)unpack<std::vector<Inner>>(packed);
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_STREQ(error.what(), "a length field exceeds the bytes that follow it");
  }
}

TEST(Codec, RefusesWhatIsNeitherYesNorNo) {
  for (int byte = 2; byte < 256; ++byte) {
    EXPECT_THROW((void)unpack<bool>(bytes({byte})), CheckpointError);
    EXPECT_THROW((void)unpack<std::optional<std::uint8_t>>(bytes({byte, 5})), CheckpointError);
  }
}

// Damage that a checksum would catch must at least never be undefined: any byte may take any value.
TEST(Codec, ReadsOrRefusesAnyDamagedByte) {
  const Bytes packed = pack(example());
  for (std::size_t place = 0; place < packed.size(); ++place) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      Bytes damaged = packed;
      damaged[place] ^= static_cast<std::byte>(flip);
      try {
        const auto read = unpack<Everything>(damaged);
        EXPECT_NE(pack(read), packed);  // what was read is not what was written
      } catch (const CheckpointError&) {
      }
    }
  }
}

TEST(Codec, ReplacesWhatTheTargetHeld) {
  std::vector<double> values = {1, 2, 3};
  const Bytes packed = pack(std::vector<double>{9});
  Reader reader(packed);
  reader(values);
  EXPECT_EQ(values, std::vector<double>{9});
  std::optional<int> some = 4;
  const Bytes nothing = pack(std::optional<int>{});
  Reader second(nothing);
  second(some);
  EXPECT_FALSE(some);
}

}  // namespace
}  // namespace dovetail
