// What a worker does when nobody waits for its task any more, and how it keeps its lease.
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "tests/store/pool_fixture.hpp"

namespace dovetail {
namespace {

using test::eventually;
using test::Front;
using test::pool_settings;
using test::publish_and_leave;
using test::Workers;

/// A stretch of a server that has gone, and one worker in this thread.
class PoolWorkers : public ::testing::Test {
 protected:
  PoolWorkers() {
    publish_and_leave(store_);
    at_ = *pool::find_incarnation(*store_, 1);
  }
  /// As a server does that goes on from another step, and ends there.
  void announce_another() {
    const pool::Incarnation next{1000, 1};
    store_->put_if_absent(pool::incarnation_name(2), seal(MessageKind::incarnation, next));
    store_->put_if_absent(pool::end_name(next), seal_bytes(MessageKind::end, {}));
  }
  [[nodiscard]] std::string task(std::uint32_t i) const { return pool::outcome_name(at_, 0, i); }
  /// As a server that has all outcomes.
  void go_on() {
    const auto here = *pool::find<pool::Stretch>(*store_, MessageKind::stretch, pool::stretch_name(at_, 0));
    store_->put_if_absent(pool::stretch_name(at_, here.count), seal(MessageKind::stretch, here));
    store_->put_if_absent(pool::end_name(at_), seal_bytes(MessageKind::end, {}));
  }

  std::shared_ptr<Store> store_ = open_store("memory", "run");
  pool::Incarnation at_;
  PoolTask inner_ = pool_task(Workers::job());
};

TEST_F(PoolWorkers, LeaveWhatServersHaveLeft) {
  int tasks = 0;
  const PoolTask counted = [&](auto&&... arguments) {
    if (++tasks == 1) announce_another();
    return inner_(arguments...);
  };
  EXPECT_TRUE(work_in_pool(*store_, pool_settings(), counted, [] { return false; }));
  EXPECT_EQ(tasks, 1);
  EXPECT_FALSE(store_->get(task(0))) << "it stays there for good";
}

TEST_F(PoolWorkers, GiveUpWhatWasLeftMeanwhile) {
  const PoolTask waits = [&](const Bytes&, std::uint32_t, const Bytes&, Step, std::uint64_t,
                             const std::atomic<bool>& unwanted) -> std::optional<Bytes> {
    announce_another();
    EXPECT_TRUE(eventually([&] { return unwanted.load(); }));
    return std::nullopt;
  };
  EXPECT_TRUE(work_in_pool(*store_, pool_settings(), waits, [] { return false; }));
}

TEST_F(PoolWorkers, GiveUpWhatAServerDoesNotWaitFor) {
  bool is_first = true;
  const PoolTask waits = [&](const Bytes& shared, std::uint32_t item, const Bytes& lent, Step first,
                             std::uint64_t count, const std::atomic<bool>& unwanted) {
    if (std::exchange(is_first, false)) {
      go_on();
      EXPECT_TRUE(eventually([&] { return unwanted.load(); }));
    }
    return inner_(shared, item, lent, first, count, false);
  };
  bool ended = false;
  EXPECT_FALSE(work_in_pool(*store_, pool_settings(), waits, [&] { return std::exchange(ended, !is_first); }));
  EXPECT_FALSE(store_->get(task(0))) << "it stays there for good";
}

TEST_F(PoolWorkers, ATaskThatNobodyWantsIsGivenUp) {
  const auto shared = pack(Workers::job().begin_shared());
  const auto lent = pack(Lent<test::ApartJob>{});
  EXPECT_TRUE(inner_(shared, 0, lent, Step(0), 3, false));
  EXPECT_FALSE(inner_(shared, 0, lent, Step(0), 3, true));
}

TEST_F(PoolWorkers, RefuseWhatIsNoneOfTheRunsItems) {
  const auto shared = pack(Workers::job().begin_shared());
  Lent<test::ApartJob> lent;
  EXPECT_TRUE(inner_(shared, 6, pack(lent), Step(0), 1, false));
  EXPECT_THROW(inner_(shared, 7, pack(lent), Step(0), 1, false), CheckpointError) << "there are seven";
  lent.local.x = std::numeric_limits<double>::infinity();
  EXPECT_THROW(inner_(shared, 6, pack(lent), Step(0), 1, false), CheckpointError);
}

/// Out of reach, the first times that a lease is renewed.
class Unsteady final : public Front {
 public:
  using Front::Front;
  std::atomic<int> renewals = 0;

 private:
  bool do_renew(const Lease& lease) override {
    if (++renewals <= 2) throw StoreError("out of reach");
    return Front::do_renew(lease);
  }
};

TEST_F(PoolWorkers, RenewAfterAFailure) {
  Unsteady unsteady(store_);
  const PoolTask waits = [&](auto&&...) -> std::optional<Bytes> {
    EXPECT_TRUE(eventually([&] { return unsteady.renewals >= 4; }));
    return std::nullopt;
  };
  EXPECT_FALSE(work_in_pool(unsteady, pool_settings(), waits, [&] { return unsteady.renewals > 0; }));
}

class Claims final : public Front {
 public:
  using Front::Front;
  std::atomic<int> claims = 0;

 private:
  std::optional<Lease> do_claim(Lease wanted) override {
    ++claims;
    return Front::do_claim(std::move(wanted));
  }
};

TEST_F(PoolWorkers, ClaimAgainWhatHasRunOut) {
  Claims counted(store_);
  auto longer = pool_settings();
  longer.lease_s = 3;
  const PoolTask waits = [&](auto&&...) -> std::optional<Bytes> {
    store_->drop(std::vector{task(0)});
    EXPECT_TRUE(eventually([&] { return counted.claims == 2; }));
    return std::nullopt;
  };
  EXPECT_FALSE(work_in_pool(counted, longer, waits, [&] { return counted.claims >= 2; }));
  EXPECT_TRUE(store_->claim(task(0), 1)) << "the lease that counts was not given back";
}

TEST(LateWorkers, ReadWhatHasBeenDoneAndWriteNothing) {
  const std::shared_ptr<Store> store = open_store("memory", "run");
  Workers workers;
  workers.add(store);
  const auto executor = make_pool_executor(store, pool_settings());
  EXPECT_EQ(test::run_with(*executor), test::serial());
  workers.stop();
  executor->end();
  Claims counted(store);
  EXPECT_TRUE(work_in_pool(counted, pool_settings(), pool_task(Workers::job()), [] { return false; }));
  EXPECT_EQ(counted.claims, 0);
}

}  // namespace
}  // namespace dovetail
