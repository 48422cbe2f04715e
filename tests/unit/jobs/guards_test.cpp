// What keeps a run from looking right when it is not: starts on the lattice, states that can leave, two legs by
// default, a pool that drops unsettled rounds, two targets that count as one chain.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/columns.hpp"
#include "dovetail/jobs/failures.hpp"
#include "dovetail/jobs/option_checks.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/kernel/compose.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/output/digest.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

/// A count without bounds, another with two bounds and an angle; no sampler for their prior.
struct Lattice {
  std::vector<Parameter> parameters() const {
    return {{"count", integers(-kInfinity, kInfinity)}, {"grade", integers(3, 9)}, {"angle", cyclic(-1, 1)}};
  }
  double log_prior(Point x) const { return std::fabs(x[0]) * std::log(0.5) - std::log(3 * 7.0 * 2.0); }
  double log_likelihood(Point x) const { return -0.1 * x[0] + 0.2 * x[1] - x[2] * x[2]; }
};

TEST(Starts, IntegersWithoutAPriorSamplerLieOnTheirLatticeAndStayThere) {
  const CallableModel model(Lattice{});
  TemperOptions options = own_options(5);
  options.every_rung = true;
  const TemperResult result = run_temper(model, options);
  for (const auto& chain : result.draws) {
    for (std::size_t at = 0; at < chain.size(); at += result.columns.size()) {
      EXPECT_EQ(chain[at], std::floor(chain[at]));
      EXPECT_EQ(chain[at + 1], std::floor(chain[at + 1]));
      EXPECT_TRUE(chain[at + 1] >= 3 && chain[at + 1] <= 9);
      EXPECT_TRUE(chain[at + 2] >= -1 && chain[at + 2] < 1);
    }
  }
}

struct OneValue {
  std::string name;
  std::vector<Parameter> parameters() const { return {{name, between(0, 1)}}; }
  double log_prior(Point) const { return 0; }
  double log_likelihood(Point x) const { return std::log(x[0]); }
};

TEST(Outputs, ThatAreCalledAsColumnsOfEveryRunAreRefused) {
  EXPECT_EQ(run_temper(CallableModel(OneValue{"log_posterior"}), own_options(3)).columns.front(), "log_posterior");
  for (const std::string name : {"log_prior", "log_likelihood", "log_reference"}) {
    EXPECT_THROW(static_cast<void>(run_temper(CallableModel(OneValue{name}), own_options(3))), ModelError) << name;
  }
}

struct BadSampler {
  std::vector<Parameter> parameters() const { return {{"p", between(0, 1)}}; }
  double log_prior(Point) const { return 0; }
  double log_likelihood(Point x) const { return std::log(x[0]); }
  void draw_prior(Rng&, PointOut) const { throw std::runtime_error("no draws today"); }
};

TEST(Starts, APriorSamplerThatThrowsIsNamed) {
  const CallableModel model(BadSampler{});
  try {
    run_temper(model, own_options(3));
    FAIL() << "a run without a start came back";
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("no draws today"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("prior"), std::string::npos) << error.what();
  }
}

/// Two far modes, 0.3 and 0.7, and no prior: the reference has to be fitted. log Z = 0.
double two_far_modes(Point x) {
  const auto mode = [&](double weight, double centre) {
    const double z = (x[0] - centre) / 0.5;
    return weight * std::exp(-0.5 * z * z) / (0.5 * std::sqrt(2 * 3.14159265358979323846));
  };
  return std::log(mode(0.3, -5) + mode(0.7, 5) + 1e-300);
}

TEST(Legs, AFittedReferenceIsGuardedByASecondLegUnlessTheUserRefuses) {
  const CallableModel model(density(1, two_far_modes));
  for (std::uint64_t s = 0; s < 8; ++s) {
    const TemperResult result = run_temper(model, own_options(10, s));
    const TemperingSummary& found = *result.summary.tempering;
    EXPECT_EQ(found.legs, 2U);
    EXPECT_LE(std::fabs(*found.log_evidence), z_limit(8) * *found.log_evidence_se) << "seed " << s;
  }
  TemperOptions alone = own_options(6);
  alone.legs = 1;
  bool warned = false;
  for (const Warning& warning : run_temper(model, alone).summary.warnings) warned |= warning.id == "W211";
  EXPECT_TRUE(warned);
}

