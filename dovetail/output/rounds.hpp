/// One row per round of a tempering run: what the table on the terminal and rounds.csv show.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dovetail {

struct RoundRow {
  std::uint32_t round = 0;
  std::uint64_t scans = 0;
  std::uint32_t replicas = 0;
  std::uint32_t copies = 1;
  std::uint64_t restarts = 0;     ///< in this round
  std::uint64_t round_trips = 0;  ///< in this round
  double rejection_sum = 0;
  double barrier = 0;                     ///< corrected for the finite ladder
  std::optional<double> barrier_variational;
  std::optional<double> log_evidence;     ///< headline estimate
  std::optional<double> log_evidence_se;
  std::optional<double> log_evidence_forward;
  std::optional<double> log_evidence_backward;
  double swap_acceptance_min = 0;
  double swap_acceptance_mean = 0;
  std::optional<double> energy_autocorrelation_max;   ///< over rungs with a kernel
  std::optional<double> energy_autocorrelation_mean;
  std::optional<double> kernel_acceptance_min;        ///< over rungs; empty for kernels without an acceptance
  std::optional<double> kernel_acceptance_mean;
  std::optional<double> reversible_min;
  std::uint64_t density_evaluations = 0;
  std::uint64_t gradient_evaluations = 0;
  std::uint64_t error_events = 0;
  std::string state_sha256;  ///< of the state after the round, as in the checkpoint; `verify` compares it
  double seconds = 0;
};

}  // namespace dovetail
