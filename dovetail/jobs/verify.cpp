#include "dovetail/jobs/verify.hpp"

#include <algorithm>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/jobs/lda_record.hpp"
#include "dovetail/jobs/private_ep_record.hpp"
#include "dovetail/jobs/recorded_run.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/jobs/sample_record.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/jobs/temper_record.hpp"

namespace dovetail {
namespace {

/// The first field of a round's row that is not the same in both; the state's hash first, since it covers the rest.
template <class Row>
std::string compare_rows(const Row& replayed, const Row& stored) {
  const std::string where = "round " + std::to_string(replayed.round);
  if (replayed.state_sha256 != stored.state_sha256) {
    return "the state after " + where + " hashes to " + replayed.state_sha256 + " in the replay and to " +
           stored.state_sha256 + " in the run";
  }
  const auto wanted = without_seconds(fields_of(replayed));
  const auto found = without_seconds(fields_of(stored));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == found[i]) continue;
    return wanted[i].first + " of " + where + " is " + wanted[i].second + " in the replay and " + found[i].second +
           " in rounds.csv";
  }
  return "";
}

/// Passes progress on, and stops the replay at the first round that differs.
template <class Row>
class Comparison final : public Observer {
 public:
  Comparison(const std::vector<Row>& rows, Observer& observer) : rows_(rows), observer_(observer) {}

  void progress(const Progress& progress) override { observer_.progress(progress); }
  StopReason should_stop() override {
    if (!difference_.empty()) return StopReason::terminated;
    return same_ == rows_.size() ? StopReason::enough : observer_.should_stop();
  }
  void compare(const Row& replayed) {
    const std::string difference = compare_rows(replayed, rows_[replayed.round - 1]);
    if (difference.empty()) {
      ++same_;
    } else if (difference_.empty()) {
      difference_ = difference;
    }
  }
  [[nodiscard]] std::uint32_t same() const { return same_; }
  [[nodiscard]] const std::string& difference() const { return difference_; }

 private:
  const std::vector<Row>& rows_;
  Observer& observer_;
  std::uint32_t same_ = 0;
  std::string difference_;
};

[[noreturn]] void throw_lost(const std::filesystem::path& file, const std::string& what, const RunFolder& folder) {
  throw FileError(file.string() + " lacks " + what +
                  " (they were lost or edited); restore the file, or run again with " +
                  run_again_command(folder.path()));
}

/// Whether `stored` holds as many draws of a round as `replayed`, of every source.
bool holds_all(const KeptDraws& stored, const KeptDraws& replayed, Round round) {
  const std::vector<Round> rounds = stored.rounds();
  if (std::find(rounds.begin(), rounds.end(), round) == rounds.end()) return false;
  const std::vector<ItemId> there = stored.sources(round);
  const std::vector<ItemId> wanted = replayed.sources(round);
  return std::all_of(wanted.begin(), wanted.end(), [&](ItemId source) {
    return std::find(there.begin(), there.end(), source) != there.end() &&
           stored.rows(round, source) >= replayed.rows(round, source);
  });
}

/// The first column of the draws that must be kept, which the replay has kept, that is not the same in the run. The run
/// may hold earlier rounds too, which it has not dropped yet, and may be further on. FileError when draws are lost.
std::string compare_draws(const KeptDraws& replayed, const KeptDraws& stored, const RunFolder& folder) {
  for (const Round round : replayed.rounds()) {
    const std::string where = "round " + std::to_string(round.value);
    if (!holds_all(stored, replayed, round)) throw_lost(folder.draws(), "draws of " + where, folder);
    for (std::size_t column = 0; column < replayed.columns().size(); ++column) {
      const auto wanted = replayed.chains(round, column);
      auto found = stored.chains(round, column);
      for (std::size_t c = 0; c < std::min(found.size(), wanted.size()); ++c) {
        found[c].resize(std::min(found[c].size(), wanted[c].size()));
      }
      if (pack(wanted) == pack(found)) continue;
      return "the draws of " + replayed.columns()[column] + " in " + where + " are not those of the replay";
    }
  }
  return "";
}

/// What a folder holds of finished rounds, at one moment.
template <class Row>
struct Stored {
  std::vector<Row> rows;
  DrawsReader draws;
};

