/// Calls of code that is not Dovetail's own: which thread is inside one, so that a crash, an exit or a hang there can
/// be told from one here, and what such code must leave alone.
#pragma once
#include <xmmintrin.h>

#include <atomic>
#include <cfenv>
#include <clocale>
#include <cstdint>
#include <vector>

namespace dovetail {

namespace detail {

/// Of one thread, on a cache line of its own: calls begun and ended so far, so odd inside one. Written by that thread.
struct alignas(64) ThreadCalls {
  std::atomic<std::uint64_t> count{0};
  void step() { count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
};
extern constinit thread_local ThreadCalls* calls_of_thread;  ///< null before the thread's first call
/// Makes the thread known, and gives it a stack of its own for signal handlers where it has none: a call that has used
/// up the stack can then still be named.
ThreadCalls& register_thread();

}  // namespace detail

/// What a thread and its process share with the code that they call, and results and files depend on: how numbers are
/// rounded, and the locale. Cheap enough for every call.
class Surroundings {
 public:
  Surroundings() : csr_(_mm_getcsr() & kControl), locale_(std::setlocale(LC_ALL, nullptr)) {}
  [[nodiscard]] bool same_rounding() const { return (_mm_getcsr() & kControl) == csr_; }
  /// By address: the C library keeps the name of a locale where it is until another is set.
  [[nodiscard]] bool same_locale() const { return std::setlocale(LC_ALL, nullptr) == locale_; }
  void restore_rounding() const {
    std::fesetenv(FE_DFL_ENV);  // also of the unit that computes long doubles, which stays as it is at a start
    _mm_setcsr(csr_);
  }

 private:
  static constexpr unsigned kControl = 0xffc0;  // all of MXCSR but the flags of what has happened
  unsigned csr_;
  const char* locale_;
};

/// Marks the calling thread as inside foreign code while it lives. Not to be nested.
class ForeignCall {
 public:
  ForeignCall() : calls_(detail::calls_of_thread != nullptr ? *detail::calls_of_thread : detail::register_thread()) {
    calls_.step();
  }
  ~ForeignCall() { calls_.step(); }
  ForeignCall(const ForeignCall&) = delete;
  ForeignCall& operator=(const ForeignCall&) = delete;

 private:
  detail::ThreadCalls& calls_;
};

/// Whether the calling thread is inside one, or was when exit() was called there. Safe in a signal handler.
[[nodiscard]] bool in_foreign_call() noexcept;

struct CallsOfThread {
  const void* thread;   ///< tells threads apart that live at the same time
  std::uint64_t count;  ///< odd: inside a call, the same one as long as it does not change
};
/// Whether any thread that lives has made one. Allocates nothing.
[[nodiscard]] bool any_foreign_calls();
/// Of all threads that have made foreign calls and live. Safe at any time.
[[nodiscard]] std::vector<CallsOfThread> foreign_calls();

}  // namespace dovetail
