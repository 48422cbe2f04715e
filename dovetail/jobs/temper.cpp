#include "dovetail/jobs/temper.hpp"

#include <algorithm>
#include <thread>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/jobs/temper_record.hpp"
#include "dovetail/jobs/temper_summary.hpp"
#include "dovetail/output/csv.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/events.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/output/utc.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "dovetail/run/run.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

std::unique_ptr<Executor> make_executor(const Layout& layout, const Model& model) {
  if (layout.executor == "serial" || !model.description().thread_safe) return make_serial_executor();
  if (layout.executor != "threads") {
    throw UsageError("there is no executor called " + layout.executor +
                     "; use --executor serial or --executor threads");
  }
  return make_threads_executor(layout.threads != 0 ? layout.threads
                                                   : std::max(1U, std::thread::hardware_concurrency()));
}

RoundRow row_of(const State<TemperJob>& state, double seconds) {
  RoundRow row = state.shared.last->row;
  row.state_sha256 = to_hex(sha256(pack(state)));
  row.seconds = seconds;
  return row;
}

void mark_stopped(Summary& summary, const State<TemperJob>& state, const TemperOptions& options) {
  summary.status = "incomplete";
  summary.status_reason =
      "stopped in round " + std::to_string(state.round.value + 1) + " of " + std::to_string(options.rounds);
}

/// A run with a folder: what is written when, so that a kill at any instant loses nothing but time.
class RecordedRun {
 public:
  RecordedRun(const Model& model, const TemperOptions& options, const Layout& layout, const RunFiles& files,
              TemperObserver& observer)
      : model_(model),
        files_(files),
        observer_(observer),
        job_(model, options),
        options_(job_.options()),
        manifest_(manifest_of(model, options_, layout, job_.kernel_name())),
        identity_(binding_identity(manifest_.identity)),
        checkpoints_(files.folder.checkpoint()),
        executor_(make_executor(layout, model)) {}

  TemperResult run() {
    const std::optional<Checkpoint> found = find_checkpoint();
    // Before the summary goes: a run that says that it has ended has one.
    if (files_.start != RunFiles::Start::anew) write_manifest(files_.folder.manifest(), manifest_);
    remove_file(files_.folder.summary());  // of a shorter run: results of two lengths must not stand side by side
    replace_file(files_.folder.config(), files_.config);
    write_manifest(files_.folder.manifest(), manifest_);  // last: a folder with a manifest can be resumed
    sink_.emplace(files_.folder.draws());
    sink_->begin(job_.columns());
    sink_->rewind(found ? found->sink_position : 0);
    rows_.emplace(files_.folder.rounds());
    rows_->cut_after(found ? found->round : 0);
    if (options_.keep == Keep::all_rounds) {
      require_all_draws(DrawsReader(files_.folder.draws()), read_rounds(files_.folder.rounds()), options_,
                        files_.folder.draws());
    }
    events_.emplace(files_.folder.events());
    events_->add({utc_now(), found ? "resume" : "start", {{"round", std::uint64_t{found ? found->round : 0}}}});
    State<TemperJob> state = found ? unpack<State<TemperJob>>(found->state) : begin(job_, *executor_);
    return finish(state, go_on(state));
  }

 private:
  std::optional<Checkpoint> find_checkpoint() {
    if (files_.start == RunFiles::Start::anew) return std::nullopt;
    const Manifest before = read_manifest(files_.folder.manifest());
    manifest_.environment.started = before.environment.started;
    manifest_.environment.resumes = before.environment.resumes + 1;
    require_same_identity(identity_, binding_identity(before.identity), files_.folder.manifest().string());
    auto found = checkpoints_.load(files_.start == RunFiles::Start::from_previous_checkpoint
                                       ? CheckpointFolder::Generation::previous
                                       : CheckpointFolder::Generation::newest);
    if (!found) return found;
    require_same_identity(identity_, found->identity, files_.folder.checkpoint().string());
    if (found->round > options_.rounds) {
      throw UsageError("the run has finished " + std::to_string(found->round) +
                       " rounds already and cannot be cut to " + std::to_string(options_.rounds) +
                       "; give more rounds");
    }
    // In place of the newer one, which would be met again, or count on rows that are cut now.
    if (files_.start == RunFiles::Start::from_previous_checkpoint) checkpoints_.save(*found);
    return found;
  }

  StopReason go_on(State<TemperJob>& state) {
    Surroundings<TemperJob> around{*executor_, *sink_, observer_, {}, {}, files_.checkpoint_every_s};
    around.round_ended = [this](const State<TemperJob>& at, double seconds) { round_ended(at, seconds); };
    around.save = [this](const State<TemperJob>& at) { save(at); };
    return dovetail::run(job_, state, around);
  }

