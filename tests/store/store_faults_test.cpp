// What a user of a store sees when its place fails: the right bytes or a StoreError, in bounded time, and the cause.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "dovetail/store/message.hpp"
#include "tests/store/backend.hpp"
#include "tests/store/proxy.hpp"
#include "tests/store/redis_server.hpp"

namespace dovetail {
namespace {

using test::bytes;
using test::Proxy;
using test::RedisServer;
using test::Weather;

/// Short, so that a test of what never comes is short too.
StoreLimits short_limits() {
  StoreLimits limits;
  limits.connect_s = 0.3;
  limits.command_s = 0.3;
  limits.patience_s = 0.6;
  return limits;
}

/// The words of the StoreError that `f` must end with, within the patience and 5 seconds.
template <class F>
std::string error_of(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  std::string words = "(none)";
  try {
    f();
  } catch (const StoreError& error) {
    words = error.what();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(5600));
  return words;
}

void expect_words(const std::string& text, const std::string& words) {
  EXPECT_NE(text.find(words), std::string::npos) << text;
}

class StoreFaults : public test::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Members, StoreFaults, ::testing::Values("memory", "dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });
/// What is for stores that several processes see.
class SharedStoreFaults : public test::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Members, SharedStoreFaults, ::testing::Values("dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });

TEST_P(StoreFaults, AWipedPlaceIsAnEmptyOne) {
  const auto store = backend_->open();
  store->put_if_absent("a", bytes("old"));
  const auto lease = store->claim("a", 60);
  ASSERT_TRUE(lease);
  backend_->wipe();
  EXPECT_EQ(store->get("a"), std::nullopt);
  EXPECT_FALSE(store->renew(*lease));
  EXPECT_EQ(store->put_if_absent("a", bytes("new")), Put::created);
  EXPECT_TRUE(store->claim("a", 60));
  store->drop(std::vector<std::string>{"a", "b"});
}

TEST_P(SharedStoreFaults, AnOldPlaceHasOldValuesAndNoOthers) {
  const auto store = backend_->open();
  store->put_if_absent("before", bytes("1"));
  backend_->keep();
  store->put_if_absent("after", bytes("2"));
  backend_->restore();
  EXPECT_EQ(store->get("before"), bytes("1"));
  EXPECT_EQ(store->get("after"), std::nullopt);
  EXPECT_EQ(store->put_if_absent("before", bytes("1")), Put::was_there);
  EXPECT_THROW(store->put_if_absent("before", bytes("3")), StoreConflict);
  EXPECT_EQ(store->put_if_absent("after", bytes("2")), Put::created);
}

TEST_P(SharedStoreFaults, AFullPlaceSaysSoAndStillAnswers) {
  const auto store = backend_->open(short_limits());
  store->put_if_absent("before", bytes("1"));
  backend_->fill();
  expect_words(error_of([&] { store->put_if_absent("large", bytes(std::string(5000, 'x'))); }),
               std::string(GetParam()) == "dir" ? "size limit" : "memory is full");
  EXPECT_EQ(store->get("before"), bytes("1"));
  EXPECT_EQ(store->get("large"), std::nullopt);
  store->drop(std::vector<std::string>{"before"});
}

TEST_P(SharedStoreFaults, APlaceThatIsGoneIsAnError) {
  const auto store = backend_->open(short_limits());
  store->put_if_absent("a", bytes("1"));
  const auto lease = store->claim("a", 60);
  ASSERT_TRUE(lease);
  backend_->stop();
  EXPECT_NE(error_of([&] { static_cast<void>(store->get("a")); }), "(none)");
  EXPECT_NE(error_of([&] { store->put_if_absent("b", bytes("1")); }), "(none)");
  EXPECT_NE(error_of([&] { static_cast<void>(store->claim("b", 1)); }), "(none)");
  EXPECT_ANY_THROW(backend_->open(short_limits()));
}

// Once in each call, wherever it is just then, all is gone: the call finds an empty place and goes on there.
TEST(DirFaults, AFolderMayBeRemovedInTheMiddleOfACall) {
  const test::TemporaryFolder folder;
  const auto place = test::make_backend("dir", folder.path().string());
  const auto store = place->open();
  std::atomic<int> calls = 0;  // -1: no more
  std::thread wiper([&] {
    for (int wiped = 0, call = 0; call >= 0; call = calls) {
      if (call == wiped) continue;
      wiped = call;
      place->wipe();
    }
  });
  for (int i = 0; i < 300; ++i) {
    const std::string name = "a" + std::to_string(i);
    try {
      ++calls;
      store->put_if_absent(name, bytes("value"));
      ++calls;
      const auto lease = store->claim(name, 60);
      ++calls;
      if (lease) static_cast<void>(store->renew(*lease));
      ++calls;
      const auto found = store->get(name);
      EXPECT_TRUE(!found || found == bytes("value"));
    } catch (const StoreError& error) {
      ADD_FAILURE() << i << ": " << error.what();
    }
  }
  calls = -1;
  wiper.join();
}

class RedisFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_redis()) GTEST_SKIP() << "redis-server is not installed";
  }
  test::TemporaryFolder folder_;
};

TEST_F(RedisFaults, APasswordIsAskedForAndWrongOnesAreRefusedAtOnce) {
  const RedisServer server(folder_.path(), {"--requirepass", "right horse"});
  const std::string at = "redis+unix://";
  expect_words(error_of([&] { static_cast<void>(open_store(server.url(), "r")); }), "wants a password");
  const std::string words =
      error_of([&] { static_cast<void>(open_store(at + ":wrong-horse@" + server.socket(), "r")); });
  expect_words(words, "wrong");
  EXPECT_EQ(words.find("wrong-horse"), std::string::npos) << "no password in a message: " << words;
  const auto store = open_store(at + ":right%20horse@" + server.socket(), "r");
  EXPECT_EQ(store->put_if_absent("a", bytes("1")), Put::created);
  EXPECT_EQ(store->place(), "redis+unix://" + server.socket());
}

TEST_F(RedisFaults, AnAccountMayDoWhatItsRoleNeedsAndNoMore) {
  const RedisServer server(folder_.path(), {"--aclfile", ""});
  const auto rules = [&](const std::string& user, const std::string& key, std::vector<std::string> commands) {
    std::vector<std::string> words = {"ACL", "SETUSER", user, "reset", "on", ">secret", key};
    words.insert(words.end(), commands.begin(), commands.end());
    EXPECT_EQ(server.ask(words), "OK");
  };
  rules("worker", "~dt:{r}:out:3:*", {"-@all", "+get", "+setnx", "+ping"});
  const auto store = open_store("redis+unix://worker:secret@" + server.socket(), "r", short_limits());
  EXPECT_EQ(store->put_if_absent("out:3:1", bytes("x")), Put::created);
  EXPECT_EQ(store->put_if_absent("out:3:1", bytes("x")), Put::was_there);
  EXPECT_THROW(store->put_if_absent("out:3:1", bytes("y")), StoreConflict);
  expect_words(error_of([&] { static_cast<void>(store->get("out:30:1")); }), "may not do that");
  expect_words(error_of([&] { store->put_if_absent("out:4:1", bytes("x")); }), "may not do that");
  expect_words(error_of([&] { store->drop(std::vector<std::string>{"out:3:1"}); }), "may not do that");
  expect_words(error_of([&] { static_cast<void>(store->claim("a", 1)); }), "may not do that");
  EXPECT_EQ(store->get("out:3:1"), bytes("x")) << "it goes on";
}

/// The accounts of docs/stores.md for run r, as `ACL SETUSER` takes them.
void add_accounts(const RedisServer& server) {
  std::ifstream page(SOURCES "/docs/stores.md");
  ASSERT_TRUE(page);
  int found = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("user server on") && !line.starts_with("user worker on")) continue;
    ++found;
    for (auto at = line.find("RUN"); at != std::string::npos; at = line.find("RUN")) line.replace(at, 3, "r");
    line.replace(line.find("#SHA256"), 7, ">secret");
    std::vector<std::string> words = {"ACL", "SETUSER"};
    std::istringstream in(line.substr(5));
    bool inside = false;  // a selector is one word
    for (std::string word; in >> word; inside = (inside || word.front() == '(') && word.back() != ')') {
      if (inside) {
        words.back() += " " + word;
      } else {
        words.push_back(word);
      }
    }
    EXPECT_EQ(server.ask(words), "OK") << line;
  }
  EXPECT_EQ(found, 2);
}

