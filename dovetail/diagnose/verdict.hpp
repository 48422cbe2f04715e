/// From figures to words: which checks found something, what it may mean, and what to do about it.
///
/// The engine never says "converged". It says which checks found nothing, and gives the size of the error. Thresholds
/// are in thresholds.hpp, ids in warnings.hpp, both explained in docs/diagnostics.md.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dovetail/diagnose/summarise.hpp"
#include "dovetail/diagnose/warnings.hpp"

namespace dovetail::diagnose {

/// Which command made the draws; decides what the cures say.
enum class Origin : std::uint8_t { sample, temper };

struct NamedColumn {
  std::string name;
  ColumnSummary summary;
};

/// Figures about draws. What does not apply stays empty.
struct SamplingFigures {
  Origin origin = Origin::temper;
  std::span<const NamedColumn> columns;
  std::uint64_t iterations = 0;   ///< after warm-up, of all chains, kept or not
  std::uint64_t divergences = 0;  ///< of those
  std::uint64_t depth_hits = 0;   ///< of those, the ones whose trajectory met the cap on its length
  std::optional<double> e_bfmi_min;
  std::optional<double> acceptance_target;  ///< of kernels that adapt to one
  std::vector<double> acceptance;           ///< by chain: mean after warm-up; read only with a target
  std::vector<double> step_sizes;           ///< by chain, as frozen; empty for kernels without one
  std::optional<double> until_ess;          ///< what every bulk and tail ESS was to reach
  std::uint64_t error_events = 0;           ///< of runs without a ladder: NaN, +inf or throw of the model
  std::uint64_t density_evaluations = 0;    ///< likewise, gradients included
};

/// Figures about a ladder, of the last round unless said.
struct TemperingFigures {
  std::uint32_t replicas = 0;                        ///< rungs of one leg
  std::optional<double> barrier;                     ///< Lambda of that leg, corrected for the finite ladder
  std::uint64_t restarts = 0;                        ///< in the kept rounds, all copies
  std::optional<double> energy_autocorrelation_max;  ///< over rungs with a kernel
  std::vector<double> rejections;                    ///< mean rejection probability of pair (k, k+1), k = 0..replicas-2
  std::optional<double> log_evidence;
  std::optional<double> log_evidence_se;
  std::optional<double> log_evidence_forward;
  std::optional<double> log_evidence_backward;
  bool variational_alone = false;         ///< the only reference is one fitted to the draws
  bool legs_disagree = false;             ///< two legs' evidences differ by more than 4 combined standard errors
  std::uint64_t error_events = 0;         ///< in the whole run: NaN, +inf or throw of the model
  std::uint64_t density_evaluations = 0;  ///< in the whole run
  std::optional<double> reversible_min;   ///< over rungs: share of autoMALA steps that pass the reversibility check
};

/// What the checks found.
struct Verdict {
  std::vector<Finding> warnings;   ///< ascending in id; at most one of each
  std::vector<std::string> notes;  ///< facts a reader should know that are no problem: one chain, constant columns
};

/// At most one warning of each kind: it names the worst quantity and says how many more exceed the threshold.
[[nodiscard]] Verdict sampling_verdict(const SamplingFigures& figures);
[[nodiscard]] Verdict tempering_verdict(const TemperingFigures& figures);
/// W206, for either job; nothing when there were no failures.
[[nodiscard]] std::optional<Finding> model_failures(std::uint64_t error_events, std::uint64_t density_evaluations);
/// The second's warnings and notes after the first's.
[[nodiscard]] Verdict joined(Verdict first, Verdict second);

}  // namespace dovetail::diagnose
