// `dovetail run -- mpirun ...`: a rank that is lost costs a restart and no bit.
#include <algorithm>
#include <csignal>

#include "dovetail/output/events.hpp"
#include "dovetail/output/manifest.hpp"
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

TEST_F(RanksSupervised, ASignalInAStepOfSecondsStillMakesACheckpoint) {
  // Open MPI gives ranks one second after SIGTERM; one answer of this program takes longer.
  write_plainly(
      *this / "slow.py",
      "import json, sys, time\n"
      "sys.stdin.readline()\n"
      "print('{\"dovetail\":1,\"name\":\"slow\",\"parameters\":[\"x\"],\"gradient\":false}', flush=True)\n"
      "for line in sys.stdin:\n"
      "    asked = json.loads(line)\n"
      "    time.sleep(1.5)\n"
      "    print(json.dumps({'id': asked['id'], 'log_density': [-x[0]**2 for x in asked['x']]}), flush=True)\n");
  Call call{{"run", "--", DOVETAIL_MPIRUN, "-n", "2", program()}, launcher_environment()};
  call.words.insert(call.words.end(), {"sample", "exec:python3 slow.py", "--kernel", "mh", "--chains", "2", "--quiet",
                                       "--out", "r", "--threads", "1"});
  for (const auto& [signal, code] : {std::pair{SIGTERM, 75}, std::pair{SIGINT, 130}}) {
    std::filesystem::remove_all(*this / "r");
    Process process(folder_.path(), call);
    ASSERT_TRUE(process.wait_until([&] { return std::filesystem::exists(*this / "r" / "manifest.json"); }))
        << process.err_so_far();
    process.send(signal);
    const Ended ended = process.wait();
    EXPECT_EQ(ended.exit_code, code) << ended.err;
    EXPECT_EQ(read_manifest(*this / "r" / "manifest.json").status, "incomplete") << ended.err;
  }
}

}  // namespace
}  // namespace dovetail::test
