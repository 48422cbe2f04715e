/// A run of any job with its rows, draws, checkpoints and results, in memory or in a folder: what is written when, so
/// that a kill at any instant loses nothing but time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/jobs/conclude.hpp"
#include "dovetail/jobs/export_draws.hpp"
#include "dovetail/jobs/recording.hpp"
#include "dovetail/jobs/run_together.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/events.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/utc.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "dovetail/run/pool_task.hpp"
#include "dovetail/run/run.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/store.hpp"

namespace dovetail {

namespace detail {

/// Passes everything on, and ends the run when the job has enough.
class EnoughObserver final : public Observer {
 public:
  explicit EnoughObserver(Observer& outer) : outer_(outer) {}
  void progress(const Progress& event) override { outer_.progress(event); }
  void waits(double seconds, const std::string& unattended) override { outer_.waits(seconds, unattended); }
  StopReason should_stop() override { return enough ? StopReason::enough : outer_.should_stop(); }
  bool enough = false;

 private:
  Observer& outer_;
};

template <Recording R>
class RecordedRun {
 public:
  using J = typename R::JobType;
  using Row = typename R::Row;

  RecordedRun(const Model& model, const R& recording, const Layout& layout, const RunFiles& files,
              RowObserver<Row>& observer)
      : model_(model),
        recording_(recording),
        files_(files),
        observer_(observer),
        inner_(observer),
        manifest_(recording.manifest(layout)),
        identity_(binding_identity(manifest_.identity)),
        checkpoints_(files.folder.checkpoint()),
        executor_(make_executor(layout, model, manifest_.identity)) {}

  RunResult<Row> run() {
    try {
      return run_to_its_end();
    } catch (const Error& error) {
      note_failure(error.what(), error.code());
      throw;
    } catch (const std::exception& error) {
      note_failure(error.what(), ExitCode::bug);
      throw;
    }
  }

 private:
  RunResult<Row> run_to_its_end() {
    require_equal_ranks(executor_->ranks(), manifest_.identity);
    const std::optional<Checkpoint> found = find_checkpoint();
    if (files_.start == RunFiles::Start::from_checkpoint) require_as_summarised(files_.folder);
    // Before the summary goes: a run that says that it has ended has one.
    if (files_.start != RunFiles::Start::anew) write_manifest(files_.folder.manifest(), manifest_);
    // Of a shorter run: results of two lengths must not stand side by side.
    remove_file(files_.folder.summary());
    remove_stan_csv_files(files_.folder.csv());
    replace_file(files_.folder.config(), files_.config);
    write_manifest(files_.folder.manifest(), manifest_);  // last: a folder with a manifest can be resumed
    sink_.emplace(files_.folder.draws());
    sink_->begin(recording_.columns());
    sink_->rewind(found ? found->sink_position : 0);
    rows_.emplace(files_.folder.rounds(), fields_of(Row()));
    rows_->cut_after(found ? found->round : 0);
    recording_.require_draws(read_rounds<Row>(files_.folder.rounds()), DrawsReader(files_.folder.draws()),
                             files_.folder.draws().string());
    events_.emplace(files_.folder.events());
    events_->add({utc_now(), found ? "resume" : "start", {{"round", std::uint64_t{found ? found->round : 0}}}});
    State<J> state = begin_together(recording_.job(), *executor_, std::move(resumed_));
    if (!state.in_round && state.round.value > 0) look(state);  // a look that ended the run ends it again
    Surroundings<J> around{*executor_, *sink_, inner_, {}, {}, files_.checkpoint_every_s};
    around.round_ended = [this](const State<J>& at, double seconds) { round_ended(at, seconds); };
    around.save = [this](const State<J>& at) { save(at); };
    return finish(state, run_together(recording_.job(), model_, state, inner_.enough, around));
  }

  /// In the run's own files, where they can be written: who looks at them later finds a cause, not a process that died.
  void note_failure(const std::string& words, ExitCode code) noexcept {
    if (!events_) return;
    try {
      manifest_.status = "failed";
      manifest_.status_reason = words;
      write_manifest(files_.folder.manifest(), manifest_);
      events_->add({utc_now(), "error", {{"text", words}, {"code", static_cast<std::uint64_t>(code)}}});
    } catch (const std::exception&) {
      // the disk itself may be what failed; the words reach the user all the same
    }
  }

