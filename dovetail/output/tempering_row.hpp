/// One row per round of a tempering run: what the table on the terminal and rounds.csv show.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace dovetail {

struct TemperingRow {
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

  template <class Self, class Visit>
  static void visit(Self& row, Visit&& visit) {
    visit("round", row.round);
    visit("scans", row.scans);
    visit("replicas", row.replicas);
    visit("copies", row.copies);
    visit("restarts", row.restarts);
    visit("round_trips", row.round_trips);
    visit("rejection_sum", row.rejection_sum);
    visit("barrier", row.barrier);
    visit("barrier_variational", row.barrier_variational);
    visit("log_evidence", row.log_evidence);
    visit("log_evidence_se", row.log_evidence_se);
    visit("log_evidence_forward", row.log_evidence_forward);
    visit("log_evidence_backward", row.log_evidence_backward);
    visit("swap_acceptance_min", row.swap_acceptance_min);
    visit("swap_acceptance_mean", row.swap_acceptance_mean);
    visit("energy_autocorrelation_max", row.energy_autocorrelation_max);
    visit("energy_autocorrelation_mean", row.energy_autocorrelation_mean);
    visit("kernel_acceptance_min", row.kernel_acceptance_min);
    visit("kernel_acceptance_mean", row.kernel_acceptance_mean);
    visit("reversible_min", row.reversible_min);
    visit("density_evaluations", row.density_evaluations);
    visit("gradient_evaluations", row.gradient_evaluations);
    visit("error_events", row.error_events);
    visit("state_sha256", row.state_sha256);
    visit("seconds", row.seconds);
  }
  template <class Archive>
  void describe(Archive& archive) {
    visit(*this, [&](const char*, auto& value) { archive(value); });
  }
};

/// The table of rounds for the terminal: a header and one line per round, of equal widths, each with a line feed.
/// Scans, restarts, barrier, seconds, log evidence and its error, min and mean swap acceptance, worst and mean energy
/// autocorrelation, each of this round.
[[nodiscard]] std::string table_header();
[[nodiscard]] std::string table_line(const TemperingRow& row);

}  // namespace dovetail
