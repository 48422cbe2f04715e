// The order that Work asks for, and failures that reach the caller.
#include "dovetail/execute/executor.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cfenv>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "dovetail/execute/border.hpp"

namespace dovetail {
namespace {

/// Counts calls per address and notes every breach of the order in executor.hpp. `slow` addresses spin a little, so
/// that neighbours run ahead if nothing holds them back.
class OrderChecker final : public Work {
 public:
  OrderChecker(std::uint32_t items, std::uint32_t gap, bool together)
      : gap_(gap), together_(together), advanced_(items), settled_(items) {}

  [[nodiscard]] std::uint32_t items() const override { return static_cast<std::uint32_t>(advanced_.size()); }
  [[nodiscard]] bool exchanges() const override { return together_; }
  [[nodiscard]] bool linked(std::uint32_t i) const override { return i + 1 < items() && i + 1 != gap_; }

  void advance(std::uint32_t i, Step step, unsigned) override {
    for (int spin = 0; spin < ((i * 7 + step.value) % 5 == 0 ? 2000 : 0); ++spin) __builtin_ia32_pause();
    expect(advanced_[i].load() == step.value && (!together_ || settled_[i].load() == step.value));
    advanced_[i].fetch_add(1);
  }
  Trade settle(std::uint32_t i, Step step) override {
    expect(advanced_[i].load() == step.value + 1 && settled_[i].load() == step.value);
    if (i > 0 && linked(i - 1)) expect_neighbour(i - 1, step);
    if (linked(i)) expect_neighbour(i + 1, step);
    settled_[i].fetch_add(1);
    return Trade::stay;
  }
  [[nodiscard]] PacketBytes shown(std::uint32_t, Step) const override { return {}; }
  void see(std::uint32_t, Step, const PacketBytes&) override {}
  [[nodiscard]] Bytes give(std::uint32_t) const override { return {}; }
  void take(std::uint32_t, const Bytes&) override {}
  void expect_all_took(std::uint64_t steps) {
    for (std::uint32_t i = 0; i < items(); ++i) {
      EXPECT_EQ(advanced_[i].load(), steps);
      EXPECT_EQ(settled_[i].load(), together_ ? steps : 0);
    }
    EXPECT_EQ(breaches_.load(), 0);
  }

 private:
  void expect(bool kept) { breaches_ += kept ? 0 : 1; }
  // a neighbour has shown this step, and is at most one step ahead (else it has overwritten its slot)
  void expect_neighbour(std::uint32_t i, Step step) {
    const auto steps = advanced_[i].load();
    expect(steps == step.value + 1 || steps == step.value + 2);
  }

  std::uint32_t gap_;
  bool together_;
  std::vector<std::atomic<std::uint64_t>> advanced_;
  std::vector<std::atomic<std::uint64_t>> settled_;
  std::atomic<int> breaches_{0};
};

class ThrowsAt final : public Work {
 public:
  explicit ThrowsAt(bool together) : together_(together) {}
  [[nodiscard]] std::uint32_t items() const override { return 12; }
  [[nodiscard]] bool exchanges() const override { return together_; }
  [[nodiscard]] bool linked(std::uint32_t i) const override { return i + 1 < 12; }
  void advance(std::uint32_t i, Step step, unsigned) override {
    if (i == 7 && step.value == 50) throw std::runtime_error("at 7, 50");
  }
  Trade settle(std::uint32_t, Step) override { return Trade::stay; }
  [[nodiscard]] PacketBytes shown(std::uint32_t, Step) const override { return {}; }
  void see(std::uint32_t, Step, const PacketBytes&) override {}
  [[nodiscard]] Bytes give(std::uint32_t) const override { return {}; }
  void take(std::uint32_t, const Bytes&) override {}

 private:
  bool together_;
};

/// Adds up thirds, whose last bits depend on the rounding.
class Thirds final : public SeparateWork {
 public:
  [[nodiscard]] std::uint32_t items() const override { return 4; }
  void advance(std::uint32_t i, Step step, unsigned) override {
    sums[i] += 1 / (3.0 + static_cast<double>(step.value));
  }
  std::array<double, 4> sums{};
};

/// Both ends of a slice trade places with other processes, at every step; every call is listed.
class TradesAtBothEnds final : public Work {
 public:
  static constexpr Slice kSlice{2, 6};
  explicit TradesAtBothEnds(std::vector<std::string>& calls) : calls_(calls) {}
  [[nodiscard]] std::uint32_t items() const override { return 8; }
  [[nodiscard]] bool exchanges() const override { return true; }
  [[nodiscard]] bool linked(std::uint32_t i) const override { return i + 1 < items(); }
  void advance(std::uint32_t i, Step, unsigned) override { calls_.push_back("advance " + std::to_string(i)); }
  Trade settle(std::uint32_t i, Step) override {
    calls_.push_back("settle " + std::to_string(i));
    if (i == kSlice.first) return Trade::with_lower;
    return i + 1 == kSlice.last ? Trade::with_upper : Trade::stay;
  }
  [[nodiscard]] PacketBytes shown(std::uint32_t, Step) const override { return {}; }
  void see(std::uint32_t, Step, const PacketBytes&) override {}
  [[nodiscard]] Bytes give(std::uint32_t) const override { return {}; }
  void take(std::uint32_t, const Bytes&) override {}

