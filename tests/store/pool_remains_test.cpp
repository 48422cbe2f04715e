// What a run leaves in a store: nothing for good, with the accounts of the guide too, whose workers may not say how
// long a value stays.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "dovetail/execute/pool_accounts.hpp"
#include "tests/store/pool_fixture.hpp"
#include "tests/store/redis_server.hpp"

namespace dovetail {
namespace {

using test::pool_settings;
using test::run_with;
using test::serial;
using test::Workers;

/// The words of a rule; what is in brackets is one.
std::vector<std::string> words_of(const std::string& rules) {
  std::vector<std::string> words(1);
  bool inside = false;
  for (const char c : rules) {
    if (c == '(') inside = true;
    if (c == ')') inside = false;
    if (c == ' ' && !inside) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

/// A run that meets a model's fault, is begun again, and ends.
void fail_then_finish(const std::function<std::shared_ptr<Store>()>& open_of_server,
                      const std::function<std::shared_ptr<Store>()>& open_of_worker) {
  {
    Workers workers;
    workers.add(open_of_worker(), [left = 9, task = pool_task(Workers::job())](auto&&... arguments) mutable {
      if (left-- == 0) throw ModelError("out of memory");
      return task(arguments...);
    });
    EXPECT_THROW(run_with(*make_pool_executor(open_of_server(), pool_settings())), ModelError);
  }
  Workers workers;
  workers.add(open_of_worker());
  workers.add(open_of_worker());
  const auto executor = make_pool_executor(open_of_server(), pool_settings());
  EXPECT_EQ(run_with(*executor), serial());
  executor->end();
}

TEST(PoolRemains, NothingStaysForGoodWithTheAccountsOfTheGuide) {
  if (!test::has_redis()) GTEST_SKIP() << "redis-server is not installed";
  const test::TemporaryFolder folder;
  const test::RedisServer redis(folder / "redis");
  const auto add_account = [&](const std::string& name, const std::string& rules) {
    std::vector<std::string> command{"ACL", "SETUSER", name, "on", ">secret"};
    for (const std::string& word : words_of(rules)) command.push_back(word);
    ASSERT_EQ(redis.ask(command), "OK");
  };
  add_account("server", server_rules("run"));
  add_account("worker", worker_rules("run"));
  const auto open_as = [&](const std::string& name) {
    return [&redis, name]() -> std::shared_ptr<Store> {
      return open_store("redis+unix://" + name + ":secret@" + redis.socket(), "run");
    };
  };
  fail_then_finish(open_as("server"), open_as("worker"));
  const auto keys = [&](const std::string& condition) {
    return redis.ask({"EVAL",
                      "local found = {} for _, key in ipairs(redis.call('KEYS', '*')) do if " + condition +
                          " then table.insert(found, key) end end return table.concat(found, ' ')",
                      "0"});
  };
  EXPECT_EQ(keys("redis.call('PTTL', key) < 0"), "") << "they stay for good";
  EXPECT_NE(keys("string.find(key, ':out:')"), "") << "the test shows nothing";
}

TEST(PoolRemains, AFolderKeepsWhatASlowerServerNeedsAlone) {
  const test::TemporaryFolder folder;
  const auto open = [&]() -> std::shared_ptr<Store> { return open_store("dir:" + folder.path().string(), "run"); };
  Workers workers;
  workers.add(open());
  const auto executor = make_pool_executor(open(), pool_settings());
  EXPECT_EQ(run_with(*executor), serial());
  executor->end();
  std::size_t outcomes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder / "dt-run/values")) {
    const std::string name = file.path().filename().string();
    EXPECT_EQ(name.find(".in."), std::string::npos) << name;
    EXPECT_EQ(name.find("shared."), std::string::npos) << name;
    if (name.find(".out.") != std::string::npos) ++outcomes;
  }
  EXPECT_EQ(outcomes, 2U * 8) << "of two stretches, of 8 items by then";
}

}  // namespace
}  // namespace dovetail
