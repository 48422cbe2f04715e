/// What all processes of a run do alike. Calls between them must come in one order everywhere: they stand here.
#pragma once
#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "dovetail/core/codec.hpp"
#include "dovetail/jobs/recording.hpp"
#include "dovetail/run/run.hpp"

namespace dovetail::detail {

/// The state that a run goes on from, in all ranks: of rank 0's checkpoint, or of a beginning when it has none.
template <Job J>
State<J> begin_together(const J& job, Executor& executor, std::optional<State<J>> found) {
  bool resumes = found.has_value();
  tell(executor.ranks(), resumes);
  if (!resumes) return begin(job, executor);
  State<J> state = found ? std::move(*found) : State<J>();
  tell_state(job, executor.ranks(), state);
  return state;
}

/// At rank 0, where several share the run. All ranks call it.
template <Job J>
std::optional<RanksSummary> ranks_summary(const J& job, const State<J>& state, Step first, Executor& executor) {
  Ranks& ranks = executor.ranks();
  if (ranks.size() == 1) return std::nullopt;
  RanksSummary summary;
  summary.ranks = ranks.size();
  summary.idle = ranks.size() - std::min(ranks.size(), job.items(state.shared));
  summary.threads = executor.workers();
  const auto steps = static_cast<double>(std::max<std::uint64_t>(1, state.step.value - first.value));
  ranks.gather(pack(ranks.traffic()), [&](std::uint32_t, std::span<const std::byte> bytes) {
    const auto traffic = unpack<Traffic>(bytes);
    summary.messages_per_step += static_cast<double>(traffic.packets + traffic.items) / steps;
    summary.bytes_per_step += static_cast<double>(kPacketBytes * traffic.packets + traffic.item_bytes) / steps;
    summary.lead_bytes_per_step += static_cast<double>(traffic.lead_bytes) / steps;
  });
  return summary;
}

/// `enough` is an end like any other.
inline StopReason end_of(StopReason reason) { return reason == StopReason::enough ? StopReason::finished : reason; }

/// How a run that several may share came to its end; but for `stop`, at rank 0.
struct EndTogether {
  StopReason stop = StopReason::finished;
  Rejections rejections;
  std::optional<RanksSummary> ranks;  ///< where there are several
};

/// Runs on from `state`, which is over before it begins where rank 0 says `ended`.
template <Job J>
EndTogether run_together(const J& job, const Model& model, State<J>& state, bool ended, const Surroundings<J>& around) {
  Ranks& ranks = around.executor.ranks();
  const Step first = state.step;
  EndTogether end;
  tell(ranks, ended);
  if (!ended) end.stop = end_of(run(job, state, around));
  end.rejections = rejections_of_all(ranks, model);
  end.ranks = ranks_summary(job, state, first, around.executor);
  return end;
}

}  // namespace dovetail::detail
