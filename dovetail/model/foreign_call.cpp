#include "dovetail/model/foreign_call.hpp"

#include <algorithm>
#include <csignal>
#include <mutex>

namespace dovetail {
namespace {

constexpr std::size_t kHandlerStackBytes = std::size_t{64} << 10;

struct Threads {
  std::mutex mutex;
  std::vector<const detail::ThreadCalls*> live;
};

/// Never destroyed: threads may end after all that is.
Threads& threads() {
  static auto* const all = new Threads;
  return *all;
}

// exit() destroys what belongs to its thread before it calls any handler: this stays.
constinit thread_local bool ended_inside = false;

/// A thread from its first call to its end.
class Registration {
 public:
  Registration() {
    const std::lock_guard lock(threads().mutex);
    threads().live.push_back(&calls_);
    detail::calls_of_thread = &calls_;
    stack_t before{};
    if (sigaltstack(nullptr, &before) != 0 || (before.ss_flags & SS_DISABLE) == 0) return;  // a sanitizer's, say
    stack_t mine{};
    mine.ss_sp = stack_.data();
    mine.ss_size = stack_.size();
    owns_stack_ = sigaltstack(&mine, nullptr) == 0;
  }
  ~Registration() {
    ended_inside = in_foreign_call();
    if (!ended_inside) detail::calls_of_thread = nullptr;
    if (owns_stack_) {
      stack_t none{};
      none.ss_flags = SS_DISABLE;
      sigaltstack(&none, nullptr);
    }
    const std::lock_guard lock(threads().mutex);
    std::erase(threads().live, &calls_);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  [[nodiscard]] detail::ThreadCalls& calls() { return calls_; }

 private:
  detail::ThreadCalls calls_;
  bool owns_stack_ = false;
  /// On the heap: threads that never call foreign code need not hold room for a stack.
  std::vector<char> stack_ = std::vector<char>(kHandlerStackBytes);
};

}  // namespace

namespace detail {

constinit thread_local ThreadCalls* calls_of_thread = nullptr;

ThreadCalls& register_thread() {
  thread_local Registration registration;
  return registration.calls();
}

}  // namespace detail

bool in_foreign_call() noexcept {
  if (ended_inside) return true;
  return detail::calls_of_thread != nullptr && detail::calls_of_thread->count.load(std::memory_order_relaxed) % 2 == 1;
}

bool any_foreign_calls() {
  const std::lock_guard lock(threads().mutex);
  return !threads().live.empty();
}

std::vector<CallsOfThread> foreign_calls() {
  const std::lock_guard lock(threads().mutex);
  std::vector<CallsOfThread> all;
  for (const detail::ThreadCalls* calls : threads().live) {
    all.push_back({calls, calls->count.load(std::memory_order_relaxed)});
  }
  return all;
}

}  // namespace dovetail