  std::optional<Checkpoint> find_checkpoint() {
    if (files_.start == RunFiles::Start::anew) return std::nullopt;
    const Manifest before = read_manifest(files_.folder.manifest());
    manifest_.environment.started = before.environment.started;
    manifest_.environment.resumes = before.environment.resumes + 1;
    require_same_identity(identity_, binding_identity(before.identity), files_.folder.manifest().string());
    manifest_.exceptions = before.exceptions;
    const std::string& features = manifest_.identity.cpu_features;
    if (manifest_.identity.model_kind == "library" && before.identity.cpu_features != features) {
      manifest_.exceptions.emplace_back("cpu", before.identity.cpu_features + " -> " + features);
    }
    auto found = checkpoints_.load(files_.start == RunFiles::Start::from_previous_checkpoint
                                       ? CheckpointFolder::Generation::previous
                                       : CheckpointFolder::Generation::newest);
    if (!found) return found;
    require_same_identity(identity_, found->identity, files_.folder.checkpoint().string());
    resumed_ = unpack<State<J>>(found->state);
    recording_.require_extends(*resumed_);
    // In place of the newer one, which would be met again, or count on rows that are cut now.
    if (files_.start == RunFiles::Start::from_previous_checkpoint) checkpoints_.save(*found);
    return found;
  }

  void look(const State<J>& state) {
    if (recording_.wants_looks()) inner_.enough = recording_.is_enough(state, DrawsReader(files_.folder.draws()));
  }

  void round_ended(const State<J>& state, double seconds) {
    const Row row = row_of(recording_, state, seconds);
    rows_->append(fields_of(row));
    events_->add({utc_now(), "round", {{"round", std::uint64_t{row.round}}, {"seconds", seconds}}});
    if (row.error_events > 0) {
      events_->add({utc_now(),
                    "model_failures",
                    {{"round", std::uint64_t{row.round}},
                     {"count", std::uint64_t{row.error_events}},
                     {"first", recording_.job().first_fault()}}});
    }
    look(state);
    observer_.round_ended(row);
  }

  void save(const State<J>& state) {
    Checkpoint checkpoint{identity_, 0, sink_->commit(), state.round.value, pack(state)};
    checkpoints_.save(checkpoint);
    const Round kept_from = recording_.burn_in_before(state);
    if (state.in_round || kept_from.value <= 1) return;
    // both generations must be of this round before the draws of earlier ones may go
    checkpoints_.save(checkpoint);
    sink_->drop_before(kept_from);
  }

  /// Its end may find that workers computed different bytes: the run keeps that, whoever goes on with it.
  void end_executor() {
    try {
      executor_->end();
    } catch (const StoreConflict& conflict) {
      manifest_.exceptions.emplace_back("workers", conflict.what());
      throw;
    }
  }

