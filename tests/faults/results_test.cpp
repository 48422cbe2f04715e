// Damaged draws and rows: `digest`, `verify` and `resume` say so, or give the undisturbed result; never another one.
#include <fstream>
#include <functional>
#include <sstream>

#include "dovetail/core/rng.hpp"
#include "dovetail/store/file.hpp"
#include "tests/faults/command.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

/// Draws and rows of a run that keeps every round, so that each file matters.
class DamageOfResults : public CommandTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(run({"temper", "builtin:mvn,d=1", "--rounds", "4", "--replicas", "2", "--copies", "2", "--keep", "all",
                   "--checkpoint-every", "0.0001s", "--out", "good", "-q"})
                  .exit_code,
              0);
    expected_ = digest("good");
  }
  std::uint64_t draw(std::uint64_t below) { return rng_.bits64() % below; }
  /// Damages a copy; `digest`, `verify` and `resume` must say so, or give the undisturbed result.
  void expect_no_silent_harm(const std::string& what, const std::function<void(const fs::path&)>& damage) {
    for (const char* command : {"digest", "verify", "resume"}) {
      copy("good", "r");
      damage(*this / "r");
      const Ended ended = run({command, "r"});
      const bool said =
          ended.exit_code == 5 || ended.exit_code == 7 || (ended.exit_code == 1 && std::string(command) == "verify");
      if (ended.exit_code != 0) {
        EXPECT_TRUE(said) << command << ", " << what << ": " << ended.exit_code << ended.err;
        const std::string words = ended.out + ended.err;  // name a file of the run, the run, or a round
        EXPECT_TRUE(words.find((*this / "r").string()) != std::string::npos ||
                    words.find(" round ") != std::string::npos)
            << words;
        continue;
      }
      if (std::string(command) == "verify") {
        ADD_FAILURE() << "verify passed, " << what;
      } else {
        EXPECT_EQ(digest("r"), expected_) << command << ", " << what;
      }
    }
  }
  std::string expected_;
  Rng rng_{{seed_from_name(), Purpose::test, ItemId(0), Step(0)}};
};

TEST_F(DamageOfResults, ADrawsFileThatIsCutGoneOrFlippedIsNeverASilentLoss) {
  for (const std::string name :
       {"draws/round-000001.dovetail", "draws/round-000003.dovetail", "draws/round-000004.dovetail"}) {
    const std::uint64_t size = fs::file_size(*this / "good" / name);
    expect_no_silent_harm(name + " gone", [&](const fs::path& run) { fs::remove(run / name); });
    expect_no_silent_harm(name + " empty", [&](const fs::path& run) { fs::resize_file(run / name, 0); });
    for (int i = 0; i < DOVETAIL_RESULT_DAMAGES; ++i) {
      const std::uint64_t cut = draw(size);
      expect_no_silent_harm(name + " cut to " + std::to_string(cut),
                            [&](const fs::path& run) { fs::resize_file(run / name, cut); });
      const std::uint64_t bit = draw(8 * size);
      expect_no_silent_harm(name + " bit " + std::to_string(bit),
                            [&](const fs::path& run) { flip_bit(run / name, bit); });
    }
  }
}

TEST_F(DamageOfResults, ADrawsFileCutBetweenTwoBlocksIsNoticed) {
  const std::string name = "draws/round-000003.dovetail";
  const std::string bytes = read_text(*this / "good" / name);
  const auto last_block = bytes.rfind("DBLK");
  ASSERT_NE(last_block, std::string::npos);
  expect_no_silent_harm("a block less", [&](const fs::path& run) { fs::resize_file(run / name, last_block); });
  copy("good", "r");
  fs::resize_file(*this / "r" / name, last_block);
  fs::remove(*this / "r" / "summary.json");  // as if the run had been killed
  const Ended refused = run({"resume", "r", "-q"});
  EXPECT_EQ(refused.exit_code, 7);
  EXPECT_NE(refused.err.find("lacks draws of round 3"), std::string::npos) << refused.err;
}

TEST_F(DamageOfResults, RowsCutOrTakenOutOfRoundsCsvAreNoticed) {
  const std::string text = read_text(*this / "good" / "rounds.csv");
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 5U);
  for (std::size_t gone = 1; gone < lines.size(); ++gone) {
    expect_no_silent_harm("without row " + std::to_string(gone), [&](const fs::path& run) {
      std::ofstream file(run / "rounds.csv", std::ios::binary);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i != gone) file << lines[i] << '\n';
      }
      fs::remove(run / "summary.json");  // as if the run had been killed: nothing else knows how many there were
    });
  }
  for (int i = 0; i < DOVETAIL_RESULT_DAMAGES; ++i) {
    const std::uint64_t cut = draw(text.size());
    expect_no_silent_harm("rounds.csv cut to " + std::to_string(cut),
                          [&](const fs::path& run) { fs::resize_file(run / "rounds.csv", cut); });
  }
}

TEST_F(DamageOfResults, RowsOfChainsAreNotInTheDigestAndWatchedAllTheSame) {
  ASSERT_EQ(run({"sample", "builtin:mvn,d=1", "--draws", "300", "--warmup", "50", "--out", "chains", "-q"}).exit_code,
            0);
  const std::string rows = read_text(*this / "chains" / "rounds.csv");
  const auto last = rows.rfind("draws,");
  ASSERT_NE(last, std::string::npos);
  copy("chains", "good");
  expected_ = digest("good");
  expect_no_silent_harm("rounds.csv gone", [](const fs::path& run) { fs::remove(run / "rounds.csv"); });
  expect_no_silent_harm("a row less",
                        [&](const fs::path& run) { fs::resize_file(run / "rounds.csv", rows.rfind('\n', last) + 1); });
  expect_no_silent_harm("another figure",
                        [&](const fs::path& run) { edit(run / "rounds.csv", ",draws,125,", ",draws,126,"); });
  edit(*this / "chains" / "rounds.csv", ",draws,125,", ",draws,126,");
  EXPECT_EQ(run({"digest", "chains"}).exit_code, 5);
}

// Going on, which would write rows and summary anew, leaves a damaged run as it is.
TEST_F(DamageOfResults, IsNotTakenForTheRunByGoingOn) {
  edit(*this / "good" / "rounds.csv", "\n3,8,", "\n3,9,");
  const std::string summary = read_text(*this / "good" / "summary.json");
  for (int again = 0; again < 2; ++again) {
    const Ended refused = run({"resume", "good", "--rounds", "+1", "-q"});
    EXPECT_EQ(refused.exit_code, 5) << refused.err;
    EXPECT_NE(refused.err.find("is not what it was when it ended"), std::string::npos) << refused.err;
    EXPECT_EQ(read_text(*this / "good" / "summary.json"), summary);
  }
}

}  // namespace
}  // namespace dovetail::test