TEST_F(RedisFaults, TheAccountsOfTheGuideAreEnoughAndNoMore) {
  const RedisServer redis(folder_.path());
  add_accounts(redis);
  const auto server = open_store("redis+unix://server:secret@" + redis.socket(), "r", short_limits());
  const auto worker = open_store("redis+unix://worker:secret@" + redis.socket(), "r", short_limits());
  EXPECT_EQ(server->put_if_absent("1:in:0:3", bytes("input")), Put::created);
  EXPECT_EQ(worker->get("1:in:0:3"), bytes("input"));
  const auto lease = worker->claim("1:out:0:3", 60);
  ASSERT_TRUE(lease);
  EXPECT_FALSE(worker->claim("1:out:0:3", 60));
  EXPECT_TRUE(worker->renew(*lease));
  EXPECT_EQ(worker->put_if_absent("1:out:0:3", bytes("outcome")), Put::created);
  EXPECT_EQ(worker->put_if_absent("1:conflict", bytes("outcome")), Put::created);
  worker->release(*lease);
  EXPECT_EQ(server->get("1:out:0:3"), bytes("outcome"));
  expect_words(error_of([&] { worker->put_if_absent("1:in:0:4", bytes("x")); }), "may not do that");
  expect_words(error_of([&] { worker->put_if_absent("inc:2", bytes("x")); }), "may not do that");
  expect_words(error_of([&] { worker->drop(std::vector<std::string>{"1:out:0:3"}); }), "may not do that");
  expect_words(error_of([&] { worker->drop_run(); }), "may not do that");
  const auto elsewhere = open_store("redis+unix://server:secret@" + redis.socket(), "r2", short_limits());
  expect_words(error_of([&] { static_cast<void>(elsewhere->get("a")); }), "may not do that");
  server->drop(std::vector<std::string>{"1:out:0:3", "1:in:0:3"});
  EXPECT_EQ(worker->get("1:out:0:3"), std::nullopt);
}

