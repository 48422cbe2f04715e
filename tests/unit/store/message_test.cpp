#include "dovetail/store/message.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace dovetail {
namespace {

constexpr std::size_t kMax = 1000;

struct Note {
  std::string text;
  std::vector<double> numbers;
  template <class Archive>
  void describe(Archive& archive) {
    archive(text);
    archive(numbers);
  }
};

const Bytes kFrame = seal(MessageKind::stretch, Note{"a note", {1.5, -0.0}});

std::string refusal(std::span<const std::byte> frame, MessageKind kind = MessageKind::stretch, std::size_t max = kMax) {
  try {
    static_cast<void>(unseal<Note>(kind, frame, max, "at:1"));
  } catch (const StoreError& error) {
    EXPECT_NE(std::string(error.what()).find("at:1"), std::string::npos);
    return error.what();
  }
  return "(taken)";
}

TEST(Message, WhatIsSealedIsUnsealed) {
  const Note note = unseal<Note>(MessageKind::stretch, kFrame, kMax, "at:1");
  EXPECT_EQ(note.text, "a note");
  EXPECT_EQ(note.numbers, (std::vector<double>{1.5, -0.0}));
  EXPECT_EQ(seal(MessageKind::stretch, note), kFrame);
  EXPECT_TRUE(open_bytes(MessageKind::end, seal_bytes(MessageKind::end, {}), 0, "empty").empty());
}

TEST(Message, EveryFlippedBitIsRefused) {
  for (std::size_t bit = 0; bit < 8 * kFrame.size(); ++bit) {
    Bytes damaged = kFrame;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_NE(refusal(damaged), "(taken)") << bit;
  }
}

TEST(Message, EveryCutAndEveryTailIsRefused) {
  for (std::size_t size = 0; size < kFrame.size(); ++size) {
    EXPECT_NE(refusal(std::span(kFrame).first(size)), "(taken)") << size;
  }
  Bytes longer = kFrame;
  longer.push_back(std::byte{0});
  EXPECT_NE(refusal(longer), "(taken)");
}

TEST(Message, AnotherKindOrSizeIsRefusedByName) {
  EXPECT_NE(refusal(kFrame, MessageKind::input).find("of kind 4 instead of 5"), std::string::npos);
  EXPECT_NE(refusal(kFrame, MessageKind::stretch, 10).find("too many"), std::string::npos);
  const Bytes other = seal(MessageKind::stretch, std::uint64_t{7});
  EXPECT_NE(refusal(other).find("cannot be read"), std::string::npos) << "right frame, wrong content";
}

TEST(Message, ALengthIsCheckedBeforeAnythingIsTaken) {
  for (const std::uint64_t length : {std::uint64_t{1} << 31U, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    Bytes frame = kFrame;
    std::memcpy(frame.data() + 16, &length, sizeof length);
    EXPECT_NE(refusal(frame).find("too many"), std::string::npos);
  }
}

}  // namespace
}  // namespace dovetail
