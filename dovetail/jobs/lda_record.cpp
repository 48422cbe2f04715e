#include "dovetail/jobs/lda_record.hpp"

#include <fmt/format.h>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/held_out.hpp"
#include "dovetail/jobs/lda_summary.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {

const char* word(Learn learn) {
  switch (learn) {
    case Learn::both:
      return "both";
    case Learn::alpha:
      return "alpha";
    case Learn::beta:
      return "beta";
    case Learn::none:
      return "none";
  }
  return "";
}

Manifest LdaRecording::manifest(const Layout& layout) const {
  const LdaOptions& options = job_.options();
  return manifest_of(job_.model(), "lda", options.seed,
                     {{"sweeps", fmt::to_string(options.sweeps)},
                      {"topics", fmt::to_string(options.topics)},
                      {"round_sweeps", fmt::to_string(options.round_sweeps)},
                      {"shards", fmt::to_string(options.shards)},
                      {"block_documents", fmt::to_string(lda::block_documents(options.topics))},
                      {"alpha", options.alpha ? fmt::to_string(*options.alpha) : "auto"},
                      {"beta", fmt::to_string(options.beta)},
                      {"learn", word(options.learn)}},
                     layout);
}

void LdaRecording::require_extends(const State<LdaJob>& state) const {
  const bool begun = phase_of(job_, state.shared).ended > 0;
  const std::uint32_t sweeps = state.shared.sweep + (begun ? 1 : 0);
  if (sweeps > job_.options().sweeps) {
    throw UsageError(fmt::format("the run has made {} sweeps already and cannot be cut to {}; give more sweeps", sweeps,
                                 job_.options().sweeps));
  }
  const std::string fault = job_.fault_of(state.shared, state.locals);
  if (fault.empty()) return;
  throw CheckpointError(
      fmt::format("the checkpoint has {} (it is damaged, or of another program); go back to the one before with "
                  "`dovetail resume RUN "
                  "--previous-checkpoint`",
                  fault));
}

Summary LdaRecording::summarise(const State<LdaJob>& state, const KeptDraws&) const {
  Summary summary = summarise_lda(job_, state.shared);
  const LdaOptions& options = job_.options();
  if (options.held_out && job_.steps(state.shared) == 0) {
    summary.lda->held_out = score_held_out(topics_at(job_, state.shared), *options.held_out, options.seed, threads_);
  }
  return summary;
}

std::string LdaRecording::place(const State<LdaJob>& state) const {
  return fmt::format("stopped after {} of {} sweeps", state.shared.sweep, job_.options().sweeps);
}

void LdaRecording::write_results(const State<LdaJob>& state, const RunFolder& folder) const {
  replace_file(folder.path() / "topics.json", topics_json(job_, state.shared));
  write_document_topics(job_, state.shared, state.locals, folder.path() / "doc_topics.tsv");
}

}  // namespace dovetail
