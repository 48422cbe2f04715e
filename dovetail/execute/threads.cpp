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
  explicit ThreadsExecutor(unsigned threads) : shown_(threads) {
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
    for (std::uint32_t i = next_item_++; i < work_->items(); i = next_item_++) {
      for (std::uint32_t t = 0; t < count_; ++t) {
        if (failed_.load(std::memory_order_relaxed)) return;
        work_->advance(i, Step(first_.value + t), w);
      }
    }
  }

  void step_together(unsigned w) {
    const std::uint32_t items = work_->items();
    const auto sharing = std::min(static_cast<std::uint32_t>(shown_.size()), items);
    if (w >= sharing) return;
    const auto bound = [&](std::uint64_t share) { return static_cast<std::uint32_t>(share * items / sharing); };
    const std::uint32_t low = bound(w);
    const std::uint32_t high = bound(w + 1) - 1;
    const bool waits_below = w > 0 && work_->linked(low - 1);
    const bool waits_above = w + 1 < sharing && work_->linked(high);
    for (std::uint32_t t = 0; t < count_; ++t) {
      const Step step(first_.value + t);
      work_->advance(low, step, w);
      if (high != low) work_->advance(high, step, w);
      if (waits_below || waits_above) shown_[w].show(t + 1);
      for (std::uint32_t i = low + 1; i < high; ++i) work_->advance(i, step, w);
      for (std::uint32_t i = low + 1; i < high; ++i) work_->settle(i, step);
      if (waits_below) shown_[w - 1].await(t + 1);
      if (waits_above && high == low) shown_[w + 1].await(t + 1);
      if (failed_.load(std::memory_order_relaxed)) return;
      work_->settle(low, step);
      if (high == low) continue;
      if (waits_above) shown_[w + 1].await(t + 1);
      if (failed_.load(std::memory_order_relaxed)) return;
      work_->settle(high, step);
    }
  }

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

std::unique_ptr<Executor> make_threads_executor(unsigned threads) {
  if (threads == 0) throw UsageError("0 threads cannot do any work; use --threads 1 or more");
  return std::make_unique<ThreadsExecutor>(threads);
}

}  // namespace dovetail
