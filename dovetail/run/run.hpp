/// The loop over rounds, once for all jobs and executors: advance and exchange, drain draws, report, merge, update.
#pragma once
#include <algorithm>
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
#include "dovetail/run/shares.hpp"

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

/// The end of a phase; `round` counts whole rounds. After the last phase the items are whole at rank 0, for a
/// checkpoint.
template <Job J>
void end_phase(const J& job, State<J>& state, Executor& executor) {
  Ranks& ranks = executor.ranks();
  std::vector<typename J::Outcome> outcomes(state.locals.size());
  for_each_item(executor, job.items(state.shared), [&](std::uint32_t i, unsigned) {
    outcomes[i] = job.report(state.shared, ItemId(i), state.locals[i], state.records[i]);
  });
  collect(ranks, outcomes);
  if constexpr (!Phased<J>) collect(ranks, state.locals);
  typename J::Shared next{};
  if (ranks.leads()) {
    const auto outcome = fold_tree(std::move(outcomes), [&](auto&& left, auto&& right) {
      return job.merge(std::forward<decltype(left)>(left), std::forward<decltype(right)>(right));
    });
    next = job.update(state.shared, outcome);
    job.reshape(state.shared, next, state.locals);
  }
  tell(ranks, next);
  if (job.reshapes(next)) hand_out(ranks, job.items(next), state.locals);
  state.shared = std::move(next);
  state.records.clear();
  state.in_round = false;
  state.steps_done = 0;
  if (phase_of(job, state.shared).ended > 0) return;
  if constexpr (Phased<J>) collect(ranks, state.locals);
  ++state.round;
}

/// Draws of this process's items, to the sink of rank 0, in item order.
template <Job J>
void drain(const J& job, State<J>& state, Ranks& ranks, Sink& sink) {
  const Slice slice = ranks.slice(static_cast<std::uint32_t>(state.locals.size()));
  KeptBlocks kept;
  Sink& here = ranks.leads() ? sink : kept;
  for (std::uint32_t i = slice.first; i < slice.last; ++i) {
    job.drain(state.shared, ItemId(i), state.records[i], here);
  }
  write_kept(ranks, kept, sink);
}

/// What rank 0 decides between two stretches.
struct Mark {
  StopReason reason = StopReason::finished;
  bool save = false;

  template <class Archive>
  void describe(Archive& archive) {
    archive(reason);
    archive(save);
  }
};

/// Within a round: saves when that is due or the run is to stop. All ranks call it; why to stop, if so.
template <Job J>
StopReason look_up(State<J>& state, const Surroundings<J>& around, Clock& save_clock) {
  Ranks& ranks = around.executor.ranks();
  Mark mark{around.observer.should_stop(), false};
  const bool due = around.save_every_s > 0 && save_clock.seconds() >= around.save_every_s;
  mark.save = around.save && (due || mark.reason != StopReason::finished);
  tell(ranks, mark);
  if (mark.save) {
    collect(ranks, state.locals);
    collect(ranks, state.records);
    if (ranks.leads()) around.save(state);
    save_clock = Clock();
  }
  return mark.reason;
}

}  // namespace detail

/// Gives all ranks rank 0's `state`.
template <Job J>
void tell_state(const J& job, Ranks& ranks, State<J>& state) {
  if (ranks.size() == 1) return;
  tell(ranks, state.round);
  tell(ranks, state.step);
  tell(ranks, state.steps_done);
  tell(ranks, state.in_round);
  tell(ranks, state.shared);
  hand_out(ranks, job.items(state.shared), state.locals);
  if (state.in_round) hand_out(ranks, job.items(state.shared), state.records);
}

/// Goes on from `state` until the job is finished or the observer asks to stop; `state` is then a checkpoint's content,
/// of several ranks at rank 0 and where there is a `save`. Whatever the executor throws ends the run: `state` is then
/// unusable and the last checkpoint is the record. Where several processes share the items, all call this, and what
/// surrounds rank 0 counts.
template <Job J>
StopReason run(const J& job, State<J>& state, const Surroundings<J>& around) {
  Ranks& ranks = around.executor.ranks();
  std::vector<typename J::Scratch> scratch(around.executor.workers());
  const Clock run_clock;
  Clock save_clock;
  Clock round_clock;
  Pace pace;
  while (const std::uint64_t steps = job.steps(state.shared)) {
    const Phase phase = phase_of(job, state.shared);
    if (!state.in_round) detail::begin_round(job, state, around.executor);
    pace.begin_round(job.steps_between_drains(state.shared));
    while (state.steps_done < steps) {
      const std::uint64_t left = steps - state.steps_done;
      std::uint64_t count = around.executor.stretch(std::min(left, job.steps_between_drains(state.shared)));
      if (count == 0) count = pace.next(left);
      tell(ranks, count);
      Segment<J> segment(job, state, scratch, &around.observer);
      const Clock clock;
      try {
        around.executor.execute(segment, state.step, count);
      } catch (const WorkGivenUp&) {
        segment.finish();
        if (around.save) around.save(state);
        return around.observer.should_stop();
      }
      segment.finish();
      pace.took(count, clock.seconds());
      state.step = Step(state.step.value + count);
      state.steps_done += count;
      detail::drain(job, state, ranks, around.sink);
      around.observer.progress({Round(state.round.value + 1), phase.ended * steps + state.steps_done, phase.of * steps,
                                run_clock.seconds()});
      if (state.steps_done == steps) break;  // the end of a round has its own checkpoint
      const StopReason reason = detail::look_up(state, around, save_clock);
      if (reason != StopReason::finished) return reason;
    }
    detail::end_phase(job, state, around.executor);
    if (phase_of(job, state.shared).ended > 0) {
      const StopReason reason = detail::look_up(state, around, save_clock);
      if (reason != StopReason::finished) return reason;
      continue;
    }
    if (ranks.leads()) {
      if (around.round_ended) around.round_ended(state, round_clock.seconds());
      if (around.save) around.save(state);
    }
    save_clock = Clock();
    if (job.steps(state.shared) == 0) break;
    StopReason reason = around.observer.should_stop();
    tell(ranks, reason);
    if (reason != StopReason::finished) return reason;
    round_clock = Clock();
  }
  return StopReason::finished;
}

}  // namespace dovetail
