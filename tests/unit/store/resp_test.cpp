#include "dovetail/store/resp.hpp"

#include <gtest/gtest.h>

#include "dovetail/core/error.hpp"

namespace dovetail {
namespace {

constexpr RespLimits kLimits = {1000, 10};

std::string shown(const RespReply& reply) {
  switch (reply.kind) {
    case RespReply::Kind::status:
      return "+" + reply.text;
    case RespReply::Kind::error:
      return "-" + reply.text;
    case RespReply::Kind::integer:
      return ":" + std::to_string(reply.integer);
    case RespReply::Kind::bulk:
      return "'" + reply.text + "'";
    case RespReply::Kind::nil:
      return "nil";
    case RespReply::Kind::array:
      break;
  }
  std::string text = "[";
  for (const RespReply& item : reply.items) text += shown(item) + " ";
  return text + "]";
}

std::string read_all(RespReader& reader) {
  std::string text;
  while (const auto reply = reader.next()) text += shown(*reply) + ";";
  return text;
}

const std::string kStream =
    "+OK\r\n-ERR no\r\n:-12\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*1\r\n$1\r\nx\r\n$-1\r\n";
const std::string kReplies = "+OK;-ERR no;:-12;'a\r\nbc';'';nil;nil;[];[:1 ['x' ] nil ];";

TEST(Resp, ACommandIsAnArrayOfTexts) {
  const std::vector<std::string_view> words = {"SET", "k", std::string_view("\0\r\n", 3), ""};
  EXPECT_EQ(resp_command(words), "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n" + std::string("\0\r\n", 3) + "\r\n$0\r\n\r\n");
}

TEST(Resp, RepliesAreTheSameInWhateverPiecesTheyCome) {
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece) {
    RespReader reader(kLimits);
    std::string found;
    for (std::size_t at = 0; at < kStream.size(); at += piece) {
      reader.add(std::string_view(kStream).substr(at, piece));
      found += read_all(reader);
    }
    EXPECT_EQ(found, kReplies) << piece;
    EXPECT_EQ(reader.waiting(), 0U);
  }
}

TEST(Resp, APartOfAReplyIsNone) {
  const std::string whole = "*2\r\n$3\r\nabc\r\n:7\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    RespReader reader(kLimits);
    reader.add(std::string_view(whole).substr(0, size));
    EXPECT_FALSE(reader.next()) << size;
  }
}

TEST(Resp, WhatIsNotRespIsRefused) {
  for (const char* bytes : {"hello\r\n", "\r\n", "$x\r\n", "$-2\r\n", "$1001\r\n", "$9223372036854775807\r\n",
                            "$99999999999999999999\r\n", "*11\r\n", "*2147483647\r\n",
                            "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", ":1x\r\n", ":\r\n", "$3\r\nabcde", "$+1\r\n"}) {
    RespReader reader(kLimits);
    reader.add(bytes);
    EXPECT_THROW(static_cast<void>(reader.next()), StoreError) << bytes;
  }
  RespReader endless(kLimits);
  endless.add(std::string(5000, '+'));
  EXPECT_THROW(static_cast<void>(endless.next()), StoreError);
}

// Ten items in all, and a thousand bytes, however they are divided.
TEST(Resp, LimitsAreOfAWholeReply) {
  const auto takes = [](const std::string& bytes) {
    RespReader reader(kLimits);
    reader.add(bytes);
    try {
      return reader.next().has_value();
    } catch (const RespTooLarge&) {
      return false;
    }
  };
  const auto text = [](std::size_t size) {
    return "$" + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n";
  };
  EXPECT_TRUE(takes("*2\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n"));
  EXPECT_FALSE(takes("*3\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n"));
  EXPECT_TRUE(takes("*3\r\n" + text(500) + "+" + std::string(100, 'x') + "\r\n" + text(400)));
  EXPECT_FALSE(takes("*3\r\n" + text(500) + "+" + std::string(101, 'x') + "\r\n" + text(400)));
  EXPECT_TRUE(takes(text(1000)));
  EXPECT_FALSE(takes(text(1001)));
  // The next reply has limits of its own.
  RespReader reader(kLimits);
  reader.add(text(1000) + text(1000));
  EXPECT_TRUE(reader.next());
  EXPECT_TRUE(reader.next());
}

}  // namespace
}  // namespace dovetail
