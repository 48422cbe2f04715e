/// The loop over rounds, once for all jobs and executors: advance and exchange, drain draws, report, merge, update.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "dovetail/core/fold.hpp"
#include "dovetail/execute/executor.hpp"
#include "dovetail/output/sink.hpp"
#include "dovetail/run/job.hpp"
#include "dovetail/run/observer.hpp"
#include "dovetail/run/pace.hpp"
#include "dovetail/run/segment.hpp"

namespace dovetail {

/// What surrounds a run. None of it can change the result.
template <Job J>
struct Surroundings {
  Executor& executor;
  Sink& sink;
  Observer& observer;
  /// After each round, with the state before its checkpoint and the wall time of the round; may be empty.
  std::function<void(const State<J>&, double seconds)> round_ended;
  /// Makes a checkpoint; may be empty. Called at each round's end, when `save_every_s` has passed, and before a stop.
  std::function<void(const State<J>&)> save;
  double save_every_s = 60;  ///< 0: at round ends alone
};

/// The state before the first round.
template <Job J>
[[nodiscard]] State<J> begin(const J& job, Executor& executor) {
  State<J> state;
  state.shared = job.begin_shared();
  std::vector<typename J::Scratch> scratch(executor.workers());
  state.locals.resize(job.items(state.shared));
  for_each_item(executor, job.items(state.shared), [&](std::uint32_t i, unsigned worker) {
    state.locals[i] = job.begin_local(state.shared, ItemId(i), scratch[worker]);
  });
  return state;
}

namespace detail {

template <Job J>
void begin_round(const J& job, State<J>& state, Executor& executor) {
  state.records.clear();
  state.records.resize(state.locals.size());
  for_each_item(executor, job.items(state.shared), [&](std::uint32_t i, unsigned) {
    job.begin_round(state.shared, ItemId(i), state.locals[i], state.records[i]);
  });
  state.steps_done = 0;
  state.in_round = true;
}

template <Job J>
void end_round(const J& job, State<J>& state, Executor& executor) {
  std::vector<typename J::Outcome> outcomes(state.locals.size());
  for_each_item(executor, job.items(state.shared), [&](std::uint32_t i, unsigned) {
    outcomes[i] = job.report(state.shared, ItemId(i), state.locals[i], state.records[i]);
  });
  const auto outcome = fold_tree(std::move(outcomes), [&](auto&& left, auto&& right) {
    return job.merge(std::forward<decltype(left)>(left), std::forward<decltype(right)>(right));
  });
  typename J::Shared next = job.update(state.shared, outcome);
  job.reshape(state.shared, next, state.locals);
  state.shared = std::move(next);
  state.records.clear();
  state.in_round = false;
  state.steps_done = 0;
  ++state.round;
}

}  // namespace detail

/// Goes on from `state` until the job is finished or the observer asks to stop; `state` is then a checkpoint's content.
/// Whatever the executor throws ends the run: `state` is then unusable and the last checkpoint is the record.
template <Job J>
StopReason run(const J& job, State<J>& state, const Surroundings<J>& around) {
  std::vector<typename J::Scratch> scratch(around.executor.workers());
  const Clock run_clock;
  Clock save_clock;
  Pace pace;
  while (const std::uint64_t steps = job.steps(state.shared)) {
    const Clock round_clock;
    if (!state.in_round) detail::begin_round(job, state, around.executor);
    pace.begin_round(job.steps_between_drains(state.shared));
    while (state.steps_done < steps) {
      const std::uint64_t count = pace.next(steps - state.steps_done);
      Segment<J> segment(job, state, scratch);
      const Clock clock;
      around.executor.execute(segment, state.step, count);
      segment.finish();
      pace.took(count, clock.seconds());
      state.step = Step(state.step.value + count);
      state.steps_done += count;
      for (std::uint32_t i = 0; i < state.locals.size(); ++i) {
        job.drain(state.shared, ItemId(i), state.records[i], around.sink);
      }
      around.observer.progress({Round(state.round.value + 1), state.steps_done, steps, run_clock.seconds()});
      if (state.steps_done == steps) break;  // the end of a round has its own checkpoint
      const StopReason reason = around.observer.should_stop();
      const bool due = around.save_every_s > 0 && save_clock.seconds() >= around.save_every_s;
      if (around.save && (due || reason != StopReason::finished)) {
        around.save(state);
        save_clock = Clock();
      }
      if (reason != StopReason::finished) return reason;
    }
    detail::end_round(job, state, around.executor);
    if (around.round_ended) around.round_ended(state, round_clock.seconds());
    if (around.save) around.save(state);
    save_clock = Clock();
    if (job.steps(state.shared) == 0) break;
    if (const StopReason reason = around.observer.should_stop(); reason != StopReason::finished) return reason;
  }
  return StopReason::finished;
}

}  // namespace dovetail
