/// What processes of a run tell each other through a store, as bytes that anybody may have written: a frame that says
/// what is inside, checked before it is opened.
///
/// Frame, little-endian: magic "dtmsg\r\n\0" (8 bytes), version (u32), kind (u32), length of the payload (u64),
/// payload, CRC-32C of all before it (u32). The checksum finds damage; it is no signature.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail {

inline constexpr std::uint32_t kMessageVersion = 1;

/// Numbers stay with their kinds for ever.
enum class MessageKind : std::uint32_t {
  header = 1,       ///< what a run is
  incarnation = 2,  ///< where a server began to publish
  shared = 3,       ///< state that all items of a round read
  stretch = 4,      ///< which steps are to be taken
  input = 5,        ///< an item before a stretch
  outcome = 6,      ///< an item after it
  end = 7,          ///< nothing more comes
  conflict = 8,     ///< which outcome two workers do not agree on
};

[[nodiscard]] Bytes seal_bytes(MessageKind kind, std::span<const std::byte> payload);
/// The payload inside `frame`, of at most `payload_max` bytes. StoreError says what is wrong with `name`'s bytes.
[[nodiscard]] std::span<const std::byte> open_bytes(MessageKind kind, std::span<const std::byte> frame,
                                                    std::size_t payload_max, const std::string& name);

template <class T>
[[nodiscard]] Bytes seal(MessageKind kind, const T& value) {
  return seal_bytes(kind, pack(value));
}
/// The value that seal() was given. StoreError: the frame, or what is inside, is not one of those.
template <class T>
[[nodiscard]] T unseal(MessageKind kind, std::span<const std::byte> frame, std::size_t payload_max,
                       const std::string& name) {
  const auto payload = open_bytes(kind, frame, payload_max, name);
  try {
    return unpack<T>(payload);
  } catch (const CheckpointError& error) {
    throw StoreError("the message " + name + " cannot be read: " + error.what() + ".");
  }
}

}  // namespace dovetail
