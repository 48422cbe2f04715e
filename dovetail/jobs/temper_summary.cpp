#include "dovetail/jobs/temper_summary.hpp"

#include <algorithm>
#include <utility>

#include "dovetail/diagnose/summarise.hpp"
#include "dovetail/diagnose/verdict.hpp"
#include "dovetail/jobs/environment.hpp"

namespace dovetail {
namespace {

using diagnose::ColumnSummary;

/// The target chains of one column, as spans over what `storage` keeps.
std::vector<std::span<const double>> chains_of(const std::vector<std::vector<double>>& storage, std::size_t chains) {
  std::vector<std::span<const double>> views;
  for (std::size_t c = 0; c < chains; ++c) views.emplace_back(storage[c]);
  return views;
}

ParameterSummary to_row(const std::string& name, const ColumnSummary& figures) {
  ParameterSummary row;
  row.name = name;
  row.mean = figures.mean.value;
  row.sd = figures.sd.value;
  row.q5 = figures.q5.value;
  row.q50 = figures.q50.value;
  row.q95 = figures.q95.value;
  row.mcse_mean = figures.mcse_mean.optional();
  row.ess_bulk = figures.ess_bulk.optional();
  row.ess_tail = figures.ess_tail.optional();
  row.rhat = figures.r_hat.largest().optional();
  return row;
}

std::vector<diagnose::NamedColumn> summarise_columns(const KeptDraws& draws, Round round, std::size_t chains) {
  std::vector<diagnose::NamedColumn> columns;
  if (draws.sources(round).size() < chains) return columns;
  std::optional<diagnose::Summariser> summariser;
  for (std::size_t column = 0; column < draws.columns().size(); ++column) {
    const std::vector<std::vector<double>> storage = draws.chains(round, column);
    const auto views = chains_of(storage, chains);
    if (!summariser) summariser.emplace(chains, storage.front().size());
    columns.push_back({draws.columns()[column], (*summariser)({views, 1, 0})});
  }
  return columns;
}

diagnose::TemperingFigures figures_of(const TemperShared& shared, const RoundResult& last) {
  diagnose::TemperingFigures figures;
  figures.replicas = static_cast<std::uint32_t>(last.schedule.size());
  figures.barrier = last.row.barrier;
  figures.restarts = last.row.restarts;
  figures.energy_autocorrelation_max = last.row.energy_autocorrelation_max;
  figures.rejections = last.rejections;
  figures.log_evidence = last.row.log_evidence;
  figures.log_evidence_se = last.row.log_evidence_se;
  figures.log_evidence_forward = last.row.log_evidence_forward;
  figures.log_evidence_backward = last.row.log_evidence_backward;
  figures.error_events = shared.errors;
  figures.density_evaluations = shared.evaluations + shared.gradients;
  figures.reversible_min = last.row.reversible_min;
  figures.legs_disagree = last.legs_disagree;
  return figures;
}

TemperingSummary tempering_block(const TemperOptions& options, const TemperJob& job, const TemperShared& shared,
                                 const RoundResult& last) {
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
  block.schedule = last.schedule;
  block.reference = job.reference_name();
  block.kernel = job.kernel_name();
  return block;
}

}  // namespace

Summary summarise_tempering(const Model& model, const TemperOptions& options, const TemperJob& job,
                            const TemperShared& shared, const KeptDraws& draws) {
  Summary summary;
  summary.command = "temper";
  summary.model = model.description().name;
  summary.seed = options.seed;
  summary.version = build().version;
  summary.sampling.chains = std::uint64_t{options.copies} * options.legs;
  summary.sampling.density_evaluations = shared.evaluations;
  summary.sampling.gradient_evaluations = shared.gradients;
  if (!shared.last) return summary;

  const Round round(shared.round);
  summary.sampling.draws = shared.last->row.scans;
  summary.sampling.warmup = shared.last->row.scans - 2;
  const auto columns = summarise_columns(draws, round, static_cast<std::size_t>(summary.sampling.chains));
  for (const auto& column : columns) summary.parameters.push_back(to_row(column.name, column.summary));
  summary.tempering = tempering_block(options, job, shared, *shared.last);

  diagnose::SamplingFigures sampling;
  // log_prior, log_likelihood and log_reference are shown, but a constant or heavy-tailed one is no finding
  const std::size_t outputs = model.description().output_names.size();
  sampling.columns = std::span(columns).first(std::min(outputs, columns.size()));
  sampling.draws = summary.sampling.draws * summary.sampling.chains;
  const auto verdict = diagnose::joined(diagnose::sampling_verdict(sampling),
                                        diagnose::tempering_verdict(figures_of(shared, *shared.last)));
  for (const auto& finding : verdict.warnings) summary.warnings.push_back({finding.id, finding.text, finding.fix});
  summary.notes = verdict.notes;
  summary.notes.insert(summary.notes.end(), shared.last->notes.begin(), shared.last->notes.end());
  if (!job.kernel_reason().empty()) summary.notes.push_back("kernel " + job.kernel_name() + ": " + job.kernel_reason());
  summary.status = summary.warnings.empty() ? "ok" : "warnings";
  return summary;
}

}  // namespace dovetail
