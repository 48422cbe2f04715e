// A server and workers that are told to stop while their store is out of reach, workers that are stopped and go on,
// what a run does about outcomes that differ after it has passed them, and how long leases and names last.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/store/pool_fixture.hpp"

namespace dovetail {
namespace {

using test::ApartJob;
using test::bytes;
using test::Death;
using test::eventually;
using test::Front;
using test::ListSink;
using test::pool_settings;
using test::publish_and_leave;
using test::run_from;
using test::run_with;
using test::serial;
using test::StopsWhenTold;
using test::Workers;

/// Goes out of reach for good at a call that `fails_at` names, where its user is told to stop.
class GoesAway final : public Front {
 public:
  enum class At : std::uint8_t { look, keep, claim };
  GoesAway(std::shared_ptr<Store> inner, At at, std::atomic<bool>& told)
      : Front(std::move(inner)), at_(at), told_(told) {}

 private:
  void pass(At at) {
    if (at == at_ && ++calls_ == 5) told_ = true;
    if (told_) throw StoreStopped("out of reach");
  }
  std::optional<Bytes> do_get(const std::string& name) override {
    pass(name.find(":out:") == std::string::npos ? At::claim : At::look);
    return Front::do_get(name);
  }
  void do_keep(std::span<const std::string> names) override {
    pass(At::keep);
    Front::do_keep(names);
  }

  At at_;
  std::atomic<bool>& told_;
  int calls_ = 0;
};

/// A server with such a store ends with a state from which another goes on.
void expect_nothing_lost(GoesAway::At at) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  Workers workers;
  workers.add(store);
  StopsWhenTold stops;
  const auto first = make_pool_executor(std::make_shared<GoesAway>(store, at, stops.told), pool_settings());
  auto state = begin(ApartJob(), *first);
  ListSink sink;
  Bytes saved;
  const auto save = [&](const State<ApartJob>& now) {
    saved = pack(now);
    static_cast<void>(sink.commit());
  };
  EXPECT_EQ(run(ApartJob(), state, Surroundings<ApartJob>{*first, sink, stops, {}, save, 60}), StopReason::terminated);
  EXPECT_EQ(pack(state), saved);
  Observer observer;
  const auto then = run_from(unpack<State<ApartJob>>(saved), *make_pool_executor(store, pool_settings()), observer);
  EXPECT_EQ(then.state, serial().state);
}

TEST(PoolStops, AServerThatLooksForOutcomesInAnOutageLosesNothing) { expect_nothing_lost(GoesAway::At::look); }

TEST(PoolStops, AServerThatHasAllOutcomesAndThenAnOutageLosesNothing) { expect_nothing_lost(GoesAway::At::keep); }

TEST(PoolStops, AWorkerLeavesInAnOutage) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  publish_and_leave(store);
  std::atomic<bool> told = false;
  GoesAway away(store, GoesAway::At::claim, told);
  EXPECT_FALSE(work_in_pool(away, pool_settings(), pool_task(Workers::job()), [&] { return false; }));
  EXPECT_TRUE(told);
}

