// A folder as a store. A value is a file that comes into being whole, by link(2) of a synced temporary file, which
// fails where the name is taken, on network file systems too. A lease is the highest-numbered file of a folder: its
// number is the fence, its content the holder and the length, its time of change the last renewal. What time it is the
// file system says, so that hosts need not agree.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "dovetail/store/crash_point.hpp"
#include "dovetail/store/descriptor.hpp"
#include "dovetail/store/dir_access.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/members.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;

/// What stands in a lease's file.
struct Holding {
  std::string holder;
  double seconds = 0;

  template <class Archive>
  void describe(Archive& archive) {
    archive(holder);
    archive(seconds);
  }
};
constexpr std::size_t kHoldingMax = 256;

double seconds_of(const struct timespec& time) {
  constexpr double kNanosecond = 1e-9;
  return static_cast<double>(time.tv_sec) + kNanosecond * static_cast<double>(time.tv_nsec);
}

std::string file_name(std::string name) {
  std::replace(name.begin(), name.end(), ':', '.');  // no name of a store has a dot
  return name;
}

constexpr int kTriesMax = 100;

/// The file system's words as this seam's errors. A store may lose all that it has: what somebody removes while `f` is
/// at work there is made again and `f` begins anew.
template <class F>
auto as_store_error(F&& f) {
  for (int tries = 1;; ++tries) {
    try {
      return f();
    } catch (const FileGone& error) {
      if (tries == kTriesMax) throw StoreError(error.what());
    } catch (const FileError& error) {
      throw StoreError(error.what());
    }
  }
}

class DirStore final : public Store {
 public:
  DirStore(const StoreUrl& url, const std::string& run, const StoreLimits& limits)
      : Store(url.shown, limits),
        root_(fs::path(url.path) / ("dt-" + run)),
        access_(url.shared ? DirAccess::group : DirAccess::own) {
    require_place(url.path, access_);
    make_folders();
  }

  void drop_run() override {
    std::error_code error;
    fs::remove_all(root_, error);
    if (error) throw StoreError(file_failure("remove", root_, error.value()));
    as_store_error([&] { make_folders(); });
  }

 private:
  void make_folders() {
    for (const fs::path& folder : {root_, root_ / "values", root_ / "leases"}) make_folder(folder, access_);
  }
  [[nodiscard]] fs::path value_path(const std::string& name) const { return root_ / "values" / file_name(name); }
  [[nodiscard]] fs::path lease_folder(const std::string& name) const { return root_ / "leases" / file_name(name); }

