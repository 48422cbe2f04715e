// Sites that keep their rows, as processes: a server without rows, workers that have those of some sites, Redis
// accounts of single sites.
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/pool/overheard.hpp"
#include "tests/pool/pool_command.hpp"
#include "tests/store/redis_server.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

const PoolRun& private_run() {
  static const PoolRun kRun = pool_runs().at(1);
  return kRun;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class PrivatePool : public PoolCommand {
 protected:
  /// Of one site.
  [[nodiscard]] Call worker_of(const std::string& site, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"worker",
                                      "--store",
                                      backend_->url(),
                                      "--threads",
                                      "1",
                                      "--lease",
                                      "0.3s",
                                      "--min-rows",
                                      "20",
                                      "--data",
                                      site + "=sites/" + site + ".csv"};
    words.insert(words.end(), more.begin(), more.end());
    return Call{words};
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, PrivatePool, ::testing::Values("dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });

TEST_P(PrivatePool, EachSiteAtAWorkerOfItsOwnGivesTheDigestOfOnePlace) {
  const std::string expected = undisturbed(private_run());
  const auto serves = start(first(private_run(), "r"));
  std::vector<std::unique_ptr<Process>> workers;
  for (const char* site : {"north", "south", "west"}) workers.push_back(start(worker_of(site)));
  const Ended served = serves->wait();
  ASSERT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(digest("r"), expected);
  for (const auto& worker : workers) {
    const Ended worked = worker->wait();
    EXPECT_EQ(worked.exit_code, 0) << worked.err;
    EXPECT_TRUE(says(worked.err, "leaves after 4 tasks")) << worked.err;
  }
  const Ended locals = run(Call{{"locals", "r"}});
  EXPECT_EQ(locals.exit_code, 2) << locals.err;
  EXPECT_TRUE(says(locals.err, "is a run of sites that keep their rows")) << locals.err;
}

TEST_P(PrivatePool, ASiteThatNobodyHasIsWaitedForByName) {
  const std::string expected = undisturbed(private_run());
  auto words = private_run().words;
  words.pop_back();  // --quiet
  words.insert(words.end(), {"--out", "r"});
  const auto serves = start(server(words));
  const auto north = start(worker_of("north"));
  const auto south = start(worker_of("south"));
  ASSERT_TRUE(serves->wait_until([&] { return says(serves->err_so_far(), "nobody is at work on site west"); }))
      << serves->err_so_far();
  EXPECT_TRUE(says(serves->err_so_far(), "start workers that have the rows")) << serves->err_so_far();
  EXPECT_FALSE(says(serves->err_so_far(), "site north")) << serves->err_so_far();
  const auto west = start(worker_of("west"));
  const Ended served = serves->wait();
  ASSERT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(digest("r"), expected);
}

TEST_P(PrivatePool, NobodyAtAllEndsTheRunWithTheNames) {
  auto words = private_run().words;
  words.insert(words.end(), {"--out", "r", "--round-timeout", "2s"});
  const auto north = start(worker_of("north"));
  const Ended served = run(server(words));
  EXPECT_EQ(served.exit_code, 6) << served.err;
  EXPECT_TRUE(says(served.err, "no worker has been at work on site south, site west in ")) << served.err;
}

TEST_P(PrivatePool, WhatCannotBeMeantIsRefusedByName) {
  const auto serves = start(first(private_run(), "r"));
  ASSERT_TRUE(serves->wait_until([&] { return backend_->open({}, "default")->get("run").has_value(); }));
  fs::copy_file(folder_ / "sites" / "north.csv", folder_ / "other.csv");
  edit(folder_ / "other.csv", "c0,1,", "c0,0,");
  fs::create_directory(folder_ / "empty");
  struct Wrong {
    std::vector<std::string> words;
    int code;
    const char* says;
  };
  const std::vector<Wrong> wrong = {
      {{}, 2, "say which rows this worker has with --data SITE=FILE"},
      {{"--data", "north=other.csv"}, 2, "other.csv does not hold the rows of site north: its SHA-256 is "},
      {{"--data", "south=sites/north.csv"}, 2, "does not hold the rows of site south"},
      {{"--data", "east=sites/north.csv"}, 2, "the run has no site east"},
      {{"--data", "north=nothing.csv"}, 3, "nothing.csv, are not there"},
      {{"--data", "sites/north.csv"}, 2, "is neither SITE=FILE nor a folder"},
      {{"--data", "empty"}, 2, "has no file of a site of this run (north.csv, ...)"},
  };
  for (const Wrong& one : wrong) {
    std::vector<std::string> words = {"worker", "--store", backend_->url(), "--min-rows", "20"};
    words.insert(words.end(), one.words.begin(), one.words.end());
    const Ended refused = run(Call{words});
    EXPECT_EQ(refused.exit_code, one.code) << refused.err;
    EXPECT_TRUE(says(refused.err, one.says)) << refused.err;
  }
  // A site's owner has a limit of his own, whatever the server's is.
  const Ended few = run({"worker", "--store", backend_->url(), "--data", "north=sites/north.csv"});
  EXPECT_EQ(few.exit_code, 2) << few.err;
  EXPECT_TRUE(says(few.err, "site north has 24 rows, fewer than --min-rows 50")) << few.err;
}

class PrivateUsage : public CommandTest {
 protected:
  void SetUp() override { write_sites(folder_.path()); }
};

TEST_F(PrivateUsage, AServerRefusesSitesThatCannotBeMeant) {
  const std::string sites = text_of(folder_ / "sites.toml");
  const auto block = [&](int k) {  // the k-th [[site]]
    std::size_t at = 0;
    for (int i = 0; i <= k; ++i) at = sites.find("[[site]]", i == 0 ? 0 : at + 1);
    return sites.substr(at, sites.find("\n\n", at) - at) + "\n";
  };
  const auto with = [&](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  struct Wrong {
    std::string text;
    const char* says;
  };
  const std::vector<Wrong> wrong = {
      {"", "no [[site]] is there"},
      {block(0) + block(0), "there are two sites north"},
      {block(0) + with(block(0), "north", "again"), "north and again have the same rows, which would count twice"},
      {with(block(0), "north", "no/rth"), "\"no/rth\" is no name of a site"},
      {with(block(0), "rows = 24", "rows = 0"), "sites.toml:3: site.rows: expected a number of rows"},
      {with(block(0), "rows = 24", "row = 24"), "sites.toml:3: site.row is unknown"},
      {with(block(0), "sha256 = \"", "sha256 = \"x"), "sites.toml:1: a site needs name, rows, sha256"},
      {with(block(0), "\"dose\"", "\"dosis\"") + block(1), "sites north and south have different columns"},
      {with(block(0), "rows = 24", "rows = 7"), "site north has 7 rows, fewer than --min-rows 20"},
      {"seed = 1\n", "sites.toml:1: seed is unknown (a file of sites has [[site]] tables)"},
  };
  for (const Wrong& one : wrong) {
    write_plainly(folder_ / "sites.toml", one.text);
    auto words = private_run().words;
    words.insert(words.end(), {"--store", "dir:pool", "--out", "r"});
    const Ended refused = run(Call{words});
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    EXPECT_TRUE(says(refused.err, one.says)) << one.text << refused.err;
    EXPECT_FALSE(fs::exists(folder_ / "r"));
  }
  write_plainly(folder_ / "sites.toml", sites);
  const auto refuses = [&](std::vector<std::string> more, const char* text, const char* model = nullptr) {
    auto words = private_run().words;
    if (model != nullptr)
      std::replace(words.begin(), words.end(), std::string("builtin:hierarchical_logistic"), std::string(model));
    words.insert(words.end(), more.begin(), more.end());
    const Ended refused = run(Call{words});
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    EXPECT_TRUE(says(refused.err, text)) << refused.err;
  };
  refuses({}, "the rows of site north are not here; name them with --data north=FILE");
  refuses({"--data", "north=sites/north.csv"}, "the rows of site south are not here");
  refuses({"--data", "sites", "--correct", "0.1"}, "leave it out with --sites");
  refuses({"--data", "sites", "--sites-max", "2"}, "leave it out with --sites");
  refuses({"--data", "sites", "--power", "0.5"}, "--power 0.5 is not there for sites that keep their rows");
  refuses({"--data", "sites", "--estimator", "laplace"}, "--estimator laplace is not there for sites that keep");
  refuses({"--data", "sites", "--shared", "mu ~ normal(0, 4)"}, "--shared is for models that are files");
  refuses({"--data", "sites"}, "cannot be the model of sites that keep their rows", "builtin:pooled_logistic");
  refuses({"--data", "sites"}, "sites that keep their rows have a built-in model", "clinics.stan");
  refuses({"--data", "sites", "--outcome", "z"}, "no site has a column \"z\"");
}

TEST_F(PrivateUsage, RowsLocalParametersAndNamesOfGroupsAreInNoByteOfTheTraffic) {
  if (!has_redis()) GTEST_SKIP() << "redis-server is not installed";
  RedisServer redis(folder_ / "redis");
  Overheard traffic(redis);
  std::vector<std::unique_ptr<Process>> workers;
  std::vector<std::string> sites = {"sites"};
  for (const std::string site : {"north", "south"}) {
    std::string rows = "clinic,y,dose\n";
    for (int i = 0; i < 60; ++i) {
      rows += "canary-" + site + std::to_string(i % 3) + "," + (i % 5 < 2 ? "1" : "0") + "," +
              (i % 2 == 0        ? "0.31415926535"
               : site == "north" ? "-0.27182818284"
                                 : "0.57721566490") +
              "\n";
    }
    write_plainly(folder_ / (site + ".csv"), rows);
    sites.push_back(site + ".csv");
  }
  sites.insert(sites.end(), {"--by", "clinic"});
  write_plainly(folder_ / "sites.toml", run(Call{sites}).out);
  for (const std::string site : {"north", "south"}) {
    workers.push_back(std::make_unique<Process>(
        folder_.path(), Call{{"worker", "--store", redis.url(), "--data", site + "=" + site + ".csv"}}));
  }
  auto words = private_run().words;
  words.insert(words.end(), {"--store", redis.url(), "--out", "r"});
  const Ended served = run(Call{words});
  ASSERT_EQ(served.exit_code, 0) << served.err;
  for (const auto& worker : workers) EXPECT_EQ(worker->wait().exit_code, 0);
  std::string seen = traffic.all(redis);
  EXPECT_TRUE(says(seen, "hierarchical_logistic")) << "texts are not overheard: the test shows nothing";
  EXPECT_TRUE(says(seen, bits(0.0625))) << "numbers are not overheard (the prior's precision): the test shows nothing";
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "r")) {  // what the server keeps
    if (entry.is_regular_file()) seen += text_of(entry.path());
  }
  for (const std::string& planted :
       {std::string("canary"), std::string("31415926535"), std::string("27182818284"), std::string("57721566490"),
        std::string("5772156649"), bits(0.31415926535), bits(-0.27182818284), bits(0.57721566490)}) {
    EXPECT_FALSE(says(seen, planted)) << ::testing::PrintToString(planted);
  }
}

class Accounts : public PrivateUsage {
 protected:
  void SetUp() override {
    if (!has_redis()) GTEST_SKIP() << "redis-server is not installed";
    PrivateUsage::SetUp();
  }
  /// A Redis with the accounts that the command wrote for run r.
  [[nodiscard]] std::unique_ptr<RedisServer> with_accounts(const std::string& sites) {
    const Ended wrote = run({"redis-acl", "--run", "r", "--sites", sites, "--out", "accounts"});
    EXPECT_EQ(wrote.exit_code, 0) << wrote.err;
    auto redis = std::make_unique<RedisServer>(
        folder_ / "redis", std::vector<std::string>{"--aclfile", (folder_ / "accounts/users.acl").string()});
    redis->ask_as("admin", text_of(folder_ / "accounts/admin.password"));
    return redis;
  }
};

/// What Redis says of a command by an account: run r's names as @NAME, another run's as %NAME.
struct AclCase {
  const char* user;
  const char* command;
  bool allowed;
};

constexpr AclCase kAclCases[] = {
    {"site-3", "GET @run", true},
    {"site-3", "GET @inc:1", true},
    {"site-3", "GET @shared:ab", true},
    {"site-3", "GET @7:stretch:0", true},
    {"site-3", "GET @7:end", true},
    {"site-3", "GET @7:conflict", true},
    {"site-3", "SETNX @7:conflict x", true},
    {"site-3", "GET @7:in:0:2", true},
    {"site-3", "GET @7:out:0:2", true},
    {"site-3", "SETNX @7:out:0:2 x", true},
    {"site-3", "SET @lease:7:out:0:2 x NX PX 9", true},
    {"site-3", "GET @lease:7:out:0:2", true},
    {"site-3", "INCR @lease:fence.7:out:0:2", true},
    {"site-3", "PEXPIRE @lease:7:out:0:2 9", true},
    {"site-3", "WATCH @lease:7:out:0:2", true},
    {"site-3", "DEL @lease:7:out:0:2", true},
    {"site-3", "PING", true},
    // another site's, with numbers that begin or end alike
    {"site-3", "GET @7:in:0:1", false},
    {"site-3", "GET @7:in:0:12", false},
    {"site-3", "GET @7:in:2:20", false},
    {"site-3", "GET @7:out:0:1", false},
    {"site-3", "GET @7:out:0:12", false},
    {"site-3", "SETNX @7:out:0:1 x", false},
    {"site-3", "SETNX @7:out:2:12 x", false},
    {"site-3", "SET @lease:7:out:0:1 x NX PX 9", false},
    {"site-3", "GET @lease:7:out:0:12", false},
    {"site-3", "DEL @lease:7:out:0:1", false},
    {"site-13", "GET @7:in:0:12", true},
    {"site-13", "GET @7:in:0:2", false},
    {"site-13", "SETNX @7:out:0:2 x", false},
    // what is its own, but not to be changed
    {"site-3", "SETNX @7:in:0:2 x", false},
    {"site-3", "SET @7:out:0:2 x", false},
    {"site-3", "DEL @7:out:0:2", false},
    {"site-3", "UNLINK @7:out:0:2", false},
    {"site-3", "PEXPIRE @7:out:0:2 9", false},
    {"site-3", "APPEND @7:out:0:2 x", false},
    {"site-3", "RENAME @7:out:0:2 @7:out:0:1", false},
    {"site-3", "SETNX @run x", false},
    {"site-3", "SETNX @inc:2 x", false},
    {"site-3", "SETNX @shared:ab x", false},
    {"site-3", "SETNX @7:stretch:0 x", false},
    {"site-3", "SETNX @7:end x", false},
    // another run's, and what sees past names
    {"site-3", "GET %run", false},
    {"site-3", "GET %7:in:0:2", false},
    {"site-3", "SETNX %7:out:0:2 x", false},
    {"site-3", "KEYS *", false},
    {"site-3", "SCAN 0", false},
    {"site-3", "RANDOMKEY", false},
    {"site-3", "DBSIZE", false},
    {"site-3", "EVAL x 0", false},
    {"site-3", "MONITOR", false},
    {"site-3", "CONFIG GET maxmemory", false},
    {"site-3", "FLUSHALL", false},
    {"site-3", "INFO", false},
    {"site-3", "ACL LIST", false},
    {"site-3", "SUBSCRIBE x", false},
    {"site-3", "DUMP @7:in:0:2", false},
    {"server", "GET @7:out:0:2", true},
    {"server", "SETNX @7:in:0:2 x", true},
    {"server", "UNLINK @7:in:0:2", true},
    {"server", "INFO", true},
    {"server", "GET %run", false},
    {"server", "SCAN 0", false},
    {"server", "MONITOR", false},
    {"server", "EVAL x 0", false},
    {"server", "FLUSHALL", false},
    {"default", "PING", false},
};

TEST_F(Accounts, MayDoWhatTheirRoleNeedsAndNothingElse) {
  const auto redis = with_accounts("13");
  for (const auto& [user, command, allowed] : kAclCases) {
    std::vector<std::string> words = {"ACL", "DRYRUN", user};
    std::istringstream in(command);
    for (std::string word; in >> word;) {
      if (word.front() == '@') word.replace(0, 1, "dt:{r}:");
      if (word.front() == '%') word.replace(0, 1, "dt:{r2}:");
      words.push_back(word);
    }
    const std::string answer = redis->ask(words);
    EXPECT_EQ(answer == "OK", allowed) << user << ": " << command << ": " << answer;
    EXPECT_TRUE(allowed || says(answer, "permission")) << user << ": " << command << ": " << answer;
  }
  redis->ask_as("site-3", "wrong");
  EXPECT_TRUE(says(redis->ask({"PING"}), "WRONGPASS"));
}

TEST_F(Accounts, OfSingleSitesAreEnoughForARun) {
  const auto redis = with_accounts("sites.toml");
  const auto url = [&](const std::string& user) {
    return "redis+unix://" + user + "@" + redis->socket() +
           "?password-file=" + (folder_ / "accounts" / (user + ".password")).string();
  };
  auto alone = private_run().words;
  alone.insert(alone.end(), {"--data", "sites"});
  const std::string expected = undisturbed_digest(alone);
  const auto worker = [&](const std::string& account, const std::string& site) {
    return Call{{"worker", "--store", url("site-" + account), "--run", "r", "--threads", "1", "--min-rows", "20",
                 "--data", site + "=sites/" + site + ".csv"}};
  };
  auto words = private_run().words;
  words.insert(words.end(), {"--store", url("server"), "--run", "r", "--out", "r"});
  Process serves(folder_.path(), Call{words});
  const Ended refused = run(worker("south", "north"));
  EXPECT_EQ(refused.exit_code, 6) << refused.err;
  EXPECT_TRUE(says(refused.err, "may not do that")) << refused.err;
  std::vector<std::unique_ptr<Process>> workers;
  for (const char* site : {"north", "south", "west"}) {
    workers.push_back(std::make_unique<Process>(folder_.path(), worker(site, site)));
  }
  const Ended served = serves.wait();
  ASSERT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(digest("r"), expected);
  for (const auto& each : workers) {
    const Ended worked = each->wait();
    EXPECT_EQ(worked.exit_code, 0) << worked.err;
  }
}

TEST_F(Accounts, AreWrittenForTheirOwnersAlone) {
  const auto redis = with_accounts("2");
  for (const char* name : {"users.acl", "admin.password", "server.password", "site-1.password", "site-2.password"}) {
    struct ::stat about {};
    ASSERT_EQ(::stat((folder_ / "accounts" / name).c_str(), &about), 0) << name;
    EXPECT_EQ(about.st_mode & 0777U, 0600U) << name;
  }
  EXPECT_EQ(text_of(folder_ / "accounts/server.password").size(), 64U);
  EXPECT_NE(text_of(folder_ / "accounts/site-1.password"), text_of(folder_ / "accounts/site-2.password"));
  EXPECT_FALSE(says(text_of(folder_ / "accounts/users.acl"), text_of(folder_ / "accounts/site-1.password")));
  const Ended again = run({"redis-acl", "--run", "r", "--sites", "2", "--out", "accounts"});
  EXPECT_EQ(again.exit_code, 2) << again.err;
  EXPECT_TRUE(says(again.err, "is there already")) << again.err;
  EXPECT_EQ(run({"redis-acl", "--run", "a*"}).exit_code, 2);
  EXPECT_EQ(run({"redis-acl", "--sites", "0", "--out", "none"}).exit_code, 2);
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

}  // namespace
}  // namespace dovetail::test