 private:
  std::vector<std::string>& calls_;
};

/// Lists what it is asked for.
class ListedBorder final : public Border {
 public:
  explicit ListedBorder(std::vector<std::string>& calls) : calls_(calls) {}
  [[nodiscard]] Slice slice(std::uint32_t) const override { return TradesAtBothEnds::kSlice; }
  void show(Side side, const Work&, std::uint32_t edge, Step) override { add("show", side, edge); }
  bool await(Side side, Work&, std::uint32_t beyond, Step, const std::atomic<bool>&) override {
    add("await", side, beyond);
    return true;
  }
  void give(Side side, const Work&, std::uint32_t edge) override { add("give", side, edge); }
  bool take(Side side, Work&, std::uint32_t edge, const std::atomic<bool>&) override {
    add("take", side, edge);
    return true;
  }

 private:
  void add(const std::string& what, Side side, std::uint32_t address) {
    calls_.push_back(what + (side == Side::below ? " below " : " above ") + std::to_string(address));
  }
  std::vector<std::string>& calls_;
};

// Both ends are shown before the inside is worked on, so that neighbours need not wait for that; and both items are
// sent before one is waited for, so that no chain of waits runs along the processes.
TEST(Threads, ServeBordersBeforeTheInsideAndSendBeforeTheyWait) {
  std::vector<std::string> calls;
  ListedBorder border(calls);
  TradesAtBothEnds work(calls);
  make_threads_executor(1, &border)->execute(work, Step(0), 1);
  const std::vector<std::string> expected = {"advance 2",     "show below 2", "advance 5",    "show above 5",
                                             "advance 3",     "advance 4",    "settle 3",     "settle 4",
                                             "await below 1", "settle 2",     "give below 2", "await above 6",
                                             "settle 5",      "give above 5", "take below 2", "take above 5"};
  EXPECT_EQ(calls, expected);
}

TEST(FloatingPoint, RoundingSetByTheCallerDoesNotReachTheWork) {
  Thirds plain;
  make_serial_executor()->execute(plain, Step(0), 100);
  std::fesetround(FE_UPWARD);
  Thirds serial, threads;
  make_serial_executor()->execute(serial, Step(0), 100);
  make_threads_executor(3)->execute(threads, Step(0), 100);
  const int after = std::fegetround();
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(serial.sums, plain.sums);
  EXPECT_EQ(threads.sums, plain.sums);
  EXPECT_EQ(after, FE_UPWARD) << "the caller's own setting was not given back";
}

TEST(Serial, KeepsTheOrderThatWorkAsksFor) {
  OrderChecker work(5, 3, true);
  make_serial_executor()->execute(work, Step(0), 20);
  work.expect_all_took(20);
}

TEST(Threads, KeepTheOrderThatWorkAsksFor) {
  for (const unsigned threads : {1U, 2U, 3U, 5U, 8U}) {
    for (const std::uint32_t items : {1U, 2U, 3U, 7U, 30U}) {
      const auto executor = make_threads_executor(threads);
      OrderChecker work(items, 4, true);
      executor->execute(work, Step(0), 150);
      executor->execute(work, Step(150), 150);
      work.expect_all_took(300);
    }
  }
}

TEST(Threads, RunItemsThatDoNotTalkOnce) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    const auto executor = make_threads_executor(threads);
    OrderChecker work(7, 0, false);
    executor->execute(work, Step(0), 40);
    work.expect_all_took(40);
  }
}

TEST(Threads, BringTheFirstExceptionToTheCallerAndStayUsable) {
  for (const bool together : {true, false}) {
    const auto executor = make_threads_executor(3);
    ThrowsAt throwing(together);
    EXPECT_THROW(executor->execute(throwing, Step(0), 100), std::runtime_error);
    OrderChecker work(6, 0, together);
    executor->execute(work, Step(0), 30);
    work.expect_all_took(30);
  }
}

}  // namespace
}  // namespace dovetail
