// `dovetail status`, `watch` and `cancel` beside a run that goes on, stops or is killed.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "dovetail/output/events.hpp"
#include "dovetail/output/manifest.hpp"
#include "tests/faults/command.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using Json = nlohmann::json;

/// Never ends by itself.
const Words kEndless = {"temper", "builtin:modes", "--rounds", "40", "--replicas", "5", "-q", "--out", "r"};

class Watched : public CommandTest {
 protected:
  [[nodiscard]] bool has_rounds() const {
    return fs::exists(folder_ / "r" / "events.jsonl") && read_events(folder_ / "r" / "events.jsonl").size() > 3;
  }
  [[nodiscard]] Json status() const {
    const Ended ended = run({"status", "r", "--json"});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return Json::parse(ended.out);
  }
};

TEST_F(Watched, StatusFollowsARunFromItsProcessToItsDeathAndItsEnd) {
  Process process(folder_.path(), {kEndless});
  process.wait_until([&] { return has_rounds(); });
  const Json running = status();
  EXPECT_EQ(running["status"], "running");
  EXPECT_EQ(running["written_now"], true);
  EXPECT_EQ(running["process"], process.id());
  EXPECT_EQ(running["rounds_wanted"], 40);
  EXPECT_GE(running["rounds"], 1);
  process.send(SIGKILL);
  EXPECT_TRUE(process.wait().was_killed());
  const Json killed = status();
  EXPECT_EQ(killed["status"], "killed");
  EXPECT_EQ(killed["process"], nullptr);
  const std::string text = run({"status", "r"}).out;
  EXPECT_NE(text.find("\nprocess   none\n`dovetail resume r` goes on with it\n"), std::string::npos) << text;
  ASSERT_EQ(run({"resume", "r", "--max-time", "0.05s", "-q"}).exit_code, 75);
  EXPECT_EQ(status()["status"], "incomplete");
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "3", "--out", "done", "-q"}).exit_code, 0);
  EXPECT_NE(run({"status", "done"}).out.find("rounds    3 of 3 finished"), std::string::npos)
      << run({"status", "done"}).out;
}

TEST_F(Watched, WatchPrintsEveryEventAndEndsAsTheRunDoes) {
  Process process(folder_.path(), {kEndless});
  process.wait_until([&] { return has_rounds(); });
  Process json(folder_.path(), {{"watch", "r", "--json"}});
  Process plain(folder_.path(), {{"watch", "r"}});
  plain.wait_until([&] { return !plain.out_so_far().empty(); });
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().exit_code, 75);
  const Ended lines = json.wait();
  EXPECT_EQ(lines.exit_code, 75) << lines.err;
  EXPECT_NE(lines.err.find("incomplete: stopped in round"), std::string::npos) << lines.err;
  std::ifstream file(*this / "r" / "events.jsonl");
  EXPECT_EQ(lines.out, std::string(std::istreambuf_iterator<char>(file), {}));
  const Ended words = plain.wait();
  EXPECT_EQ(words.exit_code, 75);
  EXPECT_EQ(std::count(words.out.begin(), words.out.end(), '\n'), std::count(lines.out.begin(), lines.out.end(), '\n'));
  EXPECT_NE(words.out.find(" start round=0\n"), std::string::npos) << words.out;
  EXPECT_NE(words.out.find(" end status=incomplete\n"), std::string::npos) << words.out;

  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "3", "--out", "done", "-q"}).exit_code, 0);
  EXPECT_EQ(run({"watch", "done"}).exit_code, 0);
  EXPECT_EQ(run({"watch", "nothing"}).exit_code, 2);
}

