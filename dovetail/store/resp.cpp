#include "dovetail/store/resp.hpp"

#include <charconv>
#include <utility>

namespace dovetail {
namespace {

constexpr std::size_t kLineMax = 4096;
constexpr unsigned kDepthMax = 4;
constexpr std::string_view kEnd = "\r\n";

[[noreturn]] void refuse(const std::string& what) { throw StoreError("the answer is not Redis': " + what); }

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) refuse("a number is none");
  return value;
}

/// Takes `size` off what is left.
void spend(std::size_t& left, std::uint64_t size) {
  if (size > left) {
    throw RespTooLarge("the answer claims a length of " + std::to_string(size) + ", more than the " +
                       std::to_string(left) + " allowed");
  }
  left -= static_cast<std::size_t>(size);
}

/// A length, taken off what is left, or empty for -1, which says that there is nothing.
std::optional<std::size_t> length(std::string_view text, std::size_t& left) {
  const std::int64_t value = number(text);
  if (value == -1) return std::nullopt;
  if (value < 0) refuse("a length is negative");
  spend(left, static_cast<std::uint64_t>(value));
  return static_cast<std::size_t>(value);
}

}  // namespace

std::string resp_command(std::span<const std::string_view> words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n";
    bytes += word;
    bytes += kEnd;
  }
  return bytes;
}

std::optional<RespReply> RespReader::next() {
  if (waiting() < need_ || waiting() == 0) return std::nullopt;
  std::size_t at = at_;
  need_ = 0;
  RespLimits left = limits_;
  auto reply = parse(at, 0, left);
  if (!reply) return std::nullopt;
  at_ = at;
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  return reply;
}

std::optional<std::string_view> RespReader::line(std::size_t& at) const {
  const auto end = buffer_.find(kEnd, at);
  if (end == std::string::npos ? buffer_.size() - at > kLineMax : end - at > kLineMax) refuse("a line has no end");
  if (end == std::string::npos) return std::nullopt;
  const std::string_view text = std::string_view(buffer_).substr(at, end - at);
  at = end + kEnd.size();
  return text;
}

std::optional<RespReply> RespReader::parse(std::size_t& at, unsigned depth, RespLimits& left) {
  const auto text = line(at);
  if (!text) return std::nullopt;
  if (text->empty()) refuse("a line is empty");
  RespReply reply;
  const std::string_view rest = text->substr(1);
  switch (text->front()) {
    case '+':
    case '-':
      reply.kind = text->front() == '+' ? RespReply::Kind::status : RespReply::Kind::error;
      spend(left.text_max, rest.size());
      reply.text = rest;
      return reply;
    case ':':
      reply.kind = RespReply::Kind::integer;
      reply.integer = number(rest);
      return reply;
    case '$': {
      const auto size = length(rest, left.text_max);
      if (!size) return reply;
      if (buffer_.size() - at < *size + kEnd.size()) {
        need_ = at + *size + kEnd.size() - at_;
        return std::nullopt;
      }
      reply.kind = RespReply::Kind::bulk;
      reply.text = buffer_.substr(at, *size);
      at += *size;
      if (buffer_.compare(at, kEnd.size(), kEnd) != 0) refuse("a text has no end");
      at += kEnd.size();
      return reply;
    }
    case '*': {
      const auto size = length(rest, left.items_max);
      if (!size) return reply;
      if (depth == kDepthMax) refuse("arrays stand inside each other too deeply");
      reply.kind = RespReply::Kind::array;
      for (std::size_t i = 0; i < *size; ++i) {
        auto item = parse(at, depth + 1, left);
        if (!item) return std::nullopt;
        reply.items.push_back(std::move(*item));
      }
      return reply;
    }
    default:
      refuse("a line begins with none of + - : $ *");
  }
}

}  // namespace dovetail
