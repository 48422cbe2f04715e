// kill -9 of ranks, of mpirun and of everything, at seeded moments; the run goes on with other ranks and threads to the
// digest of the undisturbed one.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>

#include "dovetail/core/rng.hpp"
#include "dovetail/output/events.hpp"
#include "tests/ranks/launched.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

/// With a checkpoint after every stretch of steps, so that many kills meet one.
const std::vector<std::vector<std::string>> kRuns = {
    {"temper", "builtin:modes", "--rounds", "9", "--replicas", "5", "--copies", "2", "--checkpoint-every", "0.0001s"},
    {"temper", "builtin:mvn,d=3", "--reference", "variational", "--legs", "2", "--rounds", "8", "--keep", "all",
     "--every-rung", "--checkpoint-every", "0.0001s"},
    {"sample", "builtin:eight_schools", "--metric", "dense", "--draws", "2000", "--checkpoint-every", "0.0001s"},
    {"sample", "builtin:banana", "--kernel", "slice", "--chains", "3", "--draws", "20000", "--checkpoint-every",
     "0.0001s"}};

class RanksKill : public CommandTest {
 protected:
  std::uint64_t draw(std::uint64_t below) { return rng_.bits64() % below; }

  [[nodiscard]] Call next_call(const std::vector<std::string>& begin) {
    std::vector<std::string> words = {"resume", "r"};
    if (!fs::exists(*this / "r" / "manifest.json")) {
      words = begin;
      words.insert(words.end(), {"--out", "r"});
    }
    words.insert(words.end(), {"--quiet", "--threads", std::to_string(1 + draw(3))});
    if (draw(5) == 0) return {words};
    return launched(static_cast<unsigned>(1 + draw(5)), words);
  }

  /// One rank, the launcher, or both with all ranks. Ranks whose launcher is gone end by themselves: until then the
  /// folder is theirs.
  void kill_some_of(Process& process) {
    const std::vector<pid_t> ranks = ranks_of(process.id());
    kill_one_or_all(process, ranks);
    const auto begin = std::chrono::steady_clock::now();
    const auto seconds = [&] { return std::chrono::steady_clock::now() - begin; };
    const auto any_at_work = [&] { return std::any_of(ranks.begin(), ranks.end(), is_at_work); };
    const auto folder = fs::canonical(folder_.path());
    // Open MPI's launcher was seen to stay after a rank that died in MPI_Init had taken all others along.
    if (process.wait_until([&] { return seconds() > std::chrono::seconds(10) && !any_at_work(); })) {
      process.send(SIGKILL);
      ++launchers_that_stay_;
    }
    static_cast<void>(process.wait());
    // also a rank that the launcher was just starting, and that nobody has seen
    while (is_at_work_in(folder)) ASSERT_LT(seconds(), std::chrono::seconds(60));
  }
  void kill_one_or_all(const Process& process, const std::vector<pid_t>& ranks) {
    const std::uint64_t which = draw(3);
    if (which == 0 && !ranks.empty()) {
      ::kill(ranks[draw(ranks.size())], SIGKILL);
      return;
    }
    process.send(SIGKILL);
    if (which == 2) {
      for (const pid_t rank : ranks) ::kill(rank, SIGKILL);
    }
  }

  [[nodiscard]] std::ptrdiff_t resumes_after_a_round() const {
    const auto events = read_events(*this / "r" / "events.jsonl");
    return std::count_if(events.begin(), events.end(), [](const Event& event) {
      return event.kind == "resume" &&
             event.fields.front() != std::pair<std::string, EventValue>("round", std::uint64_t{0});
    });
  }

  unsigned launchers_that_stay_ = 0;
  Rng rng_{{seed_from_name(), Purpose::test, ItemId(0), Step(0)}};
};

TEST_F(RanksKill, AtSeededMomentsChangesNoBit) {
  unsigned kills = 0;
  std::ptrdiff_t resumes = 0;  // which have something to lose
  for (std::size_t which = 0; which < kRuns.size() || kills < DOVETAIL_KILLS || resumes == 0; ++which) {
    const std::vector<std::string>& words = kRuns[which % kRuns.size()];
    fs::remove_all(*this / "undisturbed");
    fs::remove_all(*this / "r");
    const std::string expected = undisturbed_digest(words);
    // A launch takes some tenths of a second before the first step.
    for (std::uint64_t patience_us = 900000;; patience_us += patience_us / 8) {
      const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(draw(patience_us));
      Process process(folder_.path(), next_call(words));
      if (!process.wait_until([&] { return std::chrono::steady_clock::now() >= moment; })) {
        const Ended ended = process.wait();
        ASSERT_EQ(ended.exit_code, 0) << ended.err;
        break;
      }
      ASSERT_NO_FATAL_FAILURE(kill_some_of(process));
      ++kills;
    }
    ASSERT_EQ(digest("r"), expected) << ::testing::PrintToString(words) << " after " << kills << " kills";
    resumes += resumes_after_a_round();
  }
  RecordProperty("kills", static_cast<int>(kills));
  std::cout << kills << " kills; " << resumes
            << " resumes after a round; launchers that stayed without ranks: " << launchers_that_stay_ << "\n";
}

}  // namespace
}  // namespace dovetail::test
