// What warm-up hands from window to window: the metric of its rule, pooled proposals, a step size that is found,
// adapted and settled.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/kernel/dual_averaging.hpp"
#include "dovetail/math/lower_triangle.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/run/run.hpp"
#include "dovetail/store/hash.hpp"
#include "tests/support/sampling_runs.hpp"

namespace dovetail::test {
namespace {

/// A job walked through its warm-up by hand, so that what chains report and what is made of it can be looked at.
class WarmUp {
 public:
  WarmUp(const std::string& model, const std::string& kernel, WarmUpScheme scheme = WarmUpScheme::fisher)
      : model_(make_model(model)), job(*model_, options_for(kernel, scheme)), shared(job.begin_shared()) {
    for (std::uint32_t c = 0; c < job.items(shared); ++c) {
      chains.push_back(job.begin_local(shared, ItemId(c), scratch_));
    }
  }

  void begin_window() {
    records.assign(chains.size(), ChainRecord());
    for (std::uint32_t c = 0; c < chains.size(); ++c) job.begin_round(shared, ItemId(c), chains[c], records[c]);
  }
  /// To the end of the window; what the chains say there.
  SampleJob::Outcome run_window() {
    const std::uint64_t end = shared.iterations + job.steps(shared);
    SampleJob::Outcome reports;
    for (std::uint32_t c = 0; c < chains.size(); ++c) {
      for (std::uint64_t t = shared.iterations; t < end; ++t) {
        job.advance(shared, ItemId(c), chains[c], records[c], Step(t), scratch_);
      }
      reports = job.merge(std::move(reports), job.report(shared, ItemId(c), chains[c], records[c]));
    }
    return reports;
  }
  void finish() {
    while (job.in_warm_up(shared)) {
      begin_window();
      shared = job.update(shared, run_window());
    }
  }

 private:
  static SampleOptions options_for(const std::string& kernel, WarmUpScheme scheme) {
    SampleOptions options;
    options.seed = seed_from_name();
    options.kernel = kernel;
    options.scheme = scheme;
    options.warmup = 200;
    options.draws = 1;
    return options;
  }

  std::unique_ptr<Model> model_;
  SampleJob::Scratch scratch_;

 public:
  SampleJob job;
  SampleShared shared;
  std::vector<Chain> chains;
  std::vector<ChainRecord> records;
};

std::size_t different(const std::vector<Tuning>& tunings, auto member) {
  std::set<std::string> kinds;
  for (const Tuning& tuning : tunings) kinds.insert(to_hex(sha256(pack(tuning.*member))));
  return kinds.size();
}

/// The largest distance of an element of the metric's covariance from that of N(0, I / 10).
double distance_from_tenth(const Metric& metric, std::size_t m) {
  const auto at = [&](std::size_t i, std::size_t j) { return double{metric.factor[math::packed_index(i, j)]}; };
  double worst = 0;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      double s = 0;
      for (std::size_t k = 0; k <= std::min(i, j); ++k) s += at(i, k) * at(j, k);
      s *= metric.scale[i] * metric.scale[j];
      worst = std::max(worst, std::fabs(s - (i == j ? 0.1 : 0)));
    }
  }
  return worst;
}

// Of this law the Fisher metric is the covariance whatever the draws, up to rounding. The last one is moved from there
// towards the covariance of the n draws of all chains (docs/maths/warm-up.md section 4), at most as far as that is
// wrong: standard error 0.1 sqrt(2 / n_e), n_e = n / 2 as there.
TEST(SampleWarmUp, FreezesTheCovarianceOfANormalLawForAllChains) {
  WarmUp warm_up("builtin:mvn,d=5", "nuts");
  int exact = 0;
  while (warm_up.job.in_warm_up(warm_up.shared)) {
    const WarmUpWindow window = warm_up.job.windows()[warm_up.shared.round];
    warm_up.begin_window();
    warm_up.shared = warm_up.job.update(warm_up.shared, warm_up.run_window());
    if (!window.updates_metric) continue;
    const auto n = static_cast<double>(warm_up.chains.size() * (window.end - window.from));
    const double limit = window.last_metric ? z_limit(25) * 0.1 * std::sqrt(2 / (n / 2)) : 1e-6;
    for (const Tuning& tuning : warm_up.shared.tuning) {
      ASSERT_EQ(tuning.metric.kind, MetricKind::dense);
      EXPECT_LT(distance_from_tenth(tuning.metric, 5), limit) << "window to " << window.end;
    }
    exact += window.last_metric ? 0 : 1;
  }
  EXPECT_GT(exact, 2);
  EXPECT_EQ(different(warm_up.shared.tuning, &Tuning::metric), 1U);
}

