#include "dovetail/jobs/temper.hpp"

#include <algorithm>
#include <thread>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/jobs/temper_summary.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/run/run.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

std::unique_ptr<Executor> make_executor(const Layout& layout, const Model& model) {
  if (layout.executor == "serial" || !model.description().thread_safe) return make_serial_executor();
  if (layout.executor != "threads") {
    throw UsageError("there is no executor called " + layout.executor + "; use --executor serial or --executor threads");
  }
  return make_threads_executor(layout.threads != 0 ? layout.threads : std::max(1U, std::thread::hardware_concurrency()));
}

RoundRow row_of(const State<TemperJob>& state, double seconds) {
  RoundRow row = state.shared.last->row;
  row.state_sha256 = to_hex(sha256(pack(state)));
  row.seconds = seconds;
  return row;
}

TemperResult run_in_memory(const Model& model, const TemperOptions& options, const TemperJob& job, Executor& executor,
                           TemperObserver& observer) {
  TemperResult result;
  MemorySink sink;
  sink.begin(job.columns());
  const Clock clock;
  State<TemperJob> state = begin(job, executor);
  const auto round_ended = [&](const State<TemperJob>& at, double seconds) {
    result.rounds.push_back(row_of(at, seconds));
    if (options.keep == Keep::last_round) sink.drop_before(at.round);
    observer.round_ended(result.rounds.back());
  };
  result.stop = run(job, state, Surroundings<TemperJob>{executor, sink, observer, round_ended, {}, 0});
  result.summary = summarise_tempering(model, options, job, state.shared, sink);
  result.summary.sampling.seconds = clock.seconds();
  result.columns = job.columns();
  if (state.round.value > 0) result.draws = sink.draws(state.round);
  return result;
}

}  // namespace

TemperResult temper(const Model& model, const TemperOptions& options, const Layout& layout, TemperObserver& observer,
                    const std::optional<RunFiles>& files, bool resume) {
  check_options(options, model);
  const TemperJob job(model, options);
  const auto executor = make_executor(layout, model);
  (void)files;
  (void)resume;
  return run_in_memory(model, options, job, *executor, observer);
}

}  // namespace dovetail
