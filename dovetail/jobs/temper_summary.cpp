#include "dovetail/jobs/temper_summary.hpp"

#include <algorithm>
#include <utility>

#include "dovetail/diagnose/verdict.hpp"
#include "dovetail/diagnose/warnings.hpp"
#include "dovetail/jobs/columns.hpp"
#include "dovetail/jobs/environment.hpp"

namespace dovetail {
namespace {

diagnose::TemperingFigures figures_of(const TemperShared& shared, const RoundResult& last, const LegFigures& leg) {
  diagnose::TemperingFigures figures;
  figures.replicas = static_cast<std::uint32_t>(leg.schedule.size());
  figures.barrier = leg.barrier;
  figures.restarts = last.row.restarts;
  figures.energy_autocorrelation_max = last.row.energy_autocorrelation_max;
  figures.rejections = leg.rejections;
  figures.log_evidence = last.row.log_evidence;
  figures.log_evidence_se = last.row.log_evidence_se;
  figures.log_evidence_forward = leg.forward;
  figures.log_evidence_backward = leg.backward;
  figures.error_events = shared.errors;
  figures.density_evaluations = shared.evaluations + shared.gradients;
  figures.reversible_min = last.row.reversible_min;
  figures.legs_disagree = last.legs_disagree;
  figures.variational_alone = last.legs.size() == 1 && leg.which == tempering::Leg::variational;
  return figures;
}

/// The checks of each leg; what both legs would say stands once.
diagnose::Verdict ladder_verdict(const TemperShared& shared, const RoundResult& last) {
  diagnose::Verdict verdict = diagnose::tempering_verdict(figures_of(shared, last, last.legs.front()));
  if (last.legs.size() < 2) return verdict;
  for (diagnose::Finding& finding : diagnose::tempering_verdict(figures_of(shared, last, last.legs[1])).warnings) {
    const auto same_id = [&](const diagnose::Finding& other) { return other.id == finding.id; };
    if (std::any_of(verdict.warnings.begin(), verdict.warnings.end(), same_id)) continue;
    finding.text = "Variational leg: " + finding.text;
    verdict.warnings.push_back(std::move(finding));
  }
  return verdict;
}

TemperingSummary tempering_block(const TemperJob& job, const TemperShared& shared, const RoundResult& last) {
  const TemperOptions& options = job.options();
  TemperingSummary block;
  block.replicas = last.row.replicas;
  block.copies = options.copies;
  block.legs = options.legs;
  block.rounds = shared.round;
  block.scans = (std::uint64_t{2} << shared.round) - 2;
  block.log_evidence = last.row.log_evidence;
  block.log_evidence_se = last.row.log_evidence_se;
  block.log_evidence_forward = last.row.log_evidence_forward;
  block.log_evidence_backward = last.row.log_evidence_backward;
  block.global_barrier = last.row.barrier;
  block.rejection_sum = last.row.rejection_sum;
  block.restarts = shared.trips.restarts;
  block.round_trips = shared.trips.round_trips;
  block.swap_acceptance_min = last.row.swap_acceptance_min;
  block.swap_acceptance_mean = last.row.swap_acceptance_mean;
  block.schedule = last.legs.front().schedule;
  block.reference = job.reference_name();
  block.kernel = job.kernel_name();
  return block;
}

/// The evidence's error is estimated from the run's own autocorrelation, which chains that miss a part cannot show.
bool error_may_be_too_small(const diagnose::Verdict& verdict) {
  return std::any_of(verdict.warnings.begin(), verdict.warnings.end(), [](const diagnose::Finding& finding) {
    return finding.id == diagnose::warning::kRHat || finding.id == diagnose::warning::kBulkEss;
  });
}

}  // namespace

Summary summarise_tempering(const Model& model, const TemperJob& job, const TemperShared& shared,
                            const KeptDraws& draws) {
  const TemperOptions& options = job.options();
  Summary summary;
  summary.command = "temper";
  summary.model = model.description().name;
  summary.seed = options.seed;
  summary.version = build().version;
  summary.sampling.chains = options.copies;
  summary.sampling.density_evaluations = shared.evaluations;
  summary.sampling.gradient_evaluations = shared.gradients;
  if (!shared.last) return summary;

  const Round round(shared.round);
  summary.sampling.draws = shared.last->row.scans * options.legs;
  summary.sampling.warmup = shared.last->row.scans - 2;
  std::vector<diagnose::NamedColumn> columns;
  if (draws.sources(round).size() >= std::size_t{options.copies} * options.legs) {
    const ChainsOf chains_of = [&](std::size_t column) {
      return interleaved_chains(draws, round, column, options.copies, options.legs);
    };
    std::vector<std::string> names = draws.columns();
    if (options.swap_history) names.pop_back();  // which replica made a draw is no quantity
    columns = summarise_columns(model.description(), names, chains_of);
    summary.transdimensional = summarise_components(model.description(), chains_of);
  }
  for (const auto& column : columns) summary.parameters.push_back(parameter_of(column));
  summary.tempering = tempering_block(job, shared, *shared.last);

  diagnose::SamplingFigures sampling;
  // log_prior, log_likelihood and log_reference are shown, but a constant or heavy-tailed one is no finding
  const auto judged = judged_columns(model.description(), columns);
  sampling.columns = judged;
  const auto verdict = diagnose::joined(diagnose::sampling_verdict(sampling), ladder_verdict(shared, *shared.last));
  for (const auto& finding : verdict.warnings) summary.warnings.push_back({finding.id, finding.text, finding.fix});
  summary.notes = verdict.notes;
  summary.notes.insert(summary.notes.end(), shared.last->notes.begin(), shared.last->notes.end());
  if (summary.tempering->log_evidence_se && error_may_be_too_small(verdict)) {
    summary.notes.emplace_back(
        "the error of the log evidence may be too small: it supposes that the draws have mixed, and by the warnings "
        "some have not");
  }
  if (summary.transdimensional) summary.notes.emplace_back(kWhereThereNote);
  if (!model.description().parts) summary.notes.emplace_back(kOneDensityNote);
  if (!job.kernel_reason().empty()) summary.notes.push_back("kernel " + job.kernel_name() + ": " + job.kernel_reason());
  summary.status = summary.warnings.empty() ? "ok" : "warnings";
  return summary;
}

}  // namespace dovetail
