// Nothing of a run may hide outside what the codec describes: after every segment the state is packed, everything else
// thrown away, and a new job on another executor goes on from the bytes alone.
#include <gtest/gtest.h>

#include "dovetail/core/codec.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/run/run.hpp"
#include "tests/invariance/configurations.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using test::Configuration;

class NeverStops final : public Observer {};
class AlwaysStops final : public Observer {
 public:
  StopReason should_stop() override { return StopReason::terminated; }
};

std::unique_ptr<Executor> executor_of(unsigned piece) {
  return piece % 3 == 0 ? make_serial_executor() : make_threads_executor(1 + piece % 4);
}

/// All kept draws, source by source.
Bytes draws_of(const MemorySink& sink) {
  Writer writer;
  for (const Round round : sink.rounds()) {
    for (std::size_t column = 0; column < sink.columns().size(); ++column) writer(sink.chains(round, column));
  }
  return writer.out;
}

struct Result {
  Bytes state;
  Bytes draws;
  unsigned pieces = 1;
};

Result run_whole(const Model& model, const TemperOptions& options) {
  const TemperJob job(model, options);
  const auto executor = make_serial_executor();
  MemorySink sink;
  sink.begin(job.columns());
  NeverStops observer;
  State<TemperJob> state = begin(job, *executor);
  EXPECT_EQ(run(job, state, Surroundings<TemperJob>{*executor, sink, observer, {}, {}, 0}), StopReason::finished);
  return {pack(state), draws_of(sink)};
}

Result run_from_bytes(const Model& model, const TemperOptions& options) {
  MemorySink sink;
  sink.begin(TemperJob(model, options).columns());
  AlwaysStops observer;
  Bytes saved = pack(begin(TemperJob(model, options), *make_serial_executor()));
  for (unsigned piece = 1;; ++piece) {
    const TemperJob job(model, options);
    const auto executor = executor_of(piece);
    auto state = unpack<State<TemperJob>>(saved);
    EXPECT_EQ(pack(state), saved) << "the bytes change on their way through the codec";
    const StopReason reason = run(job, state, Surroundings<TemperJob>{*executor, sink, observer, {}, {}, 0});
    saved = pack(state);
    if (reason == StopReason::finished) return {saved, draws_of(sink), piece};
  }
}

class Paranoid : public ::testing::TestWithParam<Configuration> {};

TEST_P(Paranoid, GoesOnFromTheBytesOfEverySegment) {
  const auto model = make_model(GetParam().model);
  TemperOptions options = GetParam().options;
  options.seed = test::seed_from_name();
  const Result whole = run_whole(*model, options);
  const Result found = run_from_bytes(*model, options);
  EXPECT_GT(found.pieces, 2 * options.rounds);
  EXPECT_EQ(found.draws, whole.draws);
  EXPECT_EQ(found.state, whole.state);
}

INSTANTIATE_TEST_SUITE_P(All, Paranoid, ::testing::ValuesIn(test::configurations()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace dovetail
