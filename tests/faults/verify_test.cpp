// `verify` passes on good runs of every kind and names the first thing that differs on bad ones.
#include <cmath>
#include <fstream>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/verify.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/tempering_row.hpp"
#include "dovetail/store/file.hpp"
#include "tests/faults/command.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

class Verify : public CommandTest {
 protected:
  void make_run(std::vector<std::string> words) const {
    words.insert(words.end(), {"--out", "r", "-q"});
    const Ended ended = run(Call{std::move(words)});
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
  }
  void expect_difference(const std::string& words) const {
    const Ended ended = run({"verify", "r", "-q"});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_NE(ended.out.find("differs after "), std::string::npos) << ended.out << ended.err;
    EXPECT_NE(ended.out.find(words), std::string::npos) << ended.out << ended.err;
  }
  [[nodiscard]] fs::path rounds() const { return *this / "r" / "rounds.csv"; }
};

TEST_F(Verify, PassesOnGoodRunsOfEveryKind) {
  const std::vector<std::vector<std::string>> kinds = {
      {"temper", "builtin:modes", "--rounds", "6", "--threads", "3"},
      {"temper", "builtin:mvn,d=3", "--rounds", "6", "--reference", "variational", "--legs", "2", "--copies", "2"},
      {"temper", "builtin:ising,L=4", "--rounds", "5", "--keep", "all", "--every-rung"},
      {"temper", "builtin:mvn,d=2", "--rounds", "4", "--kernel", "exact", "--replicas", "4"}};
  for (const auto& words : kinds) {
    fs::remove_all(*this / "r");
    make_run(words);
    const Ended ended = run({"verify", "r", "-q"});
    EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
    EXPECT_NE(ended.out.find("the same bits"), std::string::npos) << ended.out;
  }
}

TEST_F(Verify, PassesOnARunKilledBeforeItDroppedTheDrawsOfARoundBefore) {
  unsigned met = 0;
  Ended ended;
  for (unsigned n = 1; n == 1 || ended.was_killed(); n += 7) {
    fs::remove_all(*this / "r");
    Call call{{"temper", "builtin:mvn,d=1", "--rounds", "3", "--replicas", "2", "--out", "r", "-q"}};
    call.environment = {{"DOVETAIL_CRASH_AT", "any:" + std::to_string(n)}};
    ended = run(call);
    if (!fs::exists(rounds()) || read_rounds<TemperingRow>(rounds()).size() < 2) continue;
    const DrawsReader draws(*this / "r" / "draws");
    if (draws.rounds().front().value >= read_rounds<TemperingRow>(rounds()).size()) continue;
    ++met;
    const Ended verify = run({"verify", "r", "-q"});
    EXPECT_EQ(verify.exit_code, 0) << "killed at point " << n << ": " << verify.out << verify.err;
  }
  EXPECT_GE(met, 2U);
}

TEST_F(Verify, NamesOneFlippedBitInTheDrawsEvenUnderARightChecksum) {
  make_run({"temper", "builtin:mvn,d=2", "--rounds", "4"});
  const fs::path draws = *this / "r" / "draws";
  flip_bit(draws / "round-000004.dovetail", 8 * fs::file_size(draws / "round-000004.dovetail") - 100);
  const Ended damaged = run({"verify", "r", "-q"});
  EXPECT_EQ(damaged.exit_code, 5);
  EXPECT_NE(damaged.err.find("checksum"), std::string::npos) << damaged.err;

  fs::remove_all(*this / "r");
  make_run({"temper", "builtin:mvn,d=2", "--rounds", "4"});
  DrawBlock block{ItemId(0), Round(4), 0, 0, {}};
  std::vector<std::string> columns;
  {
    const DrawsReader reader(draws);
    columns = reader.columns();
    block.columns = columns.size();
    block.values.resize(16 * columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto chain = reader.chains(Round(4), c).front();
      for (std::size_t i = 0; i < chain.size(); ++i) block.values[i * columns.size() + c] = chain[i];
    }
  }
  double& victim = block.values[7 * columns.size() + 1];
  victim = std::nextafter(victim, 1e9);
  fs::remove(draws / "round-000004.dovetail");
  DrawsSink sink(draws);
  sink.begin(columns);
  sink.write(block);
  (void)sink.commit();
  expect_difference("the draws of " + columns[1] + " in round 4 are not those of the replay");
}

TEST_F(Verify, NamesWhatIsLostAsAFileErrorNotAsADifference) {
  const std::vector<std::string> words = {"temper", "builtin:mvn,d=2",    "--rounds", "9",           "--keep",
                                          "all",    "--checkpoint-every", "0.0001s",  "--every-rung"};
  make_run(words);
  copy("r", "good");
  const std::string draws = "draws/round-000009.dovetail";
  const auto expect_lost = [&](const std::string& what) {
    const Ended ended = run({"verify", "r", "-q"});
    EXPECT_EQ(ended.exit_code, 5) << ended.out << ended.err;
    EXPECT_NE(ended.err.find("lacks " + what), std::string::npos) << ended.err;
    EXPECT_NE(ended.err.find("run again with `dovetail temper --config "), std::string::npos) << ended.err;
    copy("good", "r");
  };
  fs::remove(*this / "r" / draws);
  expect_lost("draws of round 9");
  const std::string bytes = read_text(*this / "r" / draws);
  fs::resize_file(*this / "r" / draws, bytes.rfind("DBLK"));
  expect_lost("draws of round 9");
  fs::remove(rounds());
  expect_lost("the row of round 1");
  const std::string rows = read_text(rounds());
  fs::resize_file(rounds(), rows.find("\n9,") + 1);
  expect_lost("the row of round 9");
  EXPECT_EQ(run({"verify", "r", "-q"}).exit_code, 0);
}

