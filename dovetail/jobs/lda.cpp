#include "dovetail/jobs/lda.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/jobs/lda_record.hpp"
#include "dovetail/jobs/recorded_run.hpp"

namespace dovetail {
namespace {

constexpr std::uint64_t kCellTokens = 20000;
constexpr std::uint32_t kAutomaticShardsMax = 8;
constexpr std::uint32_t kAutomaticRoundMax = 10;

}  // namespace

LdaOptions resolved(const LdaOptions& options, const lda::Corpus& corpus) {
  LdaOptions all = options;
  if (all.shards == 0) {
    all.shards = 1;
    while (all.shards < kAutomaticShardsMax &&
           corpus.tokens / (std::uint64_t{all.shards + 1} * (all.shards + 1)) >= kCellTokens) {
      ++all.shards;
    }
  }
  if (all.round_sweeps == 0) {
    all.round_sweeps = std::min(kAutomaticRoundMax, std::max<std::uint32_t>(1, all.sweeps));
    while (all.sweeps % all.round_sweeps != 0) --all.round_sweeps;
  }
  return all;
}

void check_options(const LdaOptions& options, const lda::Corpus& corpus) {
  if (options.topics == 0) throw UsageError("no number of topics is given; say how many with --topics");
  if (options.topics > lda::kTopicsMax) {
    throw UsageError(fmt::format("--topics {} is more than {}, which dense rows serve; give fewer", options.topics,
                                 lda::kTopicsMax));
  }
  if (options.sweeps == 0 || options.sweeps > kSweepsMax) {
    throw UsageError(fmt::format("--sweeps {} is not from 1 to {}", options.sweeps, kSweepsMax));
  }
  if (options.round_sweeps == 0 || options.sweeps % options.round_sweeps != 0) {
    throw UsageError(
        fmt::format("--sweeps {} is no multiple of the {} sweeps of a round; make it one, or give another "
                    "--round-sweeps to a new run",
                    options.sweeps, options.round_sweeps));
  }
  if (options.shards == 0 || options.shards > kShardsMax) {
    throw UsageError(fmt::format("--shards {} is not from 1 to {}", options.shards, kShardsMax));
  }
  const auto is_prior = [](double value) { return std::isfinite(value) && value > 0; };
  if (options.alpha && (!is_prior(*options.alpha) || *options.alpha > lda::kAlphaMax)) {
    throw UsageError(fmt::format("--alpha is not a number above 0, at most {}", lda::kAlphaMax));
  }
  if (!is_prior(options.beta)) throw UsageError("--beta is not a number above 0");
  if (corpus.tokens == 0) throw ModelError("the corpus has no tokens, so there is nothing to draw; look at its files");
}

LdaResult latent_dirichlet_allocation(const TopicModel& model, const LdaOptions& options, const Layout& layout,
                                      LdaObserver& observer) {
  check_options(options, model.corpus());
  const LdaJob job(model, options);
  return run_in_memory(model, LdaRecording(job, threads_of(layout, model)), layout, observer);
}

LdaResult latent_dirichlet_allocation(const TopicModel& model, const LdaOptions& options, const Layout& layout,
                                      LdaObserver& observer, const RunFiles& files) {
  check_options(options, model.corpus());
  const LdaJob job(model, options);
  return run_in_folder(model, LdaRecording(job, threads_of(layout, model)), layout, files, observer);
}

StopReason follow_latent_dirichlet_allocation(const TopicModel& model, const LdaOptions& options,
                                              const Layout& layout) {
  check_options(options, model.corpus());
  const LdaJob job(model, options);
  return follow(model, LdaRecording(job), layout);
}

bool work_for_latent_dirichlet_allocation(const TopicModel& model, const LdaOptions& options, const WorkerSide& side) {
  check_options(options, model.corpus());
  const LdaJob job(model, options);
  return work_for(LdaRecording(job), side);
}

}  // namespace dovetail
