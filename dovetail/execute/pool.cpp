// The server's side of a pool: publishes stretches, collects outcomes, publishes again what the store lost.
#include "dovetail/execute/pool.hpp"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/pool_names.hpp"

namespace dovetail {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLook = 0.25;  ///< seconds between two looks at whether the store still has what it had
constexpr double kTell = 10;    ///< seconds without an outcome, after which is said what nobody works on
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
    if (incarnation_ == 0) join(first.value);
    std::vector<std::optional<Bytes>> outcomes(work.items());
    publish(work, first, count, outcomes);
    collect(work, first, count, outcomes);
    if (const auto name = store_.get(pool::conflict_name(joined_))) {
      leave_behind(first.value);
      throw StoreConflict("two workers computed different bytes for " +
                          std::string(reinterpret_cast<const char*>(name->data()), name->size()) + " in " +
                          store_.place() + ": look for different builds, models, data or broken memory.");
    }
    try {
      for (std::uint32_t i = 0; i < work.items(); ++i) work.take_back(i, *outcomes[i]);  // all or, given up, none
    } catch (const CheckpointError& error) {
      leave_behind(first.value);
      throw StoreError("an outcome in " + store_.place() + " is none of this run's items: " + error.what() + ".");
    }
    forget_old(first.value, work.items());
  }

  void end() override {
    try {
      pool::require_same_run(store_, settings_.header.identity);
      const auto latest = pool::find_incarnation(store_, pool::latest_incarnation(store_, 0));
      if (latest) store_.put_if_absent(pool::end_name(*latest), seal_bytes(MessageKind::end, {}));
    } catch (const Error&) {  // the run is whole without the store; workers leave when there is no work
    }
  }

 private:
  /// Puts the header. Names of a run that has ended may be used again.
  void introduce() {
    const auto header = find_pool(store_);
    if (header && header->identity == settings_.header.identity) return;
    if (header) {
      const auto latest = pool::find_incarnation(store_, pool::latest_incarnation(store_, 0));
      const bool ended = latest && store_.get(pool::end_name(*latest));
      if (!ended) require_same_pool(header->identity, settings_.header.identity, store_.place());
      store_.drop(std::vector<std::string>{"run"});
    }
    store_.put_if_absent("run", seal(MessageKind::header, settings_.header));
  }

  /// Finds the incarnation to publish under: the highest, if its workers pass or have passed `step`; else a new one.
  void join(std::uint64_t step) {
    introduce();
    std::uint64_t latest = pool::latest_incarnation(store_, 0);
    auto found = pool::find_incarnation(store_, latest);
    bool announced = false;
    // Of servers that announce at the same time the one furthest back wins: all others come by what it still has to do.
    while (!found || found->first > step || (!announced && !leads_to(*found, step))) {
      // Lower names must be there for workers that come later; what they say does not count.
      for (std::uint64_t n = latest + 1; n <= std::max(latest, incarnation_) + 1; ++n) try_announce(n, step);
      announced = true;
      latest = pool::latest_incarnation(store_, latest);
      found = pool::find_incarnation(store_, latest);
      if (!found) latest = 0;  // lost meanwhile
    }
    incarnation_ = latest;
    joined_ = *found;
  }

  void try_announce(std::uint64_t n, std::uint64_t step) {
    std::uint64_t mark = 0;
    if (::getrandom(&mark, sizeof mark, 0) != static_cast<ssize_t>(sizeof mark)) {
      throw StoreError("the system gives no random bytes for an incarnation; check /dev/urandom.");
    }
    try {
      store_.put_if_absent(pool::incarnation_name(n), seal(MessageKind::incarnation, pool::Incarnation{step, mark}));
    } catch (const StoreConflict&) {  // another server was faster; the next look tells
    }
  }

  /// What went wrong stays in this incarnation: a server that goes on from `step` does the work anew.
  void leave_behind(std::uint64_t step) { try_announce(incarnation_ + 1, step); }

  /// Whether who follows the stretches of that incarnation comes to `step`.
  [[nodiscard]] bool leads_to(const pool::Incarnation& start, std::uint64_t step) {
    if (store_.get(pool::end_name(start))) return false;
    std::uint64_t at = start.first;
    while (at < step) {
      const auto stretch = pool::find<pool::Stretch>(store_, MessageKind::stretch, pool::stretch_name(start, at));
      if (!stretch || stretch->count == 0) return false;
      at += stretch->count;
    }
    return at == step;
  }

  /// Puts what is needed for the outcomes that are missing; the stretch's own record last.
  void publish(Work& work, Step first, std::uint64_t count, const std::vector<std::optional<Bytes>>& outcomes) {
    const Bytes shared = work.shared_bytes();
    const std::string shared_name = pool::shared_name(shared);
    store_.put_if_absent(shared_name, seal_bytes(MessageKind::shared, shared));
    for (std::uint32_t i = 0; i < work.items(); ++i) {
      if (outcomes[i]) continue;
      store_.put_if_absent(pool::input_name(joined_, first.value, i), seal_bytes(MessageKind::input, work.lend(i)));
    }
    const pool::Stretch stretch{count, work.items(), shared_name};
    store_.put_if_absent(pool::stretch_name(joined_, first.value), seal(MessageKind::stretch, stretch));
    if (shared_.empty() || shared_.back() != shared_name) shared_.push_back(shared_name);
  }

  void collect(Work& work, Step first, std::uint64_t count, std::vector<std::optional<Bytes>>& outcomes) {
    auto heard = Clock::now();
    auto published = heard;
    std::string unattended;
    double looks_at = kTell;  // seconds of silence
    const auto since = [](Clock::time_point then) {
      return std::chrono::duration<double>(Clock::now() - then).count();
    };
    for (std::uint32_t i = 0; i < work.items();) {
      const std::string name = pool::outcome_name(joined_, first.value, i);
      if (const auto frame = store_.wait_for(name, kLook)) {
        outcomes[i++] = item_in(*frame, name, first.value);
        heard = Clock::now();
        unattended.clear();
        looks_at = kTell;
        continue;
      }
      const double silent = since(heard);
      if (silent > looks_at) {
        unattended = names_of_unattended(first.value, i, work.items());
        looks_at = silent + kTell;
      }
      if (!work.should_wait(silent, unattended)) {
        throw WorkGivenUp();
      }
      if (store_.get(pool::stretch_name(joined_, first.value + count))) {
        // Another server has gone on, and may have dropped what we wait for.
        outcomes[i] = computed_here(work, i, first, count);
        ++i;
      } else if (lost_or_superseded(first.value)) {
        join(first.value);
        publish(work, first, count, outcomes);
        published = Clock::now();
      } else if (since(heard) > settings_.silence_s) {
        require_somebody_at_work(first.value, i, work.items());
        heard = Clock::now();
        looks_at = kTell;
      } else if (since(std::max(heard, published)) > settings_.lease_s) {
        // A store that went back in time while we published may lack a part, of the way to here too: what is there
        // stays.
        join(first.value);
        publish(work, first, count, outcomes);
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
      leave_behind(step);
      throw;
    }
  }

  /// The outcome of item i, without a worker; the work stays as it is.
  static Bytes computed_here(Work& work, std::uint32_t i, Step first, std::uint64_t count) {
    const Bytes before = work.lend(i);
    for (Step step = first; step.value < first.value + count; ++step) work.advance(i, step, 0);
    Bytes after = work.lend(i);
    work.take_back(i, before);
    return after;
  }

  /// The names of items without an outcome at which nobody is at work; empty where items have no names.
  std::string names_of_unattended(std::uint64_t step, std::uint32_t from, std::uint32_t items) {
    std::string names;
    std::size_t count = 0;
    for (std::uint32_t i = from; i < items && settings_.item_name; ++i) {
      const std::string task = pool::outcome_name(joined_, step, i);
      const auto lease = store_.claim(task, settings_.lease_s);
      if (lease) store_.release(*lease);
      if (!lease || store_.get(task)) continue;
      if (++count <= kNamesMax) names += (names.empty() ? "" : ", ") + settings_.item_name(i);
    }
    return count > kNamesMax ? names + " and " + std::to_string(count - kNamesMax) + " more" : names;
  }

  /// A long task is no silence: its lease is held. StoreError when that of none is.
  void require_somebody_at_work(std::uint64_t step, std::uint32_t from, std::uint32_t items) {
    for (std::uint32_t i = from; i < items; ++i) {
      const auto free = store_.claim(pool::outcome_name(joined_, step, i), settings_.lease_s);
      if (!free) return;
      store_.release(*free);
    }
    const std::string names = names_of_unattended(step, from, items);
    throw StoreError("no worker has been at work " + (names.empty() ? "" : "on " + names + " ") + "in " +
                     store_.place() + " for " + std::to_string(static_cast<int>(settings_.silence_s)) +
                     " s; start workers for this run" + (names.empty() ? "" : " that can do these") +
                     ", then resume it.");
  }

  [[nodiscard]] bool lost_or_superseded(std::uint64_t step) {
    return pool::find_incarnation(store_, incarnation_) != joined_ || !store_.get(pool::stretch_name(joined_, step)) ||
           store_.get(pool::incarnation_name(incarnation_ + 1));
  }

  void forget_old(std::uint64_t step, std::uint32_t items) {
    done_.push_back({joined_, step, items});
    if (done_.size() <= kStretchesKept) return;
    const Done old = done_.front();
    done_.pop_front();
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < old.items; ++i) {
      names.push_back(pool::input_name(old.incarnation, old.step, i));
      names.push_back(pool::outcome_name(old.incarnation, old.step, i));
    }
    store_.drop(names);
    if (shared_.size() <= kStretchesKept + 1) return;
    store_.drop(std::vector{shared_.front()});
    shared_.pop_front();
  }

  struct Done {
    pool::Incarnation incarnation;
    std::uint64_t step;
    std::uint32_t items;
  };
  std::shared_ptr<Store> owned_;
  Store& store_;
  PoolSettings settings_;
  std::unique_ptr<Executor> here_ = make_serial_executor();
  std::uint64_t incarnation_ = 0;  ///< 0: not joined yet
  pool::Incarnation joined_;
  std::deque<Done> done_;
  std::deque<std::string> shared_;
};

}  // namespace

std::optional<PoolHeader> find_pool(Store& store) {
  return pool::find<PoolHeader>(store, MessageKind::header, "run", kHeaderMax);
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
