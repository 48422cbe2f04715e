#include "tests/faults/file_calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace dovetail::test {
namespace {

struct State {
  Fault fault;
  std::array<std::uint64_t, kCalls.size()> counts{};
  bool disturbing = false;
  bool interrupted = false;
  std::size_t bytes_per_write = 0;
  bool syncing = true;
  unsigned microseconds_per_sync = 0;
  bool recording = false;
  std::string folder;
  std::vector<Operation> operations;
};
// Function-local: file calls happen before this file's globals are set up.
State& state() {
  static State* const kept = new State;
  return *kept;
}

/// Whether this call has to fail, with errno set.
bool fails(Call call) {
  State& s = state();
  const std::uint64_t passage = ++s.counts[static_cast<std::size_t>(call)];
  if (s.fault.nth == 0 || s.fault.call != call) return false;
  if (passage != s.fault.nth && !(s.fault.and_all_after && passage > s.fault.nth)) return false;
  errno = s.fault.error_number;
  return true;
}

bool interrupts() {
  State& s = state();
  if (!s.disturbing) return false;
  s.interrupted = !s.interrupted;
  if (s.interrupted) errno = EINTR;
  return s.interrupted;
}

std::string path_of(int descriptor) {
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  return length < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

std::string path_at(int folder, const char* name) {
  if (name[0] == '/') return name;
  return (folder == AT_FDCWD ? std::filesystem::current_path().string() : path_of(folder)) + "/" + name;
}

std::uint64_t inode_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

void record(Operation operation) {
  State& s = state();
  if (s.recording && operation.path.starts_with(s.folder)) s.operations.push_back(std::move(operation));
}

bool recording() { return state().recording; }

int do_open(int folder, const char* name, int flags, mode_t mode) {
  if (interrupts() || fails(Call::open)) return -1;
  const int number = static_cast<int>(::syscall(SYS_openat, folder, name, flags, mode));
  if (number >= 0 && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0 && recording()) {
    record({Call::open, path_of(number), "", inode_of(number), 0, {}});
  }
  return number;
}

}  // namespace

std::string_view name_of(Call call) {
  constexpr std::array<std::string_view, kCalls.size()> kNames{"open",   "write", "cut",   "fsync",
                                                               "rename", "close", "unlink"};
  return kNames[static_cast<std::size_t>(call)];
}

void arm(const Fault& fault) {
  state().counts = {};
  state().fault = fault;
}
void disarm() { state().fault = {}; }
std::uint64_t count(Call call) { return state().counts[static_cast<std::size_t>(call)]; }
void disturb(std::size_t bytes_per_write) {
  state().disturbing = true;
  state().bytes_per_write = bytes_per_write;
}
void leave_alone() {
  state().disturbing = false;
  state().bytes_per_write = 0;
}
void pretend_to_sync() { state().syncing = false; }
void start_recording(const std::string& folder) {
  state().folder = folder;
  state().operations.clear();
  state().recording = true;
}
std::vector<Operation> stop_recording() {
  state().recording = false;
  return std::exchange(state().operations, {});
}

namespace {

/// For the preloaded library: DOVETAIL_SLOW_SYNC gives a disk whose every sync takes so many microseconds.
[[maybe_unused]] const bool slowed_from_environment = [] {
  const char* text = std::getenv("DOVETAIL_SLOW_SYNC");
  if (text != nullptr) state().microseconds_per_sync = static_cast<unsigned>(std::strtoul(text, nullptr, 10));
  return text != nullptr;
}();

/// For the preloaded library: the plan comes from the environment.
[[maybe_unused]] const bool armed_from_environment = [] {
  const char* text = std::getenv("DOVETAIL_FAIL_AT");
  if (text == nullptr) return false;
  constexpr std::array<std::pair<const char*, int>, 8> kErrors{{{"ENOSPC", ENOSPC},
                                                                {"EIO", EIO},
                                                                {"EDQUOT", EDQUOT},
                                                                {"EROFS", EROFS},
                                                                {"EACCES", EACCES},
                                                                {"EMFILE", EMFILE},
                                                                {"ESTALE", ESTALE},
                                                                {"EFBIG", EFBIG}}};
  std::array<char, 16> kind{};
  std::array<char, 16> error{};
  unsigned long long nth = 0;
  Fault fault;
  if (std::sscanf(text, "%15[a-z]:%llu+:%15s", kind.data(), &nth, error.data()) == 3) {
    fault.and_all_after = true;
  } else if (std::sscanf(text, "%15[a-z]:%llu:%15s", kind.data(), &nth, error.data()) != 3) {
    nth = 0;
  }
  fault.nth = nth;
  bool known = false;
  for (const Call call : kCalls) {
    if (name_of(call) == kind.data()) {
      fault.call = call;
      known = true;
    }
  }
  for (const auto& [name, number] : kErrors) {
    if (std::strcmp(name, error.data()) == 0) fault.error_number = number;
  }
  if (nth == 0 || !known || fault.error_number == 0) {
    std::fprintf(stderr, "DOVETAIL_FAIL_AT must be KIND:N:ERROR, such as write:3:ENOSPC\n");
    std::_Exit(2);
  }
  arm(fault);
  return true;
}();

}  // namespace
}  // namespace dovetail::test

