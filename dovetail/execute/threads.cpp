// Persistent workers with neighbour waits: a worker owns a contiguous run of addresses, advances its edges first, shows
// them, does its interior, and only then looks whether its neighbours' edges are there. Nobody waits for everybody,
// so a late worker delays its neighbours by at most one step per step, and a step costs no barrier.
#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/border.hpp"
#include "dovetail/execute/executor.hpp"
#include "dovetail/execute/floating_point.hpp"

namespace dovetail {
namespace {

constexpr std::uint32_t kGaveUp = std::numeric_limits<std::uint32_t>::max();

// Long enough to bridge the jitter of two even workers, short enough to give the core to a neighbour that lost its
// own to a foreign process: pure spinning was measured ten times slower under such load.
constexpr int kSpins = 400;

/// A counter that one worker raises and its neighbours wait for; alone on its cache line.
struct alignas(64) Shown {
  std::atomic<std::uint32_t> steps{0};

  void show(std::uint32_t count) {
    // a locked exchange: notify_all looks for sleepers, and must not do so before the new count can be seen
    steps.exchange(count, std::memory_order_seq_cst);
    steps.notify_all();
  }
  void await(std::uint32_t count) const {
    for (int spin = 0; spin < kSpins; ++spin) {
      if (steps.load(std::memory_order_acquire) >= count) return;
      __builtin_ia32_pause();
    }
    for (std::uint32_t seen = steps.load(std::memory_order_acquire); seen < count;
         seen = steps.load(std::memory_order_acquire)) {
      steps.wait(seen, std::memory_order_acquire);
    }
  }
};

class ThreadsExecutor final : public Executor {
 public:
  ThreadsExecutor(unsigned threads, Border* border) : border_(border), shown_(threads) {
    for (unsigned w = 1; w < threads; ++w) threads_.emplace_back([this, w] { serve(w); });
  }
  ~ThreadsExecutor() override {
    work_ = nullptr;
    call();
    for (std::thread& thread : threads_) thread.join();
  }
  ThreadsExecutor(const ThreadsExecutor&) = delete;
  ThreadsExecutor& operator=(const ThreadsExecutor&) = delete;

  [[nodiscard]] unsigned workers() const override { return static_cast<unsigned>(shown_.size()); }

