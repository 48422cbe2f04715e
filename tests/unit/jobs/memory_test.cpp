// A run's memory and its allocations do not grow with the number of scans.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "tests/support/counting_new.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

struct Setting {
  std::string name;
  std::string spec;
  unsigned legs = 1;
  bool every_rung = false;
};
void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.name; }

TemperOptions options_of(const Setting& setting, std::uint32_t rounds) {
  TemperOptions options = own_options(rounds);
  options.replicas = 6;
  options.legs = setting.legs;
  options.every_rung = setting.every_rung;
  if (options.legs == 2) options.reference = ReferenceKind::variational;
  return options;
}

class Memory : public ::testing::TestWithParam<Setting> {};
INSTANTIATE_TEST_SUITE_P(Temper, Memory,
                         ::testing::Values(Setting{"OneLeg", "builtin:unid"}, Setting{"TwoLegs", "builtin:unid", 2},
                                           Setting{"EveryRung", "builtin:unid", 1, true},
                                           Setting{"Integers", "builtin:ising,L=3"}),
                         [](const auto& which) { return which.param.name; });

/// Notes are texts of the round that ended, of any length.
std::size_t packed_size(State<TemperJob> state) {
  if (state.shared.last) state.shared.last->notes.clear();
  return pack(state).size();
}

// Both looks are in the middle of a round, after a drain, with every record in use.
TEST_P(Memory, TheStateIsAsLargeInRoundTwelveAsInRoundSeven) {
  const auto model = make_model(GetParam().spec);
  const TemperJob job(*model, options_of(GetParam(), 12));
  State<TemperJob> state = begin_from(job, job.begin_shared());
  std::map<std::uint32_t, std::size_t> largest;
  Observer quiet;
  const auto executor = make_serial_executor();
  NoSink sink;
  Surroundings<TemperJob> around{*executor, sink, quiet, {}, {}, 1e-9};  // a checkpoint after every segment
  around.save = [&](const State<TemperJob>& at) {
    if (at.in_round) largest[at.round.value + 1] = std::max(largest[at.round.value + 1], packed_size(at));
  };
  run(job, state, around);
  ASSERT_GT(largest[7], 1000u);
  ASSERT_GT(largest[12], 0u);
  EXPECT_EQ(largest[12], largest[7]);
}

/// The most memory out while rounds 8 and 12 were computed.
class Peaks final : public Observer {
 public:
  void progress(const Progress& progress) override {
    if (progress.round != round_) reset_peak();
    round_ = progress.round;
    peaks[progress.round.value] = peak_bytes();
  }
  std::map<std::uint32_t, std::size_t> peaks;

 private:
  Round round_{};
};

TEST_P(Memory, NoMoreIsOutInRoundTwelveThanInRoundEight) {
  const auto model = make_model(GetParam().spec);
  const TemperJob job(*model, options_of(GetParam(), 12));
  State<TemperJob> state = begin_from(job, job.begin_shared());
  Peaks observer;
  run_job(job, state, observer);
  // sixteen times the scans: 8 bytes a scan and rung kept anywhere would be 6 * 8 * 3840 = 184 kB
  EXPECT_LE(observer.peaks[12], observer.peaks[8] + 4096);
}

/// Allocations of each segment, and its scans.
class Segments final : public Observer {
 public:
  explicit Segments(std::vector<std::pair<std::uint64_t, std::size_t>>& segments) : segments_(segments) {}
  void progress(const Progress& progress) override {
    const std::size_t now = allocations();
    // the first segment of a round has the round's own beginning, which reserves what the round needs, in front of it
    if (progress.round == round_ && progress.round.value > 6)
      segments_.emplace_back(progress.steps_done - done_, now - before_);
    round_ = progress.round;
    done_ = progress.steps_done;
    before_ = allocations();
  }

 private:
  std::vector<std::pair<std::uint64_t, std::size_t>>& segments_;
  Round round_{};
  std::uint64_t done_ = 0;
  std::size_t before_ = 0;
};

TEST_P(Memory, ScansAllocateNothing) {
  const auto model = make_model(GetParam().spec);
  const TemperJob job(*model, options_of(GetParam(), 12));
  State<TemperJob> state = begin_from(job, job.begin_shared());
  std::vector<std::pair<std::uint64_t, std::size_t>> segments;
  segments.reserve(100000);
  Segments observer(segments);
  run_job(job, state, observer);
  const auto [shortest, longest] = std::minmax_element(segments.begin(), segments.end());
  ASSERT_LT(shortest->first, longest->first);
  // each segment lists places, packets and columns, whatever its length
  for (const auto& [scans, count] : segments) {
    ASSERT_EQ(count, segments.front().second) << "in a segment of " << scans << " scans";
  }
}

/// The state after warm-up and one draw of each chain, in 120 dimensions with a dense metric.
State<SampleJob> sampled(const Model& model, std::uint32_t chains, const std::string& kernel) {
  SampleOptions options;
  options.seed = seed_from_name();
  options.kernel = kernel;
  options.metric = MetricKind::dense;
  options.chains = chains;
  options.warmup = 60;
  options.draws = 1;
  const SampleJob job(model, options);
  const auto executor = make_serial_executor();
  NoSink sink;
  Observer quiet;
  State<SampleJob> state = begin(job, *executor);
  run(job, state, Surroundings<SampleJob>{*executor, sink, quiet, {}, {}, 0});
  return state;
}

std::size_t different_memories(const std::vector<Tuning>& tunings, auto member) {
  std::set<const void*> memories;
  for (const Tuning& tuning : tunings) memories.insert(member(tuning).data());
  return memories.size();
}

// What chains have in common is in memory, and in a checkpoint, once: neither grows by it with their number. A chain
// has some ten vectors of d numbers of its own.
TEST(MemoryOfChains, APooledMetricAndAnArchiveAreKeptOnce) {
  const auto model = make_model("builtin:mvn,d=120");
  const auto factor = [](const Tuning& tuning) -> const auto& { return tuning.metric.factor; };
  const auto archive = [](const Tuning& tuning) -> const auto& { return tuning.archive; };
  for (const std::string& kernel : std::vector<std::string>{"nuts", "de"}) {
    const State<SampleJob> few = sampled(*model, 2, kernel);
    const State<SampleJob> many = sampled(*model, 12, kernel);
    const State<SampleJob> resumed = unpack<State<SampleJob>>(pack(many));
    for (const auto* state : {&few, &many, &resumed}) {
      const std::vector<Tuning>& tunings = state->shared.tuning;
      ASSERT_FALSE(kernel == "nuts" ? tunings[0].metric.factor.empty() : tunings[0].archive.empty());
      EXPECT_EQ(different_memories(tunings, factor), 1U) << kernel;
      EXPECT_EQ(different_memories(tunings, archive), 1U) << kernel;
    }
    const auto without_common = [](const State<SampleJob>& state) {
      const Tuning& tuning = state.shared.tuning[0];
      return pack(state).size() - tuning.metric.factor.size() * sizeof(float) - tuning.archive.size() * sizeof(double);
    };
    EXPECT_LT(without_common(many) - without_common(few), 10 * 12 * 120 * sizeof(double)) << kernel;
  }
}

}  // namespace
}  // namespace dovetail::test