// The calls themselves, in place of the C library's.
namespace dt = dovetail::test;

extern "C" {

int open(const char* name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return dt::do_open(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char* name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return dt::do_open(folder, name, flags, mode);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  if (dt::interrupts() || dt::fails(dt::Call::write)) return -1;
  const std::size_t limit = dt::state().bytes_per_write;
  const std::size_t taken = limit != 0 && size > limit ? limit : size;
  const auto written = static_cast<ssize_t>(::syscall(SYS_pwrite64, descriptor, bytes, taken, offset));
  if (written > 0 && dt::recording()) {
    const auto* first = static_cast<const std::byte*>(bytes);
    dt::record({dt::Call::write, dt::path_of(descriptor), "", dt::inode_of(descriptor),
                static_cast<std::uint64_t>(offset), std::vector<std::byte>(first, first + written)});
  }
  return written;
}

int ftruncate(int descriptor, off_t size) noexcept {
  if (dt::interrupts() || dt::fails(dt::Call::cut)) return -1;
  const auto result = static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
  if (result == 0 && dt::recording()) {
    dt::record(
        {dt::Call::cut, dt::path_of(descriptor), "", dt::inode_of(descriptor), static_cast<std::uint64_t>(size), {}});
  }
  return result;
}

int fsync(int descriptor) {
  if (dt::interrupts() || dt::fails(dt::Call::fsync)) return -1;
  if (const unsigned wait = dt::state().microseconds_per_sync; wait != 0) ::usleep(wait);
  const int result = dt::state().syncing ? static_cast<int>(::syscall(SYS_fsync, descriptor)) : 0;
  if (result == 0 && dt::recording()) {
    dt::record({dt::Call::fsync, dt::path_of(descriptor), "", dt::inode_of(descriptor), 0, {}});
  }
  return result;
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  if (dt::fails(dt::Call::rename)) return -1;
  const auto result = static_cast<int>(::syscall(SYS_renameat, from_folder, from, to_folder, to));
  if (result == 0 && dt::recording()) {
    dt::record({dt::Call::rename, dt::path_at(from_folder, from), dt::path_at(to_folder, to), 0, 0, {}});
  }
  return result;
}

int unlinkat(int folder, const char* name, int flags) noexcept {
  if (dt::fails(dt::Call::unlink)) return -1;
  const auto result = static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
  if (result == 0 && dt::recording()) dt::record({dt::Call::unlink, dt::path_at(folder, name), "", 0, 0, {}});
  return result;
}

int close(int descriptor) {
  const bool fail = dt::fails(dt::Call::close);
  const int error_number = errno;
  const auto result = static_cast<int>(::syscall(SYS_close, descriptor));  // Linux frees it even when it fails
  if (!fail) return result;
  errno = error_number;
  return -1;
}

}  // extern "C"
