/// The folder of a run: made, found again, locked, and the paths of its members. docs/run-folder.md describes them.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace dovetail {

/// What to do with a run that is there already.
enum class Existing : std::uint8_t { refuse, replace };

/// A run's folder. One that may write to it holds a lock on it, which ends with the process; readers need none.
class RunFolder {
 public:
  /// Makes `out`, or `dovetail-runs/<UTC time>-<name>-<4 hex>` in the working folder and the link `latest` beside it.
  /// `name`: for people; characters that are no good in file names are replaced. The folder is private (0700) and
  /// locked. An empty folder is taken as it is. UsageError when `out` holds a run and `existing` refuses, holds
  /// anything but a run, or is inside a run's folder; of a run that it replaces only what runs write is removed.
  /// FileError when it cannot be made or another process writes to it.
  [[nodiscard]] static RunFolder create(const std::optional<std::filesystem::path>& out, std::string_view name,
                                        Existing existing);
  /// For reading. UsageError when there is no run; FileError or CheckpointError when its manifest cannot be read.
  [[nodiscard]] static RunFolder open(const std::filesystem::path& path);
  /// For going on: open(), the lock, and temporary files of a killed process removed.
  [[nodiscard]] static RunFolder resume(const std::filesystem::path& path);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&& other) noexcept;
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path config() const { return path_ / "config.toml"; }
  [[nodiscard]] std::filesystem::path starts() const { return path_ / "starts.json"; }
  [[nodiscard]] std::filesystem::path factors() const { return path_ / "factors.json"; }
  [[nodiscard]] std::filesystem::path history() const { return path_ / "history.csv"; }
  [[nodiscard]] std::filesystem::path manifest() const { return path_ / "manifest.json"; }
  [[nodiscard]] std::filesystem::path summary() const { return path_ / "summary.json"; }
  [[nodiscard]] std::filesystem::path rounds() const { return path_ / "rounds.csv"; }
  [[nodiscard]] std::filesystem::path swaps() const { return path_ / "swaps.csv"; }
  [[nodiscard]] std::filesystem::path events() const { return path_ / "events.jsonl"; }
  [[nodiscard]] std::filesystem::path report() const { return path_ / "report.html"; }
  [[nodiscard]] std::filesystem::path netcdf() const { return path_ / "draws.nc"; }
  [[nodiscard]] std::filesystem::path draws() const { return path_ / "draws"; }
  [[nodiscard]] std::filesystem::path csv() const { return path_ / "csv"; }
  [[nodiscard]] std::filesystem::path checkpoint() const { return path_ / "checkpoint"; }

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  void lock();

  std::filesystem::path path_;
  int lock_ = -1;
};

/// The command, in backticks, that makes the run in `run` anew from its own settings and so gives the same result: the
/// cure where draws or rows of it are lost.
[[nodiscard]] std::string run_again_command(const std::filesystem::path& run);

/// Whether `path` is a folder with a manifest.json.
[[nodiscard]] bool looks_like_run(const std::filesystem::path& path);

}  // namespace dovetail
