#include "dovetail/output/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/output/utc.hpp"
#include "dovetail/store/crash_point.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockName = "lock";
/// All that a run writes, the manifest last: a folder stays recognisable until it is empty.
constexpr std::array<std::string_view, 16> kMembers{"draws",          "csv",          "checkpoint",  "config.toml",
                                                    "starts.json",    "factors.json", "history.csv", "topics.json",
                                                    "doc_topics.tsv", "rounds.csv",   "swaps.csv",   "events.jsonl",
                                                    "summary.json",   "report.html",  "draws.nc",    "manifest.json"};

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

std::string four_hex() {
  std::uint16_t word = 0;
  if (::getrandom(&word, sizeof word, 0) != static_cast<ssize_t>(sizeof word)) {
    throw_file_failure("name a folder in", "dovetail-runs", errno);
  }
  std::string digits;
  for (int shift = 12; shift >= 0; shift -= 4) digits += "0123456789abcdef"[(word >> shift) & 15U];
  return digits;
}

/// At most 40 characters that no shell, file system or terminal takes amiss.
std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 40)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (plain || out.empty() || out.back() != '-') out += plain ? c : '-';
  }
  return out.empty() ? "run" : out;
}

/// Members of the folder but for its lock and left-over temporary files.
std::vector<std::string> content_of(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entries(folder, error);
  if (error) throw_file_failure("read", folder, error.value());
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (name != kLockName && !is_temporary_name(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Whether a run was killed here before its manifest was there. The lock tells its settings from a user's own file.
bool never_began(const fs::path& folder, const std::vector<std::string>& content) {
  const auto comes_before = [](const std::string& name) { return name == "config.toml" || name == "starts.json"; };
  return std::all_of(content.begin(), content.end(), comes_before) && is_there(folder / kLockName);
}

/// Whether a file in the folder `member` of a run is one that a run writes; others there are the user's own.
bool is_written_by_runs(std::string_view member, std::string_view name) {
  if (is_temporary_name(name)) return true;
  if (member == "draws")
    return name == "first-kept-round" || (name.starts_with("round-") && name.ends_with(".dovetail"));
  if (member == "csv") return name.starts_with("chain_") && name.ends_with(".csv");
  return member == "checkpoint" && (name == "a" || name == "b");
}

/// Removes a file, a link (never what it points to), or of a folder what runs write, and itself when nothing is left.
void remove_member(const fs::path& folder, std::string_view member) {
  const fs::path path = folder / member;
  std::error_code error;
  if (!is_there(path)) return;
  if (fs::is_directory(fs::symlink_status(path, error))) {
    std::vector<fs::path> own;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      const bool file = !entry.is_directory() || entry.is_symlink();
      if (file && is_written_by_runs(member, entry.path().filename().string())) own.push_back(entry.path());
    }
    for (const fs::path& file : own) {
      if (!error) fs::remove(file, error);
    }
    if (!error && !fs::is_empty(path, error)) return;
  }
  if (!error) fs::remove(path, error);
  if (error) throw_file_failure("remove", path, error.value());
}

void remove_run(const fs::path& folder) {
  for (const std::string_view member : kMembers) {
    crash_point("before_remove");
    remove_member(folder, member);
  }
  sync_folder(folder);
}

/// Whether a run of Dovetail is here, by what its manifest says: other programs call a file manifest.json too.
bool is_run(const fs::path& path) {
  if (!looks_like_run(path)) return false;
  try {
    static_cast<void>(read_manifest(path / "manifest.json"));
  } catch (const FileError&) {
    return false;
  }
  return true;
}

/// What made the run; without a manifest that can be read, the commonest guess.
std::string command_of(const fs::path& run) {
  try {
    return read_manifest(run / "manifest.json").identity.command;
  } catch (const FileError&) {
    return "temper";
  }
}

/// UsageError when `path` would lie inside the folder of a run: --force on that run must have nothing else to remove.
void require_outside_runs(const fs::path& path) {
  std::error_code error;
  fs::path inner = fs::weakly_canonical(fs::absolute(path), error);
  if (error) inner = fs::absolute(path).lexically_normal();
  for (fs::path outer = inner.parent_path(); outer != inner; inner = outer, outer = outer.parent_path()) {
    if (!is_run(outer)) continue;
    throw UsageError(path.string() + " is inside the run " + outer.string() +
                     " (each of the two could take the other's files for its own); choose a folder outside of it.");
  }
}

/// UsageError unless `path` is a folder that a new run may take.
void require_replaceable(const fs::path& path, Existing existing) {
  if (!fs::is_directory(fs::status(path))) {
    throw UsageError(path.string() + " exists and is not a folder (it would be lost); choose another `--out`.");
  }
  const bool replaceable = is_run(path);
  if (replaceable && existing == Existing::refuse) {
    throw UsageError(path.string() + " holds a run already (it would be lost); go on with `dovetail resume " +
                     shell_path(path.string()) + "`, replace it with --force, or choose another `--out`.");
  }
  if (const auto content = content_of(path); !replaceable && !content.empty() && !never_began(path, content)) {
    throw UsageError(path.string() + " holds other files, such as " + content.front() +
                     (looks_like_run(path) ? ", and its manifest.json is damaged or not that of a run" : "") +
                     " (--force replaces runs and nothing else); choose another `--out`.");
  }
}

void remove_temporaries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> left_over;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_temporary_name(entry->path().filename().string()) && entry->is_regular_file())
      left_over.push_back(entry->path());
  }
  for (const fs::path& path : left_over) remove_file(path);
}

