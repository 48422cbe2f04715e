/// A run as its files, its lock and the queue tell of it, without a part in it: what `status`, `watch` and `cancel`
/// see.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "dovetail/cli/slurm.hpp"
#include "dovetail/output/events.hpp"
#include "dovetail/output/manifest.hpp"

namespace dovetail::cli {

/// Whether a process writes to the run. Locks are seen on the machine that holds them alone.
enum class Writing : std::uint8_t { yes, no, unknown };

struct RunState {
  std::optional<Manifest> manifest;  ///< nothing: it was submitted and has not begun
  std::optional<SlurmJob> job;       ///< when it was submitted
  Writing writing = Writing::unknown;
  std::optional<pid_t> writer;  ///< with Writing::yes
  std::uint64_t rounds = 0;     ///< finished
  double seconds = 0;           ///< in them

  /// "running", "ok", "warnings", "incomplete", "failed"; "killed" when it says running and nobody can be; "submitted".
  [[nodiscard]] std::string status() const;
  /// Nobody writes, and no job is in the queue that will.
  [[nodiscard]] bool is_at_rest() const;
};

/// Asks the queue too. UsageError when there is neither a run nor a job of this name.
[[nodiscard]] RunState look_at(const std::filesystem::path& run);
/// With what the queue said of its job before.
[[nodiscard]] RunState look_at(const std::filesystem::path& run, std::optional<SlurmJob> job);

/// The process of this machine that holds the lock of the run, if one does. Takes no lock itself, so that it stands in
/// nobody's way.
[[nodiscard]] std::optional<pid_t> writer_of(const std::filesystem::path& run);

/// One line: time, kind and fields.
[[nodiscard]] std::string event_text(const Event& event);

}  // namespace dovetail::cli