TEST_F(Verify, RefusesSettingsAndCheckpointsOfAnotherRunAndDamagedOnes) {
  make_run({"temper", "builtin:mvn,d=2", "--rounds", "3"});
  const Ended other = run({"temper", "builtin:mvn,d=2", "--rounds", "3", "--seed", "2", "--out", "other", "-q"});
  ASSERT_EQ(other.exit_code, 0) << other.err;
  copy("r", "good");
  const auto expect_refused = [&](const std::string& words) {
    const Ended ended = run({"verify", "r", "-q"});
    EXPECT_EQ(ended.exit_code, 7) << ended.out << ended.err;
    EXPECT_NE(ended.err.find(words), std::string::npos) << ended.err;
    copy("good", "r");
  };
  edit(*this / "r" / "config.toml", "seed = 1", "seed = 2");
  expect_refused("its seed is 1");
  copy("other/checkpoint", "r/checkpoint");
  expect_refused("its seed is 2");
  flip_bit(*this / "r" / "checkpoint" / "a", 8 * fs::file_size(*this / "r" / "checkpoint" / "a") - 1000);
  expect_refused("fails its checksum");
  fs::remove_all(*this / "r" / "checkpoint");  // not needed for a replay
  EXPECT_EQ(run({"verify", "r", "-q"}).exit_code, 0);
  edit(*this / "r" / "config.toml", "seed = 1", "seed = 2");
  expect_refused("manifest.json belongs to another run: its seed is 1");
}

TEST_F(Verify, NamesAChangedHashOrFigureOfARound) {
  make_run({"temper", "builtin:mvn,d=2", "--rounds", "4"});
  const std::string before = read_text(rounds());
  const std::string hash = read_rounds<TemperingRow>(rounds())[1].state_sha256;
  edit(rounds(), hash, (hash[0] == '0' ? "1" : "0") + hash.substr(1));
  expect_difference("the state after round 2 hashes to " + hash + " in the replay");
  std::ofstream(rounds(), std::ios::binary) << before;
  edit(rounds(), "\n3,8,", "\n3,9,");
  expect_difference("scans of round 3 is 8 in the replay and 9 in rounds.csv");
}

TEST_F(Verify, TellsARunFromItsTwinOfAnotherSeed) {
  make_run({"temper", "builtin:mvn,d=2", "--rounds", "3", "--seed", "1"});
  const auto model = make_model("builtin:mvn,d=2");
  TemperOptions options;
  options.rounds = 3;
  TemperObserver observer;
  const RunFolder folder = RunFolder::open(*this / "r");
  EXPECT_TRUE(verify_temper(*model, options, folder, observer).same);
  options.seed = 2;
  try {
    (void)verify_temper(*model, options, folder, observer);
    ADD_FAILURE() << "another seed was replayed";
  } catch (const CheckpointError& error) {
    EXPECT_NE(std::string(error.what()).find("its seed is 1, this run's is 2"), std::string::npos) << error.what();
  }
}

TEST_F(Verify, NoticesResultsEditedAfterTheEnd) {
  make_run({"temper", "builtin:mvn,d=2", "--rounds", "4"});
  copy("r", "good");
  edit(rounds(), "\n3,8,", "\n3,9,");
  const Ended digest = run({"digest", "r"});
  EXPECT_EQ(digest.exit_code, 5) << digest.out;
  EXPECT_NE(digest.err.find("is not what it was when it ended"), std::string::npos) << digest.err;
  for (const auto& [from, to] :
       {std::pair("\"log_evidence\": -", "\"log_evidence\": -1"), {"\"q5\": -", "\"q5\": -1"}}) {
    copy("good", "r");
    edit(*this / "r" / "summary.json", from, to);
    for (const char* command : {"verify", "digest", "summary"}) {
      const Ended ended = run({command, "r"});
      EXPECT_EQ(ended.exit_code, 7) << command << ended.out;
      EXPECT_NE(ended.err.find("summary.json was edited after the run wrote it"), std::string::npos) << ended.err;
    }
    EXPECT_EQ(run({"resume", "r", "-q"}).exit_code, 0);  // the cure
    EXPECT_EQ(run({"verify", "r", "-q"}).exit_code, 0);
  }
}

TEST_F(Verify, NoticesAnEndedRunWithoutItsSummary) {
  make_run({"temper", "builtin:mvn,d=2", "--rounds", "4"});
  const std::string before = run({"digest", "r"}).out;
  fs::remove(*this / "r" / "summary.json");
  for (const char* command : {"verify", "digest"}) {
    const Ended ended = run({command, "r"});
    EXPECT_EQ(ended.exit_code, 5) << command << ended.out;
    EXPECT_NE(ended.err.find("has ended and has no summary.json"), std::string::npos) << ended.err;
  }
  EXPECT_EQ(run({"resume", "r", "-q"}).exit_code, 0);
  EXPECT_EQ(run({"digest", "r"}).out, before);
}

}  // namespace
}  // namespace dovetail::test