TEST(Legs, TheTwoTargetsOfACopyAreOneChain) {
  const auto model = make_model("builtin:mvn,d=1");
  TemperOptions options = own_options(6);
  options.reference = ReferenceKind::variational;
  options.copies = 3;
  const TemperResult result = run_temper(*model, options);
  EXPECT_EQ(result.summary.sampling.chains, 3U);
  EXPECT_EQ(result.summary.sampling.draws, 2U * 64U);
  EXPECT_EQ(result.draws.size(), 6U);
}

/// The prior's left half is impossible for the likelihood.
struct HalfForbidden {
  std::size_t dimension() const { return 1; }
  double log_prior(Point x) const { return -0.5 * x[0] * x[0] - 0.91893853320467274; }
  double log_likelihood(Point x) const { return x[0] < 0 ? -kInfinity : -2 * (x[0] - 3) * (x[0] - 3); }
  void log_prior_gradient(Point x, PointOut g) const { g[0] = -x[0]; }
  void log_likelihood_gradient(Point x, PointOut g) const { g[0] = -4 * (x[0] - 3); }
  void draw_prior(Rng& rng, PointOut x) const { x[0] = (rng.uniform() < 0.5 ? -1 : 1) * (0.01 + rng.uniform()); }
};

TEST(Reshape, NoRungBelowTheReferenceTakesAStateThatItCouldNeverLeave) {
  const CallableModel model(HalfForbidden{});
  TemperOptions options = own_options(8);
  options.kernel = "automala";
  for (std::uint64_t s = 0; s < 4; ++s) {
    options.seed = seed_from_name(s);
    const TemperResult result = run_temper(model, options);
    EXPECT_TRUE(result.summary.tempering->log_evidence_se.has_value());
    EXPECT_LT(result.summary.tempering->replicas, 40U);
    EXPECT_GT(result.summary.tempering->swap_acceptance_min, 0.1);
  }
}

/// Runs `model` by both jobs with this kernel; how many of them refused it with words that name cause and cure.
int refusals(const Model& model, const std::string& kernel) {
  int count = 0;
  const auto run = [&](const auto& job) {
    try {
      job();
    } catch (const UsageError& error) {
      const std::string words = error.what();
      count += words.find("come and go") != std::string::npos && words.find("; use --kernel") != std::string::npos;
    }
  };
  run([&] {
    TemperOptions options = own_options(3);
    options.kernel = kernel;
    run_temper(model, options);
  });
  run([&] {
    SampleOptions options;
    options.kernel = kernel;
    options.draws = 10;
    options.warmup = 20;
    SampleObserver quiet;
    sample(model, options, serial_layout(), quiet);
  });
  return count;
}

/// Has never heard of coordinates that come and go.
struct Ignorant final : Kernel {
  [[nodiscard]] KernelNeeds needs() const override { return {}; }
  void step(ChainState&, const Density&, const Tuning&, Rng&, Workspace&, KernelRecord&) const override {}
};

TEST(Transdimensional, KernelsThatKnowNothingOfAbsentCoordinatesAreRefused) {
  const auto model = make_model("builtin:nested");
  const KernelNeeds births{.knows_absence = true, .births = true};
  const auto is_refused = [&](const KernelNeeds& needs) {
    try {
      check_kernel_for_model("k", needs, model->description());
      return false;
    } catch (const UsageError& error) {
      return std::string(error.what()).find("come and go") != std::string::npos;
    }
  };
  EXPECT_TRUE(is_refused(Ignorant().needs()));
  EXPECT_TRUE(is_refused({.births = true}));
  EXPECT_TRUE(is_refused({.knows_absence = true}));
  EXPECT_FALSE(is_refused(births));
  std::vector<std::unique_ptr<Kernel>> parts;
  parts.push_back(make_kernel("mh", model->description().coordinates));
  parts.push_back(std::make_unique<Ignorant>());
  parts.push_back(make_kernel("exact"));
  EXPECT_TRUE(is_refused(CycleKernel(std::move(parts)).needs())) << "one part is enough";
}

