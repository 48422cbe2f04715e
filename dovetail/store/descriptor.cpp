#include "dovetail/store/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "dovetail/core/error.hpp"
#include "dovetail/store/crash_point.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::detail {
namespace {

/// Repeats a call that a signal interrupted before it did anything.
template <class Call>
auto restarted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Descriptor open_file(int folder, const std::filesystem::path& name, int flags, const std::filesystem::path& path,
                     bool follow) {
  crash_point("before_open");
  // O_NONBLOCK keeps a pipe in place of the file from blocking the run for ever; regular files ignore it.
  const int all = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
  const int number = restarted([&] { return ::openat(folder, name.c_str(), all, 0600); });
  if (number < 0) {
    if (errno == EEXIST && (flags & O_EXCL) != 0) return {};
    throw_file_failure((flags & O_ACCMODE) == O_RDONLY ? "read" : "open", path, errno);
  }
  crash_point("after_open");
  return Descriptor(number);
}

Descriptor open_folder(const std::filesystem::path& path) {
  const int number = restarted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (number < 0) throw_file_failure("open the folder", path, errno);
  return Descriptor(number);
}

std::uint64_t regular_size(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw_file_failure("examine", path, errno);
  if (S_ISDIR(status.st_mode)) throw_file_failure("open", path, EISDIR);
  if (!S_ISREG(status.st_mode)) {
    throw FileError("cannot use " + path.string() +
                    ": it is not a regular file (Dovetail needs files it can cut and read again); name another file.");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

void write_all(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset,
               const std::filesystem::path& path) {
  crash_point("before_write");
  while (!bytes.empty()) {
    const std::size_t piece = std::min<std::size_t>(bytes.size(), std::size_t{1} << 30);
    const ssize_t written =
        restarted([&] { return ::pwrite(descriptor, bytes.data(), piece, static_cast<off_t>(offset)); });
    // No error and no progress would loop for ever; the disk cannot take the bytes either way.
    if (written <= 0) throw_file_failure("write", path, written == 0 ? ENOSPC : errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  crash_point("after_write");
}

std::size_t read_all(int descriptor, std::span<std::byte> bytes, std::uint64_t offset,
                     const std::filesystem::path& path) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t piece = std::min<std::size_t>(bytes.size() - done, std::size_t{1} << 30);
    const ssize_t got =
        restarted([&] { return ::pread(descriptor, bytes.data() + done, piece, static_cast<off_t>(offset + done)); });
    if (got < 0) throw_file_failure("read", path, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void sync_descriptor(int descriptor, const std::filesystem::path& path) {
  crash_point("before_fsync");
  if (restarted([&] { return ::fsync(descriptor); }) != 0) throw_file_failure("sync", path, errno);
  crash_point("after_fsync");
}

void sync_folder_descriptor(int descriptor, const std::filesystem::path& path) {
  crash_point("before_folder_fsync");
  // Some network file systems cannot sync folders and say EINVAL; their renames are ordered by the server.
  if (restarted([&] { return ::fsync(descriptor); }) != 0 && errno != EINVAL)
    throw_file_failure("sync the folder", path, errno);
  crash_point("after_folder_fsync");
}

void cut_descriptor(int descriptor, std::uint64_t size, const std::filesystem::path& path) {
  crash_point("before_cut");
  if (restarted([&] { return ::ftruncate(descriptor, static_cast<off_t>(size)); }) != 0)
    throw_file_failure("cut", path, errno);
  crash_point("after_cut");
}

bool try_cut_descriptor(int descriptor, std::uint64_t size) noexcept {
  return restarted([&] { return ::ftruncate(descriptor, static_cast<off_t>(size)); }) == 0;
}

void close_descriptor(int descriptor, const std::filesystem::path& path) {
  // Linux frees the descriptor even when a signal interrupts close: a second call could close somebody else's file.
  if (::close(descriptor) != 0 && errno != EINTR) throw_file_failure("close", path, errno);
}

void rename_in_folder(int folder, const std::filesystem::path& from, const std::filesystem::path& to,
                      const std::filesystem::path& path) {
  crash_point("before_rename");
  if (::renameat(folder, from.c_str(), folder, to.c_str()) != 0) throw_file_failure("replace", path, errno);
  crash_point("after_rename");
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace dovetail::detail
