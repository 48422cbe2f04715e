#include "dovetail/jobs/verify.hpp"

#include <algorithm>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/jobs/temper_record.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "dovetail/run/run.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

/// The first field of a round's row that is not the same in both; the state's hash first, since it covers the rest.
std::string compare_rows(const RoundRow& replayed, const RoundRow& stored) {
  const std::string where = "round " + std::to_string(replayed.round);
  if (replayed.state_sha256 != stored.state_sha256) {
    return "the state after " + where + " hashes to " + replayed.state_sha256 + " in the replay and to " +
           stored.state_sha256 + " in the run";
  }
  const auto wanted = result_fields(replayed);
  const auto found = result_fields(stored);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == found[i]) continue;
    return wanted[i].first + " of " + where + " is " + wanted[i].second + " in the replay and " + found[i].second +
           " in rounds.csv";
  }
  return "";
}

/// Passes progress on, and stops the replay at the first round that differs.
class Comparison final : public Observer {
 public:
  Comparison(const std::vector<RoundRow>& rows, TemperObserver& observer) : rows_(rows), observer_(observer) {}

  void progress(const Progress& progress) override { observer_.progress(progress); }
  StopReason should_stop() override { return difference_.empty() ? observer_.should_stop() : StopReason::terminated; }
  void compare(const State<TemperJob>& state) {
    RoundRow replayed = state.shared.last->row;
    replayed.state_sha256 = to_hex(sha256(pack(state)));
    const std::string difference = compare_rows(replayed, rows_[state.round.value - 1]);
    if (difference.empty()) {
      ++same_;
    } else if (difference_.empty()) {
      difference_ = difference;
    }
  }
  [[nodiscard]] std::uint32_t same() const { return same_; }
  [[nodiscard]] const std::string& difference() const { return difference_; }

 private:
  const std::vector<RoundRow>& rows_;
  TemperObserver& observer_;
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
/// may hold earlier rounds too, which it has not dropped yet, and the round at work. FileError when draws are lost.
std::string compare_draws(const KeptDraws& replayed, const KeptDraws& stored, const RunFolder& folder) {
  for (const Round round : replayed.rounds()) {
    const std::string where = "round " + std::to_string(round.value);
    if (!holds_all(stored, replayed, round)) throw_lost(folder.draws(), "draws of " + where, folder);
    for (std::size_t column = 0; column < replayed.columns().size(); ++column) {
      if (pack(replayed.chains(round, column)) == pack(stored.chains(round, column))) continue;
      return "the draws of " + replayed.columns()[column] + " in " + where + " are not those of the replay";
    }
  }
  return "";
}

/// What a folder holds of finished rounds, at one moment.
struct Stored {
  std::vector<RoundRow> rows;
  DrawsReader draws;
};

/// `rounds`: how many the run's checkpoint has seen the end of; their rows were written before it.
Stored read_stored(const RunFolder& folder, std::uint32_t rounds) {
  const auto rows_now = [&] {
    return std::filesystem::exists(folder.rounds()) ? read_rounds(folder.rounds()) : std::vector<RoundRow>();
  };
  for (std::vector<RoundRow> rows = rows_now();;) {
    for (std::uint32_t i = 0; i < std::max<std::size_t>(rows.size(), rounds); ++i) {
      if (i >= rows.size() || rows[i].round != i + 1) {
        throw_lost(folder.rounds(), "the row of round " + std::to_string(i + 1), folder);
      }
    }
    if (rows.empty()) {
      throw CheckpointError(folder.path().string() + " has no finished round to compare; let it run on");
    }
    DrawsReader draws(folder.draws());
    std::vector<RoundRow> since = rows_now();
    if (since.size() == rows.size()) return {std::move(rows), std::move(draws)};
    rows = std::move(since);  // the run goes on, and may have dropped draws in between
  }
}

/// The rounds that the run's checkpoint has finished, 0 without one. CheckpointError when it, or the manifest, is
/// damaged or of another run than these settings: a replay would then tell nothing.
std::uint32_t require_own_run(const Model& model, const TemperJob& job, const RunFolder& folder) {
  const RunIdentity own = binding_identity(manifest_of(model, job.options(), Layout{}, job.kernel_name()).identity);
  require_same_identity(own, binding_identity(read_manifest(folder.manifest()).identity), folder.manifest().string());
  const auto checkpoint = CheckpointFolder(folder.checkpoint()).load();
  if (!checkpoint) return 0;
  require_same_identity(own, checkpoint->identity, folder.checkpoint().string());
  return checkpoint->round;
}

}  // namespace

VerifyReport verify_temper(const Model& model, const TemperOptions& options, const RunFolder& folder,
                           TemperObserver& observer) {
  check_options(options, model);
  const std::uint32_t finished = require_own_run(model, TemperJob(model, options), folder);
  const Stored stored = read_stored(folder, finished);
  TemperOptions replay = options;
  replay.rounds = stored.rows.back().round;
  const TemperJob job(model, replay);
  MemorySink sink;
  sink.begin(job.columns());
  Comparison comparison(stored.rows, observer);
  const auto executor = make_serial_executor();
  State<TemperJob> state = begin(job, *executor);
  const auto round_ended = [&](const State<TemperJob>& at, double) {
    comparison.compare(at);
    if (replay.keep == Keep::last_round) sink.drop_before(at.round);
  };
  const StopReason stop = run(job, state, Surroundings<TemperJob>{*executor, sink, comparison, round_ended, {}, 0});
  VerifyReport report{false, comparison.same(), comparison.difference()};
  if (report.difference.empty() && stop != StopReason::finished) report.difference = "the replay was stopped";
  if (report.difference.empty()) report.difference = compare_draws(sink, stored.draws, folder);
  report.same = report.difference.empty();
  if (report.same) (void)digest(folder);  // a run that has ended must also have the digest of its end
  return report;
}

}  // namespace dovetail