TEST_F(Watched, ARunThatAnErrorEndedHasFailedAndSaysWhy) {
  const Call call{
      {"temper", DOVETAIL_ANIMALS "/sets_rounding_mode.so", "--rounds", "8", "--replicas", "5", "-q", "--out", "r"},
      {{"ZOO_AT", "2000"}}};
  const Ended failed = run(call);
  ASSERT_EQ(failed.exit_code, 3) << failed.err;
  const Json report = status();
  EXPECT_EQ(report["status"], "failed");
  EXPECT_EQ(report["written_now"], false);
  const std::string why = read_manifest(*this / "r" / "manifest.json").status_reason;
  EXPECT_NE(why.find("changes how numbers are rounded"), std::string::npos) << why;
  EXPECT_NE(failed.err.find(why), std::string::npos) << failed.err;
  const Event last = read_events(*this / "r" / "events.jsonl").back();
  EXPECT_EQ(last.kind, "error");
  ASSERT_EQ(last.fields.size(), 2U);
  EXPECT_EQ(std::get<std::string>(last.fields[0].second), why);
  EXPECT_EQ(std::get<std::uint64_t>(last.fields[1].second), 3U);
  const Ended watch = run({"watch", "r"});
  EXPECT_EQ(watch.exit_code, 3);
  EXPECT_NE(watch.err.find("failed: "), std::string::npos) << watch.err;
  EXPECT_NE(watch.out.find(" error text="), std::string::npos) << watch.out;
  ASSERT_EQ(run(Call{{"resume", "r", "-q"}, {{"ZOO_AT", "never"}}}).exit_code, 0);
  EXPECT_NE(status()["status"], "failed");
  EXPECT_EQ(run({"watch", "r"}).exit_code, 0);
}

TEST_F(Watched, ARunThatAFullDiskEndedIsWatchedWithItsExitCode) {
  Call call{{"sample", "builtin:mvn,d=3", "--kernel", "slice", "--draws", "100000", "-q", "--out", "r"}};
  call.file_bytes_max = 100000;
  ASSERT_EQ(run(call).exit_code, 5);
  ASSERT_EQ(status()["status"], "failed");
  EXPECT_EQ(run({"watch", "r"}).exit_code, 5);
}

TEST_F(Watched, WatchSaysThatARunWasKilled) {
  Process process(folder_.path(), {kEndless});
  process.wait_until([&] { return has_rounds(); });
  Process watch(folder_.path(), {{"watch", "r"}});
  watch.wait_until([&] { return !watch.out_so_far().empty(); });
  process.send(SIGKILL);
  EXPECT_TRUE(process.wait().was_killed());
  const Ended ended = watch.wait();
  EXPECT_EQ(ended.exit_code, 6);
  EXPECT_NE(ended.err.find("`dovetail resume r` goes on with it"), std::string::npos) << ended.err;
}

TEST_F(Watched, CancelStopsARunWithACheckpointAndNothingElse) {
  Process process(folder_.path(), {kEndless});
  process.wait_until([&] { return has_rounds(); });
  Words other = kEndless;
  other.back() = "other";
  Process bystander(folder_.path(), {other});
  bystander.wait_until([&] { return fs::exists(folder_ / "other" / "events.jsonl"); });
  const Ended cancel = run({"cancel", "r"});
  EXPECT_EQ(cancel.exit_code, 0) << cancel.err;
  EXPECT_EQ(process.wait().exit_code, 75);
  EXPECT_TRUE(bystander.is_running());
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
  const Ended again = run({"cancel", "r"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.err, "nothing is at work on r: incomplete\n");
  EXPECT_EQ(run({"cancel", "nothing"}).exit_code, 2);
}

TEST_F(Watched, RunsOfOtherMachinesAreNotTakenForDead) {
  ASSERT_EQ(run({"temper", "builtin:modes", "--rounds", "40", "--max-time", "0.05s", "--out", "r", "-q"}).exit_code,
            75);
  const std::string host = read_manifest(*this / "r" / "manifest.json").environment.host;
  edit(*this / "r" / "manifest.json", "\"host\": \"" + host + "\"", "\"host\": \"elsewhere\"");
  edit(*this / "r" / "manifest.json", "\"status\": \"incomplete\"", "\"status\": \"running\"");
  const Json report = status();
  EXPECT_EQ(report["status"], "running");
  EXPECT_EQ(report["written_now"], nullptr);
  const Ended cancel = run({"cancel", "r"});
  EXPECT_EQ(cancel.exit_code, 2);
  EXPECT_NE(cancel.err.find("was last written on elsewhere"), std::string::npos) << cancel.err;
}

}  // namespace
}  // namespace dovetail::test
