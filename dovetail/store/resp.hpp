/// RESP2, the protocol of Redis (https://redis.io/docs/latest/develop/reference/protocol-spec/): commands to bytes,
/// bytes to replies.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/core/error.hpp"

namespace dovetail {

struct RespReply {
  enum class Kind : std::uint8_t { status, error, integer, bulk, nil, array };
  Kind kind = Kind::nil;
  std::string text;              ///< of status, error, bulk: any bytes
  std::int64_t integer = 0;      ///< of integer
  std::vector<RespReply> items;  ///< of array
};

/// Of a whole reply, however it is divided.
struct RespLimits {
  std::size_t text_max = 0;   ///< bytes of all its texts together
  std::size_t items_max = 0;  ///< of all its arrays together
};

/// A reply would exceed the limits.
class RespTooLarge : public StoreError {
 public:
  using StoreError::StoreError;
};

/// An array of bulk strings.
[[nodiscard]] std::string resp_command(std::span<const std::string_view> words);

/// Makes replies of bytes as they come. A length is checked before anything is allocated for it; memory never exceeds
/// what has arrived and the limits.
class RespReader {
 public:
  explicit RespReader(const RespLimits& limits) : limits_(limits) {}
  void add(std::string_view bytes) { buffer_.append(bytes); }
  /// The next reply when it has arrived whole. StoreError: the bytes are not RESP2; RespTooLarge; the reader is then of
  /// no more use.
  [[nodiscard]] std::optional<RespReply> next();
  /// Bytes that have arrived and belong to no reply yet.
  [[nodiscard]] std::size_t waiting() const { return buffer_.size() - at_; }

 private:
  std::optional<RespReply> parse(std::size_t& at, unsigned depth, RespLimits& left);
  std::optional<std::string_view> line(std::size_t& at) const;

  RespLimits limits_;
  std::string buffer_;
  std::size_t at_ = 0;    ///< where the next reply begins
  std::size_t need_ = 0;  ///< bytes without which another look is useless
};

}  // namespace dovetail
