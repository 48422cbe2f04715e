// Tuning between rounds: every rule with its limits, in numbers worked out by hand.
#include "dovetail/adapt/tuning.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "dovetail/core/codec.hpp"

namespace dovetail {
namespace {

const std::vector<Coordinate> kCoordinates{{CoordinateKind::real},
                                           {CoordinateKind::integer, 0, 100},
                                           {CoordinateKind::integer, 0, 3},
                                           {CoordinateKind::cyclic, 0, 6}};

KernelRecord record_with_brackets(std::vector<double> sums, std::vector<std::uint64_t> counts) {
  KernelRecord record;
  record.width_sum = std::move(sums);
  record.width_count = std::move(counts);
  return record;
}

TEST(Tuning, StartsAtTenAndWithinTheRange) {
  const Tuning tuning = initial_tuning(kCoordinates);
  EXPECT_EQ(tuning.step_size, 1);
  EXPECT_EQ(tuning.scale, (std::vector<double>{1, 1, 1, 1}));
  EXPECT_EQ(tuning.width, (std::vector<double>{10, 10, 4, 10}));
}

TEST(Tuning, WidthsFollowTheMeanBracket) {
  const Tuning before = initial_tuning(kCoordinates);
  const Tuning after =
      adapt_tuning(before, record_with_brackets({60, 90, 8, 0}, {5, 8, 4, 0}), Moments(), kCoordinates);
  EXPECT_DOUBLE_EQ(after.width[0], 8);  // 12 / 1.5
  EXPECT_EQ(after.width[1], 8);         // 7.5 rounded
  EXPECT_EQ(after.width[2], 1);         // 1.33 rounded
  EXPECT_EQ(after.width[3], 10);        // nothing seen
}

TEST(Tuning, WidthsChangeByAFactorOfFourAtMostAndIntegersStayWholeAndWithinTheirRange) {
  const Tuning before = initial_tuning(kCoordinates);
  const Tuning wide =
      adapt_tuning(before, record_with_brackets({1e9, 1e9, 1e9, 0}, {1, 1, 1, 0}), Moments(), kCoordinates);
  EXPECT_EQ(wide.width, (std::vector<double>{40, 40, 4, 10}));
  const Tuning narrow =
      adapt_tuning(before, record_with_brackets({1e-9, 1e-9, 1e-9, 0}, {1, 1, 1, 0}), Moments(), kCoordinates);
  EXPECT_EQ(narrow.width, (std::vector<double>{2.5, 3, 1, 10}));
}

TEST(Tuning, StepSizeIsMultipliedByTheFactorWithinFour) {
  const auto step_after = [](double factor) {
    Tuning tuning = initial_tuning(kCoordinates);
    adapt_step_size(tuning, factor);
    return tuning.step_size;
  };
  EXPECT_DOUBLE_EQ(step_after(1.5), 1.5);
  EXPECT_EQ(step_after(0x1p60), 4);
  EXPECT_EQ(step_after(0), 0.25);
  EXPECT_EQ(step_after(kInfinity), 4);
  EXPECT_EQ(step_after(std::nan("")), 1);
}

TEST(Tuning, ScalesShrinkTowardsTheOnesBefore) {
  Tuning before = initial_tuning(kCoordinates);
  before.scale = {3, 1, 1, 1};
  Moments moments;
  for (const double x : {-2.0, 0.0, 2.0}) moments.add(std::vector<double>{x, x, x, x});
  const Tuning after = adapt_tuning(before, {}, moments, kCoordinates);
  EXPECT_DOUBLE_EQ(after.scale[0], std::sqrt((3 * 4 + 5 * 9) / 8.0));  // n = 3, S = 4
  EXPECT_EQ(after.scale[1], 1);                                        // not real
  EXPECT_EQ(after.scale[3], 1);
}

TEST(Tuning, NothingSeenChangesNothing) {
  const Tuning before = initial_tuning(kCoordinates);
  EXPECT_EQ(pack(adapt_tuning(before, {}, Moments(), kCoordinates)), pack(before));
}

TEST(Tuning, FiguresThatAreNotFiniteChangeNothing) {
  const Tuning before = initial_tuning(kCoordinates);
  Moments moments;
  for (const double x : {0.0, kInfinity}) moments.add(std::vector<double>{x, x, x, x});
  const auto record = record_with_brackets({std::nan(""), kInfinity, 0, 0}, {1, 1, 0, 0});
  EXPECT_EQ(pack(adapt_tuning(before, record, moments, kCoordinates)), pack(before));
}

TEST(Tuning, RecordsAddUpAndKeepTheFirstErrorPoint) {
  KernelRecord a = record_with_brackets({1, 2}, {3, 4});
  a.evaluations = 1;
  a.gradients = 2;
  a.proposals = 3;
  a.acceptance_sum = 0.5;
  a.step_choices = 2;
  a.reversible = 4;
  a.step_sum = 0.25;
  a.stuck = 5;
  a.by_proposal = {{6, 2, 1.5}, {1, 0, 0.25}};
  KernelRecord b = a;
  b.error_events = 1;
  b.error_point = {7, 8};
  const KernelRecord sum = merge_records(a, b);
  EXPECT_EQ(sum.evaluations, 2U);
  EXPECT_EQ(sum.gradients, 4U);
  EXPECT_EQ(sum.proposals, 6U);
  EXPECT_EQ(sum.acceptance_sum, 1);
  EXPECT_EQ(sum.step_choices, 4U);
  EXPECT_EQ(sum.reversible, 8U);
  EXPECT_EQ(sum.step_sum, 0.5);
  EXPECT_EQ(sum.stuck, 10U);
  ASSERT_EQ(sum.by_proposal.size(), 2U);
  EXPECT_EQ(sum.by_proposal[0].moves, 12U);
  EXPECT_EQ(sum.by_proposal[0].accepted, 4U);
  EXPECT_EQ(sum.by_proposal[1].acceptance_sum, 0.5);
  EXPECT_EQ(sum.error_events, 1U);
  EXPECT_EQ(sum.error_point, (std::vector<double>{7, 8}));
  EXPECT_EQ(sum.width_sum, (std::vector<double>{2, 4}));
  EXPECT_EQ(sum.width_count, (std::vector<std::uint64_t>{6, 8}));
  EXPECT_EQ(pack(merge_records({}, b)), pack(b));
  EXPECT_EQ(pack(merge_records(b, {})), pack(b));

  KernelRecord c = b;
  c.error_point = {9, 9};
  EXPECT_EQ(merge_records(b, c).error_point, b.error_point);
}

Tuning tuning_of(double step, double scale, double width) {
  Tuning tuning;
  tuning.step_size = step;
  tuning.scale = {scale};
  tuning.width = {width};
  return tuning;
}

TEST(Tuning, MovesAlongTheLadderLinearlyInLogarithms) {
  const std::vector<Tuning> old{tuning_of(1, 2, 4), tuning_of(4, 2, 1), tuning_of(16, 8, 1)};
  const std::vector<double> old_u{0, 0.5, 1};
  const auto moved = move_tunings(old, old_u, std::vector<double>{0, 0.25, 0.5, 0.75, 1, 1.5, -1});
  ASSERT_EQ(moved.size(), 7U);
  for (const std::size_t same : {0U, 2U, 4U}) EXPECT_EQ(pack(moved[same]), pack(old[same / 2]));
  EXPECT_NEAR(moved[1].step_size, 2, 1e-14);
  EXPECT_EQ(moved[1].scale[0], 2);
  EXPECT_NEAR(moved[1].width[0], 2, 1e-14);
  EXPECT_NEAR(moved[3].step_size, 8, 1e-14);
  EXPECT_NEAR(moved[3].scale[0], 4, 1e-14);
  EXPECT_EQ(pack(moved[5]), pack(old[2]));
  EXPECT_EQ(pack(moved[6]), pack(old[0]));
}

/// With one proposal that has learnt a covariance, a metric and an archive, all told apart by `mark`.
Tuning learnt_tuning(double mark) {
  Tuning tuning = tuning_of(1, 1, 1);
  tuning.metric = diagonal_metric({mark});
  tuning.archive = std::vector<double>{mark, -mark};
  ProposalTuning proposal;
  proposal.form = TuningForm::cholesky;
  proposal.covariance = {mark};
  proposal.factor = {std::sqrt(mark)};
  proposal.mean = {10 * mark};
  proposal.log_scale = {mark};
  proposal.scale = {2 * mark};  // not what log_scale says: a place that did not move is copied, not worked out anew
  tuning.proposals = {proposal};
  return tuning;
}

TEST(Tuning, MovesAlongTheLadderWithAllThatProposalsLearnt) {
  const std::vector<Tuning> old{learnt_tuning(1), learnt_tuning(2), learnt_tuning(4)};
  const std::vector<double> old_u{0, 0.5, 1};
  const auto still = move_tunings(old, old_u, old_u);
  ASSERT_EQ(still.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(pack(still[k]), pack(old[k])) << "rung " << k;

  const auto moved = move_tunings(old, old_u, std::vector<double>{0.125, 0.25, 0.875});
  for (const auto& [place, nearer, log_scale] : {std::tuple(0, 0, 1.25), {1, 1, 1.5}, {2, 2, 3.5}}) {
    const Tuning& tuning = moved[static_cast<std::size_t>(place)];
    const Tuning& from = old[static_cast<std::size_t>(nearer)];
    EXPECT_EQ(tuning.metric.factor, from.metric.factor) << place;
    EXPECT_EQ(tuning.archive, from.archive) << place;
    EXPECT_EQ(tuning.proposals[0].covariance, from.proposals[0].covariance) << place;
    EXPECT_EQ(tuning.proposals[0].factor, from.proposals[0].factor) << place;
    EXPECT_EQ(tuning.proposals[0].mean, from.proposals[0].mean) << place;
    EXPECT_DOUBLE_EQ(tuning.proposals[0].log_scale[0], log_scale) << place;
    EXPECT_NEAR(tuning.proposals[0].scale[0], std::exp(log_scale), 1e-12) << place;
  }
}

TEST(Tuning, ScalesOfProposalsInDifferentFormsAreNotMixed) {
  std::vector<Tuning> old{learnt_tuning(1), learnt_tuning(2)};
  old[1].proposals[0].form = TuningForm::scales;
  const auto moved = move_tunings(old, std::vector<double>{0, 1}, std::vector<double>{0.25});
  EXPECT_EQ(moved[0].proposals, old[0].proposals);
}

TEST(Tuning, MovesOverRungsAtOnePlace) {
  const std::vector<Tuning> old{tuning_of(1, 1, 1), tuning_of(2, 1, 1), tuning_of(3, 1, 1)};
  const auto moved = move_tunings(old, std::vector<double>{0, 0, 1}, std::vector<double>{0, 0.5});
  EXPECT_EQ(moved[0].step_size, 1);
  EXPECT_NEAR(moved[1].step_size, std::sqrt(6.0), 1e-14);
}

TEST(Tuning, SmoothsStepSizesOverNeighbours) {
  std::vector<Tuning> rungs{tuning_of(1, 1, 1), tuning_of(16, 1, 1), tuning_of(1, 1, 1), tuning_of(1, 1, 1)};
  smooth_step_sizes(rungs);
  EXPECT_NEAR(rungs[0].step_size, 2, 1e-14);  // 16^(1/4)
  EXPECT_NEAR(rungs[1].step_size, 4, 1e-14);  // 16^(1/2)
  EXPECT_NEAR(rungs[2].step_size, 2, 1e-14);
  EXPECT_NEAR(rungs[3].step_size, 1, 1e-14);
  std::vector<Tuning> one{tuning_of(3, 1, 1)};
  smooth_step_sizes(one);
  EXPECT_NEAR(one[0].step_size, 3, 1e-14);
}

}  // namespace
}  // namespace dovetail
