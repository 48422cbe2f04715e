// The lock is flock's: it ends with its process. What a killed process left behind is removed by the next that
// compiles.
#include "dovetail/compile/cache.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

constexpr int kAskEveryMs = 50;
constexpr std::string_view kWorkshop = "making.";  // beginning of the folders in which files are made, under the lock

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::filesystem::path standard_folder() {
  if (const std::string chosen = variable("DOVETAIL_CACHE"); !chosen.empty()) return chosen;
  if (const std::string base = variable("XDG_CACHE_HOME"); base.starts_with("/")) {
    return std::filesystem::path(base) / "dovetail";
  }
  std::string home = variable("HOME");
  if (home.empty()) {
    if (const passwd* entry = ::getpwuid(::geteuid())) home = entry->pw_dir;
  }
  if (home.empty()) {
    throw FileError(
        "there is no folder for compiled models: this user has no home (they are kept between runs); set "
        "DOVETAIL_CACHE to a folder");
  }
  return std::filesystem::path(home) / ".cache" / "dovetail";
}

void check_private(const std::filesystem::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) throw_file_failure("examine", folder, errno);
  if (status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  throw FileError("the cache " + folder.string() +
                  " can be written by others (a library in it would run with your rights); `chmod go-w` it, or set "
                  "DOVETAIL_CACHE to another folder");
}

}  // namespace

CompileCache::CompileCache(std::filesystem::path folder) : folder_(std::move(folder)) {
  if (folder_.empty()) folder_ = standard_folder();
  folder_ = std::filesystem::absolute(folder_);
  make_private_folder(folder_);
  check_private(folder_);
}

std::optional<std::filesystem::path> CompileCache::find(const std::string& name) const {
  std::filesystem::path file = folder_ / name;
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  return file;
}

CompileCache::Lock::Lock(const CompileCache& cache, const std::string& what, const CompileOptions& options) {
  const std::filesystem::path path = cache.folder() / "lock";
  file_ = detail::open_file(AT_FDCWD, path, O_RDWR | O_CREAT, path);
  for (bool first = true; ::flock(file_.number(), LOCK_EX | LOCK_NB) != 0; first = false) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw_file_failure("lock", path, errno);
    if (first) options.say(what + " waits for another compilation to end");
    if (options.stopped && options.stopped()) {
      throw Error(ExitCode::interrupted, "interrupted while another compilation was waited for; run the command again");
    }
    ::poll(nullptr, 0, kAskEveryMs);
  }
  for (const auto& entry : std::filesystem::directory_iterator(cache.folder())) {
    if (entry.path().filename().string().starts_with(kWorkshop)) std::filesystem::remove_all(entry.path());
  }
}

std::filesystem::path CompileCache::make(const Lock&, const std::string& name,
                                         const std::function<void(const std::filesystem::path&)>& make) const {
  if (auto found = find(name)) return *found;
  const std::filesystem::path workshop = folder_ / (std::string(kWorkshop) + name);
  const std::filesystem::path piece = workshop / name;
  make_private_folder(workshop);
  try {
    make(piece);
    // By umask 002 a compiler lets its group write, and a library that others may write is refused when it is loaded.
    using std::filesystem::perms;
    std::filesystem::permissions(piece, perms::group_write | perms::others_write,
                                 std::filesystem::perm_options::remove);
    const detail::Descriptor whole = detail::open_file(AT_FDCWD, piece, O_RDONLY, piece);
    detail::sync_descriptor(whole.number(), piece);
    std::filesystem::rename(piece, folder_ / name);
    sync_folder(folder_);
  } catch (...) {
    std::error_code ignored;  // what failed matters more; the next that compiles removes what is left
    std::filesystem::remove_all(workshop, ignored);
    throw;
  }
  std::filesystem::remove_all(workshop);
  return folder_ / name;
}

std::string cache_key(std::span<const std::string> parts) {
  Hasher hasher;
  for (const std::string& part : parts) {
    hasher.add(std::to_string(part.size()) + ":");
    hasher.add(part);
  }
  return to_hex(hasher.finish());
}

}  // namespace dovetail
