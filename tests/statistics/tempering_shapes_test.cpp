// Evidence and moments in every arrangement of a run: legs, references, copies, fixed ladders, every rung, many modes.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dovetail/diagnose/mcse.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

/// Evidence within the limit of its error, known means within that of theirs.
void expect_truth(const Model& model, const TemperResult& result) {
  const TemperingSummary& figures = *result.summary.tempering;
  ASSERT_TRUE(figures.log_evidence && figures.log_evidence_se);
  const double truth = closed_form_of(model, "log_evidence");
  EXPECT_LE(std::fabs(*figures.log_evidence - truth), z_limit() * *figures.log_evidence_se)
      << *figures.log_evidence << " +- " << *figures.log_evidence_se << ", truth " << truth;
  EXPECT_LE(*figures.log_evidence_se, 0.15);
  for (const ParameterSummary& row : result.summary.parameters) {
    for (const ClosedForm& form : model.description().closed_forms) {
      if (form.quantity != "mean(" + row.name + ")") continue;
      ASSERT_TRUE(row.mcse_mean) << row.name;
      EXPECT_LE(std::fabs(row.mean - form.value), z_limit() * *row.mcse_mean) << form.quantity;
    }
  }
}

struct Shape {
  std::string name;
  std::string spec;
  TemperOptions options;
};
void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

std::vector<Shape> shapes() {
  const TemperOptions standard;
  std::vector<Shape> all;
  const auto add = [&](std::string name, std::string spec, auto&& change) {
    TemperOptions options = standard;
    change(options);
    all.push_back({std::move(name), "builtin:" + spec, options});
  };
  const auto two_legs = [](TemperOptions& o) {
    o.legs = 2;
    o.reference = ReferenceKind::variational;
  };
  add("TwoLegs", "unid", two_legs);
  add("TwoLegsOfAModelWithTwoModes", "modes", two_legs);
  add("TwoLegsFixedReplicas", "mvn,d=2", [&](TemperOptions& o) {
    two_legs(o);
    o.replicas = 6;
  });
  add("TwoLegsThreeCopies", "unid", [&](TemperOptions& o) {
    two_legs(o);
    o.copies = 3;
    o.rounds = 9;
  });
  add("VariationalReference", "mvn,d=10", [](TemperOptions& o) { o.reference = ReferenceKind::variational; });
  add("VariationalReferenceAlone", "mvn,d=10", [](TemperOptions& o) {
    o.reference = ReferenceKind::variational;
    o.legs = 1;
  });
  add("GaussianReference", "mvn,d=2", [](TemperOptions& o) { o.reference = ReferenceKind::gaussian; });
  add("GaussianReferenceOfABanana", "unid", [](TemperOptions& o) { o.reference = ReferenceKind::gaussian; });
  add("FiveCopies", "unid", [](TemperOptions& o) {
    o.copies = 5;
    o.rounds = 9;
  });
  add("FixedSchedule", "mvn,d=2", [](TemperOptions& o) { o.schedule = {0, 0.02, 0.1, 0.3, 0.6, 1}; });
  add("TwoReplicas", "mvn,d=1", [](TemperOptions& o) { o.replicas = 2; });
  add("OddLadderOddCopies", "ising,L=3", [](TemperOptions& o) {
    o.replicas = 5;
    o.copies = 3;
    o.rounds = 9;
  });
  add("SliceAlone", "spike_slab", [](TemperOptions& o) { o.kernel = "slice"; });
  add("ExactDraws", "spike_slab", [](TemperOptions& o) { o.kernel = "exact"; });
  add("AutoMala", "mvn,d=2", [](TemperOptions& o) { o.kernel = "automala"; });
  return all;
}

class ShapeOfRun : public ::testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Tempering, ShapeOfRun, ::testing::ValuesIn(shapes()),
                         [](const auto& which) { return which.param.name; });

TEST_P(ShapeOfRun, GivesTheTruth) {
  const auto model = make_model(GetParam().spec);
  TemperOptions options = GetParam().options;
  options.seed = seed_from_name();
  const TemperResult result = run_temper(*model, options);
  EXPECT_EQ(result.summary.sampling.chains, options.copies);
  expect_truth(*model, result);
}

