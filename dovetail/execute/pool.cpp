// The server's side of a pool: publishes stretches, collects outcomes, publishes again what the store lost.
#include "dovetail/execute/pool.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/floating_point.hpp"
#include "dovetail/execute/pool_names.hpp"
#include "dovetail/execute/pool_way.hpp"

namespace dovetail {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLook = 0.25;  ///< seconds between two looks at whether the store still has what it had
constexpr double kTell = 10;    ///< seconds without an outcome, after which is said what nobody works on
constexpr double kLeaseLeast = 0.001;
constexpr std::size_t kNamesMax = 5;
constexpr std::size_t kHeaderMax = std::size_t{1} << 20;
constexpr std::size_t kStretchesKept = 2;  ///< another server may be so far behind and still find what it needs

class PoolExecutor final : public Executor {
 public:
  PoolExecutor(std::shared_ptr<Store> store, PoolSettings settings)
      : owned_(std::move(store)), store_(*owned_), settings_(std::move(settings)) {}

  [[nodiscard]] unsigned workers() const override { return 1; }
  [[nodiscard]] std::uint64_t stretch(std::uint64_t steps) const override {
    return settings_.steps == 0 ? steps : std::min(steps, settings_.steps);
  }

  void execute(Work& work, Step first, std::uint64_t count) override {
    if (work.exchanges()) {
      throw UsageError("the items of this job talk at every step, which a pool cannot do; use threads or mpi.");
    }
    if (!work.can_lend()) return here_->execute(work, first, count);
    std::vector<std::optional<Bytes>> outcomes(work.items());
    try {
      if (way_.has_joined() || way_.join(first.value)) publish(work, first, count, outcomes);
      collect(work, first, count, outcomes);
      if (const auto task = pool::find_conflict(store_, way_.at())) {
        way_.leave_behind(first.value);
        throw conflict_in(*task);
      }
    } catch (const StoreStopped&) {
      if (!work.should_wait(way_.silent_s(), {})) throw WorkGivenUp();
      throw;
    }
    try {
      for (std::uint32_t i = 0; i < work.items(); ++i) {  // all or, given up, none
        work.take_back(i, *outcomes[i], Step(first.value + count));
      }
    } catch (const CheckpointError& error) {
      way_.leave_behind(first.value);
      throw StoreError("an outcome in " + store_.place() + " is none of this run's items: " + error.what() + ".");
    }
    try {
      way_.let_go();
      forget_old(first.value, work.items());
    } catch (const StoreStopped&) {  // what is there expires; the stretch is done
    }
  }

  void end() override {
    std::optional<std::string> disputed;
    try {
      static_cast<void>(pool::find_same_run(store_, settings_.header.identity));
      const auto latest = pool::find_incarnation(store_, pool::latest_incarnation(store_, 0));
      if (latest) store_.put_if_absent(pool::end_name(*latest), seal_bytes(MessageKind::end, {}));
      if (latest) disputed = pool::find_conflict(store_, *latest);
      // What another server that is a little behind still has to find are outcomes alone.
      for (const Done& done : done_) store_.drop(names_of(done, pool::input_name));
      store_.drop(std::vector(shared_.begin(), shared_.end()));
    } catch (const Error&) {  // the run is whole without the store; workers leave when there is no work
    }
    // Of a stretch that was taken for done: who redid it, or was stopped meanwhile, has spoken since.
    if (disputed) throw conflict_in(*disputed);
  }

 private:
  [[nodiscard]] StoreConflict conflict_in(const std::string& task) const {
    return StoreConflict("two workers computed different bytes for " + task + " in " + store_.place() +
                         ": look for different builds, models, data or broken memory.");
  }

  /// Puts what is needed for the outcomes that are missing; the stretch's own record last.
  void publish(Work& work, Step first, std::uint64_t count, const std::vector<std::optional<Bytes>>& outcomes) {
    const Bytes shared = work.shared_bytes();
    const std::string shared_name = pool::shared_name(shared);
    store_.put_if_absent(shared_name, seal_bytes(MessageKind::shared, shared));
    for (std::uint32_t i = 0; i < work.items(); ++i) {
      if (outcomes[i]) continue;
      store_.put_if_absent(pool::input_name(way_.at(), first.value, i), seal_bytes(MessageKind::input, work.lend(i)));
    }
    const pool::Stretch stretch{count, work.items(), shared_name};
    store_.put_if_absent(pool::stretch_name(way_.at(), first.value), seal(MessageKind::stretch, stretch));
    way_.pass(first.value, stretch);
    if (shared_.empty() || shared_.back() != shared_name) shared_.push_back(shared_name);
  }

