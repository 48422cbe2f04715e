// Seeded schedules of kills: workers die and come, the server dies and is resumed, the store loses everything. The
// digest stays.
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <iostream>

#include "dovetail/core/rng.hpp"
#include "tests/pool/pool_command.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class PoolKill : public PoolCommand {
 protected:
  std::uint64_t draw(std::uint64_t below) { return rng_.bits64() % below; }
  Rng rng_{{seed_from_name(), Purpose::test, ItemId(0), Step(0)}};
};
INSTANTIATE_TEST_SUITE_P(Stores, PoolKill, ::testing::Values("dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });

TEST_P(PoolKill, AtSeededMomentsChangesNoBit) {
  const auto runs = pool_runs();
  std::vector<std::string> expected;
  for (const PoolRun& run_of : runs) {
    expected.push_back(undisturbed(run_of));
    fs::remove_all(folder_ / "undisturbed");
  }
  unsigned workers_killed = 0, servers_killed = 0, stores_lost = 0;
  for (unsigned schedule = 0; schedule < DOVETAIL_KILLS; ++schedule) {
    const std::size_t which = schedule % runs.size();
    const PoolRun& run_of = runs[which];
    std::vector<std::unique_ptr<Process>> workers;
    workers.push_back(start(worker(run_of)));
    workers.push_back(start(worker(run_of)));
    auto serves = start(first(run_of, "r"));
    bool is_first = true;
    // Each pause may be longer than the one before, so that a busy machine gets to the end too.
    for (std::uint64_t patience_us = 30000; serves->is_running(); patience_us += patience_us / 3) {
      const auto moment = Clock::now() + std::chrono::microseconds(draw(patience_us));
      if (!serves->wait_until([&] { return Clock::now() >= moment; })) break;
      // The first of every schedule in turn, so that each kind happens.
      const std::uint64_t drawn = draw(6);
      const std::uint64_t what = is_first ? schedule % 3 : drawn;
      is_first = false;
      if (what == 0) {
        ++stores_lost;
        backend_->wipe();
      } else if (what == 1) {
        ++servers_killed;
        serves->send(SIGKILL);
        static_cast<void>(serves->wait());
        const bool begun = fs::exists(folder_ / "r" / "manifest.json");
        if (!begun) fs::remove_all(folder_ / "r");
        serves = start(begun ? server({"resume", "r", "--quiet"}) : first(run_of, "r"));
      } else {
        ++workers_killed;
        auto& victim = workers[draw(workers.size())];
        victim->send(SIGKILL);
        static_cast<void>(victim->wait());
        victim = start(worker(run_of));
      }
    }
    const Ended served = serves->wait();
    ASSERT_EQ(served.exit_code, 0) << "schedule " << schedule << ": " << served.err;
    ASSERT_EQ(digest("r"), expected[which]) << "schedule " << schedule;
    workers.clear();
    fs::remove_all(folder_ / "r");
    backend_->wipe();
  }
  EXPECT_GT(workers_killed, 0U);
  EXPECT_GT(servers_killed, 0U);
  EXPECT_GT(stores_lost, 0U);
  RecordProperty("workers_killed", static_cast<int>(workers_killed));
  std::cout << DOVETAIL_KILLS << " schedules: " << workers_killed << " workers and " << servers_killed
            << " servers killed, " << stores_lost << " stores lost\n";
}

}  // namespace
}  // namespace dovetail::test