  void round_ended(const State<TemperJob>& state, double seconds) {
    const RoundRow row = row_of(state, seconds);
    rows_->append(row);
    events_->add({utc_now(), "round", {{"round", std::uint64_t{row.round}}, {"seconds", seconds}}});
    observer_.round_ended(row);
  }

  void save(const State<TemperJob>& state) {
    Checkpoint checkpoint{identity_, 0, sink_->commit(), state.round.value, pack(state)};
    checkpoints_.save(checkpoint);
    if (state.in_round || options_.keep == Keep::all_rounds) return;
    // both generations must be of this round before the draws of earlier ones may go
    checkpoints_.save(checkpoint);
    sink_->drop_before(state.round);
  }

  TemperResult finish(const State<TemperJob>& state, StopReason stop) {
    if (stop == StopReason::finished && options_.keep == Keep::last_round) sink_->drop_before(state.round);
    TemperResult result;
    result.stop = stop;
    result.columns = job_.columns();
    result.rounds = read_rounds(files_.folder.rounds());
    const DrawsReader draws(files_.folder.draws());
    Summary& summary = result.summary = summarise_tempering(model_, job_, state.shared, draws);
    for (const RoundRow& row : result.rounds) summary.sampling.seconds += row.seconds;
    if (stop != StopReason::finished) mark_stopped(summary, state, options_);
    const ManifestIdentity& identity = manifest_.identity;
    summary.digest = digest(DigestParts{identity.model, identity.model_sha256, identity.data_sha256, identity.seed,
                                        result.rounds, summary.tempering, draws});
    if (files_.csv && state.round.value > 0) {
      write_stan_csv_files(
          files_.folder.csv(), draws,
          {identity.version, identity.model, identity.command, identity.seed, summary.sampling.warmup});
    }
    replace_file(files_.folder.summary(), to_json(summary));
    for (const Warning& warning : summary.warnings) {
      events_->add({utc_now(), "warning", {{"id", warning.id}, {"text", warning.text}}});
    }
    events_->add({utc_now(), "end", {{"status", summary.status}}});
    manifest_.status = summary.status;
    manifest_.status_reason = summary.status_reason;
    manifest_.environment.finished = utc_now();
    manifest_.environment.seconds = summary.sampling.seconds;
    write_manifest(files_.folder.manifest(), manifest_);
    return result;
  }

  const Model& model_;
  const RunFiles& files_;
  TemperObserver& observer_;
  TemperJob job_;
  const TemperOptions& options_;
  Manifest manifest_;
  RunIdentity identity_;
  CheckpointFolder checkpoints_;
  std::unique_ptr<Executor> executor_;
  std::optional<DrawsSink> sink_;
  std::optional<RoundsFile> rows_;
  std::optional<EventLog> events_;
};

}  // namespace

TemperResult temper(const Model& model, const TemperOptions& options, const Layout& layout, TemperObserver& observer) {
  check_options(options, model);
  const TemperJob job(model, options);
  const auto executor = make_executor(layout, model);
  TemperResult result;
  MemorySink sink;
  sink.begin(job.columns());
  State<TemperJob> state = begin(job, *executor);
  const auto round_ended = [&](const State<TemperJob>& at, double seconds) {
    result.rounds.push_back(row_of(at, seconds));
    if (options.keep == Keep::last_round) sink.drop_before(at.round);
    observer.round_ended(result.rounds.back());
  };
  result.stop = run(job, state, Surroundings<TemperJob>{*executor, sink, observer, round_ended, {}, 0});
  result.summary = summarise_tempering(model, job, state.shared, sink);
  for (const RoundRow& row : result.rounds) result.summary.sampling.seconds += row.seconds;
  if (result.stop != StopReason::finished) mark_stopped(result.summary, state, options);
  const ManifestIdentity identity = manifest_of(model, job.options(), layout, job.kernel_name()).identity;
  result.summary.digest = digest(DigestParts{identity.model, identity.model_sha256, identity.data_sha256, identity.seed,
                                             result.rounds, result.summary.tempering, sink});
  result.columns = job.columns();
  if (state.round.value > 0) result.draws = sink.draws(state.round);
  return result;
}

TemperResult temper(const Model& model, const TemperOptions& options, const Layout& layout, TemperObserver& observer,
                    const RunFiles& files) {
  check_options(options, model);
  return RecordedRun(model, options, layout, files, observer).run();
}

}  // namespace dovetail