TEST(Transdimensional, BothJobsRefuseKernelsWithoutBirths) {
  const auto model = make_model("builtin:nested");
  for (const char* kernel : {"slice", "automala", "nuts+slice", "hmc|slice"}) {
    EXPECT_EQ(refusals(*model, kernel), 2) << kernel;
  }
  for (const char* kernel : {"auto", "exact", "mh", "mh+slice", "mh|nuts", "mh+automala", "exact|slice"}) {
    EXPECT_EQ(refusals(*model, kernel), 0) << kernel;
  }
}

TEST(Transdimensional, ADenseMetricIsRefused) {
  const auto model = make_model("builtin:nested");
  SampleOptions options;
  options.kernel = "mh+nuts";
  EXPECT_EQ(resolve_options(options, *model).metric, MetricKind::diagonal);
  options.metric = MetricKind::dense;
  EXPECT_THROW(check_options(options, *model), UsageError);
}

TEST(Transdimensional, WhatIsAlwaysThereIsJudgedAndAgreesWithItsClosedForms) {
  const auto model = make_model("builtin:nested");
  const TemperResult result = run_temper(*model, own_options(13));
  for (const Warning& warning : result.summary.warnings) EXPECT_NE(warning.id, "W105") << warning.text;
  std::size_t compared = 0;
  for (const ClosedForm& form : model->description().closed_forms) {
    for (const ParameterSummary& row : result.summary.parameters) {
      if (form.quantity != "mean(" + row.name + ")" || !row.mcse_mean) continue;
      EXPECT_LE(std::fabs(row.mean - form.value), z_limit(14) * *row.mcse_mean) << form.quantity;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 14U);  // active, effect, count, count_is, and the amplitudes where they are there
}

TEST(Transdimensional, WhatComesAndGoesIsNotJudged) {
  const auto model = make_model("builtin:nested");
  std::vector<diagnose::NamedColumn> columns;
  for (const std::string& name : model->description().output_names) {
    columns.push_back({name, {}});
    if (name.starts_with("amplitude")) columns.back().summary.there = diagnose::Share{0.5, 0.01};
  }
  for (const auto& column : judged_columns(model->description(), columns)) {
    EXPECT_FALSE(column.name.starts_with("amplitude")) << column.name;
  }
}

/// A bell that grows by `step` from one call to the next.
class Forgetful final : public Model {
 public:
  explicit Forgetful(double step) : step_(step) {
    description_.name = "forgetful";
    description_.coordinates = {{.name = "a"}};
    description_.output_names = {"a"};
    description_.parameter_count = 1;
    description_.thread_safe = false;
  }
  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point x) const override { return {0, -0.5 * x[0] * x[0] + step_ * ++calls_}; }
  void output_values(Point x, Rng&, PointOut values) const override { values[0] = x[0]; }

 private:
  double step_;
  ModelDescription description_;
  mutable int calls_ = 0;
};

TEST(ImpureModels, EndEitherJobWhenARoundBegins) {
  const auto is_lost = [](auto&& run) {
    try {
      run();
    } catch (const ModelLost& error) {
      return std::string(error.what()).find("depends on more than its point") != std::string::npos;
    }
    return false;
  };
  for (const double step : {1e-3, 1e-6}) {
    const Forgetful model(step);
    EXPECT_TRUE(is_lost([&] { run_temper(model, own_options(3)); })) << step;
    SampleOptions options;
    options.chains = 2;
    options.warmup = options.draws = 50;
    SampleObserver quiet;
    EXPECT_TRUE(is_lost([&] { sample(model, options, serial_layout(), quiet); })) << step;
  }
  EXPECT_FALSE(is_lost([] { run_temper(Forgetful(0), own_options(3)); }));
}

// A model may compute its density in another order beside its gradient: last digits are no memory.
TEST(ImpureModels, AreNotThoseThatRoundOtherwise) {
  const Forgetful model(1e-14);
  EXPECT_NO_THROW(run_temper(model, own_options(3)));
}

