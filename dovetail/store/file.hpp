/// Files that survive a crash: checked writes, fsync, atomic replacement. FileError names the file, cause and cure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/core/codec.hpp"

namespace dovetail {

/// An open file that is only ever appended to and cut back. Created 0600, O_NOFOLLOW | O_CLOEXEC.
class AppendFile {
 public:
  /// Opens `path`, creating it when absent; the position is its end.
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void append(std::span<const std::byte> bytes);
  void append(std::string_view text);
  /// fsync. A failure is final for this file: it is not retried and believed.
  void sync();
  /// Cuts the file to `size` bytes, which must not exceed the present size.
  void cut(std::uint64_t size);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// Writes `bytes` under a temporary name in the same folder, fsyncs, renames over `path`, fsyncs the folder. A reader
/// sees the old bytes or the new ones, never a mix.
void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void replace_file(const std::filesystem::path& path, std::string_view text);

/// The whole file; FileError when it cannot be read or exceeds `bytes_max`.
[[nodiscard]] Bytes read_file(const std::filesystem::path& path, std::uint64_t bytes_max = std::uint64_t{1} << 32);
[[nodiscard]] std::string read_text(const std::filesystem::path& path, std::uint64_t bytes_max = std::uint64_t{1} << 26);

/// mkdir with mode 0700; FileError when something else is there.
void make_private_folder(const std::filesystem::path& path);
void sync_folder(const std::filesystem::path& path);

}  // namespace dovetail
