/// How well the topics of a run foresee documents that were held back from it.
#pragma once
#include <cstdint>

#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/jobs/read_topics.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

/// The topics of a state: what read_topics() reads from the topics.json of that state.
[[nodiscard]] ReadTopics topics_at(const LdaJob& job, const LdaShared& shared);

/// By document completion, with the standard sweeps: the score that infer_documents() gives, and so `dovetail lda infer
/// --seed SEED`. A function of topics, documents and seed, not of `threads`, at least 1.
[[nodiscard]] HeldOutSummary score_held_out(const ReadTopics& topics, const lda::Corpus& documents, std::uint64_t seed,
                                            unsigned threads);

}  // namespace dovetail
