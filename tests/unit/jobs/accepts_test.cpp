// What workers answer is believed only in the sizes that the run has: every item that a run makes is accepted at every
// step, and none of them with any vector longer or shorter, or a point that is no number.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/jobs/lda_job.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/run/pool_task.hpp"
#include "dovetail/run/run.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/sampling_runs.hpp"

namespace dovetail::test {
namespace {

/// An archive that changes the length of the n-th vector that it meets.
class Resizes {
 public:
  Resizes(std::size_t which, bool longer) : left_(which), longer_(longer) {}
  [[nodiscard]] bool done() const { return done_; }

  template <class T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void operator()(T&) {}
  void operator()(std::string&) {}
  template <class T>
  void operator()(std::vector<T>& values) {
    // none before the first move, then one for each proposal, of which there may be one: both are right
    if (std::is_same_v<T, ProposalCount> && values.size() == (longer_ ? 0 : 1)) return;
    if (meets(values.empty())) return values.resize(longer_ ? values.size() + 1 : values.size() - 1);
    for (T& value : values) (*this)(value);
  }
  template <class T>
  void operator()(SharedVector<T>& values) {
    if (!meets(values.empty())) return;
    std::vector<T> other(values.begin(), values.end());
    other.resize(longer_ ? other.size() + 1 : other.size() - 1);
    values = SharedVector<T>(other);
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    if (value) (*this)(*value);
  }
  template <class T>
  requires requires(T& t, Resizes& r) { t.describe(r); }
  void operator()(T& value) { value.describe(*this); }