/// What Redis itself says of a command by an account of the guide.
struct AclCase {
  const char* user;
  const char* command;  ///< with run r's names as @NAME, another run's as %NAME
  bool allowed;
};

constexpr AclCase kAclCases[] = {
    {"worker", "GET @run", true},
    {"worker", "GET @inc:1", true},
    {"worker", "GET @7:in:0:3", true},
    {"worker", "GET @7:stretch:0", true},
    {"worker", "GET @shared:ab", true},
    {"worker", "GET @7:out:0:3", true},
    {"worker", "GET @7:end", true},
    {"worker", "SETNX @7:out:0:3 x", true},
    {"worker", "SETNX @7:conflict x", true},
    {"worker", "SET @lease:7:out:0:3 x NX PX 9", true},
    {"worker", "GET @lease:7:out:0:3", true},
    {"worker", "INCR @lease:fence.7:out:0:3", true},
    {"worker", "PEXPIRE @lease:7:out:0:3 9", true},
    {"worker", "WATCH @lease:7:out:0:3", true},
    {"worker", "DEL @lease:7:out:0:3", true},
    {"worker", "PING", true},
    {"worker", "SETNX @run x", false},
    {"worker", "SETNX @inc:2 x", false},
    {"worker", "SETNX @7:in:0:3 x", false},
    {"worker", "SETNX @7:stretch:0 x", false},
    {"worker", "SETNX @shared:ab x", false},
    {"worker", "SETNX @7:end x", false},
    {"worker", "SET @7:out:0:3 x", false},
    {"worker", "DEL @7:out:0:3", false},
    {"worker", "UNLINK @7:out:0:3", false},
    {"worker", "PEXPIRE @7:out:0:3 9", false},
    {"worker", "APPEND @7:out:0:3 x", false},
    {"worker", "GETDEL @7:out:0:3", false},
    {"worker", "RENAME @7:out:0:3 @7:out:0:4", false},
    {"worker", "INCR @7:out:0:3", false},
    {"worker", "GET %run", false},
    {"worker", "SETNX %7:out:0:3 x", false},
    {"worker", "SET %lease:7:out:0:3 x NX PX 9", false},
    {"worker", "KEYS *", false},
    {"worker", "SCAN 0", false},
    {"worker", "RANDOMKEY", false},
    {"worker", "DBSIZE", false},
    {"worker", "FLUSHALL", false},
    {"worker", "CONFIG GET maxmemory", false},
    {"worker", "EVAL x 0", false},
    {"worker", "INFO", false},
    {"worker", "ACL LIST", false},
    {"worker", "MONITOR", false},
    {"worker", "SUBSCRIBE x", false},
    {"worker", "DUMP @7:out:0:3", false},
    {"server", "GET @7:out:0:3", true},
    {"server", "SETNX @run x", true},
    {"server", "SETNX @7:in:0:3 x", true},
    {"server", "PEXPIRE @7:in:0:3 9", true},
    {"server", "UNLINK @7:in:0:3 @lease:7:in:0:3", true},
    {"server", "SET @lease:7:out:0:3 x NX PX 9", true},
    {"server", "INFO", true},
    {"server", "GET %run", false},
    {"server", "SETNX %run x", false},
    {"server", "UNLINK %run", false},
    {"server", "FLUSHALL", false},
    {"server", "CONFIG GET maxmemory", false},
    {"server", "EVAL x 0", false},
    {"server", "KEYS *", false},
    {"server", "SCAN 0", false},
    {"server", "MONITOR", false},
    {"server", "ACL LIST", false},
};

