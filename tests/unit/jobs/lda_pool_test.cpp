// Shards lent to workers over a store: the bytes of one thread, whoever works and dies, and how many bytes travel.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/execute/pool.hpp"
#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/run/pool_task.hpp"
#include "dovetail/run/run.hpp"
#include "dovetail/store/store.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

TopicModel corpus_of(int documents, int tokens) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  lda::CorpusBuilder builder;
  for (int d = 0; d < documents; ++d) {
    builder.begin_document(std::to_string(d));
    for (int i = 0; i < tokens; ++i) builder.add("w" + std::to_string(rng.bits32() % 400 + d % 5 * 200), 1);
  }
  return {"corpus", builder.finish()};
}

LdaOptions options_of(const TopicModel& model, std::uint32_t shards, std::uint32_t sweeps) {
  LdaOptions options;
  options.seed = test::seed_from_name(shards);
  options.topics = 6;
  options.shards = shards;
  options.sweeps = sweeps;
  options.round_sweeps = sweeps / 2;
  return resolved(options, model.corpus());
}

/// The state at the end of a run.
Bytes run_by(const LdaJob& job, Executor& executor) {
  class Nowhere final : public Sink {
   public:
    void begin(std::span<const std::string>) override {}
    void write(const DrawBlock&) override {}
    [[nodiscard]] std::uint64_t commit() override { return 0; }
    void rewind(std::uint64_t) override {}
    void drop_before(Round) override {}
  } nowhere;
  Observer quiet;
  State<LdaJob> state = begin(job, executor);
  EXPECT_EQ(run(job, state, Surroundings<LdaJob>{executor, nowhere, quiet, {}, {}, 0}), StopReason::finished);
  EXPECT_EQ(job.fault_of(state.shared, state.locals), "") << "counts are those of the topics";
  executor.end();
  return pack(state);
}

PoolSettings pool_settings(double lease_s) {
  PoolSettings settings;
  settings.header.identity = {{"test", "1"}};
  settings.lease_s = lease_s;
  return settings;
}
constexpr double kShort = 0.2;  ///< so that tasks of the dead soon fall to others
constexpr double kLong = 60;    ///< so that nobody asks again for what is done

/// What ends a worker as death would: nothing is put, and its lease stays.
struct Death {};

/// Threads that work until the run has ended; the first dies at its `fatal`-th task, where that is not 0.
class Workers {
 public:
  Workers(const LdaJob& job, std::shared_ptr<Store> store, double lease_s, int count, int fatal) {
    for (int w = 0; w < count; ++w) {
      PoolTask task = pool_task(job);
      if (w == 0 && fatal > 0) {
        task = [task, left = fatal](const Bytes& shared, std::uint32_t item, const Bytes& lent, Step first,
                                    std::uint64_t steps, const std::atomic<bool>& unwanted) mutable {
          if (--left == 0) throw Death();
          return task(shared, item, lent, first, steps, unwanted);
        };
      }
      threads_.emplace_back([store, lease_s, task = std::move(task)] {
        const PoolSettings settings = pool_settings(lease_s);
        try {
          EXPECT_TRUE(work_in_pool(*store, settings, task, [] { return false; }));
        } catch (const Death&) {  // which nobody hears of
        }
      });
    }
  }
  ~Workers() {
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

 private:
  std::vector<std::thread> threads_;
};

/// Another store, which counts the bytes of values that pass.
class Counted final : public Store {
 public:
  explicit Counted(std::unique_ptr<Store> inner) : Store("counted", StoreLimits()), inner_(std::move(inner)) {}
  void drop_run() override { inner_->drop_run(); }
  std::atomic<std::uint64_t> bytes = 0;

 private:
  std::optional<Bytes> do_get(const std::string& name) override {
    auto value = inner_->get(name);
    if (value) bytes += value->size();
    return value;
  }
  bool do_create(const std::string& name, std::span<const std::byte> value) override {
    if (inner_->get(name) || inner_->put_if_absent(name, value) != Put::created) return false;
    bytes += value.size();
    return true;
  }
  void do_drop(std::span<const std::string> names) override { inner_->drop(names); }
  std::optional<Lease> do_claim(Lease wanted) override { return inner_->claim(wanted.name, wanted.seconds); }
  bool do_renew(const Lease& lease) override { return inner_->renew(lease); }
  void do_release(const Lease& lease) override { inner_->release(lease); }

  std::unique_ptr<Store> inner_;
};

TEST(LdaPool, ComesToTheBytesOfOneThreadWithAnyWorkersOneOfThemDead) {
  const TopicModel model = corpus_of(60, 40);
  for (const std::uint32_t shards : {1U, 3U}) {
    const LdaJob job(model, options_of(model, shards, 60));  // priors are learnt at its end
    const Bytes wanted = run_by(job, *make_serial_executor());
    for (const int count : {1, 2, 3, 7}) {
      const std::shared_ptr<Store> store = open_store("memory", "topics");
      const auto executor = make_pool_executor(store, pool_settings(kShort));
      const Workers workers(job, store, kShort, count, count > 1 ? 3 : 0);
      EXPECT_EQ(run_by(job, *executor), wanted) << shards << " shards, " << count << " workers";
    }
  }
}

double bytes_of(const std::vector<SharedVector<std::uint32_t>>& slices) {
  double bytes = 0;
  for (const auto& slice : slices)
    bytes += static_cast<double>(lda::bytes_of_rows({slice.data(), slice.size()}).size());
  return bytes;
}

/// The formula of docs/lda.md, "Workers that meet in a store". Frames and lengths are 272 bytes for each shard and
/// step; what is asked for while somebody waits is in the tolerance.
TEST(LdaPool, SendsTheBytesThatTheGuideTells) {
  const TopicModel model = corpus_of(500, 60);
  const auto tokens = static_cast<double>(model.corpus().tokens);
  for (const std::uint32_t shards : {2U, 4U}) {
    const LdaOptions options = options_of(model, shards, 4);
    const LdaJob job(model, options);
    const auto store = std::make_shared<Counted>(open_store("memory", "topics"));
    Bytes end;
    {
      const auto executor = make_pool_executor(store, pool_settings(kLong));
      const Workers worker(job, store, kLong, 1, 0);
      end = run_by(job, *executor);
    }
    const double rows = (bytes_of(job.begin_shared().slices) + bytes_of(unpack<State<LdaJob>>(end).shared.slices)) / 2;
    const double s = shards;
    const double k = options.topics;
    const double predicted = s * (8 * tokens + 4 * rows + 16 * k * (s + 2) + 272 * s);
    const double measured = static_cast<double>(store->bytes) / options.sweeps;
    EXPECT_NEAR(measured / predicted, 1, 0.05) << measured / tokens << " bytes a token and sweep";
    RecordProperty("bytes_per_token_and_sweep_" + std::to_string(shards), std::to_string(measured / tokens));
  }
}

}  // namespace
}  // namespace dovetail
