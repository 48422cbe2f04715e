#include "dovetail/store/file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/store/descriptor.hpp"

namespace dovetail {
namespace {

constexpr std::string_view kTemporarySuffix = ".dovetail-tmp";

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// A name that nobody can have foreseen; it is gone again after the rename, so it is no part of a result.
std::string temporary_name(const std::filesystem::path& path) {
  std::uint64_t word = 0;
  if (::getrandom(&word, sizeof word, 0) != static_cast<ssize_t>(sizeof word)) {
    throw_file_failure("find a temporary name for", path, errno);
  }
  std::string name = ".";
  name += path.filename().string();
  name += '.';
  for (int shift = 60; shift >= 0; shift -= 4) name += "0123456789abcdef"[(word >> shift) & 15U];
  name += kTemporarySuffix;
  return name;
}

/// A name that a rename would take from a device, pipe or socket, as /dev/stdout, stays theirs.
void require_replaceable(const std::filesystem::path& path) {
  struct stat there = {};
  if (::stat(path.c_str(), &there) != 0 || S_ISREG(there.st_mode) || S_ISDIR(there.st_mode)) return;
  throw FileError("cannot write " + path.string() +
                  ": it is a device, a pipe or a socket (a file would take its place); name a file");
}

template <class Buffer>
Buffer read_whole(const std::filesystem::path& path, std::uint64_t bytes_max, Links links) {
  const InputFile file(path, links);
  if (file.size() > bytes_max) {
    throw FileError("cannot read " + path.string() + ": it has " + std::to_string(file.size()) +
                    " bytes, more than the " + std::to_string(bytes_max) +
                    " that such a file may have (it is not what its name says); check it.");
  }
  Buffer buffer;
  buffer.resize(static_cast<std::size_t>(file.size()));
  buffer.resize(file.read_at(0, std::as_writable_bytes(std::span(buffer.data(), buffer.size()))));
  return buffer;
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  detail::Descriptor file = detail::open_file(AT_FDCWD, path_, O_WRONLY | O_CREAT | O_EXCL, path_);
  if (file.number() >= 0) {
    sync_folder(detail::folder_of(path_));  // else the name itself could be lost with the power
  } else {
    file = detail::open_file(AT_FDCWD, path_, O_WRONLY, path_);
  }
  size_ = detail::regular_size(file.number(), path_);
  descriptor_ = file.release();
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      sync_failed_(other.sync_failed_) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(sync_failed_, other.sync_failed_);
  return *this;
}

void AppendFile::append(std::span<const std::byte> bytes) {
  DOVETAIL_REQUIRE(descriptor_ >= 0);
  if (sync_failed_) throw_file_failure("write after a failed sync of", path_, EIO);
  try {
    detail::write_all(descriptor_, bytes, size_, path_);
  } catch (const FileError&) {
    // Best effort: readers ignore an incomplete tail too, so a second failure loses nothing.
    if (!detail::try_cut_descriptor(descriptor_, size_)) sync_failed_ = true;
    throw;
  }
  size_ += bytes.size();
}

void AppendFile::append(std::string_view text) { append(bytes_of(text)); }

void AppendFile::sync() {
  DOVETAIL_REQUIRE(descriptor_ >= 0);
  if (sync_failed_) throw_file_failure("sync again", path_, EIO);
  sync_failed_ = true;
  detail::sync_descriptor(descriptor_, path_);
  sync_failed_ = false;
}

void AppendFile::cut(std::uint64_t size) {
  DOVETAIL_REQUIRE(descriptor_ >= 0);
  DOVETAIL_REQUIRE(size <= size_);
  detail::cut_descriptor(descriptor_, size, path_);
  size_ = size;
}

void AppendFile::close() {
  if (descriptor_ >= 0) detail::close_descriptor(std::exchange(descriptor_, -1), path_);
}

ReplacementFile::ReplacementFile(std::filesystem::path path) : path_(std::move(path)) {
  require_replaceable(path_);
  // The folder is held open, so that a folder renamed in between cannot part the file from its temporary name.
  detail::Descriptor folder = detail::open_folder(detail::folder_of(path_));
  std::string name = temporary_name(path_);
  detail::Descriptor file = detail::open_file(folder.number(), name, O_WRONLY | O_CREAT | O_EXCL, path_);
  if (file.number() < 0) throw_file_failure("create a temporary file for", path_, EEXIST);
  temporary_ = std::move(name);
  folder_ = folder.release();
  descriptor_ = file.release();
}

ReplacementFile::~ReplacementFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlinkat(folder_, temporary_.c_str(), 0);
  ::close(folder_);
}

void ReplacementFile::append(std::span<const std::byte> bytes) {
  DOVETAIL_REQUIRE(descriptor_ >= 0);
  detail::write_all(descriptor_, bytes, size_, path_);
  size_ += bytes.size();
}

void ReplacementFile::append(std::string_view text) { append(bytes_of(text)); }

std::filesystem::path ReplacementFile::temporary() const { return detail::folder_of(path_) / temporary_; }

void ReplacementFile::finish() {
  DOVETAIL_REQUIRE(descriptor_ >= 0);
  detail::sync_descriptor(descriptor_, path_);
  detail::close_descriptor(std::exchange(descriptor_, -1), path_);
  detail::rename_in_folder(folder_, temporary_, path_.filename(), path_);
  temporary_.clear();
  detail::sync_folder_descriptor(folder_, detail::folder_of(path_));
}

InputFile::InputFile(std::filesystem::path path, Links links) : path_(std::move(path)) {
  detail::Descriptor file = detail::open_file(AT_FDCWD, path_, O_RDONLY, path_, links == Links::follow);
  size_ = detail::regular_size(file.number(), path_);
  descriptor_ = file.release();
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  DOVETAIL_REQUIRE(descriptor_ >= 0);
  return detail::read_all(descriptor_, bytes, offset, path_);
}

void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  ReplacementFile file(path);
  file.append(bytes);
  file.finish();
}