// Each window's metric is what the rule for that window makes of the draws reported: none other is frozen on the way.
TEST(SampleWarmUp, GivesEveryChainTheMetricOfTheWindowsRule) {
  for (const WarmUpScheme scheme : {WarmUpScheme::fisher, WarmUpScheme::stan}) {
    WarmUp warm_up("builtin:eight_schools", "nuts", scheme);
    int metrics = 0;
    while (warm_up.job.in_warm_up(warm_up.shared)) {
      const WarmUpWindow window = warm_up.job.windows()[warm_up.shared.round];
      warm_up.begin_window();
      const SampleJob::Outcome reports = warm_up.run_window();
      const SampleShared next = warm_up.job.update(warm_up.shared, reports);
      std::vector<ChainMoments> moments;
      for (const ChainReport& report : reports) moments.push_back(report.window);
      for (std::size_t c = 0; c < reports.size(); ++c) {
        Metric expected = warm_up.shared.tuning[c].metric;
        if (window.updates_metric) {
          const MetricRule rule = scheme == WarmUpScheme::stan ? MetricRule::stan
                                  : window.last_metric         ? MetricRule::fisher_last
                                                               : MetricRule::fisher;
          const Pooling pooling = scheme == WarmUpScheme::stan ? Pooling::none : Pooling::guarded;
          expected = estimate_metrics(moments, rule, pooling).of_chain(c);
          ++metrics;
        }
        EXPECT_EQ(pack(next.tuning[c].metric), pack(expected)) << "window to " << window.end << ", chain " << c;
      }
      warm_up.shared = next;
    }
    EXPECT_GT(metrics, 4);
  }
}

// Where no gradient is left behind, positions alone must do.
TEST(SampleWarmUp, UsesDrawsAloneWhereSomeChainHasNoGradients) {
  WarmUp warm_up("builtin:mvn,d=5", "nuts");
  while (!warm_up.job.windows()[warm_up.shared.round].updates_metric) {
    warm_up.begin_window();
    warm_up.shared = warm_up.job.update(warm_up.shared, warm_up.run_window());
  }
  warm_up.begin_window();
  SampleJob::Outcome reports = warm_up.run_window();
  const auto forget_gradients = [](ChainMoments& moments) {
    moments.gradient_mean.clear();
    moments.gradient_squares.clear();
  };
  forget_gradients(reports[1].window);
  std::vector<ChainMoments> moments;
  for (const ChainReport& report : reports) forget_gradients(moments.emplace_back(report.window));
  const MetricEstimate expected = estimate_metrics(moments, MetricRule::positions, Pooling::guarded);
  const SampleShared next = warm_up.job.update(warm_up.shared, reports);
  for (std::size_t c = 0; c < reports.size(); ++c) {
    EXPECT_EQ(pack(next.tuning[c].metric), pack(expected.of_chain(c)));
  }
}