TEST_F(RedisFaults, EveryAccountMayDoWhatItsRoleNeedsAndNothingElse) {
  const RedisServer redis(folder_.path());
  add_accounts(redis);
  for (const auto& [user, command, allowed] : kAclCases) {
    std::vector<std::string> words = {"ACL", "DRYRUN", user};
    std::istringstream in(command);
    for (std::string word; in >> word;) {
      if (word.front() == '@') word.replace(0, 1, "dt:{r}:");
      if (word.front() == '%') word.replace(0, 1, "dt:{r2}:");
      words.push_back(word);
    }
    const std::string answer = redis.ask(words);
    EXPECT_EQ(answer == "OK", allowed) << user << ": " << command << ": " << answer;
    EXPECT_TRUE(allowed || answer.find("permission") != std::string::npos) << user << ": " << command << ": " << answer;
  }
}

TEST_F(RedisFaults, AServerThatForgetsSilentlyIsRefused) {
  for (const char* policy : {"allkeys-lru", "volatile-ttl", "allkeys-random"}) {
    const RedisServer server(folder_.path(), {"--maxmemory-policy", policy});
    expect_words(error_of([&] { static_cast<void>(open_store(server.url(), "r")); }),
                 std::string("maxmemory-policy ") + policy);
  }
}

TEST_F(RedisFaults, AStoppedServerHoldsNobodyForLong) {
  const RedisServer server(folder_.path());
  const auto store = open_store(server.url(), "r", short_limits());
  server.pause();
  expect_words(error_of([&] { static_cast<void>(store->get("a")); }), "timed out");
  expect_words(error_of([&] { static_cast<void>(open_store(server.url(), "r", short_limits())); }), "out of reach");
  server.go_on();
  EXPECT_EQ(store->put_if_absent("a", bytes("1")), Put::created);
}

TEST_F(RedisFaults, AServerThatComesBackIsFoundAgain) {
  RedisServer server(folder_.path());
  const auto store = open_store(server.url(), "r");
  for (int i = 0; i < 3; ++i) {
    server.kill();
    server.start();
    EXPECT_EQ(store->put_if_absent("a", bytes("1")), Put::created) << "nothing was saved";
  }
}