/// `rounds`: how many the run's checkpoint has seen the end of; their rows were written before it.
template <class Row>
Stored<Row> read_stored(const RunFolder& folder, std::uint32_t rounds) {
  const auto rows_now = [&] {
    return std::filesystem::exists(folder.rounds()) ? read_rounds<Row>(folder.rounds()) : std::vector<Row>();
  };
  for (std::vector<Row> rows = rows_now();;) {
    for (std::uint32_t i = 0; i < std::max<std::size_t>(rows.size(), rounds); ++i) {
      if (i >= rows.size() || rows[i].round != i + 1) {
        throw_lost(folder.rounds(), "the row of round " + std::to_string(i + 1), folder);
      }
    }
    if (rows.empty()) {
      throw CheckpointError(folder.path().string() + " has no finished round to compare; let it run on");
    }
    DrawsReader draws(folder.draws());
    std::vector<Row> since = rows_now();
    if (since.size() == rows.size()) return {std::move(rows), std::move(draws)};
    rows = std::move(since);  // the run goes on, and may have dropped draws in between
  }
}

/// The rounds that the run's checkpoint has finished, 0 without one. CheckpointError when it, or the manifest, is
/// damaged or of another run than these settings: a replay would then tell nothing.
template <Recording R>
std::uint32_t require_own_run(const R& recording, const RunFolder& folder) {
  const RunIdentity own = binding_identity(recording.manifest(Layout{}).identity);
  require_same_identity(own, binding_identity(read_manifest(folder.manifest()).identity), folder.manifest().string());
  const auto checkpoint = CheckpointFolder(folder.checkpoint()).load();
  if (!checkpoint) return 0;
  require_same_identity(own, checkpoint->identity, folder.checkpoint().string());
  return checkpoint->round;
}

template <Recording R>
VerifyReport replay(const R& recording, const Stored<typename R::Row>& stored, const RunFolder& folder,
                    Observer& observer) {
  using J = typename R::JobType;
  MemorySink sink;
  sink.begin(recording.columns());
  Comparison<typename R::Row> comparison(stored.rows, observer);
  const auto executor = make_serial_executor();
  State<J> state = begin(recording.job(), *executor);
  const auto round_ended = [&](const State<J>& at, double) {
    comparison.compare(detail::row_of(recording, at, 0));
    sink.drop_before(recording.burn_in_before(at));
  };
  const StopReason stop =
      detail::end_of(run(recording.job(), state, Surroundings<J>{*executor, sink, comparison, round_ended, {}, 0}));
  VerifyReport report{false, comparison.same(), comparison.difference()};
  if (report.difference.empty() && stop != StopReason::finished) report.difference = "the replay was stopped";
  if (report.difference.empty()) report.difference = compare_draws(sink, stored.draws, folder);
  report.same = report.difference.empty();
  if (report.same) (void)digest(folder);  // a run that has ended must also have the digest of its end
  return report;
}

}  // namespace

VerifyReport verify_temper(const Model& model, const TemperOptions& options, const RunFolder& folder,
                           TemperObserver& observer) {
  check_options(options, model);
  const TemperJob job(model, options);
  const TemperRecording recording(model, job);
  return replay(recording, read_stored<TemperingRow>(folder, require_own_run(recording, folder)), folder, observer);
}

VerifyReport verify_sample(const Model& model, const SampleOptions& options, const RunFolder& folder,
                           SampleObserver& observer) {
  check_options(options, model);
  const SampleJob asked(model, options);
  const auto stored = read_stored<SamplingRow>(folder, require_own_run(SampleRecording(model, asked), folder));
  const SampleJob job(model, options, block_ends(stored.rows));
  return replay(SampleRecording(model, job), stored, folder, observer);
}

VerifyReport verify_ep(const DividedModel& model, const EpOptions& options, const RunFolder& folder,
                       EpObserver& observer) {
  return with_ep_recording(model, options, [&](const auto& recording) {
    return replay(recording, read_stored<EpRow>(folder, require_own_run(recording, folder)), folder, observer);
  });
}

VerifyReport verify_lda(const TopicModel& model, const LdaOptions& options, const RunFolder& folder,
                        LdaObserver& observer) {
  check_options(options, model.corpus());
  const LdaJob job(model, options);
  const LdaRecording recording(job);
  return replay(recording, read_stored<LdaRow>(folder, require_own_run(recording, folder)), folder, observer);
}

}  // namespace dovetail
