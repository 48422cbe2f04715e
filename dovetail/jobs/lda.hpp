/// Latent Dirichlet allocation: topics of a corpus by collapsed Gibbs sampling over a grid of shards and slices.
///
/// Wiring only: options -> corpus -> job -> run() -> summary. The mathematics is in lda/.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "dovetail/jobs/recording.hpp"
#include "dovetail/jobs/topic_model.hpp"
#include "dovetail/output/lda_row.hpp"

namespace dovetail {

inline constexpr std::uint32_t kSweepsMax = 1000000;
inline constexpr std::uint32_t kShardsMax = 1024;

/// Which parameters of the priors are learnt.
enum class Learn : std::uint8_t { both, alpha, beta, none };

/// Settings that the result is a function of, with their defaults.
struct LdaOptions {
  std::uint64_t seed = 1;
  std::uint32_t topics = 0;  ///< must be given
  std::uint32_t sweeps = 200;
  std::uint32_t round_sweeps = 0;  ///< in a round; 0: the largest divisor of `sweeps` up to 10
  std::uint32_t shards = 0;        ///< of documents, and slices of words; 0: by the corpus; 1 is exact
  std::optional<double> alpha{};   ///< of each topic, at the start; empty: 50 / topics
  double beta = 0.01;              ///< of each word, at the start
  Learn learn = Learn::both;
  /// Documents that the run's topics are scored by when it has ended. No part of what topics are a function of.
  std::shared_ptr<const lda::Corpus> held_out{};
};

using LdaResult = RunResult<LdaRow>;
using LdaObserver = RowObserver<LdaRow>;

/// The options with what was left open. Shards: at most 8, so many that a cell has 20,000 tokens on average.
[[nodiscard]] LdaOptions resolved(const LdaOptions& options, const lda::Corpus& corpus);
/// UsageError with cause and cure. Of resolved options.
void check_options(const LdaOptions& options, const lda::Corpus& corpus);

/// Runs in memory, to the end or until the observer stops it. Options must be resolved. Errors: UsageError.
LdaResult latent_dirichlet_allocation(const TopicModel& model, const LdaOptions& options, const Layout& layout,
                                      LdaObserver& observer);
/// The same with a folder that holds checkpoints and results, anew or from a checkpoint. Errors: also FileError,
/// CheckpointError.
LdaResult latent_dirichlet_allocation(const TopicModel& model, const LdaOptions& options, const Layout& layout,
                                      LdaObserver& observer, const RunFiles& files);
/// What the other ranks do meanwhile, where `layout` is of several processes.
StopReason follow_latent_dirichlet_allocation(const TopicModel& model, const LdaOptions& options, const Layout& layout);

/// What a worker does of a run that a server makes in a pool: true when that has ended. Errors: those of work_for().
bool work_for_latent_dirichlet_allocation(const TopicModel& model, const LdaOptions& options, const WorkerSide& side);

}  // namespace dovetail
