// Servers of one run at different steps: the one furthest back sets the pace, for as long as it goes on.
#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tests/store/pool_fixture.hpp"

namespace dovetail {
namespace {

using test::ApartJob;
using test::Front;
using test::ListSink;
using test::pool_settings;
using test::Result;
using test::run_from;
using test::run_with;
using test::serial;
using test::Workers;

/// A checkpoint some stretches after the start.
State<ApartJob> later_state() {
  class StopsAt final : public Observer {
   public:
    StopReason should_stop() override { return ++looks_ == 3 ? StopReason::terminated : StopReason::finished; }

   private:
    int looks_ = 0;
  } stops;
  auto shorter = pool_settings();
  shorter.steps = 7;
  const std::shared_ptr<Store> store = open_store("memory", "run");
  Workers workers(shorter);
  workers.add(store);
  const auto executor = make_pool_executor(store, shorter);
  auto state = begin(ApartJob(), *executor);
  ListSink sink;
  EXPECT_EQ(run(ApartJob(), state, Surroundings<ApartJob>{*executor, sink, stops, {}, {}, 60}), StopReason::terminated);
  return state;
}

PoolSettings settings() {
  auto settings = pool_settings();
  settings.steps = 7;
  return settings;
}

/// Counts looks for incarnations.
class Looked final : public Front {
 public:
  using Front::Front;
  std::atomic<int> looks = 0;

 private:
  std::optional<Bytes> do_get(const std::string& name) override {
    if (name.starts_with("inc:")) ++looks;
    return Front::do_get(name);
  }
};

std::uint64_t incarnations(Store& store) { return pool::latest_incarnation(store, 0); }

/// Ends a run that would go on for ever.
class StopsAfter final : public Observer {
 public:
  explicit StopsAfter(int looks) : left_(looks) {}
  StopReason should_stop() override { return left_-- > 0 ? StopReason::finished : StopReason::terminated; }

 private:
  int left_;
};

/// Two servers, one at the start and one some stretches ahead, and a worker. Its first tasks take until the server
/// ahead has had time for so many looks.
void expect_both_finish(int looks, double lease_s) {
  constexpr int kLooksMax = 160;  // 40 seconds
  const Result expected = serial();
  const State<ApartJob> later = later_state();
  ASSERT_GT(later.step.value, 2 * settings().steps) << "they are not far enough apart";
  const std::shared_ptr<Store> store = open_store("memory", "run");
  const auto aheads_store = std::make_shared<Looked>(store);
  auto patient = settings();
  patient.lease_s = lease_s;
  Workers workers(patient);
  Result ahead, back;
  std::thread first([&] {
    StopsAfter observer(kLooksMax);
    EXPECT_NO_THROW(ahead = run_from(later, *make_pool_executor(aheads_store, patient), observer));
  });
  EXPECT_TRUE(test::eventually([&] { return incarnations(*store) == 1; }));
  std::thread second([&] {
    StopsAfter observer(kLooksMax);
    EXPECT_NO_THROW(back = run_with(*make_pool_executor(store, patient), observer));
  });
  EXPECT_TRUE(test::eventually([&] { return incarnations(*store) == 2; }));
  workers.add(store,
              [&, task = pool_task(Workers::job())](const Bytes& shared, std::uint32_t item, const Bytes& lent, Step at,
                                                    std::uint64_t count, const std::atomic<bool>& unwanted) mutable {
                const int before = aheads_store->looks;
                if (at.value == 0) {
                  EXPECT_TRUE(test::eventually([&] { return aheads_store->looks >= before + looks; }));
                  EXPECT_EQ(incarnations(*store), 2U) << "superseded while it was at work";
                }
                return task(shared, item, lent, at, count, unwanted);
              });
  second.join();
  first.join();
  EXPECT_EQ(back, expected);
  EXPECT_EQ(ahead.state, expected.state);
}

constexpr int kReads = 5;  ///< of incarnations, in one look

TEST(PoolServers, StretchesApartDoNotSupersedeEachOther) { expect_both_finish(2 * kReads, 2); }

TEST(PoolServers, ALongTaskIsNoRest) { expect_both_finish(6 * kReads, 1); }

TEST(PoolServers, OneThatIsGoneIsNotWaitedFor) {
  const State<ApartJob> later = later_state();
  const std::shared_ptr<Store> store = open_store("memory", "run");
  test::publish_and_leave(store, settings());
  ASSERT_EQ(incarnations(*store), 1U) << "nobody was further back";
  Workers workers(settings());
  workers.add(store);
  Observer observer;
  Result result;
  EXPECT_NO_THROW(result = run_from(later, *make_pool_executor(store, settings()), observer));
  EXPECT_EQ(result.state, serial().state);
}

TEST(PoolServers, BelieveNoSizesOrNumbers) {
  using Item = Lent<ApartJob>;
  const std::vector<std::function<void(Item&)>> lies{
      [](Item& item) { item.local.x = std::numeric_limits<double>::quiet_NaN(); },
      [](Item& item) { item.record.draws.resize(100); },
  };
  const std::shared_ptr<Store> store = open_store("memory", "run");
  for (const auto& lie : lies) {
    Workers workers;
    workers.add(store, [&, task = pool_task(Workers::job())](auto&&... arguments) mutable {
      auto item = unpack<Item>(*task(arguments...));
      lie(item);
      return pack(item);
    });
    try {
      run_with(*make_pool_executor(store, pool_settings()));
      ADD_FAILURE() << "it was believed";
    } catch (const StoreError& error) {
      EXPECT_NE(std::string(error.what()).find("is none of this run's items"), std::string::npos) << error.what();
    }
  }
  Workers workers;
  workers.add(store);
  EXPECT_EQ(run_with(*make_pool_executor(store, pool_settings())), serial()) << "they are met again";
}

TEST(PoolServers, SilenceEndsThemWhereverTheyAre) {
  constexpr int kLooks = 40;  // of a quarter of a second
  const State<ApartJob> later = later_state();
  const std::shared_ptr<Store> store = open_store("memory", "run");
  auto impatient = settings();
  impatient.silence_s = 1;
  std::thread first([&] {
    StopsAfter observer(kLooks);
    EXPECT_THROW(run_from(later, *make_pool_executor(store, impatient), observer), StoreError);
  });
  EXPECT_TRUE(test::eventually([&] { return incarnations(*store) >= 1; }));
  StopsAfter observer(kLooks);
  EXPECT_THROW(run_with(*make_pool_executor(store, impatient), observer), StoreError);
  first.join();
}

/// A server whose thread rounds upwards while it computes.
TEST(PoolServers, OneThatWasOvertakenComputesAsAllOthersDo) {
  class RoundsUp final : public Observer {
   public:
    void waits(double, const std::string&) override {
      ++waits_;
      std::fesetround(FE_UPWARD);
    }
    void progress(const Progress&) override { std::fesetround(FE_TONEAREST); }
    [[nodiscard]] int waited() const { return waits_; }

   private:
    int waits_ = 0;
  } observer;
  const std::shared_ptr<Store> store = open_store("memory", "run");
  Workers workers;
  workers.add(store);
  const Result expected = run_with(*make_pool_executor(store, pool_settings()));
  workers.stop();
  EXPECT_EQ(run_with(*make_pool_executor(store, pool_settings()), observer), expected);
  EXPECT_GT(observer.waited(), 0) << "it computed nothing";
}

}  // namespace
}  // namespace dovetail
