#include "dovetail/jobs/verify.hpp"

#include <algorithm>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/memory_sink.hpp"
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

/// The first section of the draws that must be kept, which the replay has kept, that is not the same in the run. The
/// run may hold earlier rounds too, which it has not dropped yet, and the round at work.
std::string compare_draws(const KeptDraws& replayed, const KeptDraws& stored) {
  const std::vector<Round> there = stored.rounds();
  for (const Round round : replayed.rounds()) {
    const std::string where = "round " + std::to_string(round.value);
    if (std::find(there.begin(), there.end(), round) == there.end()) return "the draws of " + where + " are gone";
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

Stored read_stored(const RunFolder& folder) {
  const auto rows_now = [&] {
    return std::filesystem::exists(folder.rounds()) ? read_rounds(folder.rounds()) : std::vector<RoundRow>();
  };
  for (std::vector<RoundRow> rows = rows_now();;) {
    if (rows.empty()) {
      throw CheckpointError(folder.path().string() + " has no finished round to compare; let it run on");
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].round == i + 1) continue;
      throw FileError(folder.rounds().string() + " lacks round " + std::to_string(i + 1) +
                      " (rows were lost or edited); restore the file, or run again with " +
                      run_again_command(folder.path()));
    }
    DrawsReader draws(folder.draws());
    std::vector<RoundRow> since = rows_now();
    if (since.size() == rows.size()) return {std::move(rows), std::move(draws)};
    rows = std::move(since);  // the run goes on, and may have dropped draws in between
  }
}

}  // namespace

VerifyReport verify_temper(const Model& model, const TemperOptions& options, const RunFolder& folder,
                           TemperObserver& observer) {
  const Stored stored = read_stored(folder);
  TemperOptions replay = options;
  replay.rounds = stored.rows.back().round;
  check_options(replay, model);
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
  if (report.difference.empty()) report.difference = compare_draws(sink, stored.draws);
  report.same = report.difference.empty();
  if (report.same) (void)digest(folder);  // a run that has ended must also have the digest of its end
  return report;
}

}  // namespace dovetail