class StoppedWorkers : public test::StoreTest {
 protected:
  /// A worker in a process of its own that stops itself (SIGSTOP) in the middle of its first task, of item 0 as nobody
  /// else is there, and tells through a pipe which tasks it has put. It exits with 0 at the end of the run, with 3
  /// where it disagrees with others.
  void start(bool lies) {
    ASSERT_EQ(::pipe(pipe_.data()), 0);
    child_ = ::fork();
    if (child_ != 0) {
      ::close(pipe_[1]);
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a stopped process would stay
    int code = 1;
    try {
      const auto store = backend_->open();
      const PoolTask task = [lies, is_first = true, inner = pool_task(Workers::job())](auto&&... arguments) mutable {
        auto item = inner(arguments...);
        if (!std::exchange(is_first, false)) return item;
        ::raise(SIGSTOP);
        if (lies) item->back() ^= std::byte{1};
        return item;
      };
      const auto tell = [this](const TaskDone& done) {
        static_cast<void>(!::write(pipe_[1], &done.item, sizeof done.item));
      };
      if (work_in_pool(
              *store, pool_settings(), task, [] { return false; }, tell))
        code = 0;
    } catch (const StoreConflict&) {
      code = 3;
    } catch (const std::exception&) {
    }
    ::_exit(code);
  }
  void expect_stopped() const {
    int status = 0;
    EXPECT_EQ(::waitpid(child_, &status, WUNTRACED), child_);
    EXPECT_TRUE(WIFSTOPPED(status)) << "it did not come to its task: the test shows nothing";
  }
  void go_on() const { ::kill(child_, SIGCONT); }
  /// The first task that it has put since; none for ten seconds is no item's number.
  [[nodiscard]] std::uint32_t told() const {
    std::uint32_t item = std::numeric_limits<std::uint32_t>::max();
    struct pollfd look = {pipe_[0], POLLIN, 0};
    if (::poll(&look, 1, 10000) == 1) static_cast<void>(!::read(pipe_[0], &item, sizeof item));
    return item;
  }
  /// -1: it was killed, or does not end.
  [[nodiscard]] int exit_code() {
    int status = 0;
    if (!eventually([&] { return ::waitpid(child_, &status, WNOHANG) == child_; })) return -1;
    has_ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  /// Another worker redoes that task, and tells by calling `redone`, once, before its next task.
  void redo_then(Workers& workers, const std::function<void(Store&)>& redone) {
    const std::shared_ptr<Store> store = backend_->open();
    const auto first = std::make_shared<std::string>(pool::outcome_name(*pool::find_incarnation(*store, 1), 0, 0));
    workers.add(store, [=, inner = pool_task(Workers::job())](auto&&... arguments) mutable {
      if (!first->empty() && store->get(*first)) {
        first->clear();
        redone(*store);
      }
      return inner(arguments...);
    });
  }

  void TearDown() override {
    if (child_ <= 0 || has_ended_) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  pid_t child_ = -1;  // threads read it: never written once they run
  bool has_ended_ = false;
  std::array<int, 2> pipe_{};
};
INSTANTIATE_TEST_SUITE_P(Members, StoppedWorkers, ::testing::Values("dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });

TEST_P(StoppedWorkers, SayLateWhatOthersSaidAndAreCompared) {
  start(false);
  Workers workers;
  std::thread director([&] {
    expect_stopped();
    redo_then(workers, [&](Store&) {
      go_on();
      EXPECT_EQ(told(), 0U) << "it put nothing: nothing was compared";
    });
  });
  const auto executor = make_pool_executor(backend_->open(), pool_settings());
  EXPECT_EQ(run_with(*executor), serial());
  director.join();
  executor->end();
  EXPECT_EQ(exit_code(), 0);
}

TEST_P(StoppedWorkers, SayTooLateWhatNobodyWaitsForAndAreIgnored) {
  start(false);
  Workers workers;
  std::thread director([&] {
    expect_stopped();
    workers.add(backend_->open());
  });
  const auto executor = make_pool_executor(backend_->open(), pool_settings());
  EXPECT_EQ(run_with(*executor), serial());
  director.join();
  executor->end();
  go_on();
  EXPECT_EQ(exit_code(), 0);
}

TEST_P(StoppedWorkers, ThatDisagreeEndTheRun) {
  start(true);
  Workers workers;
  int code = -1;
  std::thread director([&] {
    expect_stopped();
    redo_then(workers, [&](Store&) {
      go_on();
      code = exit_code();
    });
  });
  EXPECT_THROW(run_with(*make_pool_executor(backend_->open(), pool_settings())), StoreConflict);
  director.join();
  workers.stop();
  EXPECT_EQ(code, 3);
}

TEST(PoolConflicts, OfWhatWasTakenForDoneAreFoundAtTheEnd) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  Workers workers;
  workers.add(store);
  const auto executor = make_pool_executor(store, pool_settings());
  EXPECT_EQ(run_with(*executor), serial());
  const auto at = *pool::find_incarnation(*store, 1);
  store->put_if_absent(pool::conflict_name(at), pool::seal_conflict(pool::outcome_name(at, 0, 3)));
  try {
    executor->end();
    FAIL() << "the run ends as if nothing had been";
  } catch (const StoreConflict& error) {
    EXPECT_NE(std::string(error.what()).find(pool::outcome_name(at, 0, 3)), std::string::npos) << error.what();
  }
  EXPECT_TRUE(store->get(pool::end_name(at))) << "workers may go";
}

TEST(PoolConflicts, ThatNameNoTaskEndTheRunAndAreNotShown) {
  const std::string hostile = "\x1b]0;" + std::string(5000, 'x');
  for (const Bytes& message :
       {bytes(hostile), pool::seal_conflict(hostile), pool::seal_conflict("\x1b]0;x"), pool::seal_conflict("")}) {
    const std::shared_ptr<Store> store = open_store("memory", "run");
    Workers workers;
    workers.add(store, [&, task = pool_task(Workers::job())](auto&&... arguments) mutable {
      store->put_if_absent(pool::conflict_name(*pool::find_incarnation(*store, 1)), message);
      return task(arguments...);
    });
    try {
      run_with(*make_pool_executor(store, pool_settings()));
      FAIL();
    } catch (const StoreConflict& error) {
      EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("a task that is not named"), std::string::npos) << error.what();
    }
  }
}

TEST(PoolLeases, AreAsLongAsTheRunAllowsAtMost) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  auto settings = pool_settings();
  settings.header.lease_max_s = 0.1;
  publish_and_leave(store, settings);
  auto worker = pool_settings();
  worker.lease_s = 3600;
  const PoolTask dies = [](auto&&...) -> std::optional<Bytes> { throw Death(); };
  EXPECT_THROW(work_in_pool(*store, worker, dies, [] { return false; }), Death);
  const std::string task = pool::outcome_name(*pool::find_incarnation(*store, 1), 0, 0);
  EXPECT_FALSE(store->get(task));
  EXPECT_TRUE(eventually([&] { return store->claim(task, 60).has_value(); })) << "the dead hold it for an hour";
}

TEST(PoolLeases, OfNoLengthAreNoRuns) {
  for (const double seconds : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    const std::shared_ptr<Store> store = open_store("memory", "run");
    PoolHeader header = pool_settings().header;
    header.lease_max_s = seconds;
    store->put_if_absent("run", seal(MessageKind::header, header));
    EXPECT_THROW(static_cast<void>(find_pool(*store)), StoreError) << seconds;
  }
}

/// Forgets at once what it is not told to keep, in what it says about itself.
class Keeps final : public Front {
 public:
  explicit Keeps(std::shared_ptr<Store> inner) : Front(std::move(inner), forgetful()) {}
  std::set<std::string> kept;  ///< with the header, the last time

 private:
  static StoreLimits forgetful() {
    StoreLimits limits;
    limits.life_s = 0;
    return limits;
  }
  void do_keep(std::span<const std::string> names) override {
    if (std::find(names.begin(), names.end(), "run") != names.end()) kept = {names.begin(), names.end()};
  }
};

// Whoever comes later reads the header, all incarnations, and the stretches from the first.
TEST(PoolNames, ThatLeadToTheLastStretchStayAsLongAsIt) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  const auto keeps = std::make_shared<Keeps>(store);
  publish_and_leave(store);
  const auto left = *pool::find_incarnation(*store, 1);
  store->put_if_absent(pool::end_name(left), seal_bytes(MessageKind::end, {}));
  Workers workers;
  decltype(serial()) result;
  std::thread serves([&] { EXPECT_NO_THROW(result = run_with(*make_pool_executor(keeps, pool_settings()))); });
  EXPECT_TRUE(test::eventually([&] { return pool::latest_incarnation(*store, 0) == 2; }));
  workers.add(store);  // who came earlier would see the end of the first, and leave
  serves.join();
  EXPECT_EQ(result, serial());
  std::vector<std::string> names{"run", "inc:1", "inc:2"};
  const auto at = *pool::find_incarnation(*store, 2);
  for (std::uint64_t step = 0;;) {
    const std::string name = pool::stretch_name(at, step);
    const auto stretch = pool::find<pool::Stretch>(*store, MessageKind::stretch, name);
    if (!stretch) break;
    names.push_back(name);
    step += stretch->count;
  }
  EXPECT_GT(names.size(), 6U);
  for (const std::string& name : names) EXPECT_TRUE(keeps->kept.contains(name)) << name;
}

}  // namespace
}  // namespace dovetail
