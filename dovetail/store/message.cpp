#include "dovetail/store/message.hpp"

#include <array>
#include <cstring>

#include "dovetail/store/checksum.hpp"

namespace dovetail {
namespace {

constexpr std::array<char, 8> kMagic = {'d', 't', 'm', 's', 'g', '\r', '\n', '\0'};
constexpr std::size_t kHead = kMagic.size() + 2 * sizeof(std::uint32_t) + sizeof(std::uint64_t);
constexpr std::size_t kChecksum = sizeof(std::uint32_t);

template <class T>
T take(std::span<const std::byte>& bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes = bytes.subspan(sizeof value);
  return value;
}

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw StoreError("the message " + name + " cannot be used: " + what + ".");
}

}  // namespace

Bytes seal_bytes(MessageKind kind, std::span<const std::byte> payload) {
  Writer writer;
  for (const char c : kMagic) writer(c);
  writer(kMessageVersion);
  writer(kind);
  writer(static_cast<std::uint64_t>(payload.size()));
  writer.out.insert(writer.out.end(), payload.begin(), payload.end());
  writer(crc32c(writer.out));
  return std::move(writer.out);
}

std::span<const std::byte> open_bytes(MessageKind kind, std::span<const std::byte> frame, std::size_t payload_max,
                                      const std::string& name) {
  if (frame.size() < kHead + kChecksum || std::memcmp(frame.data(), kMagic.data(), kMagic.size()) != 0) {
    refuse(name, "it is not Dovetail's, or was cut short");
  }
  auto rest = frame.subspan(kMagic.size());
  const auto version = take<std::uint32_t>(rest);
  const auto found = take<std::uint32_t>(rest);
  const auto length = take<std::uint64_t>(rest);
  if (version != kMessageVersion) {
    refuse(name, "it is of version " + std::to_string(version) + ", this program speaks " +
                     std::to_string(kMessageVersion) + "; use one release everywhere");
  }
  if (length > payload_max) refuse(name, "it claims " + std::to_string(length) + " bytes, too many for its kind");
  if (length != rest.size() - kChecksum) refuse(name, "its length is not what it says");
  const auto payload = rest.first(static_cast<std::size_t>(length));
  rest = rest.subspan(payload.size());
  if (take<std::uint32_t>(rest) != crc32c(frame.first(frame.size() - kChecksum))) {
    refuse(name, "its checksum does not fit, so its bytes were changed");
  }
  if (found != static_cast<std::uint32_t>(kind)) {
    refuse(name, "it is of kind " + std::to_string(found) + " instead of " +
                     std::to_string(static_cast<std::uint32_t>(kind)));
  }
  return payload;
}

}  // namespace dovetail
