/// One row per round of a tempering run: what the table on the terminal and rounds.csv show.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/store/file.hpp"

namespace dovetail {

struct RoundRow {
  std::uint32_t round = 0;
  std::uint64_t scans = 0;
  std::uint32_t replicas = 0;
  std::uint32_t copies = 1;
  std::uint64_t restarts = 0;     ///< in this round
  std::uint64_t round_trips = 0;  ///< in this round
  double rejection_sum = 0;
  double barrier = 0;  ///< corrected for the finite ladder
  std::optional<double> barrier_variational;
  std::optional<double> log_evidence;  ///< headline estimate
  std::optional<double> log_evidence_se;
  std::optional<double> log_evidence_forward;
  std::optional<double> log_evidence_backward;
  double swap_acceptance_min = 0;
  double swap_acceptance_mean = 0;
  std::optional<double> energy_autocorrelation_max;  ///< over rungs with a kernel
  std::optional<double> energy_autocorrelation_mean;
  std::optional<double> kernel_acceptance_min;  ///< over rungs; empty for kernels without an acceptance
  std::optional<double> kernel_acceptance_mean;
  std::optional<double> reversible_min;
  std::uint64_t density_evaluations = 0;
  std::uint64_t gradient_evaluations = 0;
  std::uint64_t error_events = 0;
  std::string state_sha256;  ///< of the state after the round, as in the checkpoint; `verify` compares it
  double seconds = 0;
};

/// rounds.csv as it grows: a header line, then a line per round. An empty field means "not available".
class RoundsFile {
 public:
  /// Opens the file or begins it. A last line that a crash cut short is cut off. FileError when the header is another
  /// one.
  explicit RoundsFile(const std::filesystem::path& path);
  /// Durable when it returns.
  void append(const RoundRow& row);
  /// Drops the rows of all rounds after `round`; CheckpointError when one of 1 to `round` is missing.
  void cut_after(std::uint32_t round);

 private:
  AppendFile file_;
};

/// The complete rows of a file; FileError names line and field of a damaged one.
[[nodiscard]] std::vector<RoundRow> read_rounds(const std::filesystem::path& path);

/// Names of the columns and their texts for one row, as rounds.csv has them, without `seconds`: what the digest covers.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> result_fields(const RoundRow& row);

/// The table of rounds for the terminal: a header and one line per round, of equal widths, each with a line feed.
/// Scans, restarts, barrier, seconds, log evidence and its error, min and mean swap acceptance, worst and mean energy
/// autocorrelation, each of this round.
[[nodiscard]] std::string table_header();
[[nodiscard]] std::string table_line(const RoundRow& row);

}  // namespace dovetail
