// `--store` and `dovetail worker`: the digest of threads, whoever works; who has something else is refused by name.
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "dovetail/execute/pool_names.hpp"
#include "tests/pool/overheard.hpp"
#include "tests/pool/pool_command.hpp"
#include "tests/store/redis_server.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

INSTANTIATE_TEST_SUITE_P(Stores, PoolCommand, ::testing::Values("dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

TEST_P(PoolCommand, GivesTheDigestOfThreadsWithOneToThreeWorkers) {
  for (const PoolRun& run_of : pool_runs()) {
    const std::string expected = undisturbed(run_of);
    for (unsigned count = 1; count <= 3; ++count) {
      fs::remove_all(folder_ / "r");
      // The first comes before the server, the others after it.
      const auto early = start(worker(run_of));
      ASSERT_TRUE(early->wait_until([&] { return says(early->err_so_far(), "waiting"); })) << early->err_so_far();
      const auto serves = start(first(run_of, "r"));
      std::vector<std::unique_ptr<Process>> late;
      for (unsigned w = 1; w < count; ++w) late.push_back(start(worker(run_of)));
      const Ended served = serves->wait();
      ASSERT_EQ(served.exit_code, 0) << run_of.name << ": " << served.err;
      EXPECT_EQ(digest("r"), expected) << run_of.name << ", " << count << " workers";
      const Ended worked = early->wait();
      EXPECT_EQ(worked.exit_code, 0) << worked.err;
      EXPECT_TRUE(says(worked.err, "the run has ended")) << worked.err;
      // Two may do all before the third looks, but nobody else does it.
      unsigned idle = says(worked.err, "after 0 tasks") ? 1 : 0;
      for (const auto& other : late) {
        const Ended ended = other->wait();
        EXPECT_EQ(ended.exit_code, 0) << ended.err;
        if (says(ended.err, "after 0 tasks")) ++idle;
      }
      EXPECT_LT(idle, count);
      backend_->wipe();
    }
    fs::remove_all(folder_ / "undisturbed");
  }
}

TEST_P(PoolCommand, AWorkerOfSeveralThreadsDoesTheSame) {
  const PoolRun run_of = pool_runs().front();
  const std::string expected = undisturbed(run_of);
  const auto works = start(worker(run_of));
  auto call = worker(run_of);
  call.words.insert(call.words.end(), {"--progress", "json"});
  call.words[4] = "3";
  const auto threads = start(call);
  ASSERT_EQ(run(first(run_of, "r")).exit_code, 0);
  EXPECT_EQ(digest("r"), expected);
  const Ended worked = threads->wait();
  EXPECT_EQ(worked.exit_code, 0);
  EXPECT_TRUE(says(worked.err, R"({"event":"task","item":)")) << worked.err;
  EXPECT_EQ(works->wait().exit_code, 0);
}

TEST_P(PoolCommand, SevenWorkersOfFourShardsComeToTheSameThoughOneIsKilled) {
  const PoolRun run_of = pool_runs().back();
  const std::string expected = undisturbed(run_of);
  const auto serves = start(first(run_of, "r"));
  const auto victim = start(worker(run_of, {"--verbose"}));
  ASSERT_TRUE(victim->wait_until([&] { return says(victim->err_so_far(), "item "); })) << victim->err_so_far();
  std::vector<std::unique_ptr<Process>> others;
  for (int w = 0; w < 6; ++w) others.push_back(start(worker(run_of)));
  victim->send(SIGKILL);
  const Ended served = serves->wait();
  ASSERT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(digest("r"), expected);
  for (const auto& other : others) EXPECT_EQ(other->wait().exit_code, 0);
}

TEST_P(PoolCommand, ACorpusIsTheSameInAnyFormAndNoOtherIsTaken) {
  const PoolRun run_of = pool_runs().back();
  const std::string expected = undisturbed(run_of);
  ASSERT_EQ(run({"corpus", "corpus.tsv", "--out", "corpus.dlc", "--quiet"}).exit_code, 0);
  fs::copy_file(folder_ / "corpus.tsv", folder_ / "other.tsv");
  edit(folder_ / "other.tsv", "doc7\t", "doc07\t");
  const auto serves = start(first(run_of, "r"));
  ASSERT_TRUE(serves->wait_until([&] { return backend_->open({}, "default")->get("run").has_value(); }));
  struct Wrong {
    std::vector<std::string> words;
    int code;
    const char* says;
  };
  for (const Wrong& one : std::vector<Wrong>{{{}, 2, "the run is about a corpus (SHA-256 "},
                                             {{"other.tsv"}, 2, "there data_sha256 = \""},
                                             {{"corpus.tsv", "other.tsv"}, 3, "there is a document named "},
                                             {{"none.tsv"}, 3, "none.tsv does not exist"}}) {
    std::vector<std::string> words = {"worker", "--store", backend_->url()};
    words.insert(words.end(), one.words.begin(), one.words.end());
    const Ended refused = run(Call{words});
    EXPECT_EQ(refused.exit_code, one.code) << refused.err;
    EXPECT_TRUE(says(refused.err, one.says)) << refused.err;
  }
  const Ended worked = run({"worker", "corpus.dlc", "--store", backend_->url()});
  EXPECT_EQ(worked.exit_code, 0) << worked.err;
  const Ended served = serves->wait();
  ASSERT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(digest("r"), expected);
}

TEST_P(PoolCommand, SignalsEndAWorkerInGoodOrder) {
  const PoolRun run_of = pool_runs().front();
  for (const auto& [signal, code] : {std::pair{SIGTERM, 75}, std::pair{SIGINT, 130}}) {
    const auto waits = start(worker(run_of));
    ASSERT_TRUE(waits->wait_until([&] { return says(waits->err_so_far(), "waiting"); }));
    waits->send(signal);
    EXPECT_EQ(waits->wait().exit_code, code);
  }
  const auto serves = start(first(run_of, "r"));
  const auto store = backend_->open({}, "default");
  ASSERT_TRUE(serves->wait_until([&] {
    const auto incarnation = pool::find_incarnation(*store, 1);
    return incarnation && store->get(pool::stretch_name(*incarnation, 0));
  }));
  serves->send(SIGSTOP);  // so that the run cannot end before the signal
  const auto works = start(worker(run_of, {"--verbose"}));
  ASSERT_TRUE(works->wait_until([&] { return says(works->err_so_far(), "item "); })) << works->err_so_far();
  works->send(SIGTERM);
  const Ended worked = works->wait();
  EXPECT_EQ(worked.exit_code, 75) << worked.err;
  serves->send(SIGCONT);
  const auto other = start(worker(run_of));
  const Ended served = serves->wait();
  EXPECT_EQ(served.exit_code, 0) << served.err;
}

TEST_P(PoolCommand, AServerThatIsStoppedOrKilledGoesOnAnywhere) {
  for (const PoolRun& run_of : pool_runs()) {
    const std::string expected = undisturbed(run_of);
    {
      const auto serves = start(first(run_of, "r"));
      ASSERT_TRUE(serves->wait_until([&] { return backend_->open({}, "default")->get("inc:1").has_value(); }));
      serves->send(SIGTERM);
      const Ended stopped = serves->wait();
      EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
    }
    const auto works = start(worker(run_of, {"--verbose"}));
    {
      const auto serves = start(server({"resume", "r", "--quiet"}));
      serves->wait_until([&] { return says(works->err_so_far(), "item 1"); });
      serves->send(SIGKILL);
      static_cast<void>(serves->wait());
    }
    backend_->wipe();
    const Ended served = run(server({"resume", "r", "--quiet"}));
    ASSERT_EQ(served.exit_code, 0) << served.err;
    EXPECT_EQ(digest("r"), expected) << run_of.name;
    static_cast<void>(works->wait());
    std::vector<std::string> verify = {"verify", "r"};
    verify.insert(verify.end(), run_of.alone_words.begin(), run_of.alone_words.end());
    ASSERT_EQ(run(Call{verify}).exit_code, 0);
    fs::remove_all(folder_ / "r");
    fs::remove_all(folder_ / "undisturbed");
    backend_->wipe();
  }
}

TEST_P(PoolCommand, WhoHasOtherThingsIsRefusedAndNothingIsLost) {
  const PoolRun run_of = pool_runs().front();
  const std::string expected = undisturbed(run_of);
  fs::copy_file(folder_ / "rows.csv", folder_ / "other.csv");
  edit(folder_ / "other.csv", "c0,1,-5e-1", "c0,1,-4e-1");
  const auto serves = start(first(run_of, "r"));
  ASSERT_TRUE(serves->wait_until([&] { return backend_->open({}, "default")->get("run").has_value(); }));
  struct Wrong {
    std::vector<std::string> words;
    int code;
    const char* says;
  };
  const std::vector<Wrong> wrong = {
      {{"--data", "other.csv"}, 2, "there data_sha256 = \""},
      {{}, 2, "the run is about data (a file of SHA-256 "},
      {{"--data", "nothing.csv"}, 3, "nothing.csv does not exist"},
      {{"--data", "rows.csv", "builtin:hierarchical_normal"}, 2, "here model = \"builtin:hierarchical_normal"},
      {{"--data", "rows.csv", "--run", "other", "--wait", "0.2s"}, 6, "no server has begun a run other"},
  };
  for (const Wrong& one : wrong) {
    std::vector<std::string> words = {"worker", "--store", backend_->url()};
    words.insert(words.end(), one.words.begin(), one.words.end());
    const Ended refused = run(Call{words});
    EXPECT_EQ(refused.exit_code, one.code) << refused.err;
    EXPECT_TRUE(says(refused.err, one.says)) << refused.err;
  }
  // Another run under the same name, by another server.
  auto words = run_of.words;
  words.insert(words.end(), {"--seed", "2", "--out", "other"});
  const Ended other = run(server(words));
  EXPECT_EQ(other.exit_code, 2) << other.err;
  EXPECT_TRUE(says(other.err, R"(there seed = "1", here seed = "2")")) << other.err;
  const auto works = start(worker(run_of));
  const Ended served = serves->wait();
  ASSERT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(digest("r"), expected);
}

TEST_P(PoolCommand, AnotherProgramIsRefused) {
  const PoolRun run_of = pool_runs().at(2);  // whose workers need no files
  fs::copy_file(program(), folder_ / "another");
  std::ofstream(folder_ / "another", std::ios::app) << "x";
  const auto serves = start(first(run_of, "r"));
  ASSERT_TRUE(serves->wait_until([&] { return backend_->open({}, "default")->get("run").has_value(); }));
  Call call;
  call.shell = "./another worker --store '" + backend_->url() + "'";
  const Ended refused = run(call);
  EXPECT_EQ(refused.exit_code, 2) << refused.err;
  EXPECT_TRUE(says(refused.err, "there program = \"")) << refused.err;
}

TEST_P(PoolCommand, NoFileIsTakenFromAStore) {
  const auto store = backend_->open({}, "default");
  const PoolHeader header{{{"version", "1"}}, "command = \"sample\"\nmodel = \"exec:touch touched\"\n"};
  store->put_if_absent("run", seal(MessageKind::header, header));
  const Ended refused = run({"worker", "--store", backend_->url()});
  EXPECT_EQ(refused.exit_code, 6) << refused.err;
  EXPECT_TRUE(says(refused.err, "built-in models alone")) << refused.err;
  EXPECT_FALSE(fs::exists(folder_ / "touched"));
  store->drop(std::vector<std::string>{"run"});
  store->put_if_absent("run",
                       seal(MessageKind::header, PoolHeader{{}, "command = \"sample\"\ndata = \"/etc/passwd\"\n"}));
  const Ended data = run({"worker", "--store", backend_->url()});
  EXPECT_EQ(data.exit_code, 6) << data.err;
  EXPECT_TRUE(says(data.err, "data is none of a worker's settings")) << data.err;
  for (const auto& [setup, words] :
       {std::pair("command = \"lda\"\nvocabulary = \"/etc/passwd\"\n", "vocabulary is none of a worker's settings"),
        std::pair("command = \"lda\"\nmodel = \"/etc/passwd\"\n", "built-in models alone"),
        std::pair("command = \"temper\"\nmodel = \"builtin:mvn\"\n", "no workers take part in")}) {
    store->drop(std::vector<std::string>{"run"});
    store->put_if_absent("run", seal(MessageKind::header, PoolHeader{{}, setup}));
    const Ended other = run({"worker", "--store", backend_->url()});
    EXPECT_EQ(other.exit_code, 6) << other.err;
    EXPECT_TRUE(says(other.err, words)) << other.err;
  }
}

class PoolUsage : public CommandTest {};

TEST_F(PoolUsage, RowsAreInNoByteOfTheTraffic) {
  if (!has_redis()) GTEST_SKIP() << "redis-server is not installed";
  RedisServer redis(folder_ / "redis");
  Overheard traffic(redis);
  std::string rows = "clinic,y,dose\n";
  for (int i = 0; i < 60; ++i) {
    rows += "canary-" + std::to_string(i % 6) + "," + (i % 5 < 2 ? "1" : "0") + "," +
            (i % 2 == 0 ? "0.31415926535" : "-0.27182818284") + "\n";
  }
  write_plainly(folder_ / "rows.csv", rows);
  auto words = pool_runs().front().words;
  words.insert(words.end(), {"--store", redis.url(), "--out", "r"});
  Process works(folder_.path(), Call{{"worker", "--store", redis.url(), "--data", "rows.csv", "--threads", "1"}});
  const Ended served = run(Call{words});
  ASSERT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(works.wait().exit_code, 0);
  const std::string heard = traffic.all(redis);
  EXPECT_TRUE(says(heard, "hierarchical_logistic")) << "texts are not overheard: the test shows nothing";
  EXPECT_TRUE(says(heard, bits(0.7))) << "numbers are not overheard (the step of later rounds): the test shows nothing";
  for (const std::string& planted : {std::string("canary"), std::string("31415926535"), std::string("27182818284"),
                                     bits(0.31415926535), bits(-0.27182818284)}) {
    EXPECT_FALSE(says(heard, planted)) << ::testing::PrintToString(planted);
  }
}

TEST_F(PoolUsage, WhatCannotBeMeantIsRefusedAndLeavesNoFiles) {
  const auto refuses = [&](const std::vector<std::string>& words, int code, const char* text) {
    const Ended ended = run(Call{words});
    EXPECT_EQ(ended.exit_code, code) << ended.err;
    EXPECT_TRUE(says(ended.err, text)) << ended.err;
    EXPECT_FALSE(fs::exists(folder_ / "dovetail-runs"));
  };
  refuses({"sample", "builtin:mvn", "--executor", "pool"}, 2, "name one with --store");
  refuses({"sample", "builtin:mvn", "--executor", "threads", "--store", "dir:x"}, 2, "leave one of them out");
  refuses({"sample", "builtin:mvn", "--store", "memory"}, 2, "seen by this process alone");
  refuses({"sample", "builtin:mvn", "--store", "carrier-pigeon://x"}, 2, "cannot use the store");
  refuses({"sample", "builtin:mvn", "--store", "redis://u:secret@example.org/0"}, 2, "is not encrypted");
  refuses({"sample", "builtin:mvn", "--store", "dir:x", "--run", "A b"}, 2, "named by 1 to 64 characters");
  refuses({"temper", "builtin:mvn", "--executor", "pool"}, 2, "its replicas talk at every step");
  refuses({"worker"}, 2, "name the server's with --store");
  refuses({"worker", "--store", "dir:x", "--wait", "soon"}, 2, "--wait");
  EXPECT_FALSE(says(run({"sample", "builtin:mvn", "--store", "redis://u:secret@example.org/0"}).err, "secret"));
}

/// A program as a model runs what it likes, and has no business with the store.
TEST_F(PoolUsage, TheAddressOfTheStoreIsInNoEnvironmentOfAModel) {
  const std::string model = "exec:export -p > seen; : > done; read -r hello; read -r never";
  const std::string store = "dir:" + (folder_ / "open-sesame").string();
  open_store(store, "default")
      ->put_if_absent("run", seal(MessageKind::header, PoolHeader{{}, "command = \"sample\"\n"}));
  for (const char* command : {"sample", "worker"}) {
    fs::remove(folder_ / "done");
    Process process(folder_.path(), Call{{command, model}, {{"DOVETAIL_STORE", store}, {"DOVETAIL_QUIET", "true"}}});
    ASSERT_TRUE(process.wait_until([&] { return fs::exists(folder_ / "done"); })) << process.wait().err;
    std::ifstream seen(folder_ / "seen");
    const std::string text{std::istreambuf_iterator<char>(seen), {}};
    EXPECT_TRUE(says(text, "DOVETAIL_QUIET")) << "the test shows nothing: " << text;
    EXPECT_FALSE(says(text, "sesame")) << text;
    std::ifstream environment("/proc/" + std::to_string(process.id()) + "/environ", std::ios::binary);
    const std::string own{std::istreambuf_iterator<char>(environment), {}};
    EXPECT_TRUE(says(own, "DOVETAIL_QUIET")) << ::testing::PrintToString(own);
    EXPECT_FALSE(says(own, "sesame")) << ::testing::PrintToString(own);
  }
}

TEST_F(PoolUsage, PasswordsAreAskedForAndKeptNowhere) {
  if (!has_redis()) GTEST_SKIP() << "redis-server is not installed";
  const RedisServer redis(folder_ / "redis", {"--requirepass", "open-sesame"});
  const auto at = [&](const std::string& password) { return "redis+unix://:" + password + "@" + redis.socket(); };
  for (const std::string& url : {at("wrong"), redis.url()}) {
    const Ended server = run({"sample", "builtin:eight_schools", "--store", url});
    EXPECT_EQ(server.exit_code, 6) << server.err;
    EXPECT_TRUE(says(server.err, "password")) << server.err;
    EXPECT_FALSE(fs::exists(folder_ / "dovetail-runs")) << "nothing was written";
    EXPECT_EQ(run({"worker", "--store", url}).exit_code, 6);
  }
  Process works(folder_.path(), Call{{"worker", "--threads", "1"}, {{"DOVETAIL_STORE", at("open-sesame")}}});
  const Ended served = run(Call{{"sample", "builtin:eight_schools", "--warmup", "20", "--draws", "20", "--out", "r"},
                                {{"DOVETAIL_STORE", at("open-sesame")}}});
  EXPECT_EQ(served.exit_code, 0) << served.err;
  const Ended worked = works.wait();
  EXPECT_EQ(worked.exit_code, 0) << worked.err;
  EXPECT_FALSE(says(served.err + served.out + worked.err, "sesame"));
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "r")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_FALSE(says(text, "sesame")) << entry.path();
  }
}

}  // namespace
}  // namespace dovetail::test
