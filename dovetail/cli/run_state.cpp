#include "dovetail/cli/run_state.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <vector>

#include "dovetail/jobs/environment.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

/// A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 4242 fe:00:6373412 0 EOF".
struct HeldLock {
  pid_t process = 0;
  std::string file;  ///< device in hexadecimal, and number on it
};

std::vector<HeldLock> held_locks() {
  std::vector<HeldLock> locks;
  std::ifstream lines("/proc/locks");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, type, strictness, mode;
    HeldLock lock;
    if (words >> number >> type >> strictness >> mode >> lock.process >> lock.file && type == "FLOCK")
      locks.push_back(lock);
  }
  return locks;
}

/// Whether a process has the file open, where this user may see that.
bool has_open(pid_t process, const struct stat& file) {
  std::error_code error;
  for (fs::directory_iterator entry(fmt::format("/proc/{}/fd", process), error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat found = {};
    if (::stat(entry->path().c_str(), &found) == 0 && found.st_dev == file.st_dev && found.st_ino == file.st_ino)
      return true;
  }
  return false;
}

Writing writing_of(const Manifest& manifest, const std::optional<pid_t>& writer) {
  if (writer) return Writing::yes;
  return manifest.environment.host == host_name() ? Writing::no : Writing::unknown;
}

void add_rounds(RunState& state, const fs::path& file) {
  if (!fs::exists(file)) return;
  for (const RowFields& row : read_round_fields(file)) {
    ++state.rounds;
    const auto seconds = parse_number(row.back().second);  // the last column of every job
    state.seconds += seconds.value_or(0);
  }
}

}  // namespace

std::optional<pid_t> writer_of(const fs::path& run) {
  struct stat file = {};
  if (::stat((run / "lock").c_str(), &file) != 0) return std::nullopt;
  const std::string exactly = fmt::format("{:02x}:{:02x}:{}", major(file.st_dev), minor(file.st_dev), file.st_ino);
  const std::string on_any_device = fmt::format(":{}", file.st_ino);
  for (const HeldLock& lock : held_locks()) {
    if (lock.process <= 0) continue;  // of another container
    if (lock.file == exactly) return lock.process;
    // Some file systems number their devices in two ways.
    if (lock.file.ends_with(on_any_device) && has_open(lock.process, file)) return lock.process;
  }
  return std::nullopt;
}

std::string RunState::status() const {
  if (!manifest) return "submitted";
  if (manifest->status != "running" || writing != Writing::no) return manifest->status;
  return job && job->is_active() ? manifest->status : "killed";
}

bool RunState::is_at_rest() const {
  const bool finished = manifest && (manifest->status == "ok" || manifest->status == "warnings");
  if (job && job->is_active() && (job->no_answer.empty() || !finished)) return false;
  if (!manifest) return true;
  return writing == Writing::no || (writing == Writing::unknown && manifest->status != "running");
}

RunState look_at(const fs::path& run) { return look_at(run, job_of(run)); }

RunState look_at(const fs::path& run, std::optional<SlurmJob> job) {
  RunState state;
  state.job = std::move(job);
  if (!looks_like_run(run) && state.job) return state;
  const RunFolder folder = RunFolder::open(run);
  state.writer = writer_of(folder.path());  // before the manifest, which is written before the lock goes
  state.manifest = read_manifest(folder.manifest());
  state.writing = writing_of(*state.manifest, state.writer);
  add_rounds(state, folder.rounds());
  return state;
}

std::string event_text(const Event& event) {
  std::string text = event.time + " " + event.kind;
  for (const auto& [name, value] : event.fields) {
    text += fmt::format(" {}=", name);
    if (const auto* words = std::get_if<std::string>(&value)) text += *words;
    if (const auto* count = std::get_if<std::uint64_t>(&value)) text += fmt::to_string(*count);
    if (const auto* number = std::get_if<double>(&value)) text += three_digits(*number);
    if (const auto* flag = std::get_if<bool>(&value)) text += *flag ? "true" : "false";
  }
  return printable(text);
}

}  // namespace dovetail::cli
