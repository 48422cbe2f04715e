// What happens to a Redis while a run goes on: it is killed and comes back empty or with old values, is full for a
// while, or is reached over a bad line. The digest stays.
#include <signal.h>

#include <fstream>

#include "tests/pool/pool_command.hpp"
#include "tests/store/proxy.hpp"
#include "tests/store/redis_server.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

struct FaultyRun {
  const char* name;
  std::size_t which;  ///< of pool_runs()
};

class PoolFaults : public CommandTest, public ::testing::WithParamInterface<FaultyRun> {
 protected:
  void SetUp() override {
    if (!has_redis()) GTEST_SKIP() << "redis-server is not installed";
    write_sites(folder_.path());
    write_corpus(folder_.path());
    auto alone = run_of().words;
    alone.insert(alone.end(), run_of().alone_words.begin(), run_of().alone_words.end());
    expected_ = undisturbed_digest(alone);
    redis_ = std::make_unique<RedisServer>(folder_ / "redis");
  }
  [[nodiscard]] static const PoolRun& run_of() {
    static const std::vector<PoolRun> kRuns = pool_runs();
    return kRuns.at(GetParam().which);
  }

  /// Server and workers.
  void start(const std::string& url) {
    auto words = run_of().words;
    words.insert(words.end(), {"--store", url, "--out", "r"});
    start(words, url);
  }
  void start(const std::vector<std::string>& words, const std::string& url) {
    server_ = std::make_unique<Process>(folder_.path(), Call{words});
    for (int i = 0; i < 2; ++i) {
      std::vector<std::string> worker = {"worker", "--store", url, "--threads", "1", "--lease", "0.3s"};
      worker.insert(worker.end(), run_of().worker_words.begin(), run_of().worker_words.end());
      workers_.push_back(std::make_unique<Process>(folder_.path(), Call{worker}));
    }
  }
  /// Until the server has ended so many rounds, or the run.
  bool wait_for_round(std::size_t rounds) {
    return server_->wait_until([&] {
      std::ifstream in(folder_ / "r" / "rounds.csv");
      std::size_t lines = 0;
      for (std::string line; std::getline(in, line);) ++lines;
      return lines > rounds;
    });
  }
  void expect_the_same() {
    const Ended served = server_->wait();
    std::string workers;
    for (const auto& worker : workers_) workers += "\n" + worker->err_so_far();
    ASSERT_EQ(served.exit_code, 0) << served.err << workers;
    EXPECT_EQ(digest("r"), expected_);
  }

  std::string expected_;
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<Process> server_;
  std::vector<std::unique_ptr<Process>> workers_;
};
INSTANTIATE_TEST_SUITE_P(Runs, PoolFaults,
                         ::testing::Values(FaultyRun{"private", 1}, FaultyRun{"sample", 2}, FaultyRun{"lda", 3}),
                         [](const auto& run) { return std::string(run.param.name); });

TEST_P(PoolFaults, ARedisThatIsKilledComesBackEmpty) {
  start(redis_->url());
  for (const std::size_t round : {1U, 2U}) {
    if (!wait_for_round(round)) break;
    redis_->kill();
    redis_->start();
  }
  expect_the_same();
}

TEST_P(PoolFaults, ARedisThatIsKilledComesBackWithOldValues) {
  start(redis_->url());
  if (wait_for_round(1)) {
    EXPECT_EQ(redis_->ask({"SAVE"}), "OK");
    if (wait_for_round(2)) {
      redis_->kill();
      redis_->start();
    }
  }
  expect_the_same();
}

TEST_P(PoolFaults, WhoIsToldToStopWhileRedisIsGoneStopsAndGoesOnLater) {
  // Without workers, so that it is at work for sure.
  auto words = run_of().words;
  words.insert(words.end(), {"--store", redis_->url(), "--out", "r"});
  Process serves(folder_.path(), Call{words});
  ASSERT_TRUE(serves.wait_until([&] { return !redis_->ask({"GET", "dt:{default}:inc:1"}).empty(); }));
  Process works(folder_.path(), Call{{"worker", "--store", redis_->url(), "--run", "another"}});
  ASSERT_TRUE(works.wait_until([&] { return works.err_so_far().find("waiting") != std::string::npos; }));
  redis_->kill();
  for (Process* process : {&serves, &works}) {
    process->send(SIGTERM);
    const Ended ended = process->wait();
    EXPECT_EQ(ended.exit_code, 75) << ended.err;
    EXPECT_NE(ended.err.find("SIGTERM"), std::string::npos) << ended.err;
  }
  redis_->start();
  start({"resume", "r", "--quiet", "--store", redis_->url()}, redis_->url());
  expect_the_same();
}

TEST_P(PoolFaults, AFullRedisIsWaitedFor) {
  start(redis_->url());
  wait_for_round(1);
  EXPECT_EQ(redis_->ask({"CONFIG", "SET", "maxmemory", "1"}), "OK");
  // until somebody was refused
  EXPECT_TRUE(eventually([&] {
    return !server_->is_running() || redis_->ask({"INFO", "errorstats"}).find("errorstat_OOM") != std::string::npos;
  }));
  EXPECT_EQ(redis_->ask({"CONFIG", "SET", "maxmemory", "0"}), "OK");
  expect_the_same();
}

TEST_P(PoolFaults, ABadLineChangesNoBit) {
  Proxy proxy(redis_->socket(), seed_from_name());
  proxy.set(Weather::anything);
  start(proxy.url());
  expect_the_same();
  EXPECT_GT(proxy.faults(), 0);
}

/// Each has its own files; what they publish is the same, and so is what they come to.
TEST_P(PoolFaults, TwoServersStartedTogetherComeToTheSame) {
  auto words = run_of().words;
  words.insert(words.end(), {"--store", redis_->url(), "--out", "r2"});
  Process second(folder_.path(), Call{words});
  start(redis_->url());
  expect_the_same();
  const Ended other = second.wait();
  // One that falls behind by more than two stretches would need the rows of private sites itself, and says so.
  const bool fell_behind = other.exit_code == 6 && GetParam().which == 1;
  ASSERT_TRUE(other.exit_code == 0 || fell_behind) << other.err;
  if (other.exit_code == 0) {
    EXPECT_EQ(digest("r2"), expected_);
  }
}

}  // namespace
}  // namespace dovetail::test