  void execute(Work& work, Step first, std::uint64_t count) override {
    DOVETAIL_REQUIRE(count < kGaveUp);
    work_ = &work;
    first_ = first;
    count_ = static_cast<std::uint32_t>(count);
    next_item_ = 0;
    failed_ = false;
    error_ = nullptr;
    for (Shown& shown : shown_) shown.steps.store(0, std::memory_order_relaxed);
    at_work_.store(static_cast<unsigned>(threads_.size()), std::memory_order_relaxed);
    call();
    do_share(0);
    for (unsigned left = at_work_.load(std::memory_order_acquire); left != 0;
         left = at_work_.load(std::memory_order_acquire)) {
      at_work_.wait(left, std::memory_order_acquire);
    }
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void call() {
    calls_.fetch_add(1, std::memory_order_release);
    calls_.notify_all();
  }

  void serve(unsigned w) {
    for (std::uint32_t answered = 0;;) {
      calls_.wait(answered, std::memory_order_acquire);
      ++answered;
      if (work_ == nullptr) return;
      do_share(w);
      if (at_work_.fetch_sub(1, std::memory_order_acq_rel) == 1) at_work_.notify_one();
    }
  }

  void do_share(unsigned w) {
    const FloatingPointDefaults defaults;
    try {
      if (work_->exchanges()) {
        step_together(w);
      } else {
        step_apart(w);
      }
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (!error_) error_ = std::current_exception();
      failed_.store(true, std::memory_order_relaxed);
    }
    if (failed_.load(std::memory_order_relaxed)) shown_[w].show(kGaveUp);  // let the neighbours go
  }

  void step_apart(unsigned w) {
    const Slice slice = slice_of(work_->items());
    for (std::uint32_t i = slice.first + next_item_++; i < slice.last; i = slice.first + next_item_++) {
      for (std::uint32_t t = 0; t < count_; ++t) {
        if (failed_.load(std::memory_order_relaxed)) return;
        work_->advance(i, Step(first_.value + t), w);
      }
    }
  }

  [[nodiscard]] Slice slice_of(std::uint32_t items) const { return border_ ? border_->slice(items) : Slice{0, items}; }

  /// What a worker has to do with those below and above its run of addresses.
  struct Edges {
    bool waits_below, waits_above;  ///< for a worker of this process
    bool border_below, border_above;
  };

  void step_together(unsigned w) {
    const std::uint32_t items = work_->items();
    const Slice slice = slice_of(items);
    const auto sharing = std::min(static_cast<std::uint32_t>(shown_.size()), slice.size());
    if (w >= sharing) return;
    const auto bound = [&](std::uint64_t share) {
      return slice.first + static_cast<std::uint32_t>(share * slice.size() / sharing);
    };
    const std::uint32_t low = bound(w);
    const std::uint32_t high = bound(w + 1) - 1;
    const bool linked_below = low > 0 && work_->linked(low - 1);
    const bool linked_above = high + 1 < items && work_->linked(high);
    const Edges edges{linked_below && w > 0, linked_above && w + 1 < sharing, linked_below && w == 0,
                      linked_above && w + 1 == sharing};
    for (std::uint32_t t = 0; t < count_; ++t) {
      const Step step(first_.value + t);
      work_->advance(low, step, w);
      if (edges.border_below) border_->show(Side::below, *work_, low, step);
      if (high != low) work_->advance(high, step, w);
      if (edges.border_above) border_->show(Side::above, *work_, high, step);
      if (edges.waits_below || edges.waits_above) shown_[w].show(t + 1);
      for (std::uint32_t i = low + 1; i < high; ++i) work_->advance(i, step, w);
      for (std::uint32_t i = low + 1; i < high; ++i) work_->settle(i, step);
      if (!settle_edges(w, edges, low, high, t)) return;
    }
  }

  /// False: another worker failed, and what this one waits for may never come.
  bool settle_edges(unsigned w, const Edges& edges, std::uint32_t low, std::uint32_t high, std::uint32_t t) {
    const Step step(first_.value + t);
    const auto await_above = [&] {
      if (edges.waits_above) shown_[w + 1].await(t + 1);
      return !edges.border_above || border_->await(Side::above, *work_, high + 1, step, failed_);
    };
    if (edges.waits_below) shown_[w - 1].await(t + 1);
    if (edges.border_below && !border_->await(Side::below, *work_, low - 1, step, failed_)) return false;
    if (high == low && !await_above()) return false;
    if (failed_.load(std::memory_order_relaxed)) return false;
    // Items that cross a border are sent before any is waited for, so that no chain of waits runs along the ranks.
    const Trade at_low = give(low, step);
    if (high != low && !await_above()) return false;
    if (failed_.load(std::memory_order_relaxed)) return false;
    const Trade at_high = high != low ? give(high, step) : Trade::stay;
    return take(low, at_low) && take(high, at_high);
  }

  Trade give(std::uint32_t i, Step step) {
    const Trade trade = work_->settle(i, step);
    if (trade != Trade::stay) border_->give(side_of(trade), *work_, i);
    return trade;
  }
  bool take(std::uint32_t i, Trade trade) {
    return trade == Trade::stay || border_->take(side_of(trade), *work_, i, failed_);
  }
  static Side side_of(Trade trade) { return trade == Trade::with_lower ? Side::below : Side::above; }

  Border* border_;
  std::vector<Shown> shown_;
  std::vector<std::thread> threads_;
  Work* work_ = nullptr;
  Step first_{};
  std::uint32_t count_ = 0;
  std::atomic<std::uint32_t> calls_{0};
  std::atomic<std::uint32_t> next_item_{0};
  std::atomic<unsigned> at_work_{0};
  std::atomic<bool> failed_{false};
  std::mutex error_mutex_;
  std::exception_ptr error_;
};

}  // namespace

std::unique_ptr<Executor> make_threads_executor(unsigned threads, Border* border) {
  if (threads == 0) throw UsageError("0 threads cannot do any work; use --threads 1 or more");
  return std::make_unique<ThreadsExecutor>(threads, border);
}

}  // namespace dovetail
