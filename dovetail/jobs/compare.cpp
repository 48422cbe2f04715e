#include "dovetail/jobs/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/columns.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail {
namespace {

/// A run that has ended, found whole.
struct EndedRun {
  explicit EndedRun(const RunFolder& folder);
  [[nodiscard]] std::vector<std::vector<double>> chains(const std::string& quantity) const;

  std::string path;
  ManifestIdentity identity;
  Summary summary;
  DrawsReader draws;
};

EndedRun::EndedRun(const RunFolder& folder)
    : path(folder.path().string()),
      identity(read_manifest(folder.manifest()).identity),
      summary(summary_of(folder)),
      draws(folder.draws()) {
  if (summary.status == "incomplete") {
    throw UsageError(fmt::format(
        "{} has not ended (it {}, and its figures are not yet those that were asked for); go on with `dovetail resume "
        "{}`",
        path, summary.status_reason, shell_path(path)));
  }
  if (draws.rounds().empty()) throw UsageError(path + " has no draws to compare");
  (void)digest(folder);  // an error unless draws and results are those of the run's end
}

std::vector<std::vector<double>> EndedRun::chains(const std::string& quantity) const {
  const auto& names = draws.columns();
  const auto column = static_cast<std::size_t>(std::find(names.begin(), names.end(), quantity) - names.begin());
  const Round last = draws.rounds().back();
  if (summary.tempering) {  // whose other rungs may have been kept too
    return interleaved_chains(draws, last, column, summary.tempering->copies, summary.tempering->legs);
  }
  // not the number of chains: draws of a corrected answer come from one source, however many chains each site had
  return interleaved_chains(draws, last, column, draws.sources(last).size(), 1);
}

bool is_same_model(const EndedRun& a, const EndedRun& b) {
  const auto key = [](const EndedRun& run) {
    return std::array{run.identity.model, run.identity.model_sha256, run.identity.data_sha256};
  };
  return key(a) == key(b);
}

/// Whether its model had a prior apart; else log_prior is 0 in all draws, and log_likelihood the whole density.
bool has_parts(const EndedRun& run) {
  return std::any_of(run.summary.parameters.begin(), run.summary.parameters.end(),
                     [](const ParameterSummary& p) { return p.name == "log_prior" && !(p.mean == 0 && p.sd == 0); });
}

/// What a run has to compare. Log densities mean the same in runs of one model that all have its parts, or all not; a
/// reference is fitted by each run for itself.
std::vector<std::string> quantities(const EndedRun& run, bool same_densities) {
  constexpr std::array<std::string_view, 2> kOfTheModel = {"log_prior", "log_likelihood"};
  std::vector<std::string> names;
  for (const ParameterSummary& parameter : run.summary.parameters) {
    const bool density = std::find(kOfTheModel.begin(), kOfTheModel.end(), parameter.name) != kOfTheModel.end();
    if (parameter.name == "log_reference" || (density && !same_densities)) continue;
    names.push_back(parameter.name);
  }
  return names;
}

void add_evidence(const EndedRun& a, const EndedRun& b, RunComparison& result) {
  if (!result.same_model || !a.summary.tempering || !b.summary.tempering) return;
  const auto estimate = [](const TemperingSummary& t) -> std::optional<diagnose::Estimate> {
    if (!t.log_evidence || !t.log_evidence_se || !std::isfinite(*t.log_evidence)) return std::nullopt;
    return diagnose::Estimate{*t.log_evidence, *t.log_evidence_se};
  };
  const auto first = estimate(*a.summary.tempering);
  const auto second = estimate(*b.summary.tempering);
  if (first && second) {
    add_figure(result.comparison, "log_evidence", "value", *first, *second);
  } else {
    result.comparison.not_compared.push_back(
        {"log_evidence", fmt::format("the {} run has no standard error of it", first ? "second" : "first")});
  }
}

void add_notes(const EndedRun& a, const EndedRun& b, RunComparison& result) {
  if (a.summary.digest == b.summary.digest) {
    result.notes.emplace_back(
        "both runs have the same digest: they are one run twice, and nothing is learnt from them");
  } else if (a.summary.seed == b.summary.seed) {
    result.notes.push_back(fmt::format(
        "both runs have seed {}: errors are those of independent runs, and these may share random numbers; repeat one "
        "with another --seed",
        a.summary.seed));
  }
  for (const EndedRun* run : {&a, &b}) {
    if (run->summary.warnings.empty()) continue;
    std::string ids;
    for (const Warning& warning : run->summary.warnings) ids += (ids.empty() ? "" : ", ") + warning.id;
    result.notes.push_back(
        fmt::format("{} ended with warnings ({}): its errors may be larger than they seem", run->path, ids));
  }
}

}  // namespace

Summary summary_of(const RunFolder& run) {
  if (!std::filesystem::exists(run.summary())) {
    throw FileError(run.path().string() +
                    " has no summary.json (the run goes on, or was killed); wait for its end, or go on with "
                    "`dovetail resume " +
                    shell_path(run.path().string()) + "`");
  }
  return read_summary(run.summary());
}

RunComparison compare_runs(const RunFolder& first, const RunFolder& second) {
  const EndedRun a(first);
  const EndedRun b(second);
  RunComparison result;
  result.same_model = is_same_model(a, b);
  const bool same_densities = result.same_model && has_parts(a) == has_parts(b);
  const std::vector<std::string> in_a = quantities(a, same_densities);
  const std::vector<std::string> in_b = quantities(b, same_densities);
  const std::set<std::string> names_a(in_a.begin(), in_a.end());
  const std::set<std::string> names_b(in_b.begin(), in_b.end());
  for (const std::string& name : in_b) {
    if (!names_a.contains(name)) result.only_second.push_back(name);
  }
  for (const std::string& name : in_a) {
    if (!names_b.contains(name)) {
      result.only_first.push_back(name);
      continue;
    }
    const auto chains_a = a.chains(name);
    const auto chains_b = b.chains(name);
    const std::vector<std::span<const double>> views_a(chains_a.begin(), chains_a.end());
    const std::vector<std::span<const double>> views_b(chains_b.begin(), chains_b.end());
    add_quantity(result.comparison, name, {views_a, 1, 0}, {views_b, 1, 0});
  }
  if (result.only_first.size() == in_a.size()) {
    throw UsageError(fmt::format(
        "{} and {} have no quantity in common (one has {}, ..., the other {}, ...); compare runs of models whose "
        "outputs have the same names",
        a.path, b.path, in_a.empty() ? "none" : in_a.front(), in_b.empty() ? "none" : in_b.front()));
  }
  add_evidence(a, b, result);
  if (result.comparison.figures.empty()) {
    const diagnose::NotCompared& one = result.comparison.not_compared.front();
    throw UsageError(fmt::format("nothing of {} and {} can be compared (of {}, for one, {}); make longer runs", a.path,
                                 b.path, one.quantity, one.reason));
  }
  diagnose::adjust(result.comparison);
  add_notes(a, b, result);
  return result;
}

}  // namespace dovetail