TEST(ImpureModels, AreThoseThatHaveNoDensityAnyMore) {
  const Forgetful model(0);
  const double x[] = {1.5};
  const double value = -0.5 * 1.5 * 1.5;
  const double nan = std::nan("");
  EXPECT_NO_THROW(require_same_density(model, x, {0, value, 0, value}));
  EXPECT_NO_THROW(require_same_density(model, x, {nan, nan, nan, nan}));  // an error event: counted elsewhere
  EXPECT_THROW(require_same_density(model, x, {0, -kInfinity, 0, -kInfinity}), ModelLost);
  EXPECT_THROW(require_same_density(Forgetful(nan), x, {0, value, 0, value}), ModelLost);
}

TEST(Digest, IsTheSameInMemoryAndInAFolder) {
  const auto model = make_model("builtin:mvn,d=2");
  const TemperOptions options = own_options(4);
  const std::filesystem::path path = std::filesystem::current_path() / "digest_in_memory_and_folder";
  std::filesystem::remove_all(path);
  TemperObserver quiet;
  {
    const RunFolder folder = RunFolder::create(path, "digest", Existing::refuse);
    const TemperResult stored = temper(*model, options, serial_layout(), quiet, RunFiles{folder, "", false, 60});
    EXPECT_EQ(stored.summary.digest, run_temper(*model, options).summary.digest);
    EXPECT_EQ(stored.summary.digest, digest(folder)) << "of the files";
  }
  std::filesystem::remove_all(path);
}

bool notes_a_small_error(const TemperResult& result) {
  const auto& notes = result.summary.notes;
  return std::any_of(notes.begin(), notes.end(),
                     [](const std::string& note) { return note.find("may be too small") != std::string::npos; });
}

TEST(EvidenceError, IsDoubtedWhereDrawsHaveNotMixed) {
  const TemperResult unmixed = run_temper(*make_model("builtin:banana"), own_options(7));
  ASSERT_TRUE(unmixed.summary.tempering->log_evidence_se);
  ASSERT_FALSE(unmixed.summary.warnings.empty());
  EXPECT_TRUE(notes_a_small_error(unmixed));
  TemperOptions options = own_options(10);
  options.kernel = "exact";
  EXPECT_FALSE(notes_a_small_error(run_temper(*make_model("builtin:mvn,d=1"), options)));
}

TEST(WarmUp, ThatWouldFillTheMemoryIsRefused) {
  const auto model = make_model("builtin:mvn,d=2");
  SampleOptions options;
  options.warmup = 1000000000;
  for (const char* kernel : {"nuts", "de"}) {
    options.kernel = kernel;
    try {
      SampleObserver quiet;
      (void)sample(*model, options, serial_layout(), quiet);
      FAIL() << kernel;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("GB of points in memory"), std::string::npos) << error.what();
    }
  }
}

/// Whole numbers alone, and a gradient that has nothing to say of them.
struct Counts {
  std::vector<Parameter> parameters() const { return {{"n", integers(0, 3)}}; }
  double operator()(Point x) const { return -0.5 * x[0]; }
  void gradient(Point, PointOut g) const { g[0] = 0; }
};

TEST(WarmUp, OfGradientKernelsWithoutRealCoordinatesLearnsNoMetric) {
  const CallableModel model(Counts{});
  SampleOptions options;
  options.kernel = "nuts+slice";
  options.draws = 500;
  SampleObserver quiet;
  const SampleResult result = sample(model, options, serial_layout(), quiet);
  const double truth = (math::exp(-0.5) + 2 * math::exp(-1) + 3 * math::exp(-1.5)) /
                       (1 + math::exp(-0.5) + math::exp(-1) + math::exp(-1.5));
  const ParameterSummary& n = result.summary.parameters.at(0);
  ASSERT_TRUE(n.mcse_mean);
  EXPECT_LE(std::fabs(n.mean - truth), z_limit() * *n.mcse_mean);
}

}  // namespace
}  // namespace dovetail::test
