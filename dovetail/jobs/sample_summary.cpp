#include "dovetail/jobs/sample_summary.hpp"

#include <algorithm>

#include "dovetail/jobs/columns.hpp"
#include "dovetail/jobs/environment.hpp"

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

/// The least over chains that have one.
std::optional<double> least_e_bfmi(const std::vector<Chain>& chains) {
  std::optional<double> least;
  for (const Chain& chain : chains) {
    const auto figure = chain.energies.e_bfmi().optional();
    if (figure) least = std::min(least.value_or(*figure), *figure);
  }
  return least;
}

}  // namespace

std::vector<diagnose::NamedColumn> figures_of_draws(const SampleJob& job, const KeptDraws& draws) {
  const std::uint64_t length = common_draws(job, draws);
  if (length == 0) return {};
  return summarise_columns(job.columns(), [&](std::size_t column) { return chains_of(job, draws, column, length); });
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
  const auto columns = figures_of_draws(job, draws);
  const std::size_t outputs = std::min(model.description().output_names.size() + 2, columns.size());
  for (const auto& column : std::span(columns).first(outputs)) summary.parameters.push_back(parameter_of(column));

  diagnose::SamplingFigures figures;
  figures.origin = diagnose::Origin::sample;
  // log_prior and log_likelihood are shown, but a constant or heavy-tailed one is no finding
  const auto judged = judged_columns(model.description(), columns);
  figures.columns = judged;
  figures.divergences = shared.divergences;
  figures.draws = length * options.thin * options.chains;  // divergences are of every iteration, kept or not
  figures.e_bfmi_min = least_e_bfmi(state.locals);
  const auto verdict = diagnose::sampling_verdict(figures);
  for (const auto& finding : verdict.warnings) summary.warnings.push_back({finding.id, finding.text, finding.fix});
  summary.notes = verdict.notes;
  summary.notes.insert(summary.notes.end(), shared.notes.begin(), shared.notes.end());
  if (!job.kernel_reason().empty()) {
    summary.notes.push_back("kernel " + options.kernel + ": " + job.kernel_reason());
  }
  summary.status = summary.warnings.empty() ? "ok" : "warnings";
  return summary;
}

}  // namespace dovetail
