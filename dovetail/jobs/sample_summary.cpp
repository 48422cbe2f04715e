#include "dovetail/jobs/sample_summary.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/jobs/columns.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

/// How many draws every chain has.
std::uint64_t common_draws(const SampleJob& job, const KeptDraws& draws) {
  const auto rounds = draws.rounds();
  if (std::find(rounds.begin(), rounds.end(), job.draws_round()) == rounds.end()) return 0;
  const auto sources = draws.sources(job.draws_round());
  if (sources.size() < job.options().chains) return 0;
  std::uint64_t least = draws.rows(job.draws_round(), sources.front());
  for (const ItemId source : sources) least = std::min(least, draws.rows(job.draws_round(), source));
  return least;
}

std::vector<std::vector<double>> chains_of(const SampleJob& job, const KeptDraws& draws, std::size_t column,
                                           std::uint64_t length) {
  auto chains = draws.chains(job.draws_round(), column);
  for (auto& chain : chains) chain.resize(static_cast<std::size_t>(length));
  return chains;
}

/// Chains of a column that the kernel shows.
std::vector<std::vector<double>> shown(const SampleJob& job, const KeptDraws& draws, const char* name,
                                       std::uint64_t length) {
  const auto& names = job.columns();
  const auto column = std::find(names.rbegin(), names.rend(), name).base() - 1;  // outputs of the model come before
  return chains_of(job, draws, static_cast<std::size_t>(column - names.begin()), length);
}

/// NaN stands where a step proposed nothing. Empty when it does everywhere.
std::optional<double> mean_of_known(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return std::isnan(v); }), values.end());
  if (values.empty()) return std::nullopt;
  return math::sum(values) / static_cast<double>(values.size());
}

/// The least over chains that have one.
std::optional<double> least_e_bfmi(const std::vector<Chain>& chains) {
  std::optional<double> least;
  for (const Chain& chain : chains) {
    const auto figure = chain.energies.e_bfmi().optional();
    if (figure) least = std::min(least.value_or(*figure), *figure);
  }
  return least;
}

void add_transitions(const SampleJob& job, const State<SampleJob>& state, const KeptDraws& draws, std::uint64_t length,
                     diagnose::SamplingFigures& figures) {
  const SampleShared& shared = state.shared;
  const SampleOptions& options = job.options();
  figures.divergences = shared.divergences;
  figures.depth_hits = shared.depth_hits;
  figures.iterations = (shared.iterations - std::min(shared.iterations, *options.warmup)) * options.chains;
  figures.e_bfmi_min = least_e_bfmi(state.locals);
  figures.error_events = shared.errors;
  figures.density_evaluations = shared.evaluations + shared.gradients;
  figures.acceptance_target = job.kernel().target_acceptance();
  if (length == 0) return;
  if (figures.acceptance_target) {
    for (const auto& chain : shown(job, draws, "accept_stat", length)) {
      if (const auto mean = mean_of_known(chain)) figures.acceptance.push_back(*mean);
    }
  }
  if (job.kernel().shows() == Shows::trajectory) {
    for (const Tuning& tuning : shared.tuning) figures.step_sizes.push_back(tuning.step_size);
  }
}

}  // namespace

std::vector<diagnose::NamedColumn> figures_of_draws(const Model& model, const SampleJob& job, const KeptDraws& draws) {
  const std::uint64_t length = common_draws(job, draws);
  if (length == 0) return {};
  return summarise_columns(model.description(), job.columns(),
                           [&](std::size_t column) { return chains_of(job, draws, column, length); });
}

Summary summarise_sampling(const Model& model, const SampleJob& job, const State<SampleJob>& state,
                           const KeptDraws& draws) {
  const SampleShared& shared = state.shared;
  const SampleOptions& options = job.options();
  const std::uint64_t length = common_draws(job, draws);
  Summary summary;
  summary.command = "sample";
  summary.model = model.description().name;
  summary.seed = options.seed;
  summary.version = build().version;
  summary.sampling.chains = options.chains;
  summary.sampling.draws = length;
  summary.sampling.warmup = *options.warmup;
  summary.sampling.divergences = shared.divergences;
  summary.sampling.density_evaluations = shared.evaluations;
  summary.sampling.gradient_evaluations = shared.gradients;
  const auto columns = figures_of_draws(model, job, draws);
  if (length > 0) {
    summary.transdimensional = summarise_components(
        model.description(), [&](std::size_t column) { return chains_of(job, draws, column, length); });
  }
  const std::size_t outputs = std::min(model.description().output_names.size() + 2, columns.size());
  for (const auto& column : std::span(columns).first(outputs)) summary.parameters.push_back(parameter_of(column));

  diagnose::SamplingFigures figures;
  figures.origin = diagnose::Origin::sample;
  // log_prior and log_likelihood are shown, but a constant or heavy-tailed one is no finding
  const auto judged = judged_columns(model.description(), columns);
  figures.columns = judged;
  figures.until_ess = options.until_ess;
  add_transitions(job, state, draws, length, figures);
  const auto verdict = diagnose::sampling_verdict(figures);
  for (const auto& finding : verdict.warnings) summary.warnings.push_back({finding.id, finding.text, finding.fix});
  summary.notes = verdict.notes;
  summary.notes.insert(summary.notes.end(), shared.notes.begin(), shared.notes.end());
  if (summary.transdimensional) summary.notes.emplace_back(kWhereThereNote);
  if (!model.description().parts) summary.notes.emplace_back(kOneDensityNote);
  if (!job.kernel_reason().empty()) {
    summary.notes.push_back("kernel " + options.kernel + ": " + job.kernel_reason());
  }
  summary.status = summary.warnings.empty() ? "ok" : "warnings";
  return summary;
}

}  // namespace dovetail
