// Checks of a ladder: its length, swaps, exploration, restarts, evidence, and the model's failures.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/diagnose/verdict.hpp"
#include "dovetail/diagnose/wording.hpp"

namespace dovetail::diagnose {

namespace {
void add(std::vector<Finding>& out, std::string_view id, std::string text, std::string fix) {
  out.push_back({std::string(id), std::move(text), std::move(fix)});
}

/// 2 Lambda + 1, the number of rungs at which round trips cost least.
std::string advised_replicas(double barrier) { return fixed(std::ceil(2 * barrier) + 1, 0); }

void check_ladder(const TemperingFigures& f, std::vector<Finding>& out) {
  if (f.barrier && static_cast<double>(f.replicas) < threshold::kReplicasPerBarrierMin * *f.barrier) {
    add(out, warning::kReplicas,
        counted(f.replicas, "replica") + " are fewer than twice the barrier, Lambda = " + fixed(*f.barrier, 1) +
            ": swaps are rejected too often for states to travel",
        "Use --replicas " + advised_replicas(*f.barrier) + " or more, or --replicas auto.");
  }
  if (f.restarts == 0) {
    add(out, warning::kNoRestart,
        "No restart: no draw of the reference reached the target, so the draws descend from the starting points alone",
        "Add rounds (dovetail resume RUN --rounds +2), or replicas if swaps are rejected.");
  }
}

void check_exploration(const TemperingFigures& f, std::vector<Finding>& out) {
  if (!f.energy_autocorrelation_max || !(*f.energy_autocorrelation_max > threshold::kEnergyAutocorrelationMax)) return;
  const bool grave = *f.energy_autocorrelation_max > threshold::kEnergyAutocorrelationGrave;
  add(out, warning::kEnergyAutocorrelation,
      "Energy autocorrelation " + fixed(*f.energy_autocorrelation_max, grave ? 4 : 3) +
          " is above 0.9: between swaps the kernel " + (grave ? "hardly moves" : "moves little") +
          ", so round trips and the evidence converge slowly",
      "Use a kernel that moves further (--kernel), or a cycle of two.");
}

/// The larger distance of the two stepping stones, whose biases are opposite, from the headline estimate; n/a when a
/// stepping stone is missing, infinite when one is not finite.
std::optional<double> stepping_stone_distance(const TemperingFigures& f) {
  if (!f.log_evidence || !f.log_evidence_forward || !f.log_evidence_backward) return std::nullopt;
  const double distance = std::max(std::fabs(*f.log_evidence_forward - *f.log_evidence),
                                   std::fabs(*f.log_evidence_backward - *f.log_evidence));
  return std::isfinite(distance) ? distance : std::numeric_limits<double>::infinity();
}

/// Both bounds must be passed: the error is that of the bridge, whose terms are bounded, while stepping stones from a
/// vague reference may have no finite variance and stray by many such errors though nothing is wrong.
void check_stepping_stones(const TemperingFigures& f, std::vector<Finding>& out) {
  const std::optional<double> distance = stepping_stone_distance(f);
  const double errors = threshold::kEvidenceGapSeMax * f.log_evidence_se.value_or(0);
  if (!distance || !(*distance > std::max(threshold::kEvidenceGapMax, errors))) return;
  add(out, warning::kEvidenceGap,
      "The stepping-stone estimates of the log evidence stray by " + significant(*distance, 3) +
          " from the bridge estimate: rungs overlap too little or the run is too short, and the evidence is not "
          "reliable",
      "Use more replicas, then more rounds.");
}

/// Warns of the worst pair; W208 takes the place of W205 where hardly any swap is accepted.
void check_swaps(const TemperingFigures& f, std::vector<Finding>& out, bool severe) {
  if (f.rejections.empty()) return;
  const auto worst = std::max_element(f.rejections.begin(), f.rejections.end());
  const bool is_severe = 1 - *worst < threshold::kSwapAcceptanceMin;
  if (!(*worst > threshold::kPairRejectionMax) || is_severe != severe) return;
  const auto lower = worst - f.rejections.begin();
  const std::string pair = "rungs " + std::to_string(lower + 1) + " and " + std::to_string(lower + 2);
  if (severe) {
    add(out, warning::kSwapAcceptance,
        "Only " + percent(1 - *worst) + " of swaps between " + pair +
            " are accepted (5 % at least): states hardly pass, and the barrier is a lower bound",
        "Use clearly more replicas, or --replicas auto.");
  } else {
    add(out, warning::kPairRejection,
        "Swaps between " + pair + " are rejected with probability " + fixed(*worst, 3) +
            ", above 0.9: the ladder is too coarse, and the barrier is a lower bound",
        "Use more replicas, or --replicas auto.");
  }
}

void check_legs(const TemperingFigures& f, std::vector<Finding>& out) {
  if (!f.legs_disagree) return;
  add(out, warning::kLegsDisagree,
      "The two legs' estimates of the log evidence differ by more than 4 standard errors: one of the two references "
      "misses a part of the posterior, or a leg has not settled",
      "Add rounds (dovetail resume RUN --rounds +2); if it stays, trust the prior's leg alone: --reference prior.");
}
}  // namespace

std::optional<Finding> model_failures(std::uint64_t error_events, std::uint64_t density_evaluations) {
  if (error_events == 0) return std::nullopt;
  const std::string share = density_evaluations > 0 ? " in " + counted(density_evaluations, "evaluation") : "";
  return Finding{std::string(warning::kErrorEvents),
                 "The model failed " + counted(error_events, "time") + share +
                     " (NaN, +inf or an exception): these proposals were rejected, which is right only outside the "
                     "support",
                 "Let the model return -inf where the density is zero; dovetail check MODEL looks for such points."};
}

Verdict tempering_verdict(const TemperingFigures& f) {
  Verdict verdict;
  auto& out = verdict.warnings;
  check_ladder(f, out);
  check_exploration(f, out);
  check_stepping_stones(f, out);
  check_swaps(f, out, false);
  if (auto failures = model_failures(f.error_events, f.density_evaluations)) out.push_back(std::move(*failures));
  if (f.log_evidence && !f.log_evidence_se) {
    add(out, warning::kNoEvidenceSe,
        "The log evidence has no standard error: the last round is too short, so do not compare it with another "
        "model's",
        "Add rounds (dovetail resume RUN --rounds +2), or use several copies (--copies 4).");
  }
  check_swaps(f, out, true);
  check_legs(f, out);
  if (f.reversible_min && *f.reversible_min < threshold::kReversibleMin) {
    add(out, warning::kReversible,
        "Only " + percent(*f.reversible_min) +
            " of steps pass autoMALA's reversibility check, below 50 %: much work is lost",
        "Use --kernel slice, or reparameterise the model.");
  }
  if (f.variational_alone) {
    add(out, warning::kVariationalAlone,
        "The only reference was fitted to the draws: modes that the early rounds missed cannot be found from it",
        "Use two legs (--legs 2, the default for a variational reference).");
  }
  return verdict;
}

}  // namespace dovetail::diagnose
