// What ends one rank ends all: with its exit code, said once and by name, noted in the run, and no step is lost that a
// checkpoint has.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dovetail/output/events.hpp"
#include "dovetail/output/manifest.hpp"
#include "tests/ranks/launched.hpp"

namespace dovetail::test {
namespace {

using Words = std::vector<std::string>;

std::string library(const std::string& animal) { return std::string(DOVETAIL_ANIMALS) + "/" + animal + ".so"; }

/// Small runs of a library of tests/zoo.
Words words_of(const std::string& command, const std::string& animal) {
  Words words = {command, library(animal), "--quiet", "--threads", "2"};
  const Words length = command == "sample" ? Words{"--chains", "3", "--warmup", "100", "--draws", "500"}
                                           : Words{"--rounds", "7", "--replicas", "6"};
  words.insert(words.end(), length.begin(), length.end());
  return words;
}

constexpr const char* kNever = "never";
constexpr const char* kInTheMiddle = "700";
constexpr const char* kAtTheStart = "1";

/// `words` in as many ranks as there are moments from which the library misbehaves.
Call launched_with(const Words& moments, const Words& words) {
  std::string line;
  for (const std::string& word : words) line += " '" + word + "'";
  Call call{.environment = launcher_environment(), .shell = "exec " DOVETAIL_MPIRUN};
  for (std::size_t r = 0; r < moments.size(); ++r) {
    call.shell += (r == 0 ? "" : " :") + std::string(" -n 1 env ZOO_AT=") + moments[r] + " \"$DOVETAIL\"" + line;
  }
  return call;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class RanksFailure : public CommandTest {
 protected:
  [[nodiscard]] std::string status_of(const std::string& run_folder) const {
    const Ended ended = run({"status", run_folder, "--json"});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return nlohmann::json::parse(ended.out)["status"];
  }
};

struct Fault {
  const char* name;
  const char* command;
  Words moments;       ///< of each rank
  const char* begins;  ///< how the one line of the error begins
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class RanksFault : public RanksFailure, public ::testing::WithParamInterface<Fault> {};

TEST_P(RanksFault, EndsAllOnceByNameAndIsNoted) {
  const Fault& fault = GetParam();
  const Words words = words_of(fault.command, "sets_rounding_mode");
  Call undisturbed{words, {{"ZOO_AT", kNever}}};
  undisturbed.words.insert(undisturbed.words.end(), {"--out", "undisturbed"});
  ASSERT_EQ(run(undisturbed).exit_code, 0);

  Words begin = words;
  begin.insert(begin.end(), {"--out", "r"});
  const Ended ended = run(launched_with(fault.moments, begin));
  expect_code(ended, 3);
  EXPECT_EQ(count_of(ended.err, "changes how numbers are rounded"), 1U) << ended.err;
  EXPECT_NE(ended.err.find(fault.begins), std::string::npos) << ended.err;
  EXPECT_EQ(count_of(ended.err, "dovetail: rank"), 1U) << ended.err;

  EXPECT_EQ(status_of("r"), "failed");
  EXPECT_NE(read_manifest(*this / "r" / "manifest.json").status_reason.find("changes how"), std::string::npos);
  const auto events = read_events(*this / "r" / "events.jsonl");
  EXPECT_EQ(std::count_if(events.begin(), events.end(), [](const Event& event) { return event.kind == "error"; }), 1);
  EXPECT_EQ(run({"watch", "r"}).exit_code, 3);

  const Ended resumed = run(launched_with({kNever, kNever}, {"resume", "r", "--quiet"}));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(digest("r"), digest("undisturbed"));
}

INSTANTIATE_TEST_SUITE_P(
    Jobs, RanksFault,
    ::testing::Values(Fault{"temper_in_rank_1", "temper", {kNever, kInTheMiddle, kNever}, "dovetail: rank 1 on "},
                      Fault{"temper_in_rank_2", "temper", {kNever, kNever, kInTheMiddle}, "dovetail: rank 2 on "},
                      Fault{"temper_in_rank_0", "temper", {kInTheMiddle, kNever, kNever}, "dovetail: rank 0: "},
                      Fault{"temper_at_its_start", "temper", {kNever, kAtTheStart, kNever}, "dovetail: rank 1 on "},
                      Fault{"temper_everywhere", "temper", {kInTheMiddle, kInTheMiddle, kInTheMiddle}, "dovetail: "},
                      Fault{"sample_in_rank_1", "sample", {kNever, kInTheMiddle, kNever}, "dovetail: rank 1 on "},
                      Fault{"sample_in_two", "sample", {kNever, kInTheMiddle, kInTheMiddle}, "dovetail: rank "}),
    [](const auto& named) { return std::string(named.param.name); });

TEST_F(RanksFailure, ACrashOfTheModelEndsAllOnceByName) {
  for (const Words& moments : {Words{kNever, kInTheMiddle}, Words{kInTheMiddle, kNever}}) {
    Words words = words_of("temper", "segfaults");
    words.insert(words.end(), {"--out", "r", "--force"});
    const Ended ended = run(launched_with(moments, words));
    expect_code(ended, 3);
    const std::string rank = moments[0] == kNever ? "1" : "0";
    EXPECT_EQ(count_of(ended.err, "dovetail: rank " + rank + ": model "), 1U) << ended.err;
    EXPECT_EQ(count_of(ended.err, "crashed in its own code"), 1U) << ended.err;
  }
}

}  // namespace
}  // namespace dovetail::test