// The prior-to-target barrier of `unid` is about 1.5 and that from a fitted normal far smaller, so the automatic choice
// gives the legs different lengths; rounds.csv has their sum.
TEST(TwoLegs, OfUnequalLengthGiveTheTruth) {
  const auto model = make_model("builtin:unid,n=100000,y=50000");
  TemperOptions options = own_options(11);
  options.legs = 2;
  options.reference = ReferenceKind::variational;
  const TemperResult result = run_temper(*model, options);
  const std::size_t fixed = result.summary.tempering->schedule.size();
  const std::size_t both = result.summary.tempering->replicas;
  EXPECT_NE(both, 2 * fixed);
  EXPECT_GE(both, fixed + 3);
  expect_truth(*model, result);
}

TEST(TwoLegs, VariationalLegOfANormalTargetHasHardlyAnyBarrier) {
  const auto model = make_model("builtin:mvn,d=10");
  TemperOptions options = own_options(10);
  options.legs = 2;
  options.reference = ReferenceKind::variational;
  const TemperResult result = run_temper(*model, options);
  ASSERT_TRUE(result.rounds.back().barrier_variational);
  // the fit from 512 draws of each of 20 moments leaves V with a standard deviation of about sqrt(20/512)
  EXPECT_LT(*result.rounds.back().barrier_variational, 0.2);
  EXPECT_GT(result.rounds[4].barrier_variational.value(), 1);  // as far as the fixed leg's before it is fitted
  expect_truth(*model, result);
}

TEST(ManyModes, WeightsAreThoseOfTheTarget) {
  const auto model = make_model("builtin:modes,d=3");
  TemperOptions options = own_options(11);
  options.copies = 2;
  const TemperResult result = run_temper(*model, options);
  const std::size_t column = model->description().output_names.size() - 1;
  const ParameterSummary& upper = result.summary.parameters[column];
  ASSERT_EQ(upper.name, "upper_mode");
  EXPECT_LE(std::fabs(upper.mean - 0.7), z_limit() * *upper.mcse_mean) << upper.mean << " +- " << *upper.mcse_mean;
  // a run that sits in one mode says 0 or 1: at least twice the limit away
  EXPECT_LE(*upper.mcse_mean, 0.3 / (2 * z_limit()));
  EXPECT_LE(*upper.rhat, 1.05);
}

// With precision 1 + 9 beta at every rung, x^2 has mean 1/(1 + 9 beta) in each coordinate.
TEST(EveryRung, OfThePrecisionPathHasItsVariance) {
  const auto model = make_model("builtin:mvn,d=2");
  for (const char* kernel : {"slice", "automala+slice"}) {
    TemperOptions options = own_options(13);
    options.every_rung = true;
    options.kernel = kernel;
    const TemperResult result = run_temper(*model, options);
    const std::vector<double>& betas = result.summary.tempering->schedule;
    const std::size_t n = betas.size();
    ASSERT_EQ(result.draws.size(), n);
    for (std::size_t k = 0; k < n; ++k) {
      // the target is chain 0, the other rungs follow in order
      const std::vector<double>& rows = result.draws[k + 1 == n ? 0 : k + 1];
      std::vector<double> squares;
      for (std::size_t at = 0; at < rows.size(); at += result.columns.size()) {
        squares.push_back((rows[at] * rows[at] + rows[at + 1] * rows[at + 1]) / 2);
      }
      double mean = 0;
      for (const double s : squares) mean += s / static_cast<double>(squares.size());
      const std::vector<std::span<const double>> chain{squares};
      const double error = diagnose::mcse_mean({chain, 1, 0}).value;
      const double truth = 1 / (1 + 9 * betas[k]);
      EXPECT_LE(std::fabs(mean - truth), z_limit(2 * static_cast<double>(n)) * error)
          << kernel << ", beta " << betas[k];
      EXPECT_LE(error, 0.02 * truth) << kernel << ", beta " << betas[k];
    }
  }
}

}  // namespace
}  // namespace dovetail::test