/// `latest` becomes a relative link to the newest run. Anything else of that name stays; the link is a convenience.
void point_latest_at(const fs::path& run) {
  const fs::path link = run.parent_path() / "latest";
  if (is_there(link) && !fs::is_symlink(fs::symlink_status(link))) return;
  const fs::path temporary = run.parent_path() / (".latest." + four_hex() + ".dovetail-tmp");
  if (::symlink(run.filename().c_str(), temporary.c_str()) != 0) return;
  if (::rename(temporary.c_str(), link.c_str()) != 0) ::unlink(temporary.c_str());
}

fs::path make_new_folder(std::string_view name) {
  const fs::path parent = "dovetail-runs";
  make_private_folder(parent);
  for (int attempt = 0; attempt < 100; ++attempt) {
    fs::path path = parent / (utc_now_in_file_name() + "-" + plain_name(name) + "-" + four_hex());
    if (::mkdir(path.c_str(), 0700) == 0) {
      sync_folder(parent);
      return path;
    }
    if (errno != EEXIST) throw_file_failure("make the folder", path, errno);
  }
  throw_file_failure("make a new folder in", parent, EEXIST);
}

}  // namespace

std::string run_again_command(const fs::path& run) {
  return "`dovetail " + command_of(run) + " --config " + shell_path((run / "config.toml").string()) +
         " --force --out " + shell_path(run.string()) + "`";
}

bool looks_like_run(const fs::path& path) {
  return fs::is_directory(fs::status(path)) && fs::is_regular_file(fs::symlink_status(path / "manifest.json"));
}

RunFolder RunFolder::create(const std::optional<fs::path>& out, std::string_view name, Existing existing) {
  if (!out) {
    require_outside_runs(fs::path("dovetail-runs") / "name");
    RunFolder run(make_new_folder(name));
    run.lock();
    point_latest_at(run.path_);
    return run;
  }
  if (out->empty()) throw UsageError("--out is empty (a run needs a folder); name one.");
  const fs::path path = out->has_filename() ? *out : out->parent_path();  // "runs/a/" is "runs/a"
  require_outside_runs(path);
  if (!is_there(path)) {
    make_private_folder(path);
  } else {
    require_replaceable(path, existing);  // before the lock, whose file would be left behind
  }
  RunFolder run(path);
  run.lock();
  require_replaceable(path, existing);  // another process may have run here since
  if (looks_like_run(path)) {
    remove_run(path);
  } else {
    remove_member(path, "starts.json");  // of a run that never began, which this one need not have
  }
  remove_temporaries(path);
  return run;
}

RunFolder RunFolder::open(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);  // so that `latest` may move on meanwhile
  if (error) {
    throw UsageError("there is no run at " + path.string() + ": " + error.message() +
                     " (nothing to read or resume); check the name.");
  }
  if (!fs::is_directory(real)) {
    throw UsageError(path.string() + " is not a folder (a run is a folder with a manifest.json); check the name.");
  }
  if (!looks_like_run(real)) {
    const bool holds_runs = is_there(real / "latest");
    throw UsageError("there is no run at " + path.string() + ": it has no manifest.json" +
                     (holds_runs ? " (it holds runs; the newest is " + (path / "latest").string() + ")."
                                 : " (nothing to read or resume); check the name."));
  }
  try {
    static_cast<void>(read_manifest(real / "manifest.json"));
  } catch (const FileError& failure) {
    throw CheckpointError(failure.what());
  }
  return RunFolder(std::move(real));
}

RunFolder RunFolder::resume(const fs::path& path) {
  RunFolder run = open(path);
  run.lock();
  remove_temporaries(run.path_);
  return run;
}

void RunFolder::lock() {
  const fs::path path = path_ / kLockName;
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (lock_ < 0) throw_file_failure("lock", path, errno);
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK) {
    throw FileError(path_.string() +
                    " is being written by another process (two would mix their draws); wait for it, "
                    "stop it, or choose another `--out`.");
  }
  // Some network file systems have no locks. The run is as good; only this check is missing.
  if (errno != ENOLCK && errno != ENOSYS && errno != EOPNOTSUPP) throw_file_failure("lock", path, errno);
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

RunFolder& RunFolder::operator=(RunFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

RunFolder::~RunFolder() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace dovetail