TEST(SampleWarmUp, FindsAStepSizeForEachNewMetricAndSettlesAtTheEnd) {
  for (const WarmUpScheme scheme : {WarmUpScheme::fisher, WarmUpScheme::stan}) {
    WarmUp warm_up("builtin:eight_schools", "nuts", scheme);
    bool anew = true;
    while (warm_up.job.in_warm_up(warm_up.shared)) {
      const WarmUpWindow window = warm_up.job.windows()[warm_up.shared.round];
      warm_up.begin_window();
      for (std::size_t c = 0; c < warm_up.chains.size(); ++c) {
        const Tuning& before = warm_up.shared.tuning[c];
        const Tuning& found = warm_up.chains[c].tuning;
        const std::uint64_t looks = warm_up.records[c].kernel.gradients;
        EXPECT_EQ(looks > 0, anew) << "window to " << window.end;
        EXPECT_EQ(found.averaging.count, anew ? 0U : before.averaging.count);
      }
      const SampleJob::Outcome reports = warm_up.run_window();
      warm_up.shared = warm_up.job.update(warm_up.shared, reports);
      for (std::size_t c = 0; c < reports.size(); ++c) {
        const Tuning& adapted = reports[c].tuning;
        const bool over = !warm_up.job.in_warm_up(warm_up.shared);
        EXPECT_EQ(warm_up.shared.tuning[c].step_size, over ? settled_step_size(adapted.averaging) : adapted.step_size);
        EXPECT_NE(adapted.step_size, settled_step_size(adapted.averaging)) << over;
      }
      anew = window.updates_metric;
    }
  }
}

TEST(SampleWarmUp, PoolsWhatProposalsHaveLearnt) {
  WarmUp warm_up("builtin:mvn,d=3", "mh");
  while (warm_up.job.in_warm_up(warm_up.shared)) {
    warm_up.begin_window();
    const SampleJob::Outcome reports = warm_up.run_window();
    std::vector<Tuning> learnt;
    for (const ChainReport& report : reports) learnt.push_back(report.tuning);
    EXPECT_EQ(different(learnt, &Tuning::proposals), reports.size());
    warm_up.shared = warm_up.job.update(warm_up.shared, reports);
    std::vector<Tuning> pooled = warm_up.shared.tuning;
    for (Tuning& tuning : pooled) {
      for (ProposalTuning& proposal : tuning.proposals) proposal.mean.clear();  // each chain keeps its own
    }
    EXPECT_EQ(different(pooled, &Tuning::proposals), 1U);
    EXPECT_EQ(different(pooled, &Tuning::scale), 1U);
    EXPECT_NE(pack(warm_up.shared.tuning.front().proposals), pack(learnt.front().proposals));
  }
}

// What a window's metric is estimated from: the draws of its plan and no others.
TEST(SampleWindow, RemembersTheDrawsOfItsPlan) {
  const auto model = make_model("builtin:eight_schools");
  SampleOptions options = options_for("nuts");
  options.warmup = 150;
  options.draws = 1;
  const SampleJob job(*model, options);
  const auto executor = make_serial_executor();
  State<SampleJob> state = begin(job, *executor);
  std::vector<SampleJob::Scratch> scratch(1);
  for (const WarmUpWindow& window : job.windows()) {
    const std::uint64_t start = state.step.value;
    state.records.assign(options.chains, ChainRecord());
    for (std::uint32_t c = 0; c < options.chains; ++c) {
      job.begin_round(state.shared, ItemId(c), state.locals[c], state.records[c]);
      for (std::uint64_t t = start; t < window.end; ++t) {
        job.advance(state.shared, ItemId(c), state.locals[c], state.records[c], Step(t), scratch[0]);
      }
    }
    const auto report = job.report(state.shared, ItemId(0), state.locals[0], state.records[0]);
    if (window.updates_metric) {
      EXPECT_EQ(report[0].window.n, window.end - window.from) << "window to " << window.end;
      EXPECT_EQ(report[0].window.gradient_mean.size(), model->dimension());
    }
    SampleJob::Outcome all;
    for (std::uint32_t c = 0; c < options.chains; ++c) {
      all = job.merge(std::move(all), job.report(state.shared, ItemId(c), state.locals[c], state.records[c]));
    }
    state.shared = job.update(state.shared, all);
    state.step = Step(window.end);
  }
}

}  // namespace
}  // namespace dovetail::test