void replace_file(const std::filesystem::path& path, std::string_view text) { replace_file(path, bytes_of(text)); }

Bytes read_file(const std::filesystem::path& path, std::uint64_t bytes_max, Links links) {
  return read_whole<Bytes>(path, bytes_max, links);
}

std::string read_text(const std::filesystem::path& path, std::uint64_t bytes_max, Links links) {
  return read_whole<std::string>(path, bytes_max, links);
}

void remove_file(const std::filesystem::path& path) {
  const std::filesystem::path folder_path = detail::folder_of(path);
  const detail::Descriptor folder = detail::open_folder(folder_path);
  if (::unlinkat(folder.number(), path.filename().c_str(), 0) != 0) {
    if (errno == ENOENT) return;
    throw_file_failure("remove", path, errno);
  }
  detail::sync_folder_descriptor(folder.number(), folder_path);
}

void make_private_folder(const std::filesystem::path& path) {
  if (path.empty()) return;
  if (::mkdir(path.c_str(), 0700) == 0) {
    sync_folder(detail::folder_of(path));
    return;
  }
  if (errno == ENOENT && detail::folder_of(path) != path) {
    make_private_folder(detail::folder_of(path));
    if (::mkdir(path.c_str(), 0700) == 0) {
      sync_folder(detail::folder_of(path));
      return;
    }
  }
  const int error_number = errno;
  if (error_number != EEXIST) throw_file_failure("make the folder", path, error_number);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw_file_failure("make the folder", path, errno);  // gone again
  if (!S_ISDIR(status.st_mode)) throw_file_failure("make the folder", path, ENOTDIR);
}

void sync_folder(const std::filesystem::path& path) {
  const detail::Descriptor folder = detail::open_folder(path);
  detail::sync_folder_descriptor(folder.number(), path);
}

bool is_temporary_name(std::string_view name) { return name.starts_with('.') && name.ends_with(kTemporarySuffix); }

}  // namespace dovetail