  std::optional<Bytes> do_get(const std::string& name) override {
    const fs::path path = value_path(name);
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
      if (errno == ENOENT || errno == ESTALE) return std::nullopt;
      throw StoreError(file_failure("read", path, errno));
    }
    return as_store_error([&]() -> std::optional<Bytes> {
      if (!S_ISREG(status.st_mode)) throw FileError(path.string() + " is no file of Dovetail's; remove it.");
      try {
        return read_file(path, limits().value_max);
      } catch (const FileError&) {
        if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;  // dropped meanwhile
        throw;
      }
    });
  }

  bool do_create(const std::string& name, std::span<const std::byte> value) override {
    return as_store_error([&] { return create(value_path(name), value); });
  }

  /// False: `path` is there already.
  bool create(const fs::path& path, std::span<const std::byte> content) {
    const fs::path folder_path = path.parent_path();
    detail::Descriptor folder = open_again(folder_path);
    const std::string temporary = temporary_name_in(folder_path);
    detail::Descriptor file = detail::open_file(folder.number(), temporary, O_WRONLY | O_CREAT | O_EXCL, path);
    if (file.number() < 0) throw_file_failure("create a temporary file for", path, EEXIST);
    struct Remove {
      int folder;
      const std::string& name;
      ~Remove() { ::unlinkat(folder, name.c_str(), 0); }
    } const remove{folder.number(), temporary};
    give_rights(file.number(), path, access_);
    detail::write_all(file.number(), content, 0, path);
    detail::sync_descriptor(file.number(), path);
    crash_point("before_link");
    if (::linkat(folder.number(), temporary.c_str(), folder.number(), path.filename().c_str(), 0) != 0) {
      const int error_number = errno;
      struct stat status {};
      // A reply that a network file system lost and asked for again says EEXIST of our own link.
      const bool ours = ::fstat(file.number(), &status) == 0 && status.st_nlink == 2;
      if (!ours && error_number == EEXIST) return false;
      if (!ours) throw_file_failure("create", path, error_number);
    }
    crash_point("after_link");
    detail::sync_folder_descriptor(folder.number(), folder_path);
    return true;
  }

  /// The folder; made again where somebody removed it, since a store may lose all that it has.
  detail::Descriptor open_again(const fs::path& folder) {
    if (::access(folder.c_str(), F_OK) != 0 && errno == ENOENT) {
      make_folders();
      make_folder(folder, access_);
    }
    return detail::open_folder(folder);
  }

  void do_drop(std::span<const std::string> names) override {
    for (const std::string& name : names) {
      const fs::path path = value_path(name);
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw StoreError(file_failure("remove", path, errno));
      std::error_code ignored;  // what is left of a lease is small, and goes with the run
      fs::remove_all(lease_folder(name), ignored);
    }
  }

  // Leases

  struct Current {
    std::uint64_t fence = 0;  ///< 0: nobody ever had it
    Holding holding;
    bool runs = false;  ///< and has not run out
  };

  [[nodiscard]] static std::uint64_t highest(const fs::path& folder) {
    std::uint64_t fence = 0;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      std::uint64_t number = 0;
      const auto [last, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
      if (problem == std::errc() && last == name.data() + name.size()) fence = std::max(fence, number);
    }
    return fence;
  }

  Current current(const fs::path& folder) {
    Current found;
    found.fence = highest(folder);
    if (found.fence == 0) return found;
    const fs::path path = folder / std::to_string(found.fence);
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return found;  // given back, then taken on: by the next look it is higher
    try {
      found.holding = unpack<Holding>(read_file(path, kHoldingMax));
    } catch (const Error&) {
      return found;  // not ours, or damaged: nobody has it
    }
    found.runs = now(folder) < seconds_of(status.st_mtim) + found.holding.seconds;
    return found;
  }

  /// By the clock of the file system: when a file is made now.
  double now(const fs::path& folder) {
    static_cast<void>(open_again(folder));
    return seconds_of(new_file_in(folder).st_mtim);
  }

  std::optional<Lease> do_claim(Lease wanted) override {
    const fs::path folder = lease_folder(wanted.name);
    return as_store_error([&]() -> std::optional<Lease> {
      const Current before = current(folder);
      if (before.runs) return std::nullopt;
      wanted.fence = before.fence + 1;
      const fs::path path = folder / std::to_string(wanted.fence);
      if (!create(path, pack(Holding{wanted.holder, wanted.seconds}))) return std::nullopt;
      if (highest(folder) != wanted.fence) {  // we were late: others had this number, and passed it on
        remove_file(path);
        return std::nullopt;
      }
      // Lower numbers are history. The highest always stays, given back or not, so that numbers never fall.
      for (std::uint64_t old = before.fence; old > 0 && ::unlink((folder / std::to_string(old)).c_str()) == 0;) --old;
      return wanted;
    });
  }

  bool do_renew(const Lease& lease) override {
    const fs::path folder = lease_folder(lease.name);
    return as_store_error([&] {
      const Current found = current(folder);
      if (!found.runs || found.fence != lease.fence || found.holding.holder != lease.holder) return false;
      const fs::path path = folder / std::to_string(lease.fence);
      if (::utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW) != 0) return false;
      return highest(folder) == lease.fence;  // else it ran out in between
    });
  }

  void do_release(const Lease& lease) override {
    const fs::path folder = lease_folder(lease.name);
    as_store_error([&] {
      const Current found = current(folder);
      if (found.fence != lease.fence || found.holding.holder != lease.holder) return;
      const std::array<struct timespec, 2> long_ago{};
      ::utimensat(AT_FDCWD, (folder / std::to_string(lease.fence)).c_str(), long_ago.data(), AT_SYMLINK_NOFOLLOW);
    });
  }

  fs::path root_;
  DirAccess access_;
};

}  // namespace

std::unique_ptr<Store> make_dir_store(const StoreUrl& url, const std::string& run, const StoreLimits& limits) {
  return std::make_unique<DirStore>(url, run, limits);
}

}  // namespace dovetail
