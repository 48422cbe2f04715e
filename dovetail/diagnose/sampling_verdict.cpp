// Checks of draws: R-hat, effective sample sizes, standard errors, finiteness, Hamiltonian diagnostics.
#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>

#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/diagnose/verdict.hpp"
#include "dovetail/diagnose/wording.hpp"

namespace dovetail::diagnose {

namespace {
Finding finding(std::string_view id, std::string text, std::string fix) {
  return {std::string(id), std::move(text), std::move(fix)};
}

std::string run_longer(Origin origin) {
  return origin == Origin::temper ? "Add rounds (dovetail resume RUN --rounds +2)"
                                  : "Add draws (dovetail resume RUN --draws +1000)";
}

/// The column that breaks a threshold most, and how many break it.
struct Worst {
  const NamedColumn* column = nullptr;
  double value = 0;
  std::size_t breaking = 0;
  std::size_t columns = 0;

  /// "; 3 of 12 quantities", or nothing when there is one quantity only.
  [[nodiscard]] std::string share(const std::string& verb) const {
    if (columns < 2) return "";
    return "; " + std::to_string(breaking) + " of " + std::to_string(columns) + " quantities " + verb;
  }
};

using FigureOf = std::function<std::optional<double>(const ColumnSummary&)>;

/// Columns whose figure is at `badness` > 0; larger is worse, the first of equals.
Worst find_worst(std::span<const NamedColumn> columns, const FigureOf& figure,
                 const std::function<double(double)>& badness) {
  Worst worst;
  worst.columns = columns.size();
  double most = 0;
  for (const NamedColumn& column : columns) {
    const std::optional<double> value = figure(column.summary);
    if (!value || !(badness(*value) > 0)) continue;
    ++worst.breaking;
    if (worst.column == nullptr || badness(*value) > most) {
      most = badness(*value);
      worst.column = &column;
      worst.value = *value;
    }
  }
  return worst;
}

/// Some chains never saw what the others saw rarely: that is no sign that they do not move.
bool is_rare(const RHat& r_hat) {
  return r_hat.constant_chains > 0 && 1 - r_hat.constant_share < threshold::kRareShareMax;
}

/// Where nothing worse is found: R-hat is infinite, and says little.
Finding rare_event(const SamplingFigures& figures, const Worst& worst) {
  const ColumnSummary& summary = worst.column->summary;
  return finding(warning::kRHat,
                 "R-hat inf for " + worst.column->name + " is above 1.01: it never changes in " +
                     std::to_string(summary.r_hat.constant_chains) + " of " + counted(summary.chains, "chain") +
                     " and has another value in " + percent(1 - summary.r_hat.constant_share) +
                     " of the others' draws, too rarely to compare chains by: how often is only roughly known" +
                     worst.share("exceed it"),
                 run_longer(figures.origin) + ", until every chain has seen what is rare several times.");
}

void check_r_hat(const SamplingFigures& figures, std::vector<Finding>& out) {
  const auto r_hat_of = [](const ColumnSummary& s) { return s.r_hat.largest().optional(); };
  const auto excess = [](double r) { return r - threshold::kRHatMax; };
  const Worst all = find_worst(figures.columns, r_hat_of, excess);
  if (all.column == nullptr) return;
  const auto unless_rare = [&](const ColumnSummary& s) { return is_rare(s.r_hat) ? std::nullopt : r_hat_of(s); };
  Worst worst = find_worst(figures.columns, unless_rare, excess);
  if (worst.column == nullptr) {
    out.push_back(rare_event(figures, all));
    return;
  }
  worst.breaking = all.breaking;
  const ColumnSummary& summary = worst.column->summary;
  const std::string reason = std::isinf(worst.value)   ? "a chain does not move"
                             : summary.chains == 1     ? "the two halves of the chain differ"
                             : summary.r_hat.odd_chain ? "chain " + std::to_string(*summary.r_hat.odd_chain + 1) +
                                                             " differs most from the others"
                                                       : "the chains, or their halves, differ";
  const bool grave = worst.value > threshold::kRHatGrave;
  out.push_back(finding(warning::kRHat,
                        "R-hat " + fixed(worst.value, worst.value < 1.05 ? 3 : 2) + " for " + worst.column->name +
                            (summary.r_hat.tail_is_largest() ? " (tail)" : "") + " is above 1.01: " + reason +
                            ", so its draws " + (grave ? "are not" : "may not be") + " reliable" +
                            worst.share("exceed it"),
                        figures.origin == Origin::temper
                            ? run_longer(figures.origin) + "; if it stays, use more replicas or another kernel."
                            : "Use a longer warm-up; if it stays, try dovetail temper, which crosses between modes."));
}

void check_ess(const SamplingFigures& figures, std::vector<Finding>& out) {
  const struct {
    std::string_view id;
    const char* name;
    Figure ColumnSummary::*member;
    const char* consequence;
  } checks[] = {{warning::kBulkEss, "Bulk ESS", &ColumnSummary::ess_bulk, "its mean and median are uncertain"},
                {warning::kTailEss, "Tail ESS", &ColumnSummary::ess_tail, "the ends of its intervals are uncertain"}};
  for (const auto& check : checks) {
    const Worst worst = find_worst(
        figures.columns,
        [&](const ColumnSummary& s) -> std::optional<double> {
          const auto ess = (s.*check.member).optional();
          return ess ? std::optional(*ess / static_cast<double>(s.chains)) : std::nullopt;
        },
        [](double per_chain) { return threshold::kEssPerChainMin - per_chain; });
    if (worst.column == nullptr) continue;
    const ColumnSummary& summary = worst.column->summary;
    const double needed = threshold::kEssPerChainMin * static_cast<double>(summary.chains);
    out.push_back(finding(check.id,
                          std::string(check.name) + " " + fixed((summary.*check.member).value, 0) + " for " +
                              worst.column->name + " is below " + fixed(needed, 0) +
                              " (100 per chain): " + check.consequence + worst.share("fall short"),
                          run_longer(figures.origin) + "; a kernel that moves further helps more."));
  }
}

void check_mcse(const SamplingFigures& figures, std::vector<Finding>& out) {
  const Worst worst = find_worst(
      figures.columns,
      [](const ColumnSummary& s) -> std::optional<double> {
        if (!s.mcse_mean.available() || !s.sd.available()) return std::nullopt;
        return s.mcse_mean.value / s.sd.value;
      },
      [](double share) { return share - threshold::kMcsePerSdMax; });
  if (worst.column == nullptr) return;
  const bool grave = worst.value > threshold::kMcsePerSdGrave;
  out.push_back(finding(warning::kMcse,
                        "The Monte Carlo error of the mean of " + worst.column->name + " is " + percent(worst.value) +
                            " of its standard deviation, more than 5 %: the mean is " +
                            (grave ? "only roughly known" : "not known precisely") + worst.share("exceed it"),
                        run_longer(figures.origin) + ": four times the draws halve the error."));
}

void check_finite(const SamplingFigures& figures, std::vector<Finding>& out) {
  const Worst worst = find_worst(
      figures.columns, [](const ColumnSummary& s) { return std::optional(static_cast<double>(s.non_finite)); },
      [](double count) { return count; });
  if (worst.column == nullptr) return;
  const ColumnSummary& summary = worst.column->summary;
  out.push_back(finding(warning::kNonFinite,
                        std::to_string(summary.non_finite) + " of " + counted(summary.chains * summary.draws, "draw") +
                            " of " + worst.column->name + " are not finite: nothing can be said about it" +
                            worst.share("have such draws"),
                        "Look at how the model computes it: 0/0, the logarithm of a negative number, or an overflow."));
}

void check_length(const SamplingFigures& figures, std::vector<Finding>& out) {
  if (figures.columns.empty() || figures.columns.front().summary.draws >= kDrawsMin) return;
  out.push_back(finding(warning::kTooFewDraws,
                        counted(figures.columns.front().summary.draws, "draw") +
                            " in each chain are too few for R-hat, ESS and standard errors, which need " +
                            std::to_string(kDrawsMin) + ": the quality of the draws is not known",
                        run_longer(figures.origin) + "."));
}

void check_hamiltonian(const SamplingFigures& figures, std::vector<Finding>& out) {
  if (figures.divergences > 0) {
    const std::string share =
        figures.iterations > 0
            ? " (" + percent(static_cast<double>(figures.divergences) / static_cast<double>(figures.iterations)) +
                  " of iterations)"
            : "";
    out.push_back(
        finding(warning::kDivergences,
                counted(figures.divergences, "divergent transition") + share +
                    ": steps are too coarse somewhere, and the draws avoid that region",
                "Raise the target acceptance (--adapt-delta 0.95), or reparameterise where a scale comes near zero."));
  }
  if (figures.e_bfmi_min && *figures.e_bfmi_min < threshold::kEBfmiMin) {
    const bool grave = *figures.e_bfmi_min < threshold::kEBfmiGrave;
    out.push_back(finding(warning::kEBfmi,
                          "E-BFMI " + fixed(*figures.e_bfmi_min, 2) + " is below 0.3: the tails " +
                              (grave ? "are" : "may be") + " explored too slowly",
                          "Reparameterise so that tails are lighter, or use the slice kernel."));
  }
}

void check_depth(const SamplingFigures& figures, std::vector<Finding>& out) {
  if (figures.iterations == 0) return;
  const double share = static_cast<double>(figures.depth_hits) / static_cast<double>(figures.iterations);
  if (!(share >= threshold::kDepthHitShareMax)) return;
  const bool grave = share >= threshold::kDepthHitShareGrave;
  out.push_back(finding(warning::kDepthHits,
                        percent(share) +
                            " of iterations met the cap on the length of a trajectory (below 1 % is well): "
                            "they were cut short, so draws are exact but " +
                            (grave ? "far more" : "more") + " alike than their cost is worth",
                        "Use a longer warm-up (--warmup 1000) or --metric dense; then a larger --max-depth."));
}

/// Short of the target is a warning, since steps are too coarse somewhere; above it costs time alone and is noted.
void check_acceptance(const SamplingFigures& figures, Verdict& verdict) {
  if (!figures.acceptance_target || figures.acceptance.empty()) return;
  const double target = *figures.acceptance_target;
  const std::vector<double>& chains = figures.acceptance;
  const auto worst = std::min_element(chains.begin(), chains.end());
  if (target - *worst > threshold::kAcceptanceDistanceMax) {
    verdict.warnings.push_back(
        finding(warning::kAcceptance,
                "Acceptance " + fixed(*worst, 2) + " of chain " + std::to_string(worst - chains.begin() + 1) +
                    " is more than 0.1 below its target " + significant(target, 3) +
                    ": its steps are too coarse somewhere, where it moves too little or does not go",
                "Use a longer warm-up (--warmup 1000), for nuts and hmc a larger --adapt-delta, or reparameterise."));
  }
  const double mean = std::accumulate(chains.begin(), chains.end(), 0.0) / static_cast<double>(chains.size());
  if (mean - target > threshold::kAcceptanceDistanceMax) {
    verdict.notes.push_back("acceptance " + fixed(mean, 2) + " is above its target " + significant(target, 3) +
                            ": steps are shorter than was asked for, which costs time alone");
  }
}

void check_step_sizes(const SamplingFigures& figures, std::vector<Finding>& out) {
  if (figures.step_sizes.empty()) return;
  const auto [least, most] = std::minmax_element(figures.step_sizes.begin(), figures.step_sizes.end());
  if (!(*most > threshold::kStepRatioMax * *least)) return;
  const auto number = [&](auto chain) { return std::to_string(chain - figures.step_sizes.begin() + 1); };
  out.push_back(finding(warning::kStepRatio,
                        "Step sizes of the chains differ by more than a factor of 4, " + significant(*least, 3) +
                            " in chain " + number(least) + " and " + significant(*most, 3) + " in chain " +
                            number(most) +
                            ": they live in places of different curvature, or one has not left its start",
                        "Use a longer warm-up (--warmup 1000); if it stays, reparameterise, or try dovetail temper, "
                        "which crosses between modes."));
}

bool is_constant(const NamedColumn& column) {
  const ColumnSummary& s = column.summary;
  return s.sd.available() && s.sd.value == 0 && s.ess_bulk.reason == Unavailable::constant;
}

void check_moves(const SamplingFigures& figures, std::vector<Finding>& out) {
  if (figures.columns.empty() || !std::all_of(figures.columns.begin(), figures.columns.end(), is_constant)) return;
  out.push_back(
      finding(warning::kNothingMoved,
              "Nothing moved: every quantity has one value in all draws, which then say nothing about the posterior",
              "Let the kernel adapt its jumps, or choose another kernel or other starting points."));
}

void check_goal(const SamplingFigures& figures, std::vector<Finding>& out) {
  if (!figures.until_ess) return;
  const Worst worst = find_worst(
      figures.columns,
      [](const ColumnSummary& s) -> std::optional<double> {
        if (!s.ess_bulk.available() || !s.ess_tail.available()) return std::nullopt;
        return std::min(s.ess_bulk.value, s.ess_tail.value);
      },
      [&](double ess) { return *figures.until_ess - ess; });
  if (worst.column == nullptr) return;
  out.push_back(finding(warning::kGoalMissed,
                        "The run ended before it had the effective draws that were asked for: ESS " +
                            fixed(worst.value, 0) + " for " + worst.column->name + " is below " +
                            fixed(*figures.until_ess, 0) + worst.share("fall short"),
                        run_longer(figures.origin) + "."));
}

void add_notes(const SamplingFigures& figures, std::vector<std::string>& out) {
  if (figures.columns.empty()) return;
  if (figures.columns.front().summary.chains == 1) {
    out.push_back(std::string("one chain: between-chain checks are not possible, R-hat compares its two halves") +
                  (figures.origin == Origin::temper ? " (--copies 4 gives four)" : " (--chains 4 gives four)"));
  }
  std::string names;
  std::size_t count = 0;
  for (const NamedColumn& column : figures.columns) {
    if (is_constant(column)) names += (++count == 1 ? "" : ", ") + column.name;
  }
  if (count > 0) out.push_back("no diagnostics for " + names + ": all draws are equal");
}
}  // namespace

Verdict sampling_verdict(const SamplingFigures& figures) {
  Verdict verdict;
  check_r_hat(figures, verdict.warnings);
  check_ess(figures, verdict.warnings);
  check_mcse(figures, verdict.warnings);
  check_finite(figures, verdict.warnings);
  check_length(figures, verdict.warnings);
  check_hamiltonian(figures, verdict.warnings);
  check_depth(figures, verdict.warnings);
  check_acceptance(figures, verdict);
  check_step_sizes(figures, verdict.warnings);
  check_moves(figures, verdict.warnings);
  check_goal(figures, verdict.warnings);
  if (auto failures = model_failures(figures.error_events, figures.density_evaluations)) {
    verdict.warnings.push_back(std::move(*failures));
  }
  add_notes(figures, verdict.notes);
  return verdict;
}

Verdict joined(Verdict first, Verdict second) {
  std::move(second.warnings.begin(), second.warnings.end(), std::back_inserter(first.warnings));
  std::move(second.notes.begin(), second.notes.end(), std::back_inserter(first.notes));
  return first;
}

}  // namespace dovetail::diagnose
