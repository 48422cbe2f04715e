// What a user of a store sees when its place fails: the right bytes or a StoreError, in bounded time, and the cause.
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "dovetail/store/connection.hpp"
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

/// The words with which `dir:` refuses a place.
std::string refusal_of(const std::string& url) {
  try {
    static_cast<void>(open_store(url, "r"));
  } catch (const FileError& error) {
    return error.what();
  }
  return "(taken)";
}

// `dt-r` made beforehand, by whoever may write in the place, so that its maker could read and change what a run has.
TEST(DirFaults, AFolderThatIsOthersOrThatOthersMayWriteIsRefused) {
  namespace fs = std::filesystem;
  const test::TemporaryFolder folder;
  const auto url = [&](const std::string& name) { return "dir:" + (folder / name).string(); };
  static_cast<void>(open_store(url("own"), "r"));
  EXPECT_EQ(refusal_of(url("own")), "(taken)") << "what Dovetail made";
  for (const std::string& part : {std::string("dt-r"), std::string("dt-r/values"), std::string("dt-r/leases")}) {
    for (const auto added : {fs::perms::group_write, fs::perms::others_write}) {
      const fs::path path = folder / "own" / part;
      fs::permissions(path, added, fs::perm_options::add);
      expect_words(refusal_of(url("own")), path.string() + ": others may write there (mode 07");
      expect_words(refusal_of(url("own")), "run `chmod 700");
      fs::permissions(path, added, fs::perm_options::remove);
    }
  }
  fs::permissions(folder / "own", fs::perms::all);
  expect_words(refusal_of(url("own")), "remove what others have (mode 0777)");
  fs::permissions(folder / "own", fs::perms::all | fs::perms::sticky_bit);
  EXPECT_EQ(refusal_of(url("own")), "(taken)") << "as /tmp is";

  fs::create_directory(folder / "linked");
  fs::create_directory_symlink(folder / "own" / "dt-r", folder / "linked" / "dt-r");
  expect_words(refusal_of(url("linked")), "it is no folder but a link");
}

TEST(DirFaults, AnotherUsersFolderIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make another user's folder";
  const test::TemporaryFolder folder;
  const std::string url = "dir:" + folder.path().string();
  static_cast<void>(open_store(url, "r"));
  for (const char* part : {"dt-r", "dt-r/values", "dt-r/leases"}) {
    const std::string path = folder / part;
    ASSERT_EQ(::chown(path.c_str(), 4711, 4711), 0);
    expect_words(refusal_of(url), path + ": it belongs to another user (4711)");
    ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  }
  EXPECT_EQ(refusal_of(url), "(taken)");
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

TEST(DirFaults, AGroupSharesAFolderOnPurpose) {
  namespace fs = std::filesystem;
  const test::TemporaryFolder folder;
  const fs::path place = folder / "pool";
  const std::string url = "dir:" + place.string() + "?shared=group";
  expect_words(refusal_of(url), "does not exist");
  fs::create_directory(place);
  ::chmod(place.c_str(), 0755);
  expect_words(refusal_of(url), "it needs mode 2770, and has 0755; run `chgrp GROUP " + place.string());
  ::chmod(place.c_str(), 02777);
  expect_words(refusal_of(url), "it needs mode 2770, and has 2777");
  ::chmod(place.c_str(), 02770);
  const auto store = open_store(url, "r");
  store->put_if_absent("a", bytes("1"));
  ASSERT_TRUE(store->claim("a", 60));
  for (const auto& entry : fs::recursive_directory_iterator(place)) {
    EXPECT_EQ(mode_of(entry.path()), entry.is_directory() ? 02770U : 0660U) << entry.path();
  }
  fs::permissions(place / "dt-r", fs::perms::others_write, fs::perm_options::add);
  expect_words(refusal_of(url), "others may write there (mode 2772)");
}

/// What `f` says as that user, of group 4242 alone; empty where all is well.
template <class F>
std::string as_user(uid_t user, F&& f) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string words;
    try {
      if (::setgroups(0, nullptr) != 0 || ::setgid(4242) != 0 || ::setuid(user) != 0) throw StoreError("no such user");
      words = f();
    } catch (const std::exception& error) {
      words = error.what();
    }
    static_cast<void>(!::write(pipe[1], words.data(), words.size()));
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string words;
  std::array<char, 500> piece{};
  for (ssize_t got = 0; (got = ::read(pipe[0], piece.data(), piece.size())) > 0;) {
    words.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return words;
}

TEST(DirFaults, UsersOfAGroupMeetInItsFolder) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be several users";
  const test::TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const std::string place = folder / "pool";
  std::filesystem::create_directory(place);
  ASSERT_EQ(::chown(place.c_str(), 0, 4242), 0);
  ASSERT_EQ(::chmod(place.c_str(), 02770), 0);
  const std::string url = "dir:" + place + "?shared=group";
  EXPECT_EQ(as_user(1111,
                    [&] {
                      const auto store = open_store(url, "r");
                      store->put_if_absent("a", bytes("1"));
                      const auto lease = store->claim("a", 60);
                      if (!lease || !store->renew(*lease)) return "no lease";
                      store->release(*lease);
                      return "";
                    }),
            "");
  EXPECT_EQ(as_user(2222,
                    [&] {
                      const auto store = open_store(url, "r");
                      if (store->get("a") != bytes("1")) return "no value";
                      if (store->put_if_absent("a", bytes("1")) != Put::was_there) return "put twice";
                      const auto lease = store->claim("a", 60);
                      if (!lease || lease->fence != 2 || !store->renew(*lease)) return "no lease";
                      store->drop(std::vector<std::string>{"a"});
                      store->drop_run();
                      return "";
                    }),
            "");
  EXPECT_EQ(as_user(1111, [&] { return open_store(url, "r")->get("a") ? "still there" : ""; }), "");
  // Without the word each keeps to himself.
  const auto open_own = [&] {
    static_cast<void>(open_store("dir:" + place, "own"));
    return "";
  };
  EXPECT_EQ(as_user(1111, open_own), "");
  expect_words(as_user(2222, open_own), "it belongs to another user (1111)");
}