TEST_F(RedisFaults, ValuesAndCountersExpire) {
  const RedisServer server(folder_.path());
  StoreLimits limits;
  limits.life_s = 1000;
  const auto store = open_store(server.url(), "r", limits);
  store->put_if_absent("a", bytes("1"));
  const auto lease = store->claim("a", 500);
  for (const char* key : {"dt:{r}:a", "dt:{r}:lease:a", "dt:{r}:lease:fence.a"}) {
    EXPECT_EQ(
        server.ask({"EVAL", "local t=redis.call('PTTL',KEYS[1]) return tostring(t>400000 and t<=1000000)", "1", key}),
        "true")
        << key;
  }
  EXPECT_EQ(server.ask({"EVAL", "return tostring(#redis.call('KEYS','*'))", "0"}), "3") << "and nothing else";
}

TEST_F(RedisFaults, SilenceAndADripEndInTime) {
  const RedisServer server(folder_.path());
  Proxy proxy(server.socket(), 1);
  const auto store = open_store(proxy.url(), "r", short_limits());
  store->put_if_absent("a", bytes(std::string(1000, 'x')));
  for (const Weather weather : {Weather::silence, Weather::drip}) {
    proxy.set(weather);
    expect_words(error_of([&] { static_cast<void>(store->get("a")); }), "out of reach");
  }
}

/// The answer to GET has no checksum; messages have. What never was is not found; what is, is found or told as damaged.
TEST_F(RedisFaults, NoiseIsNeverTakenForAMessage) {
  const RedisServer server(folder_.path());
  const Bytes payload = bytes("what was put");
  open_store(server.url(), "r")->put_if_absent("b", seal_bytes(MessageKind::input, payload));
  Proxy proxy(server.socket(), 2);
  StoreLimits limits;
  limits.command_s = 0.3;
  limits.patience_s = 0.5;
  const auto store = open_store(proxy.url(), "r", limits);
  proxy.set(Weather::noise);
  int found = 0;
  for (int i = 0; i < 20; ++i) {
    try {
      const auto value = store->get("a");
      EXPECT_EQ(value, std::nullopt);
    } catch (const StoreError&) {  // also an answer
    }
    try {
      const auto frame = store->get("b");
      if (!frame) continue;  // the name was noise
      const auto opened = open_bytes(MessageKind::input, *frame, 100, "b");
      EXPECT_TRUE(std::equal(opened.begin(), opened.end(), payload.begin(), payload.end()));
      ++found;
    } catch (const StoreError&) {
    }
  }
  EXPECT_GT(proxy.faults(), 5);
  EXPECT_GT(found, 0) << "nothing came through at all";
}

/// One schedule of losses: a dozen values and leases through a bad line, all as through a good one.
void pass_through(const RedisServer& server, Weather weather, std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Proxy proxy(server.socket(), seed);
  StoreLimits limits;
  limits.command_s = 1;
  const std::string run = "r-" + std::to_string(static_cast<int>(weather)) + "-" + std::to_string(seed);
  const auto store = open_store(proxy.url(), run, limits);
  proxy.set(weather);
  std::uint64_t fence = 0;
  for (int i = 0; i < 12; ++i) {
    const std::string name = "n:" + std::to_string(i);
    const Bytes value = bytes(std::string(static_cast<std::size_t>(i) * 1000, static_cast<char>('A' + i)));
    store->put_if_absent(name, value);
    EXPECT_EQ(store->get(name), value);
    const auto lease = store->claim("lock", 60);
    ASSERT_TRUE(lease) << "taken by an attempt of our own whose answer was lost";
    EXPECT_GT(lease->fence, fence);
    fence = lease->fence;
    EXPECT_TRUE(store->renew(*lease));
    store->release(*lease);
  }
  EXPECT_GT(proxy.faults(), 0);
}

TEST_F(RedisFaults, ABadLineChangesNothing) {
  const RedisServer server(folder_.path());
  for (const Weather weather : {Weather::resets, Weather::cuts, Weather::delays, Weather::anything}) {
    pass_through(server, weather, 1);
  }
}

}  // namespace
}  // namespace dovetail