  void collect(Work& work, Step first, std::uint64_t count, std::vector<std::optional<Bytes>>& outcomes) {
    way_.hear();
    auto published = Clock::now();
    std::string unattended;
    double looks_at = kTell;  // seconds of silence
    const auto is_overtaken = [&] {
      return store_.get(pool::stretch_name(way_.at(), first.value + count)).has_value();
    };
    bool overtaken = is_overtaken();
    for (std::uint32_t i = 0; i < work.items();) {
      const std::string name = pool::outcome_name(way_.at(), first.value, i);
      if (const auto frame = overtaken ? store_.get(name) : store_.wait_for(name, kLook)) {
        outcomes[i++] = item_in(*frame, name, first.value);
        way_.hear();
        unattended.clear();
        looks_at = kTell;
        continue;
      }
      const double silent = way_.silent_s();
      if (silent > looks_at && way_.has_arrived()) {
        unattended = names_of_unattended(first.value, i, work.items());
        looks_at = silent + kTell;
      }
      if (!work.should_wait(silent, unattended)) throw WorkGivenUp();
      const double rested = std::min(silent, std::chrono::duration<double>(Clock::now() - published).count());
      overtaken = is_overtaken();
      if (overtaken) {
        // Another server has gone on, and may have dropped what we wait for.
        outcomes[i] = computed_here(work, i, first, count);
        ++i;
      } else if (silent > settings_.silence_s) {
        require_somebody_at_work(first.value, i, work.items());
        way_.hear();
        looks_at = kTell;
      } else if (!way_.has_arrived() || is_lost(first.value) || rested > settings_.lease_s) {
        // A store that went back in time while we published may lack a part, of the way to here too: what is there
        // stays.
        if (way_.join(first.value)) publish(work, first, count, outcomes);
        published = Clock::now();
      }
    }
  }

  Bytes item_in(const Bytes& frame, const std::string& name, std::uint64_t step) {
    try {
      auto outcome = unseal<pool::Outcome>(MessageKind::outcome, frame, settings_.item_max, name);
      if (!outcome.fault.empty()) throw ModelError("in a worker: " + outcome.fault);
      return std::move(outcome.item);
    } catch (const Error&) {
      way_.leave_behind(step);
      throw;
    }
  }

  /// The outcome of item i, without a worker; the work stays as it is.
  static Bytes computed_here(Work& work, std::uint32_t i, Step first, std::uint64_t count) {
    const FloatingPointDefaults defaults;
    const Bytes before = work.lend(i);
    for (Step step = first; step.value < first.value + count; ++step) work.advance(i, step, 0);
    Bytes after = work.lend(i);
    work.take_back(i, before, first);
    return after;
  }

  /// The names of items without an outcome at which nobody is at work; empty where items have no names.
  std::string names_of_unattended(std::uint64_t step, std::uint32_t from, std::uint32_t items) {
    std::string names;
    std::size_t count = 0;
    for (std::uint32_t i = from; i < items && settings_.item_name; ++i) {
      const std::string task = pool::outcome_name(way_.at(), step, i);
      const auto lease = store_.claim(task, settings_.lease_s);
      if (lease) store_.release(*lease);
      if (!lease || store_.get(task)) continue;
      if (++count <= kNamesMax) names += (names.empty() ? "" : ", ") + settings_.item_name(i);
    }
    return count > kNamesMax ? names + " and " + std::to_string(count - kNamesMax) + " more" : names;
  }

  void require_somebody_at_work(std::uint64_t step, std::uint32_t from, std::uint32_t items) {
    if (way_.is_at_work()) return;
    const std::string names = names_of_unattended(step, from, items);
    throw StoreError("no worker has been at work " + (names.empty() ? "" : "on " + names + " ") + "in " +
                     store_.place() + " for " + std::to_string(static_cast<int>(settings_.silence_s)) +
                     " s; start workers for this run" + (names.empty() ? "" : " that can do these") +
                     ", then resume it.");
  }

  [[nodiscard]] bool is_lost(std::uint64_t step) {
    return !way_.is_highest() || !store_.get(pool::stretch_name(way_.at(), step));
  }

  void forget_old(std::uint64_t step, std::uint32_t items) {
    done_.push_back({way_.at(), step, items});
    if (done_.size() <= kStretchesKept) return;
    const Done old = done_.front();
    done_.pop_front();
    store_.drop(names_of(old, pool::input_name));
    store_.drop(names_of(old, pool::outcome_name));
    if (shared_.size() <= kStretchesKept + 1) return;
    store_.drop(std::vector{shared_.front()});
    shared_.pop_front();
  }

  struct Done {
    pool::Incarnation incarnation;
    std::uint64_t step;
    std::uint32_t items;
  };
  template <class Name>
  static std::vector<std::string> names_of(const Done& done, Name name) {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < done.items; ++i) names.push_back(name(done.incarnation, done.step, i));
    return names;
  }
  std::shared_ptr<Store> owned_;
  Store& store_;
  PoolSettings settings_;
  std::unique_ptr<Executor> here_ = make_serial_executor();
  pool::Way way_{store_, settings_};
  std::deque<Done> done_;
  std::deque<std::string> shared_;
};

}  // namespace

std::optional<PoolHeader> find_pool(Store& store) {
  auto header = pool::find<PoolHeader>(store, MessageKind::header, "run", kHeaderMax);
  if (header && !(header->lease_max_s >= kLeaseLeast)) {
    throw StoreError("the message run in " + store.place() + " allows no leases: it is none of Dovetail's.");
  }
  return header;
}

void require_same_pool(const PoolIdentity& there, const PoolIdentity& here, const std::string& place) {
  if (there == here) return;
  const auto [a, b] = std::mismatch(there.begin(), there.end(), here.begin(), here.end());
  const PoolField none{"nothing more", ""};
  const PoolField& theirs = a == there.end() ? none : *a;
  const PoolField& ours = b == here.end() ? none : *b;
  throw UsageError("another run than this one uses these names in " + place + ": there " + theirs.name + " = \"" +
                   theirs.text + "\", here " + ours.name + " = \"" + ours.text +
                   "\"; give workers the server's program, model and data, and each run a name of its own (--run).");
}

std::unique_ptr<Executor> make_pool_executor(std::shared_ptr<Store> store, PoolSettings settings) {
  return std::make_unique<PoolExecutor>(std::move(store), std::move(settings));
}

}  // namespace dovetail
