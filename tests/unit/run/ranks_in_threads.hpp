/// Ranks that are threads of this process: the engine's laws over several processes, without MPI.
#pragma once
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "dovetail/execute/border.hpp"
#include "dovetail/execute/executor.hpp"

namespace dovetail::test {

/// What one rank puts in for another, in order.
template <class T>
class Post {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    there_.notify_one();
  }
  T take() {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [&] { return !values_.empty(); });
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::deque<T> values_;
};

/// What all ranks share. `size` ranks.
struct Meeting {
  explicit Meeting(std::uint32_t size) : parts(size), barrier(size), up(size), down(size) {}
  struct Lane {
    Post<PacketBytes> packets;
    Post<Bytes> items;
  };
  std::vector<Bytes> parts;
  std::barrier<> barrier;
  std::vector<Lane> up, down;  ///< from rank r to r + 1, and from r to r - 1
};

class ThreadRanks final : public Ranks {
 public:
  ThreadRanks(Meeting& meeting, std::uint32_t rank) : meeting_(meeting), rank_(rank) {}
  [[nodiscard]] std::uint32_t rank() const override { return rank_; }
  [[nodiscard]] std::uint32_t size() const override { return static_cast<std::uint32_t>(meeting_.parts.size()); }
  [[nodiscard]] Bytes broadcast(Bytes bytes) override {
    if (leads()) meeting_.parts[0] = std::move(bytes);
    meeting_.barrier.arrive_and_wait();
    Bytes told = meeting_.parts[0];
    meeting_.barrier.arrive_and_wait();
    return told;
  }
  void gather(Bytes bytes, const Take& take) override {
    meeting_.parts[rank_] = std::move(bytes);
    meeting_.barrier.arrive_and_wait();
    for (std::uint32_t r = 0; leads() && r < size(); ++r) take(r, meeting_.parts[r]);
    meeting_.barrier.arrive_and_wait();
  }
  [[nodiscard]] Bytes scatter(const Part& part) override {
    if (leads()) meeting_.parts[0].clear();
    for (std::uint32_t r = 1; leads() && r < size(); ++r) meeting_.parts[r] = part(r);
    meeting_.barrier.arrive_and_wait();
    Bytes mine = meeting_.parts[rank_];
    meeting_.barrier.arrive_and_wait();
    return mine;
  }
  [[nodiscard]] Traffic traffic() const override { return {}; }

 private:
  Meeting& meeting_;
  std::uint32_t rank_;
};

class ThreadBorder final : public Border {
 public:
  ThreadBorder(Meeting& meeting, const ThreadRanks& ranks) : meeting_(meeting), ranks_(ranks) {}
  [[nodiscard]] Slice slice(std::uint32_t items) const override { return ranks_.slice(items); }
  void show(Side side, const Work& work, std::uint32_t edge, Step step) override {
    out(side).packets.put(work.shown(edge, step));
  }
  bool await(Side side, Work& work, std::uint32_t beyond, Step step, const std::atomic<bool>&) override {
    work.see(beyond, step, in(side).packets.take());
    return true;
  }
  void give(Side side, const Work& work, std::uint32_t edge) override { out(side).items.put(work.give(edge)); }
  bool take(Side side, Work& work, std::uint32_t edge, const std::atomic<bool>&) override {
    work.take(edge, in(side).items.take());
    return true;
  }

 private:
  Meeting::Lane& out(Side side) {
    return side == Side::above ? meeting_.up[ranks_.rank()] : meeting_.down[ranks_.rank()];
  }
  Meeting::Lane& in(Side side) {
    return side == Side::above ? meeting_.down[ranks_.rank() + 1] : meeting_.up[ranks_.rank() - 1];
  }
  Meeting& meeting_;
  const ThreadRanks& ranks_;
};

class ThreadRankExecutor final : public Executor {
 public:
  ThreadRankExecutor(Meeting& meeting, std::uint32_t rank, unsigned threads)
      : ranks_(meeting, rank), border_(meeting, ranks_), threads_(make_threads_executor(threads, &border_)) {}
  [[nodiscard]] unsigned workers() const override { return threads_->workers(); }
  void execute(Work& work, Step first, std::uint64_t count) override { threads_->execute(work, first, count); }
  [[nodiscard]] Ranks& ranks() override { return ranks_; }

 private:
  ThreadRanks ranks_;
  ThreadBorder border_;
  std::unique_ptr<Executor> threads_;
};

/// Calls f(executor) in every rank at once.
template <class F>
void in_ranks(std::uint32_t size, unsigned threads, F&& f) {
  Meeting meeting(size);
  std::vector<std::thread> ranks;
  for (std::uint32_t r = 0; r < size; ++r) {
    ranks.emplace_back([&, r] {
      ThreadRankExecutor executor(meeting, r, threads);
      f(executor);
    });
  }
  for (std::thread& rank : ranks) rank.join();
}

}  // namespace dovetail::test