/// Sockets on 127.0.0.1.
class Listener {
 public:
  explicit Listener(int backlog) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address_), size);
    ::listen(socket_.number(), backlog);
    ::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address_), &size);
  }
  /// Takes its places until one who comes has no answer any more.
  bool fill() {
    for (int i = 0; i < 50; ++i) {
      waiting_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      ::connect(waiting_.back().number(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_);
      struct pollfd look = {waiting_.back().number(), POLLOUT, 0};
      if (::poll(&look, 1, 100) == 0) return true;
    }
    return false;
  }
  [[nodiscard]] struct addrinfo info(struct addrinfo* next) {
    struct addrinfo info {};
    info.ai_family = AF_INET;
    info.ai_addr = reinterpret_cast<sockaddr*>(&address_);
    info.ai_addrlen = sizeof address_;
    info.ai_next = next;
    return info;
  }

 private:
  detail::Descriptor socket_;
  std::vector<detail::Descriptor> waiting_;
  struct sockaddr_in address_ {};
};

TEST(Connections, AnAddressThatDoesNotAnswerLeavesTimeForTheNext) {
  Listener silent(0), answers(8);
  if (!silent.fill()) GTEST_SKIP() << "this system answers for a socket that takes nobody";
  struct addrinfo last = answers.info(nullptr);
  struct addrinfo middle = silent.info(&last);
  const struct addrinfo list = silent.info(&middle);
  EXPECT_NO_THROW(static_cast<void>(detail::Connection::to_first_of(&list, detail::deadline_in(0.9))));
  last.ai_next = nullptr;
  const struct addrinfo alone = silent.info(nullptr);
  expect_words(error_of([&] { static_cast<void>(detail::Connection::to_first_of(&alone, detail::deadline_in(0.3))); }),
               "timed out");
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

/// Redis repeats the words of a command that it does not know.
TEST_F(RedisFaults, WhatALoginIsAnsweredIsNotShown) {
  const RedisServer server(folder_.path(), {"--rename-command", "AUTH", ""});
  const std::string words =
      error_of([&] { static_cast<void>(open_store("redis+unix://site:open-sesame@" + server.socket(), "r")); });
  expect_words(words, "it knows no logins");
  EXPECT_EQ(words.find("sesame"), std::string::npos) << words;
}

TEST_F(RedisFaults, AValueThatIsTooLargeIsSaidAtOnce) {
  const RedisServer server(folder_.path());
  StoreLimits small;
  small.value_max = std::size_t{2} << 20;
  const auto store = open_store(server.url(), "r", small);
  for (const std::size_t size : {small.value_max + 1, 2 * small.value_max}) {
    open_store(server.url(), "r")->put_if_absent("v:" + std::to_string(size), bytes(std::string(size, 'x')));
    const std::string words = error_of([&] { static_cast<void>(store->get("v:" + std::to_string(size))); });
    expect_words(words, "has more than the 2097152 bytes that a value may have");
    EXPECT_EQ(words.find("out of reach"), std::string::npos) << words;
  }
  EXPECT_EQ(store->put_if_absent("a", bytes("1")), Put::created) << "it goes on";
}

/// The words of the StoreStopped that `f` ends with.
template <class F>
std::string stopped(F&& f) {
  try {
    f();
  } catch (const StoreStopped& error) {
    return error.what();
  }
  return "(not stopped)";
}

TEST_F(RedisFaults, WhoIsToldToStopDoesNotWaitForWhatIsOutOfReach) {
  RedisServer server(folder_.path());
  std::atomic<bool> told = false;
  StoreLimits limits;
  limits.should_stop = [&] { return told.load(); };
  const auto store = open_store(server.url(), "r", limits);
  told = true;
  EXPECT_EQ(store->put_if_absent("a", bytes("1")), Put::created) << "a store that answers is used to the end";
  server.pause();
  expect_words(stopped([&] { static_cast<void>(store->get("a")); }), "it gives no answer: Operation canceled");
  server.go_on();
  EXPECT_EQ(store->get("a"), bytes("1"));
  server.kill();
  expect_words(stopped([&] { static_cast<void>(store->get("a")); }), "out of reach");
  EXPECT_NE(stopped([&] { static_cast<void>(open_store(server.url(), "r", limits)); }), "(not stopped)");
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
