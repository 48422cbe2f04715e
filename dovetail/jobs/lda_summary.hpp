/// The results of latent Dirichlet allocation: a Summary, and the files that other programs read.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

/// Topics by their heaviest words, without times and digest.
[[nodiscard]] Summary summarise_lda(const LdaJob& job, const LdaShared& shared);

/// topics.json: priors, and of every topic its tokens, the coherence of its heaviest words and every word that has
/// some, heaviest first, with its count and probability (n_wk + beta) / (n_k + V beta).
[[nodiscard]] std::string topics_json(const LdaJob& job, const LdaShared& shared);

/// A line for each document, in the order of the corpus: its number from 0, its name, and every topic's share
/// (n_dk + alpha_k) / (N_d + sum of alpha), tabs between them: the layout of MALLET's --output-doc-topics.
void write_document_topics(const LdaJob& job, const LdaShared& shared, const std::vector<ShardTopics>& shards,
                           const std::filesystem::path& file);

}  // namespace dovetail
