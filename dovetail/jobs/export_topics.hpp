/// `dovetail export RUN --to FORM`: the state of a run of `lda` in the forms of other programs.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

#include "dovetail/jobs/lda.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail {

enum class TopicsForm : std::uint8_t {
  pyldavis,        ///< JSON: the five arguments of pyLDAvis.prepare() by their names
  mallet_state,    ///< what MALLET's --output-state holds, not compressed: a line for each token
  mallet_weights,  ///< MALLET's --topic-word-weights-file: topic, word, n_wk + beta
  dist_lda,        ///< the JSON that dist_lda dumps, not compressed
};

/// Passes the text on piece by piece. Of the run's newest checkpoint, whose counts are compared with its topics first.
/// Errors: UsageError without a checkpoint; CheckpointError, FileError.
void export_topics(const TopicModel& model, const LdaOptions& options, const RunFolder& folder, TopicsForm form,
                   const std::function<void(std::string_view)>& out);

}  // namespace dovetail
