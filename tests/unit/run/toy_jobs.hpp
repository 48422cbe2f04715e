/// Two small jobs for the laws of the engine: walkers that stay apart, and walkers on a line that trade places.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/output/sink.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail::test {

struct ToyShared {
  std::uint32_t rounds_left = 4;
  std::uint32_t items = 7;
  std::vector<double> totals;
  template <class Archive>
  void describe(Archive& archive) {
    archive(rounds_left);
    archive(items);
    archive(totals);
  }
};

struct Walker {
  std::uint32_t id = 0;
  double x = 0;
  template <class Archive>
  void describe(Archive& archive) {
    archive(id);
    archive(x);
  }
};

struct WalkerRecord {
  double sum = 0;
  std::uint64_t trades = 0;
  std::uint64_t drained = 0;
  std::vector<double> draws;
  template <class Archive>
  void describe(Archive& archive) {
    archive(sum);
    archive(trades);
    archive(drained);
    archive(draws);
  }
};

/// Each round walks a few steps with increments of very different size, so that any other order of addition shows.
/// The job grows by one item after its second round.
class ApartJob {
 public:
  using Shared = ToyShared;
  using Local = Walker;
  using Record = WalkerRecord;
  using Outcome = double;
  struct Scratch {};

  explicit ApartJob(std::uint64_t seed = 1, std::uint32_t items = 7) : seed_(seed), items_(items) {}

  std::uint32_t items(const Shared& shared) const { return shared.items; }
  Shared begin_shared() const { return {4, items_, {}}; }
  Local begin_local(const Shared&, ItemId item, Scratch&) const {
    Rng rng({seed_, Purpose::initial_point, item, Step(0)});
    return {item.value, rng.uniform()};
  }
  std::uint64_t steps(const Shared& shared) const { return shared.rounds_left == 0 ? 0 : 40 + shared.rounds_left; }
  void begin_round(const Shared&, ItemId, Local& local, Record& record) const {
    record = {};
    local.x *= 0.5;
  }
  void advance(const Shared& shared, ItemId item, Local& local, Record& record, Step step, Scratch&) const {
    Rng rng({seed_, Purpose::kernel, item, step});
    const double scale = static_cast<double>(1U << (rng.bits32() % 28));
    local.x = 0.9 * local.x + scale * (rng.uniform() - 0.5) + static_cast<double>(shared.totals.size());
    record.sum += local.x;
    record.draws.push_back(local.x);
  }
  bool accepts(const Shared&, ItemId, const Local& local, const Record& record, Step) const {
    return std::isfinite(local.x) && record.draws.size() <= 16;
  }
  std::uint64_t steps_between_drains(const Shared&) const { return 16; }
  void drain(const Shared& shared, ItemId item, Record& record, Sink& sink) const {
    sink.write({item, Round(5 - shared.rounds_left), record.drained, 1, record.draws});
    record.drained += record.draws.size();
    record.draws.clear();
  }
  Outcome report(const Shared&, ItemId, const Local& local, const Record& record) const {
    return record.sum + local.x + static_cast<double>(record.trades);
  }
  Outcome merge(Outcome left, Outcome right) const { return left + right; }
  Shared update(const Shared& shared, const Outcome& outcome) const {
    Shared next = shared;
    next.totals.push_back(outcome);
    --next.rounds_left;
    if (next.rounds_left == 2) ++next.items;
    return next;
  }
  bool reshapes(const Shared&) const { return true; }
  void reshape(const Shared&, const Shared& next, std::vector<Local>& locals) const {
    while (locals.size() < next.items) locals.push_back({static_cast<std::uint32_t>(locals.size()), locals.back().x});
  }

 protected:
  std::uint64_t seed_;
  std::uint32_t items_;
};

/// The same walkers in rounds of three phases: a phase's sum pulls every walker in the next.
class PhasedJob : public ApartJob {
 public:
  using ApartJob::ApartJob;
  static constexpr std::uint64_t kPhases = 3;
  Phase phase(const Shared& shared) const { return {shared.totals.size() % kPhases, kPhases}; }
  std::uint64_t steps(const Shared& shared) const { return shared.totals.size() == 4 * kPhases ? 0 : 12; }
  void advance(const Shared& shared, ItemId item, Local& local, Record& record, Step step, Scratch& scratch) const {
    ApartJob::advance(shared, item, local, record, step, scratch);
    if (!shared.totals.empty()) local.x += 1e-9 * shared.totals.back();
  }
  void drain(const Shared& shared, ItemId item, Record& record, Sink& sink) const {
    sink.write(
        {item, Round(1 + static_cast<std::uint32_t>(shared.totals.size() / kPhases)), record.drained, 1, record.draws});
    record.drained += record.draws.size();
    record.draws.clear();
  }
  Shared update(const Shared& shared, const Outcome& outcome) const {
    Shared next = shared;
    next.totals.push_back(outcome);
    return next;
  }
  bool reshapes(const Shared&) const { return false; }
  void reshape(const Shared&, const Shared&, std::vector<Local>&) const {}
};

class TradingJob : public ApartJob {
 public:
  using ApartJob::ApartJob;
  struct Packet {
    double x = 0;
  };
  bool linked(const Shared& shared, ItemId item) const { return item.value + 1 < shared.items && item.value != 3; }
  Packet offer(const Shared&, ItemId, const Local& local) const { return {local.x}; }
  Trade settle(const Shared&, ItemId item, Record& record, const Packet& own, const Packet* lower, const Packet* upper,
               Step step) const {
    if (upper) record.sum += own.x * upper->x * 1e-3;
    const bool pairs_up = item.value % 2 == step.value % 2;
    if (pairs_up && upper && own.x > upper->x) {
      ++record.trades;
      return Trade::with_upper;
    }
    if (!pairs_up && lower && lower->x > own.x) return Trade::with_lower;
    return Trade::stay;
  }
};

/// Keeps every value in memory; positions count values.
class ListSink final : public Sink {
 public:
  void begin(std::span<const std::string>) override {}
  void write(const DrawBlock& block) override { values.insert(values.end(), block.values.begin(), block.values.end()); }
  std::uint64_t commit() override { return values.size(); }
  void rewind(std::uint64_t position) override { values.resize(position); }
  void drop_before(Round) override {}
  std::vector<double> values;
};

}  // namespace dovetail::test
