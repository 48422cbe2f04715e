#include "dovetail/jobs/ep_record.hpp"

#include <fmt/format.h>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/ep_start.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {

namespace {

/// A line for every round and parameter.
std::string history_text(const std::vector<std::string>& names, const std::vector<double>& history) {
  const std::size_t d = names.size();
  std::string text = "round,parameter,mean,sd\n";
  for (std::size_t row = 0; row < history.size() / (2 * d); ++row) {
    for (std::size_t j = 0; j < d; ++j) {
      const double* figures = &history[2 * (row * d + j)];
      text += fmt::format("{},{},{},{}\n", row + 1, csv_field(names[j]), shortest(figures[0]), shortest(figures[1]));
    }
  }
  return text;
}

}  // namespace

EpRecording::EpRecording(const EpJob& job) : job_(job) {
  const auto& outputs = job.model().description().output_names;
  columns_.assign(outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(job.model().shared()));
}

Manifest EpRecording::manifest(const Layout& layout) const {
  const EpOptions& options = job_.options();
  NamedTexts fields = {{"rounds", fmt::to_string(options.rounds)},
                       {"chains", fmt::to_string(options.chains)},
                       {"site_draws", fmt::to_string(options.draws)},
                       {"allocation", options.allocation == Allocation::even ? "even" : "noise"},
                       {"warmup", fmt::to_string(*options.warmup)},
                       {"estimator", options.estimator == SiteEstimator::own ? "own " + options.own.name
                                                                             : std::string(word(options.estimator))},
                       {"family", words(job_.family(), job_.model())},
                       {"power", fmt::to_string(options.power)},
                       {"step", options.step                               ? fmt::to_string(*options.step)
                                : options.step_rule == StepRule::automatic ? "auto"
                                                                           : "published"},
                       {"tolerance", fmt::to_string(options.tolerance)},
                       {"correct", options.correct ? fmt::to_string(*options.correct) : "none"},
                       {"adapt_delta", fmt::to_string(options.adapt_delta)},
                       {"max_depth", fmt::to_string(options.depth_max)}};
  if (!options.start.empty()) fields.emplace_back("init_sha256", sha256_of_factors(options.start));
  return manifest_of(job_.model(), "ep", options.seed, std::move(fields), layout);
}

void EpRecording::require_extends(const State<EpJob>& state) const {
  const EpShared& shared = state.shared;
  if (shared.correction.phase != EpPhase::rounds && !shared.converged && shared.round < job_.rounds()) {
    throw UsageError(
        fmt::format("the answer of {} rounds is being corrected already (more rounds would make another); begin a new "
                    "run with --rounds {}",
                    shared.round, job_.options().rounds));
  }
  if (shared.round <= job_.options().rounds) return;
  throw UsageError(fmt::format("the run has made {} rounds already and cannot be cut to {}; give more rounds",
                               state.shared.round, job_.options().rounds));
}

Summary EpRecording::summarise(const State<EpJob>& state, const KeptDraws&) const {
  return summarise_ep(job_, state.shared);
}

void EpRecording::write_results(const State<EpJob>& state, const RunFolder& folder) const {
  Factors factors{shared_names(job_.model()), {}};
  for (std::size_t k = 0; k < state.shared.sites.size(); ++k) {
    const ep::Natural& factor = state.shared.sites[k];
    factors.sites.push_back({job_.model().site_name(k), factor.precision, factor.shift});
  }
  write_factors(folder.factors(), factors);
  replace_file(folder.history(), history_text(factors.parameters, state.shared.history));
}

std::string EpRecording::place(const State<EpJob>& state) const {
  if (state.shared.correction.phase != EpPhase::rounds) return "stopped while the answer was corrected";
  return fmt::format("stopped in round {} of at most {}", state.round.value + 1, job_.options().rounds);
}

}  // namespace dovetail
