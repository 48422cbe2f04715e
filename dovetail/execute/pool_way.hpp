/// The incarnation under which a server of a pool publishes, and how far its stretches have come.
///
/// Of several servers the one furthest back sets the pace: whoever is ahead follows its incarnation and waits until its
/// stretches lead to their own step. An incarnation from further back is superseded only where nothing has moved in it
/// for a lease's time and none of its tasks is leased. Were it superseded at once, two servers would take each other's
/// workers away before a task is done, without end.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "dovetail/execute/pool_names.hpp"

namespace dovetail::pool {

/// For one thread. Keeps references.
class Way {
 public:
  Way(Store& store, const PoolSettings& settings) : store_(store), settings_(settings) {}

  /// Follows the highest incarnation, or announces one that begins at `step`: where there is none, where the highest
  /// begins later, so that its workers never come by, or is at an end, or does not lead here and has come to rest.
  /// True: tasks of `step` may be put under at(). False: somebody further back is on the way; ask again.
  /// UsageError where another run that has not ended has these names.
  bool join(std::uint64_t step);
  [[nodiscard]] bool has_joined() const { return number_ != 0; }
  /// What join() said last.
  [[nodiscard]] bool has_arrived() const { return arrived_; }
  [[nodiscard]] const Incarnation& at() const { return at_; }
  /// Whether the store still has at(), as the highest.
  [[nodiscard]] bool is_highest();

  /// A stretch of at() is in the store.
  void pass(std::uint64_t first, const Stretch& stretch);
  /// An outcome has come.
  void hear() { heard_ = Clock::now(); }
  /// Seconds since somebody was known to be at work: an outcome, a stretch after the first, a lease.
  [[nodiscard]] double silent_s() const { return seconds_since(heard_); }
  /// Whether a task of the last stretch is leased, since a long one is no silence, or has been done since the last
  /// look.
  [[nodiscard]] bool is_at_work();

  /// What went wrong stays in this incarnation: a server that goes on from `step` does the work anew.
  void leave_behind(std::uint64_t step);
  /// Has the store forget, in its time, what workers put into the last stretch: their accounts may not say so. And, now
  /// and then, keep what leads to it, which who comes later needs whole: else the oldest would expire while a run
  /// lasts.
  void let_go();

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }
  void introduce();
  void follow(std::uint64_t number, const Incarnation& incarnation);
  [[nodiscard]] bool leads_to(std::uint64_t step);
  [[nodiscard]] bool goes_on();
  void try_announce(std::uint64_t n, std::uint64_t step);
  void keep_what_leads_here();

  Store& store_;
  const PoolSettings& settings_;
  std::uint64_t number_ = 0;  ///< 0: not joined yet
  Incarnation at_;
  bool arrived_ = false;
  std::vector<std::uint64_t> stretches_;   ///< first steps of its stretches that were seen
  std::optional<Clock::time_point> kept_;  ///< when what leads here was
  std::uint64_t walked_ = 0;               ///< step to which its stretches lead, as far as they were followed
  std::uint64_t furthest_ = 0;             ///< where the last that was ever seen ends
  std::uint64_t last_first_ = 0;           ///< of that one
  std::uint32_t last_items_ = 0;           ///< likewise; 0: none was seen
  std::uint32_t last_done_ = 0;            ///< of its tasks, at the last look
  Clock::time_point heard_ = Clock::now();
  Clock::time_point moved_ = heard_;  ///< when it, or a stretch of it, was first seen
};

}  // namespace dovetail::pool