  RunResult<Row> finish(const State<J>& state, const EndTogether& end) {
    const StopReason stop = end.stop;
    if (stop == StopReason::finished) end_executor();
    if (stop == StopReason::finished) sink_->drop_before(recording_.burn_in_before(state));
    const DrawsReader draws(files_.folder.draws());
    const ManifestIdentity& identity = manifest_.identity;
    RunResult<Row> result =
        conclude(recording_, state, stop, read_rounds<Row>(files_.folder.rounds()), draws, identity);
    result.summary.ranks = end.ranks;
    const Summary& summary = result.summary;
    if (files_.csv && state.round.value > 0) {
      write_posterior_csv(RecordedDraws(files_.folder), summary.sampling, files_.folder.csv());
    }
    if constexpr (requires { recording_.write_results(state, files_.folder); }) {
      recording_.write_results(state, files_.folder);  // what a job has besides
    }
    replace_file(files_.folder.summary(), to_json(summary));
    result.rejections = end.rejections;
    if (end.rejections.count > 0) {
      events_->add({utc_now(), "model_rejections", {{"count", end.rejections.count}, {"one", end.rejections.first}}});
    }
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
  const R& recording_;
  const RunFiles& files_;
  RowObserver<Row>& observer_;
  EnoughObserver inner_;
  Manifest manifest_;
  RunIdentity identity_;
  CheckpointFolder checkpoints_;
  std::optional<State<J>> resumed_;  ///< of the checkpoint that the run goes on from
  std::unique_ptr<Executor> executor_;
  std::optional<DrawsSink> sink_;
  std::optional<RoundsFile> rows_;
  std::optional<EventLog> events_;
};

}  // namespace detail

/// What rank r > 0 does of a run that rank 0 makes by run_in_folder() or run_in_memory(), and why that ended. Errors:
/// UsageError, ModelError.
template <Recording R>
StopReason follow(const Model& model, const R& recording, const Layout& layout) {
  using J = typename R::JobType;
  const ManifestIdentity identity = recording.manifest(layout).identity;
  const auto executor = make_executor(layout, model, identity);
  require_equal_ranks(executor->ranks(), identity);
  State<J> state = detail::begin_together<J>(recording.job(), *executor, {});
  KeptBlocks none;
  Observer quiet;
  const Surroundings<J> around{*executor, none, quiet, {}, {}, 0};
  return detail::run_together(recording.job(), model, state, false, around).stop;
}

/// What a worker does of a run that a server makes by run_in_folder() or run_in_memory(): true when the run has ended.
/// `takes`: items that it can do; empty: any. Errors: UsageError (another program, model or data), ModelError,
/// StoreError.
template <Recording R>
bool work_for(const R& recording, const WorkerSide& side, std::function<bool(std::uint32_t)> takes = {}) {
  require_fit_to_work(side, recording.manifest({}).identity);
  PoolSettings settings;
  settings.header = side.header;
  settings.lease_s = side.lease_s;
  settings.silence_s = side.idle_s;
  settings.takes = std::move(takes);
  const std::vector<PoolTask> tasks(side.threads, pool_task(recording.job(), side.should_stop));
  return work_in_pool(side.store, settings, tasks, side.should_stop, side.told);
}

/// Runs with files, anew or from a checkpoint. Errors: UsageError, ModelError, FileError, CheckpointError.
template <Recording R>
RunResult<typename R::Row> run_in_folder(const Model& model, const R& recording, const Layout& layout,
                                         const RunFiles& files, RowObserver<typename R::Row>& observer) {
  return detail::RecordedRun<R>(model, recording, layout, files, observer).run();
}

/// Runs in memory, with the kept draws of the newest round that has some in the result. Errors: UsageError, ModelError.
template <Recording R>
RunResult<typename R::Row> run_in_memory(const Model& model, const R& recording, const Layout& layout,
                                         RowObserver<typename R::Row>& observer) {
  using J = typename R::JobType;
  const ManifestIdentity identity = recording.manifest(layout).identity;
  const auto executor = make_executor(layout, model, identity);
  MemorySink sink;
  sink.begin(recording.columns());
  detail::EnoughObserver inner(observer);
  std::vector<typename R::Row> rows;
  require_equal_ranks(executor->ranks(), identity);
  State<J> state = detail::begin_together<J>(recording.job(), *executor, {});
  const auto round_ended = [&](const State<J>& at, double seconds) {
    rows.push_back(detail::row_of(recording, at, seconds));
    sink.drop_before(recording.burn_in_before(at));
    inner.enough = recording.wants_looks() && recording.is_enough(at, sink);
    observer.round_ended(rows.back());
  };
  const Surroundings<J> around{*executor, sink, inner, round_ended, {}, 0};
  const detail::EndTogether end = detail::run_together(recording.job(), model, state, false, around);
  if (end.stop == StopReason::finished) executor->end();
  auto result = detail::conclude(recording, state, end.stop, std::move(rows), sink, identity);
  result.rejections = end.rejections;
  result.summary.ranks = end.ranks;
  if (!sink.rounds().empty()) result.draws = sink.draws(sink.rounds().back());
  return result;
}

}  // namespace dovetail
