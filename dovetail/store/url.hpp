/// Addresses of stores.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dovetail {

enum class StoreKind : std::uint8_t { memory, dir, redis };

struct StoreUrl {
  StoreKind kind = StoreKind::memory;
  std::string path;     ///< of the folder, or of a socket
  bool shared = false;  ///< the folder: with its group
  std::string host;     ///< empty: `path` is a socket
  std::uint16_t port = 6379;
  std::uint32_t database = 0;
  std::string user;      ///< empty: Redis' default user
  std::string password;  ///< empty: no login
  /// As given, without user and password: fit for messages.
  std::string shown;
};

/// `url` with no user and password, whatever it is.
[[nodiscard]] std::string without_login(std::string_view url);

/// UsageError says what is wrong and what would be right, and shows no password. A file of `?password-file=` is read
/// here, and must be its owner's alone. Hosts beyond this machine need `?insecure=yes`, since nothing is encrypted.
[[nodiscard]] StoreUrl parse_store_url(std::string_view url);

}  // namespace dovetail
