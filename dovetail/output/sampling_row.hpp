/// One row per round of a sampling run: a window of warm-up, or a block of draws.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace dovetail {

struct SamplingRow {
  std::uint32_t round = 0;
  std::string phase;             ///< "warmup" or "draws"
  std::uint64_t iterations = 0;  ///< of this round, each chain
  std::uint64_t draws = 0;       ///< kept so far, each chain
  std::uint32_t chains = 0;
  std::optional<double> acceptance_min;  ///< over chains, of this round; empty for kernels without an acceptance
  std::optional<double> acceptance_mean;
  std::optional<double> step_size_min;  ///< over chains, at the round's end; gradient kernels
  std::optional<double> step_size_max;
  std::string metric;  ///< "unit", "diagonal", "dense" of the round; empty when the kernel has none
  std::string pooled;  ///< "yes" when the round's end gave all chains one metric, "no" when each its own; or empty
  std::uint64_t divergences = 0;
  std::uint64_t depth_hits = 0;
  std::uint64_t density_evaluations = 0;
  std::uint64_t gradient_evaluations = 0;
  std::uint64_t error_events = 0;
  std::string state_sha256;  ///< of the state after the round, as in the checkpoint; `verify` compares it
  double seconds = 0;

  template <class Self, class Visit>
  static void visit(Self& row, Visit&& visit) {
    visit("round", row.round);
    visit("phase", row.phase);
    visit("iterations", row.iterations);
    visit("draws", row.draws);
    visit("chains", row.chains);
    visit("acceptance_min", row.acceptance_min);
    visit("acceptance_mean", row.acceptance_mean);
    visit("step_size_min", row.step_size_min);
    visit("step_size_max", row.step_size_max);
    visit("metric", row.metric);
    visit("pooled", row.pooled);
    visit("divergences", row.divergences);
    visit("depth_hits", row.depth_hits);
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
[[nodiscard]] std::string sampling_table_header();
[[nodiscard]] std::string table_line(const SamplingRow& row);

}  // namespace dovetail