 private:
  bool meets(bool is_empty) {
    if (done_ || (is_empty && !longer_) || left_-- > 0) return false;
    return done_ = true;
  }
  std::size_t left_;
  bool longer_;
  bool done_ = false;
};

/// How many of the vectors of `lent` can change their length and still be accepted; `tried` counts them all.
template <Lendable J>
std::size_t overlooked(const J& job, const State<J>& state, ItemId item, const Lent<J>& lent, Step next,
                       std::size_t& tried) {
  std::size_t missed = 0;
  for (const bool longer : {false, true}) {
    for (std::size_t which = 0;; ++which) {
      Lent<J> wrong = lent;
      Resizes resizes(which, longer);
      try {
        wrong.describe(resizes);
      } catch (const CheckpointError&) {  // of bytes that are no item at all
        ++tried;
        continue;
      }
      if (!resizes.done()) break;
      ++tried;
      if (job.accepts(state.shared, item, wrong.local, wrong.record, next)) ++missed;
    }
  }
  return missed;
}

/// Goes through a run by hand.
template <Lendable J>
void expect_own_items_alone(const J& job) {
  const auto executor = make_serial_executor();
  State<J> state = begin(job, *executor);
  typename J::Scratch scratch{};
  std::size_t tried = 0;
  const auto look = [&](bool closely) {
    for (std::uint32_t i = 0; i < job.items(state.shared); ++i) {
      const ItemId item(i);
      const Lent<J> lent{state.locals[i], state.records[i]};
      ASSERT_TRUE(job.accepts(state.shared, item, lent.local, lent.record, state.step)) << state.step.value;
      EXPECT_FALSE(job.accepts(state.shared, item, lent.local, lent.record, Step(state.step.value + 1000000)));
      if (closely && i == 0) {
        EXPECT_EQ(overlooked(job, state, item, lent, state.step, tried), 0U) << state.step.value;
      }
    }
  };
  class Nowhere final : public Sink {
   public:
    void begin(std::span<const std::string>) override {}
    void write(const DrawBlock&) override {}
    std::uint64_t commit() override { return 0; }
    void rewind(std::uint64_t) override {}
    void drop_before(Round) override {}
  } nowhere;
  while (const std::uint64_t steps = job.steps(state.shared)) {
    detail::begin_round(job, state, *executor);
    for (std::uint64_t s = 0; s < steps; ++s) {
      look(s == 0 || s == steps / 2 || s + 1 == steps);
      for (std::uint32_t i = 0; i < job.items(state.shared); ++i) {
        job.advance(state.shared, ItemId(i), state.locals[i], state.records[i], state.step, scratch);
      }
      state.step = Step(state.step.value + 1);
      look(s == steps / 3 || s + 1 == steps);
      if (::testing::Test::HasFailure()) return;
      if ((s + 1) % 7 == 0) detail::drain(job, state, one_rank(), nowhere);
    }
    detail::drain(job, state, one_rank(), nowhere);
    detail::end_phase(job, state, *executor);
  }
  EXPECT_GT(tried, 100U) << "next to nothing was looked at";
}

class SampleJobAccepts : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Kernels, SampleJobAccepts,
                         ::testing::Values("nuts", "slice", "mh", "automala", "aaps", "de", "0.5*nuts|0.5*slice",
                                           "mh|hmc+slice"),
                         [](const auto& kernel) { return "kernel" + std::to_string(kernel.index); });

TEST_P(SampleJobAccepts, ItsOwnChainsAlone) {
  const auto model = make_model("builtin:mvn,d=3");
  SampleOptions options = options_for(GetParam());
  options.warmup = 60;
  options.draws = 130;
  for (const bool saves : {false, true}) {
    options.save_warmup = saves;
    options.thin = saves ? 3 : 1;
    expect_own_items_alone(SampleJob(*model, options));
  }
}

TEST(SampleAccepts, NoPointThatIsNoNumber) {
  const auto model = make_model("builtin:mvn,d=3");
  const SampleJob job(*model, options_for("nuts"));
  const auto executor = make_serial_executor();
  State<SampleJob> state = begin(job, *executor);
  detail::begin_round(job, state, *executor);
  for (const double bad : {std::numeric_limits<double>::infinity(), std::nan("")}) {
    Chain chain = state.locals[0];
    ASSERT_TRUE(job.accepts(state.shared, ItemId(0), chain, state.records[0], state.step));
    chain.state.x[1] = bad;
    EXPECT_FALSE(job.accepts(state.shared, ItemId(0), chain, state.records[0], state.step));
  }
}

class EpJobAccepts : public ::testing::TestWithParam<SiteEstimator> {};
INSTANTIATE_TEST_SUITE_P(Estimators, EpJobAccepts,
                         ::testing::Values(SiteEstimator::score, SiteEstimator::lap, SiteEstimator::gradient,
                                           SiteEstimator::moments, SiteEstimator::laplace),
                         [](const auto& by) { return "estimator" + std::to_string(by.index); });

EpOptions ep_options(SiteEstimator by) {
  EpOptions options;
  options.seed = seed_from_name();
  options.estimator = by;
  options.rounds = 2;
  options.draws = 60;
  options.warmup = 30;
  return options;
}

std::unique_ptr<DividedModel> sites() {
  return make_divided_model("builtin:hierarchical_normal", quantile_groups(8, 5, 0.1, 4),
                            {.by = "group", .sites_max = 4});
}

TEST_P(EpJobAccepts, ItsOwnSitesAlone) {
  const auto model = sites();
  expect_own_items_alone(EpJob(*model, ep_options(GetParam())));
}

TEST(EpAccepts, ItsOwnSitesAloneInEveryPhaseOfACorrection) {
  EpOptions options = ep_options(SiteEstimator::score);
  options.correct = 0.05;
  const auto model = sites();
  expect_own_items_alone(EpJob(*model, options));
}

TEST(EpAccepts, NoPointThatIsNoNumber) {
  const auto model = sites();
  const EpJob job(*model, ep_options(SiteEstimator::score));
  const auto executor = make_serial_executor();
  State<EpJob> state = begin(job, *executor);
  detail::begin_round(job, state, *executor);
  Site site = state.locals[0];
  ASSERT_TRUE(job.accepts(state.shared, ItemId(0), site, state.records[0], state.step));
  site.chains[0].point[0] = std::nan("");
  EXPECT_FALSE(job.accepts(state.shared, ItemId(0), site, state.records[0], state.step));
}

/// Documents of random words, and a job of three shards about them.
class LdaAccepts : public ::testing::Test {
 protected:
  static TopicModel corpus() {
    Rng rng({1, Purpose::test, ItemId(0), Step(0)});
    lda::CorpusBuilder builder;
    for (int d = 0; d < 20; ++d) {
      builder.begin_document(std::to_string(d));
      for (int i = 0; i < 15; ++i) builder.add("w" + std::to_string(rng.bits32() % 30), 1);
    }
    return {"corpus", builder.finish()};
  }
  static LdaOptions options(const TopicModel& model) {
    LdaOptions options;
    options.seed = seed_from_name();
    options.topics = 4;
    options.shards = 3;
    options.sweeps = 4;
    options.round_sweeps = 2;
    return resolved(options, model.corpus());
  }
  void begin_phase() { detail::begin_round(job_, state_, *executor_); }
  [[nodiscard]] Lent<LdaJob> lent(std::uint32_t i) const { return {state_.locals[i], state_.records[i]}; }
  [[nodiscard]] bool accepts(const Lent<LdaJob>& lent, std::uint64_t steps) const {
    return job_.accepts(state_.shared, ItemId(1), lent.local, lent.record, Step(state_.step.value + steps));
  }

