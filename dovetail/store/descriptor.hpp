/// The system calls that file.cpp is made of, each checked, restarted after a signal and marked with crash points.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

namespace dovetail::detail {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

// `path` serves error messages alone wherever a descriptor is given. All throw FileError.

/// Opens `name` relative to `folder` (AT_FDCWD for none) with mode 0600, O_CLOEXEC and, unless `follow`, O_NOFOLLOW.
/// Returns an invalid descriptor when O_EXCL was asked and the name is taken.
[[nodiscard]] Descriptor open_file(int folder, const std::filesystem::path& name, int flags,
                                   const std::filesystem::path& path, bool follow = false);
[[nodiscard]] Descriptor open_folder(const std::filesystem::path& path);
/// Size of a regular file; FileError for a folder, device, pipe or socket.
[[nodiscard]] std::uint64_t regular_size(int descriptor, const std::filesystem::path& path);
/// Writes all bytes at `offset`, however often the system takes only a part.
void write_all(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset,
               const std::filesystem::path& path);
/// Reads from `offset` until `bytes` is full or the file ends; returns how many bytes that was.
[[nodiscard]] std::size_t read_all(int descriptor, std::span<std::byte> bytes, std::uint64_t offset,
                                   const std::filesystem::path& path);
void sync_descriptor(int descriptor, const std::filesystem::path& path);
void sync_folder_descriptor(int descriptor, const std::filesystem::path& path);
void cut_descriptor(int descriptor, std::uint64_t size, const std::filesystem::path& path);
/// The same, for cleaning up after another error: says whether it worked.
[[nodiscard]] bool try_cut_descriptor(int descriptor, std::uint64_t size) noexcept;
void close_descriptor(int descriptor, const std::filesystem::path& path);
void rename_in_folder(int folder, const std::filesystem::path& from, const std::filesystem::path& to,
                      const std::filesystem::path& path);
/// The folder a file lies in: "." for a bare name.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);

}  // namespace dovetail::detail
