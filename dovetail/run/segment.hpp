/// A stretch of consecutive steps of a typed job, as the type-free Work that executors run.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/executor.hpp"
#include "dovetail/run/job.hpp"
#include "dovetail/run/observer.hpp"

namespace dovetail {

namespace detail {
struct NoPacket {};
template <class J>
struct PacketOf {
  using type = NoPacket;
};
template <Exchanging J>
struct PacketOf<J> {
  using type = typename J::Packet;
};
}  // namespace detail

/// All that steps of one address read and write besides shared state.
template <Job J>
struct Lent {
  typename J::Local local;
  typename J::Record record;

  template <class Archive>
  void describe(Archive& archive) {
    archive(local);
    archive(record);
  }
};

/// CheckpointError where what others computed, or sent, cannot be the item's before step `next`.
template <Lendable J>
void require_own(const J& job, const typename J::Shared& shared, ItemId item, const Lent<J>& lent, Step next) {
  if (item.value < job.items(shared) && job.accepts(shared, item, lent.local, lent.record, next)) return;
  throw CheckpointError("the sizes or numbers of item " + std::to_string(item.value) + " are none before step " +
                        std::to_string(next.value));
}

/// States move by swapping pointers. Each address shows (packet, pointer to its item) in the slot of the step's parity;
/// two slots are enough because a neighbour is at most one step ahead. When a pair trades, each side takes the other's
/// pointer: nothing is written across addresses. Of an address that another process has there is a packet and no
/// pointer: a trade with it is the executor's to carry out.
template <Job J>
class Segment final : public Work {
 public:
  /// Keeps references: all arguments must outlive the segment. `scratch` has one element per worker. `observer`, if
  /// any, is asked whether to wait for others.
  Segment(const J& job, State<J>& state, std::span<typename J::Scratch> scratch, Observer* observer = nullptr)
      : job_(job),
        state_(state),
        scratch_(scratch),
        observer_(observer),
        at_(state.locals.size()),
        linked_(at_.size(), 0) {
    for (std::size_t i = 0; i < at_.size(); ++i) at_[i] = &state.locals[i];
    for (auto& slots : shown_) slots.resize(at_.size());
    if constexpr (Exchanging<J>) {
      for (std::uint32_t i = 0; i + 1 < items(); ++i) linked_[i] = job.linked(state.shared, ItemId(i)) ? 1 : 0;
    }
  }

  [[nodiscard]] std::uint32_t items() const override { return static_cast<std::uint32_t>(at_.size()); }
  [[nodiscard]] bool exchanges() const override { return Exchanging<J>; }
  [[nodiscard]] bool linked(std::uint32_t i) const override { return linked_[i] != 0; }

  void advance(std::uint32_t i, Step step, unsigned worker) override {
    job_.advance(state_.shared, ItemId(i), *at_[i], state_.records[i], step, scratch_[worker]);
    if constexpr (Exchanging<J>) {
      shown_[step.value & 1][i] = {job_.offer(state_.shared, ItemId(i), *at_[i]), at_[i]};
    }
  }

  Trade settle([[maybe_unused]] std::uint32_t i, [[maybe_unused]] Step step) override {
    if constexpr (Exchanging<J>) {
      const auto& slots = shown_[step.value & 1];
      const Slot* lower = i > 0 && linked_[i - 1] ? &slots[i - 1] : nullptr;
      const Slot* upper = linked_[i] ? &slots[i + 1] : nullptr;
      const Trade trade = job_.settle(state_.shared, ItemId(i), state_.records[i], slots[i].packet,
                                      lower ? &lower->packet : nullptr, upper ? &upper->packet : nullptr, step);
      if (trade == Trade::stay) return trade;
      const Slot* partner = trade == Trade::with_lower ? lower : upper;
      if (partner->item == nullptr) return trade;
      at_[i] = partner->item;
    }
    return Trade::stay;
  }

  [[nodiscard]] PacketBytes shown([[maybe_unused]] std::uint32_t i, [[maybe_unused]] Step step) const override {
    PacketBytes bytes{};
    if constexpr (Exchanging<J>) {
      using Packet = typename J::Packet;
      static_assert(std::is_trivially_copyable_v<Packet> && sizeof(Packet) <= sizeof(PacketBytes));
      std::memcpy(bytes.data(), &shown_[step.value & 1][i].packet, sizeof(Packet));
    }
    return bytes;
  }
  void see([[maybe_unused]] std::uint32_t i, [[maybe_unused]] Step step,
           [[maybe_unused]] const PacketBytes& bytes) override {
    if constexpr (Exchanging<J>) {
      Slot& slot = shown_[step.value & 1][i];
      std::memcpy(&slot.packet, bytes.data(), sizeof slot.packet);
      slot.item = nullptr;
    }
  }
  [[nodiscard]] Bytes give(std::uint32_t i) const override { return pack(*at_[i]); }
  void take(std::uint32_t i, const Bytes& item) override { *at_[i] = unpack<typename J::Local>(item); }

  [[nodiscard]] bool can_lend() const override { return Lendable<J>; }
  [[nodiscard]] Bytes shared_bytes() const override {
    if constexpr (Reserved<J>) return pack(job_.shown(state_.shared));
    return pack(state_.shared);
  }
  [[nodiscard]] Bytes lend(std::uint32_t i) const override { return pack(Lent<J>{*at_[i], state_.records[i]}); }
  void take_back(std::uint32_t i, const Bytes& item, [[maybe_unused]] Step next) override {
    auto lent = unpack<Lent<J>>(item);
    if constexpr (Lendable<J>) require_own(job_, state_.shared, ItemId(i), lent, next);
    *at_[i] = std::move(lent.local);
    state_.records[i] = std::move(lent.record);
  }
  [[nodiscard]] bool should_wait(double seconds, const std::string& unattended) override {
    if (observer_ == nullptr) return true;
    observer_->waits(seconds, unattended);
    return observer_->should_stop() == StopReason::finished;
  }

  /// Puts the items back into address order. Call once, after the executor is done.
  void finish() {
    std::vector<typename J::Local> ordered;
    ordered.reserve(at_.size());
    for (auto* item : at_) ordered.push_back(std::move(*item));
    state_.locals = std::move(ordered);
  }

 private:
  struct Slot {
    typename detail::PacketOf<J>::type packet{};
    typename J::Local* item = nullptr;  ///< null: in another process
  };
  const J& job_;
  State<J>& state_;
  std::span<typename J::Scratch> scratch_;
  Observer* observer_;
  std::vector<typename J::Local*> at_;
  std::vector<char> linked_;  ///< by lower address; the last is 0
  std::array<std::vector<Slot>, 2> shown_;
};

/// Calls f(i, worker) once for each i in 0..n-1 that this process has, on whatever thread the executor likes.
template <class F>
void for_each_item(Executor& executor, std::uint32_t n, F&& f) {
  class Once final : public SeparateWork {
   public:
    Once(std::uint32_t n, F& f) : n_(n), f_(f) {}
    [[nodiscard]] std::uint32_t items() const override { return n_; }
    void advance(std::uint32_t i, Step, unsigned worker) override { f_(i, worker); }

   private:
    std::uint32_t n_;
    F& f_;
  };
  Once once(n, f);
  executor.execute(once, Step(0), 1);
}

}  // namespace dovetail