  TopicModel model_ = corpus();
  LdaJob job_{model_, options(model_)};
  std::unique_ptr<Executor> executor_ = make_serial_executor();
  State<LdaJob> state_ = begin(job_, *executor_);
};

TEST_F(LdaAccepts, ItsOwnShardsAlone) { expect_own_items_alone(job_); }

TEST_F(LdaAccepts, NoCountsThatDisagree) {
  begin_phase();
  const Lent<LdaJob> before = lent(1);
  ASSERT_TRUE(accepts(before, 0));
  EXPECT_FALSE(accepts(before, 1)) << "nothing was drawn";
  Lent<LdaJob> wrong = before;
  wrong.local.topics[5] = 4;
  EXPECT_FALSE(accepts(wrong, 0)) << "a topic that there is not";
  wrong = before;
  wrong.record.rows = state_.shared.slices[0];  // not shard 1's in the first step
  EXPECT_FALSE(accepts(wrong, 0)) << "another slice";

  Lent<LdaJob> after = before;
  LdaJob::Scratch scratch;
  job_.advance(state_.shared, ItemId(1), after.local, after.record, state_.step, scratch);
  ASSERT_TRUE(accepts(after, 1));
  EXPECT_FALSE(accepts(after, 0)) << "drawn too early";
  wrong = after;
  wrong.record.change[0] += 1;
  wrong.record.change[1] -= 1;
  EXPECT_FALSE(accepts(wrong, 1)) << "totals that do not change as the slice does";
  wrong = after;
  wrong.record.rows = before.record.rows;
  EXPECT_FALSE(accepts(wrong, 1)) << "a slice that does not change as totals do";
  wrong = after;
  wrong.record.moved = 301;
  EXPECT_FALSE(accepts(wrong, 1)) << "more tokens than there are";
}

/// Whoever has one slice and what is shown of the rest computes the same bytes as whoever has all.
TEST_F(LdaAccepts, WorkOfThoseWhoHaveOneSlice) {
  begin_phase();
  const auto task = pool_task(job_);
  const std::atomic<bool> wanted = false;
  const Bytes shown = pack(job_.shown(state_.shared));
  EXPECT_LT(shown.size(), pack(state_.shared).size() / 2);
  LdaJob::Scratch scratch;
  for (std::uint32_t i = 0; i < 3; ++i) {
    Lent<LdaJob> own = lent(i);
    const auto elsewhere = task(shown, i, pack(own), state_.step, 1, wanted);
    job_.advance(state_.shared, ItemId(i), own.local, own.record, state_.step, scratch);
    ASSERT_TRUE(elsewhere);
    EXPECT_EQ(*elsewhere, pack(own)) << i;
  }
}

}  // namespace
}  // namespace dovetail::test
