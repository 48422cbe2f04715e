// `dovetail run -- mpirun ...`: a rank that is lost costs a restart and no bit.
#include <algorithm>
#include <csignal>

#include "dovetail/output/events.hpp"
#include "tests/ranks/launched.hpp"

namespace dovetail::test {
namespace {

class RanksSupervised : public CommandTest {
 protected:
  [[nodiscard]] std::ptrdiff_t events_of(const std::string& kind) const {
    const auto file = *this / "r" / "events.jsonl";
    if (!std::filesystem::exists(file)) return 0;
    const auto events = read_events(file);
    return std::count_if(events.begin(), events.end(), [&](const Event& event) { return event.kind == kind; });
  }
};

TEST_F(RanksSupervised, ALostRankCostsARestartAndNoBit) {
  const std::vector<std::string> words = {"temper", "builtin:modes", "--rounds", "12", "--quiet"};
  const std::string expected = undisturbed_digest(words);
  Call call{{"run", "--delay", "0.001s", "--", DOVETAIL_MPIRUN, "-n", "3", program()}, launcher_environment()};
  call.words.insert(call.words.end(), words.begin(), words.end());
  call.words.insert(call.words.end(), {"--out", "r", "--threads", "1"});
  Process process(folder_.path(), call);
  // 63 of 64 scans are still to come.
  ASSERT_TRUE(process.wait_until([&] { return events_of("round") >= 6; })) << process.err_so_far();
  const std::vector<pid_t> ranks = ranks_of(process.id());
  ASSERT_EQ(ranks.size(), 3U);
  ::kill(ranks[1], SIGKILL);
  const Ended ended = process.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(events_of("restart"), 1) << ended.err;
  EXPECT_EQ(digest("r"), expected);
}

}  // namespace
}  // namespace dovetail::test
