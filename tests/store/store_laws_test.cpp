// The laws of the Store seam, for every member.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "dovetail/store/connection.hpp"
#include "tests/store/backend.hpp"

namespace dovetail {
namespace {

using test::bytes;
using test::eventually;

class StoreLaws : public test::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Members, StoreLaws, ::testing::Values("memory", "dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });
/// What is for stores that several processes see.
class SharedStoreLaws : public test::StoreTest {};
INSTANTIATE_TEST_SUITE_P(Members, SharedStoreLaws, ::testing::Values("dir", "redis"),
                         [](const auto& member) { return std::string(member.param); });

TEST_P(StoreLaws, AValueIsWrittenOnce) {
  const auto store = backend_->open();
  const auto other = backend_->open();
  EXPECT_EQ(store->get("a"), std::nullopt);
  EXPECT_EQ(store->put_if_absent("a", bytes("one")), Put::created);
  EXPECT_EQ(other->get("a"), bytes("one"));
  EXPECT_EQ(other->put_if_absent("a", bytes("one")), Put::was_there);
  EXPECT_THROW(other->put_if_absent("a", bytes("two")), StoreConflict);
  EXPECT_THROW(other->put_if_absent("a", bytes("on")), StoreConflict);
  EXPECT_THROW(other->put_if_absent("a", bytes("")), StoreConflict);
  EXPECT_EQ(store->get("a"), bytes("one"));
}

TEST_P(StoreLaws, AValueIsAnyBytesAndMayBeEmpty) {
  const auto store = backend_->open();
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (const std::string& text :
       {std::string(), std::string("\0\0", 2), std::string("$3\r\nabc\r\n"), all, std::string(1000000, '\r')}) {
    const std::string name = "v:" + std::to_string(text.size());
    EXPECT_EQ(store->put_if_absent(name, bytes(text)), Put::created);
    EXPECT_EQ(backend_->open()->get(name), bytes(text));
    EXPECT_EQ(store->put_if_absent(name, bytes(text)), Put::was_there);
  }
}

TEST_P(StoreLaws, NamesAreApart) {
  const auto store = backend_->open();
  const std::vector<std::string> names = {
      "a", "a:b", "a-b", "a_b", "ab", "a:b:c", "a:0", "a:00", std::string(200, 'x')};
  for (const std::string& name : names) EXPECT_EQ(store->put_if_absent(name, bytes(name)), Put::created);
  for (const std::string& name : names) EXPECT_EQ(store->get(name), bytes(name));
  EXPECT_EQ(backend_->open({}, "run-2")->get("a"), std::nullopt) << "of another run";
}

TEST_P(StoreLaws, ForeignNamesAreRefused) {
  const auto store = backend_->open();
  const std::vector<std::string> names = {"",
                                          ":",
                                          "a:",
                                          ":a",
                                          "a::b",
                                          "A",
                                          "a b",
                                          "../a",
                                          "a/b",
                                          "a.b",
                                          "a*",
                                          "a?",
                                          "a[b]",
                                          "{a}",
                                          "lease",
                                          "a\r\n",
                                          "\xc3\xa4",
                                          "lease:a",
                                          std::string(201, 'x'),
                                          std::string("a\0b", 3)};
  for (const std::string& name : names) {
    EXPECT_FALSE(is_store_name(name));
    EXPECT_THROW(static_cast<void>(store->get(name)), UsageError) << name;
    EXPECT_THROW(store->put_if_absent(name, bytes("x")), UsageError) << name;
    EXPECT_THROW(static_cast<void>(store->claim(name, 1)), UsageError) << name;
    EXPECT_THROW(static_cast<void>(store->wait_for(name, 1)), UsageError) << name;
    EXPECT_THROW(store->drop(std::vector{name}), UsageError) << name;
  }
  for (const char* run : {"", "a:b", "A", "*", "../x"}) EXPECT_THROW(backend_->open({}, run), UsageError) << run;
}

TEST_P(StoreLaws, SizesAreCapped) {
  StoreLimits limits;
  limits.value_max = 100;
  const auto store = backend_->open(limits);
  EXPECT_EQ(store->put_if_absent("fits", bytes(std::string(100, 'x'))), Put::created);
  EXPECT_EQ(store->get("fits")->size(), 100U);
  EXPECT_THROW(store->put_if_absent("large", bytes(std::string(101, 'x'))), UsageError);
}

TEST_P(SharedStoreLaws, WhatOthersPutInItsPlaceIsRefused) {
  StoreLimits limits;
  limits.value_max = 100;
  limits.patience_s = 0.5;
  const auto store = backend_->open(limits);
  backend_->plant_other("other");
  EXPECT_THROW(static_cast<void>(store->get("other")), StoreError);
  EXPECT_THROW(store->put_if_absent("other", bytes("x")), StoreError);
  backend_->plant("large", std::string(1000, 'x'));
  EXPECT_THROW(static_cast<void>(store->get("large")), StoreError);
  EXPECT_EQ(store->put_if_absent("fine", bytes("x")), Put::created) << "it goes on";
}

TEST_P(StoreLaws, DroppedValuesAreGone) {
  const auto store = backend_->open();
  for (const char* name : {"a", "b", "c"}) store->put_if_absent(name, bytes(name));
  store->drop(std::vector<std::string>{"a", "b", "never-there"});
  EXPECT_EQ(store->get("a"), std::nullopt);
  EXPECT_EQ(store->get("b"), std::nullopt);
  EXPECT_EQ(store->get("c"), bytes("c"));
  EXPECT_EQ(store->put_if_absent("a", bytes("new")), Put::created);
  EXPECT_TRUE(store->claim("a", 60));
  store->drop(std::vector<std::string>{"a"});
  EXPECT_TRUE(store->claim("a", 60)) << "leases too";
  store->drop_run();
  EXPECT_EQ(store->get("a"), std::nullopt);
  EXPECT_EQ(store->get("c"), std::nullopt);
  EXPECT_TRUE(store->claim("a", 60)) << "leases too";
}

TEST_P(StoreLaws, DroppingARunLeavesOthers) {
  const auto store = backend_->open();
  const auto other = backend_->open({}, "run2");
  store->put_if_absent("a", bytes("a"));
  other->put_if_absent("a", bytes("b"));
  store->drop_run();
  EXPECT_EQ(other->get("a"), bytes("b"));
}

TEST_P(StoreLaws, WaitingEndsWithTheValueOrWithoutOne) {
  const auto store = backend_->open();
  EXPECT_EQ(store->wait_for("a", 0), std::nullopt);
  EXPECT_EQ(store->wait_for("a", 0.02), std::nullopt);
  std::thread later([&] { backend_->open()->put_if_absent("a", bytes("x")); });
  EXPECT_EQ(store->wait_for("a", 60), bytes("x"));
  later.join();
  EXPECT_EQ(store->wait_for("a", 0), bytes("x"));
}

TEST_P(StoreLaws, ALeaseHasOneHolder) {
  const auto store = backend_->open();
  const auto other = backend_->open();
  const auto lease = store->claim("a", 60);
  ASSERT_TRUE(lease);
  EXPECT_FALSE(other->claim("a", 60));
  EXPECT_FALSE(store->claim("a", 60)) << "nor for the holder itself";
  EXPECT_TRUE(other->claim("b", 60)) << "another name";
  EXPECT_EQ(store->get("a"), std::nullopt) << "leases are apart from values";
  EXPECT_TRUE(store->renew(*lease));
  EXPECT_FALSE(other->claim("a", 60));
  store->release(*lease);
  EXPECT_FALSE(store->renew(*lease));
  const auto next = other->claim("a", 60);
  ASSERT_TRUE(next);
  EXPECT_GT(next->fence, lease->fence);
  EXPECT_NE(next->holder, lease->holder);
}

TEST_P(StoreLaws, AnExpiredLeaseIsTakenOverWithAHigherFence) {
  const auto store = backend_->open();
  const auto other = backend_->open();
  std::uint64_t fence = 0;
  for (int holder = 0; holder < 3; ++holder) {
    std::optional<Lease> lease;
    ASSERT_TRUE(eventually([&] { return (lease = store->claim("a", 0.02)).has_value(); }));
    EXPECT_GT(lease->fence, fence);
    std::optional<Lease> next;
    ASSERT_TRUE(eventually([&] { return (next = other->claim("a", 60)).has_value(); }));
    EXPECT_GT(next->fence, lease->fence);
    EXPECT_FALSE(store->renew(*lease)) << "it ran out";
    store->release(*lease);  // late: nothing may happen
    EXPECT_FALSE(store->claim("a", 60));
    EXPECT_TRUE(other->renew(*next));
    fence = next->fence;
    other->release(*next);
  }
}

TEST_P(StoreLaws, WhatRanOutCannotBeRenewedEvenIfNobodyTookIt) {
  const auto store = backend_->open();
  const auto lease = store->claim("a", 0.02);
  ASSERT_TRUE(lease);
  EXPECT_EQ(store->wait_for("never-put", 0.1), std::nullopt);
  EXPECT_FALSE(store->renew(*lease));
}

TEST_P(StoreLaws, RenewalsKeepALeaseBeyondItsLength) {
  const auto store = backend_->open();
  const auto other = backend_->open();
  const auto lease = store->claim("a", 1);
  ASSERT_TRUE(lease);
  const auto end = detail::deadline_in(1.5);
  while (detail::seconds_to(end) > 0) {
    ASSERT_TRUE(store->renew(*lease));
    EXPECT_FALSE(other->claim("a", 1));
    ::usleep(20000);
  }
}

TEST_P(StoreLaws, TheLateWriteOfAnExpiredHolderChangesNothing) {
  const auto store = backend_->open();
  const auto other = backend_->open();
  ASSERT_TRUE(store->claim("task", 0.02));
  std::optional<Lease> next;
  ASSERT_TRUE(eventually([&] { return (next = other->claim("task", 60)).has_value(); }));
  other->put_if_absent("out", bytes("result"));
  EXPECT_EQ(store->put_if_absent("out", bytes("result")), Put::was_there);
  EXPECT_THROW(store->put_if_absent("out", bytes("another")), StoreConflict);
  EXPECT_EQ(other->get("out"), bytes("result"));
}

TEST_P(StoreLaws, LengthsOfLeasesHaveLimits) {
  const auto store = backend_->open();
  for (const double seconds : {0.0, -1.0, 1e9, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(static_cast<void>(store->claim("a", seconds)), UsageError);
  }
}

TEST_P(StoreLaws, OfManyThreadsOneClaimsAndOneCreates) {
  constexpr int kThreads = 8;
  constexpr int kNames = 20;
  std::array<std::atomic<int>, kNames> claimed{}, created{}, conflicts{};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, store = backend_->open(), t] {
      for (int i = 0; i < kNames; ++i) {
        const std::string name = "n:" + std::to_string(i);
        if (store->claim(name, 60)) ++claimed[static_cast<std::size_t>(i)];
        try {
          if (store->put_if_absent(name, bytes(std::to_string(t))) == Put::created)
            ++created[static_cast<std::size_t>(i)];
        } catch (const StoreConflict&) {
          ++conflicts[static_cast<std::size_t>(i)];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < kNames; ++i) {
    EXPECT_EQ(claimed[i], 1);
    EXPECT_EQ(created[i], 1);
    EXPECT_EQ(conflicts[i], kThreads - 1);
  }
}

TEST_P(StoreLaws, ThreadsMayShareOneStore) {
  const auto store = backend_->open();
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = std::to_string(t) + ":" + std::to_string(i);
        store->put_if_absent(name, bytes(name));
        if (store->get(name) != bytes(name)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(SharedStoreLaws, ProcessesHoldALeaseOneAfterTheOther) {
  constexpr int kProcesses = 4;
  constexpr int kTurns = 5;
  const std::string inside = folder_ / "inside";
  const std::string fences = folder_ / "fences";
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    if (child == 0) {
      int faults = 0;
      try {
        const auto store = backend_->open();
        for (int turn = 0; turn < kTurns; ++turn) {
          std::optional<Lease> lease;
          if (!eventually([&] { return (lease = store->claim("a", 60)).has_value(); })) ++faults;
          const int file = ::open(inside.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
          if (file < 0) ++faults;  // another is inside
          ::close(file);
          std::ofstream(fences, std::ios::app) << (lease ? lease->fence : 0) << '\n';
          ::unlink(inside.c_str());
          if (lease) store->release(*lease);
        }
      } catch (const std::exception&) {
        faults = 100;
      }
      ::_exit(faults);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  std::ifstream in(fences);
  std::uint64_t last = 0;
  int count = 0;
  for (std::uint64_t fence = 0; in >> fence; ++count) {
    EXPECT_GT(fence, last);
    last = fence;
  }
  EXPECT_EQ(count, kProcesses * kTurns);
}

TEST_P(SharedStoreLaws, OfManyProcessesOneCreates) {
  constexpr int kNames = 20;
  std::vector<pid_t> children;
  for (int p = 0; p < 4; ++p) {
    const pid_t child = ::fork();
    if (child == 0) {
      int created = 0;
      try {
        const auto store = backend_->open();
        for (int i = 0; i < kNames; ++i) {
          try {
            created += store->put_if_absent("n:" + std::to_string(i), bytes(std::to_string(p))) == Put::created ? 1 : 0;
          } catch (const StoreConflict&) {
          }
        }
      } catch (const std::exception&) {
        created = 100;
      }
      ::_exit(created);
    }
    children.push_back(child);
  }
  int created = 0;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    created += WEXITSTATUS(status);
  }
  EXPECT_EQ(created, kNames);
}

}  // namespace
}  // namespace dovetail
