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

/// Passes progress on, and stops the replay at the first round that differs.
class Comparison final : public Observer {
 public:
  Comparison(const std::vector<RoundRow>& rows, TemperObserver& observer) : rows_(rows), observer_(observer) {}

  void progress(const Progress& progress) override { observer_.progress(progress); }
  StopReason should_stop() override {
    return difference_.empty() ? observer_.should_stop() : StopReason::terminated;
  }
  void compare(const State<TemperJob>& state) {
    const RoundRow& row = rows_[state.round.value - 1];
    const std::string replayed = to_hex(sha256(pack(state)));
    if (replayed == row.state_sha256) {
      ++same_;
    } else if (difference_.empty()) {
      difference_ = "the state after round " + std::to_string(row.round) + " hashes to " + replayed +
                    " in the replay and to " + row.state_sha256 + " in the run";
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

/// The first section of kept draws, of finished rounds, that is not the same in both.
std::string compare_draws(const KeptDraws& replayed, const KeptDraws& stored, Round last) {
  for (const Round round : stored.rounds()) {
    if (round > last) continue;
    for (std::size_t column = 0; column < stored.columns().size(); ++column) {
      if (pack(replayed.chains(round, column)) == pack(stored.chains(round, column))) continue;
      return "the draws of " + stored.columns()[column] + " in round " + std::to_string(round.value) +
             " are not those of the replay";
    }
  }
  return "";
}

}  // namespace

VerifyReport verify_temper(const Model& model, const TemperOptions& options, const RunFolder& folder,
                           TemperObserver& observer) {
  const std::vector<RoundRow> rows = read_rounds(folder.rounds());
  if (rows.empty()) throw CheckpointError(folder.path().string() + " has no finished round to compare; let it run on");
  TemperOptions replay = options;
  replay.rounds = rows.back().round;
  check_options(replay, model);
  const TemperJob job(model, replay);
  MemorySink sink;
  sink.begin(job.columns());
  Comparison comparison(rows, observer);
  const auto executor = make_serial_executor();
  State<TemperJob> state = begin(job, *executor);
  const auto round_ended = [&](const State<TemperJob>& at, double) {
    comparison.compare(at);
    if (replay.keep == Keep::last_round) sink.drop_before(at.round);
  };
  const StopReason stop = run(job, state, Surroundings<TemperJob>{*executor, sink, comparison, round_ended, {}, 0});
  VerifyReport report{false, comparison.same(), comparison.difference()};
  if (report.difference.empty() && stop != StopReason::finished) report.difference = "the replay was stopped";
  if (report.difference.empty()) report.difference = compare_draws(sink, DrawsReader(folder.draws()), state.round);
  report.same = report.difference.empty();
  return report;
}

}  // namespace dovetail
