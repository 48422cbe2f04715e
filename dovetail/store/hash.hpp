/// SHA-256 (OpenSSL's) over bytes and files: checksums of checkpoints, identity of data, the digest of a run.
#pragma once
#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace dovetail {

using Sha256 = std::array<std::byte, 32>;

/// Hashes what is added, piece by piece.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  /// Ends the hash; nothing may be added afterwards.
  [[nodiscard]] Sha256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256 sha256(std::span<const std::byte> bytes);
/// Of a whole file, read in pieces; links are followed, since users link their data. FileError when it cannot be read.
[[nodiscard]] Sha256 sha256_of_file(const std::filesystem::path& path);
/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const Sha256& hash);

}  // namespace dovetail
