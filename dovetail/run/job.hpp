/// What a job must provide so that the round engine can run it: its mathematics, and nothing else.
///
/// A job has items at addresses 0..n-1. Per address there are two kinds of state:
///   Local   what an item is (a position and all that was computed about it); items that exchange may trade places;
///   Record  what an address gathers in a round (counts, sums, a bounded buffer of draws); it stays.
/// Shared state is read-only during a round and changes only in update(). All three have describe() for the codec.
/// Every function is const and deterministic; randomness comes from streams keyed by (seed, purpose, item, step).
/// advance(), begin_local(), begin_round() and report() run on several threads at once, for different items; nothing
/// else does. In a run of several processes each has the items of a slice of addresses, and drain() is called where the
/// item is; merge(), update() and reshape() are called in one process, whose result all get. So Outcome has describe()
/// too.
///
/// When update() changes how many items there are or where they come from, reshape(old, new, locals) takes the items at
/// the addresses of `old` to those of `new`: it leaves items(new) of them. An item may be dropped, and it may be
/// duplicated, so Local is copied; what tells items apart (an identity, a history) is the job's to renew in the copy.
#pragma once
#include <concepts>
#include <cstdint>
#include <vector>

#include "dovetail/core/ids.hpp"
#include "dovetail/execute/executor.hpp"
#include "dovetail/output/sink.hpp"

namespace dovetail {

template <class J>
concept Job = requires(const J& job, const typename J::Shared& shared, typename J::Local& local,
                       const typename J::Local& const_local, typename J::Record& record,
                       const typename J::Record& const_record, typename J::Outcome outcome, ItemId item, Step step,
                       typename J::Scratch& scratch, Sink& sink, std::vector<typename J::Local>& locals) {
  { job.items(shared) } -> std::same_as<std::uint32_t>;
  { job.begin_shared() } -> std::same_as<typename J::Shared>;
  { job.begin_local(shared, item, scratch) } -> std::same_as<typename J::Local>;
  { job.steps(shared) } -> std::same_as<std::uint64_t>;  // length of the next round; 0: the run is finished
  { job.begin_round(shared, item, local, record) } -> std::same_as<void>;
  { job.advance(shared, item, local, record, step, scratch) } -> std::same_as<void>;
  { job.steps_between_drains(shared) } -> std::same_as<std::uint64_t>;  // how many steps a Record's buffer holds
  { job.drain(shared, item, record, sink) } -> std::same_as<void>;      // may throw what ends the run
  { job.report(shared, item, const_local, const_record) } -> std::same_as<typename J::Outcome>;
  { job.merge(std::move(outcome), std::move(outcome)) } -> std::same_as<typename J::Outcome>;  // fixed tree over items
  { job.update(shared, outcome) } -> std::same_as<typename J::Shared>;
  { job.reshapes(shared) } -> std::same_as<bool>;                 // whether reshape(..., shared, ...) does anything
  { job.reshape(shared, shared, locals) } -> std::same_as<void>;  // after every update(); see above
};

/// A job whose items sit on a line and, after each step, look at their neighbours' packets. Both partners of a pair
/// must come to the same decision from the same packets, since nothing else passes between them. A packet is at most
/// 8 bytes, trivially copyable, so that it costs a message of a fixed size wherever the neighbour is.
template <class J>
concept Exchanging = Job<J> && requires(const J& job, const typename J::Shared& shared, const typename J::Local& local,
                                        ItemId item, typename J::Record& record, const typename J::Packet& own,
                                        const typename J::Packet* neighbour, Step step) {
  { job.linked(shared, item) } -> std::same_as<bool>;  // item and item + 1 see each other's packets
  { job.offer(shared, item, local) } -> std::same_as<typename J::Packet>;
  // `lower` and `upper` are null where there is no link
  { job.settle(shared, item, record, own, neighbour, neighbour, step) } -> std::same_as<Trade>;
};

/// Of the round at work.
struct Phase {
  std::uint64_t ended = 0;  ///< phases; 0 between two rounds
  std::uint64_t of = 1;
};

/// A job whose rounds have several phases of steps(shared) steps each. At the end of each, as at a round's, outcomes
/// are merged and become shared, so that items learn of each other before they go on; rows and checkpoints of their own
/// have rounds alone, though a run may stop between two phases. Its items are not reshaped.
template <class J>
concept Phased = Job<J> && requires(const J& job, const typename J::Shared& shared) {
  { job.phase(shared) } -> std::same_as<Phase>;
};

/// A job whose items may not see all of the shared state: begin_round() puts what an item needs of it into its record,
/// and advance() looks at nothing else. Where items go to others with shared state, shown() goes in its place.
template <class J>
concept Reserved = Job<J> && requires(const J& job, const typename J::Shared& shared) {
  { job.shown(shared) } -> std::same_as<typename J::Shared>;
};

/// A job whose items others may advance, who are not believed: accepts() says whether `local` and `record` can be the
/// item's before step `next`, at the start of a round or within it: of the sizes, and with the finite numbers, that all
/// else relies on.
template <class J>
concept Lendable =
    Job<J> && !Exchanging<J> && requires(const J& job, const typename J::Shared& shared, ItemId item,
                                         const typename J::Local& local, const typename J::Record& record, Step next) {
  { job.accepts(shared, item, local, record, next) } -> std::same_as<bool>;
};

/// Where the round at work is; rounds of other jobs have one phase.
template <Job J>
[[nodiscard]] Phase phase_of([[maybe_unused]] const J& job, [[maybe_unused]] const typename J::Shared& shared) {
  if constexpr (Phased<J>) return job.phase(shared);
  return {};
}

/// Everything a run is, between two steps. A pure value: any process can go on from it.
template <Job J>
struct State {
  Round round{};                 ///< finished rounds
  Step step{};                   ///< steps taken since the start of the run
  std::uint64_t steps_done = 0;  ///< of the round at work; with in_round
  bool in_round = false;
  typename J::Shared shared{};
  std::vector<typename J::Local> locals;    ///< by address
  std::vector<typename J::Record> records;  ///< by address; meaningful when in_round

  template <class Archive>
  void describe(Archive& archive) {
    archive(round);
    archive(step);
    archive(steps_done);
    archive(in_round);
    archive(shared);
    archive(locals);
    archive(records);
  }
};

}  // namespace dovetail
