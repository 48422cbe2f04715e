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

/// Whether a symbolic link in place of the file is read through. Inside a run's folder it never is; a user's own model
/// or data file may be one.
enum class Links : std::uint8_t { refuse, follow };

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

  /// All of `bytes` or none: after an error the file is cut back to its size before the call, as far as the disk lets.
  void append(std::span<const std::byte> bytes);
  void append(std::string_view text);
  /// fsync. A failure is final for this file: it is not retried and believed, and every later call throws.
  void sync();
  /// Cuts the file to `size` bytes, which must not exceed the present size. Durable with the next sync().
  void cut(std::uint64_t size);
  /// Closes and checks the close; the file takes no more calls. The destructor closes unchecked: what must last was
  /// synced before.
  void close();
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  bool sync_failed_ = false;
};

/// A new file that takes the place of `path` as a whole: written piece by piece under a temporary name in the same
/// folder; finish() fsyncs it, renames it over `path` and fsyncs the folder. Without finish() nothing changes.
class ReplacementFile {
 public:
  explicit ReplacementFile(std::filesystem::path path);
  ~ReplacementFile();
  ReplacementFile(const ReplacementFile&) = delete;
  ReplacementFile& operator=(const ReplacementFile&) = delete;
  void append(std::span<const std::byte> bytes);
  void append(std::string_view text);
  /// Where the content lies until finish(), for libraries that write a file by its name.
  [[nodiscard]] std::filesystem::path temporary() const;
  void finish();

 private:
  std::filesystem::path path_;
  std::string temporary_;
  int folder_ = -1;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// A file that is read in pieces; it may grow meanwhile.
class InputFile {
 public:
  explicit InputFile(std::filesystem::path path, Links links = Links::refuse);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  /// Fills `bytes` from `offset`; returns how many there were, fewer only at the end of the file.
  [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  /// Size when it was opened.
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

/// The whole file; FileError when it cannot be read, is not a regular file or exceeds `bytes_max`.
[[nodiscard]] Bytes read_file(const std::filesystem::path& path, std::uint64_t bytes_max = std::uint64_t{1} << 32,
                              Links links = Links::refuse);
[[nodiscard]] std::string read_text(const std::filesystem::path& path, std::uint64_t bytes_max = std::uint64_t{1} << 26,
                                    Links links = Links::refuse);

/// Removes a file if it is there, and fsyncs the folder.
void remove_file(const std::filesystem::path& path);

/// mkdir with mode 0700 (parents too when they are missing); a folder that is there already is kept as it is. FileError
/// when something else is there.
void make_private_folder(const std::filesystem::path& path);
void sync_folder(const std::filesystem::path& path);

/// Whether a file name is one of replace_file's temporary names, left behind by a killed process.
[[nodiscard]] bool is_temporary_name(std::string_view name);

/// "cannot VERB PATH: CAUSE (CONSEQUENCE); CURE" for an errno value.
[[nodiscard]] std::string file_failure(std::string_view verb, const std::filesystem::path& path, int error_number);
/// These words as FileGone where nothing is there or a network file system lost it, else as FileError.
[[noreturn]] void throw_file_failure(std::string_view verb, const std::filesystem::path& path, int error_number);

}  // namespace dovetail
