#include "dovetail/jobs/sample_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/columns.hpp"
#include "dovetail/jobs/sample_summary.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/starts.hpp"

namespace dovetail {
namespace {

const char* word(StartKind kind) {
  switch (kind) {
    case StartKind::uniform:
      return "uniform";
    case StartKind::prior:
      return "prior";
    case StartKind::values:
      return "values";
  }
  return "";
}

NamedTexts option_fields(const SampleOptions& options) {
  NamedTexts fields = {{"chains", fmt::to_string(options.chains)},
                       {"warmup", fmt::to_string(*options.warmup)},
                       {"draws", fmt::to_string(options.draws)},
                       {"thin", fmt::to_string(options.thin)},
                       {"warmup_scheme", options.scheme == WarmUpScheme::stan ? "stan" : "fisher"},
                       {"metric", word(*options.metric)},
                       {"init", word(options.start)},
                       {"init_radius", fmt::to_string(options.start_radius)},
                       {"jitter", fmt::to_string(options.jitter)},
                       {"until_ess", options.until_ess ? fmt::to_string(*options.until_ess) : "none"},
                       {"save_warmup", options.save_warmup ? "true" : "false"},
                       {"on_error", options.on_error == OnError::stop ? "stop" : "reject"}};
  for (auto& field : kernel_fields(options.kernel, options.kernel_settings)) fields.push_back(std::move(field));
  if (options.start == StartKind::values) {
    fields.emplace_back("init_sha256", sha256_of_starts(options.start_values));
  }
  return fields;
}

}  // namespace

Manifest SampleRecording::manifest(const Layout& layout) const {
  return manifest_of(model_, "sample", job_.options().seed, option_fields(job_.options()), layout);
}

bool SampleRecording::is_enough(const State<SampleJob>& state, const KeptDraws& draws) const {
  if (!job_.is_look(state.shared)) return false;
  const double wanted = *job_.options().until_ess;
  const auto judged = judged_columns(model_.description(), figures_of_draws(model_, job_, draws));
  const auto reached = [&](const diagnose::Figure& ess) {
    return ess.available() ? ess.value >= wanted : ess.reason == diagnose::Unavailable::constant;
  };
  const bool moves = std::any_of(judged.begin(), judged.end(), [](const diagnose::NamedColumn& column) {
    return column.summary.ess_bulk.available();
  });
  return moves && std::all_of(judged.begin(), judged.end(), [&](const diagnose::NamedColumn& column) {
           return reached(column.summary.ess_bulk) && reached(column.summary.ess_tail);
         });
}

void SampleRecording::require_extends(const State<SampleJob>& state) const {
  const std::uint64_t done = job_.draws_done(state.shared);
  if (done <= job_.options().draws) return;
  throw UsageError(fmt::format("the run has made {} draws already and cannot be cut to {}; give more draws", done,
                               job_.options().draws));
}

void SampleRecording::require_draws(const std::vector<SamplingRow>& rows, const KeptDraws& draws,
                                    const std::string& folder) const {
  const std::uint64_t wanted = rows.empty() ? 0 : rows.back().draws;
  if (wanted == 0) return;
  const auto rounds = draws.rounds();
  const bool there = std::find(rounds.begin(), rounds.end(), job_.draws_round()) != rounds.end();
  for (std::uint32_t chain = 0; chain < job_.options().chains; ++chain) {
    const auto sources = there ? draws.sources(job_.draws_round()) : std::vector<ItemId>();
    const bool has = std::find(sources.begin(), sources.end(), ItemId(chain)) != sources.end();
    if (has && draws.rows(job_.draws_round(), ItemId(chain)) >= wanted) continue;
    throw CheckpointError(fmt::format(
        "cannot resume: {} lacks draws of chain {} ({} were kept, and some were lost); restore the file, or "
        "run again with {}",
        folder, chain + 1, wanted, run_again_command(std::filesystem::path(folder).parent_path())));
  }
}

Summary SampleRecording::summarise(const State<SampleJob>& state, const KeptDraws& draws) const {
  return summarise_sampling(model_, job_, state, draws);
}

std::string SampleRecording::place(const State<SampleJob>& state) const {
  const SampleOptions& options = job_.options();
  if (job_.in_warm_up(state.shared)) {
    return fmt::format("stopped in warm-up, after {} of {} iterations", state.step.value, *options.warmup);
  }
  return fmt::format("stopped after {} of {} draws", (state.step.value - *options.warmup) / options.thin,
                     options.draws);
}

}  // namespace dovetail
