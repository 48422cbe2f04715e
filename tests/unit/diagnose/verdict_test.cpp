// Warnings: each threshold from both sides, every id reachable and unique.
#include "dovetail/diagnose/verdict.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/diagnose/wording.hpp"

namespace dovetail::diagnose {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// A column without any problem, to spoil one figure of.
NamedColumn good_column(const std::string& name = "tau") {
  ColumnSummary s;
  s.chains = 4;
  s.draws = 1000;
  s.mean = s.q5 = s.q50 = s.q95 = Figure::of(0);
  s.sd = Figure::of(2);
  s.mcse_mean = Figure::of(0.04);
  s.ess_bulk = s.ess_tail = s.ess_mean = Figure::of(2500);
  s.r_hat.bulk = s.r_hat.tail = s.r_hat.classical = Figure::of(1.001);
  return {name, s};
}

TemperingFigures good_ladder() {
  TemperingFigures f;
  f.replicas = 9;
  f.barrier = 4.2;
  f.restarts = 31;
  f.energy_autocorrelation_max = 0.6;
  f.rejections = {0.3, 0.5, 0.6, 0.4, 0.5, 0.5, 0.5, 0.5};
  f.log_evidence = -12.5;
  f.log_evidence_se = 0.1;
  f.log_evidence_forward = -12.6;
  f.log_evidence_backward = -12.4;
  f.density_evaluations = 100000;
  f.reversible_min = 0.9;
  return f;
}

std::vector<std::string> ids(const Verdict& verdict) {
  std::vector<std::string> out;
  for (const Finding& finding : verdict.warnings) out.push_back(finding.id);
  return out;
}

template <class Spoil>
Verdict with_column(Spoil&& spoil) {
  std::vector<NamedColumn> columns{good_column("mu"), good_column("tau"), good_column("y")};
  spoil(columns[1].summary);
  SamplingFigures figures;
  figures.columns = columns;
  return sampling_verdict(figures);
}

template <class Spoil>
Verdict with_ladder(Spoil&& spoil) {
  TemperingFigures figures = good_ladder();
  spoil(figures);
  return tempering_verdict(figures);
}

using Ids = std::vector<std::string>;

TEST(SamplingVerdict, FindsNothingInGoodFigures) {
  const Verdict verdict = with_column([](ColumnSummary&) {});
  EXPECT_TRUE(verdict.warnings.empty());
  EXPECT_TRUE(verdict.notes.empty());
  EXPECT_TRUE(sampling_verdict({}).warnings.empty());
}

TEST(SamplingVerdict, ThresholdsHoldFromBothSides) {
  EXPECT_EQ(ids(with_column([](auto& s) { s.r_hat.bulk.value = 1.01; })), Ids{});
  EXPECT_EQ(ids(with_column([](auto& s) { s.r_hat.bulk.value = 1.0101; })), Ids{"W101"});
  EXPECT_EQ(ids(with_column([](auto& s) { s.r_hat.tail.value = 1.0101; })), Ids{"W101"});
  EXPECT_EQ(ids(with_column([](auto& s) { s.r_hat.bulk.value = kInf; })), Ids{"W101"});
  EXPECT_EQ(ids(with_column([](auto& s) { s.ess_bulk.value = 400; })), Ids{});
  EXPECT_EQ(ids(with_column([](auto& s) { s.ess_bulk.value = 399; })), Ids{"W102"});
  EXPECT_EQ(ids(with_column([](auto& s) { s.ess_tail.value = 400; })), Ids{});
  EXPECT_EQ(ids(with_column([](auto& s) { s.ess_tail.value = 399; })), Ids{"W103"});
  EXPECT_EQ(ids(with_column([](auto& s) { s.mcse_mean.value = 0.1; })), Ids{});
  EXPECT_EQ(ids(with_column([](auto& s) { s.mcse_mean.value = 0.101; })), Ids{"W104"});
  EXPECT_EQ(ids(with_column([](auto& s) { s.non_finite = 1; })), Ids{"W105"});
}

TEST(SamplingVerdict, OneChainNeedsAHundredAndIsNotedOnly) {
  std::vector<NamedColumn> columns{good_column()};
  columns[0].summary.chains = 1;
  columns[0].summary.ess_bulk.value = 100;
  SamplingFigures figures;
  figures.columns = columns;
  const Verdict verdict = sampling_verdict(figures);
  EXPECT_TRUE(verdict.warnings.empty());
  ASSERT_EQ(verdict.notes.size(), 1U);
  EXPECT_NE(verdict.notes[0].find("between-chain checks are not possible"), std::string::npos);
  columns[0].summary.ess_bulk.value = 99;
  EXPECT_EQ(ids(sampling_verdict(figures)), Ids{"W102"});
}

TEST(SamplingVerdict, ShortAndHamiltonianRuns) {
  std::vector<NamedColumn> columns{good_column()};
  columns[0].summary.draws = 7;
  SamplingFigures figures;
  figures.columns = columns;
  EXPECT_EQ(ids(sampling_verdict(figures)), Ids{"W106"});
  columns[0].summary.draws = 8;
  EXPECT_EQ(ids(sampling_verdict(figures)), Ids{});
  figures.divergences = 1;
  EXPECT_EQ(ids(sampling_verdict(figures)), Ids{"W107"});
  figures.divergences = 0;
  figures.e_bfmi_min = 0.3;
  EXPECT_EQ(ids(sampling_verdict(figures)), Ids{});
  figures.e_bfmi_min = 0.29;
  EXPECT_EQ(ids(sampling_verdict(figures)), Ids{"W108"});
}

template <class Spoil>
Verdict with_trajectories(Spoil&& spoil) {
  SamplingFigures figures;
  figures.origin = Origin::sample;
  figures.iterations = 4000;
  figures.acceptance_target = 0.8;
  figures.acceptance = {0.82, 0.85, 0.79};
  figures.step_sizes = {0.3, 0.4, 0.5};
  spoil(figures);
  return sampling_verdict(figures);
}

TEST(SamplingVerdict, TrajectoriesThatMeetTheCap) {
  EXPECT_EQ(ids(with_trajectories([](auto&) {})), Ids{});
  EXPECT_EQ(ids(with_trajectories([](auto& f) { f.depth_hits = 39; })), Ids{});
  EXPECT_EQ(ids(with_trajectories([](auto& f) { f.depth_hits = 40; })), Ids{"W109"});
  EXPECT_EQ(ids(with_trajectories([](auto& f) { f.depth_hits = 40, f.iterations = 0; })), Ids{});
  const Verdict some = with_trajectories([](auto& f) { f.depth_hits = 399; });
  EXPECT_EQ(some.warnings.at(0).text,
            "10 % of iterations met the cap on the length of a trajectory (below 1 % is well): they were cut short, so "
            "draws are exact but more alike than their cost is worth");
  const Verdict many = with_trajectories([](auto& f) { f.depth_hits = 400; });
  EXPECT_NE(many.warnings.at(0).text.find("far more alike"), std::string::npos);
}

// Below the target in any chain is a warning, above it in the mean is a note, and without a target nothing is said.
TEST(SamplingVerdict, AcceptanceFarFromItsTarget) {
  EXPECT_EQ(ids(with_trajectories([](auto& f) { f.acceptance[1] = 0.7000001; })), Ids{});
  const Verdict below = with_trajectories([](auto& f) { f.acceptance[1] = 0.69; });
  ASSERT_EQ(ids(below), Ids{"W110"});
  EXPECT_NE(below.warnings[0].text.find("Acceptance 0.69 of chain 2 is more than 0.1 below its target 0.8"),
            std::string::npos)
      << below.warnings[0].text;
  EXPECT_TRUE(below.notes.empty());
  const auto unlike = [](auto& f) { f.acceptance = {0.1, 0.99, 0.99}, f.acceptance_target.reset(); };
  EXPECT_EQ(ids(with_trajectories(unlike)), Ids{});
  EXPECT_TRUE(with_trajectories([](auto& f) { f.acceptance = {0.7, 0.99, 0.99}; }).notes.empty());
  const Verdict above = with_trajectories([](auto& f) { f.acceptance = {0.95, 0.91, 0.93}; });
  EXPECT_EQ(ids(above), Ids{});
  ASSERT_EQ(above.notes.size(), 1U);
  EXPECT_NE(above.notes[0].find("acceptance 0.93 is above its target 0.8"), std::string::npos) << above.notes[0];
}

TEST(SamplingVerdict, StepSizesFarApart) {
  EXPECT_EQ(ids(with_trajectories([](auto& f) { f.step_sizes = {0.5, 0.125, 0.5}; })), Ids{});
  const Verdict apart = with_trajectories([](auto& f) { f.step_sizes = {0.3, 0.12, 0.5}; });
  ASSERT_EQ(ids(apart), Ids{"W111"});
  EXPECT_NE(apart.warnings[0].text.find("0.12 in chain 2 and 0.5 in chain 3"), std::string::npos)
      << apart.warnings[0].text;
  EXPECT_EQ(ids(with_trajectories([](auto& f) { f.step_sizes.clear(); })), Ids{});
}

TEST(SamplingVerdict, FailuresOfTheModelAreSaidAsUnderTempering) {
  const Verdict chains = with_trajectories([](auto& f) { f.error_events = 2, f.density_evaluations = 500; });
  ASSERT_EQ(ids(chains), Ids{"W206"});
  EXPECT_NE(chains.warnings[0].text.find("failed 2 times in 500 evaluations"), std::string::npos);
  const Verdict ladder = with_ladder([](auto& f) { f.error_events = 2, f.density_evaluations = 500; });
  EXPECT_EQ(chains.warnings[0].text, ladder.warnings.at(0).text);
}

TEST(SamplingVerdict, NamesTheWorstQuantityAndCountsTheRest) {
  std::vector<NamedColumn> columns{good_column("mu"), good_column("tau"), good_column("y")};
  columns[0].summary.r_hat.bulk.value = 1.02;
  columns[1].summary.r_hat.tail.value = 1.083;
  columns[1].summary.r_hat.odd_chain = 2;
  SamplingFigures figures;
  figures.columns = columns;
  const Verdict verdict = sampling_verdict(figures);
  ASSERT_EQ(verdict.warnings.size(), 1U);
  EXPECT_EQ(
      verdict.warnings[0].text,
      "R-hat 1.08 for tau (tail) is above 1.01: chain 3 differs most from the others, so its draws are not reliable; "
      "2 of 3 quantities exceed it");
  EXPECT_EQ(verdict.warnings[0].fix,
            "Add rounds (dovetail resume RUN --rounds +2); if it stays, use more replicas or another kernel.");
}

/// An infinite R-hat with so many of four chains constant, and their value in that share of the others.
void make_constant(ColumnSummary& s, std::size_t chains, double share) {
  s.r_hat.bulk = s.r_hat.tail = s.r_hat.classical = Figure::of(std::numeric_limits<double>::infinity());
  s.r_hat.odd_chain = 1;
  s.r_hat.constant_chains = chains;
  s.r_hat.constant_share = share;
}

TEST(SamplingVerdict, ARareEventIsNoChainThatDoesNotMove) {
  std::vector<NamedColumn> columns{good_column("mu"), good_column("there"), good_column("y")};
  SamplingFigures figures;
  figures.columns = columns;
  make_constant(columns[1].summary, 2, 0.995);
  const Verdict rare = sampling_verdict(figures);
  ASSERT_EQ(ids(rare), Ids{"W101"});
  EXPECT_EQ(
      rare.warnings[0].text,
      "R-hat inf for there is above 1.01: it never changes in 2 of 4 chains and has another value in 0.5 % of the "
      "others' draws, too rarely to compare chains by: how often is only roughly known; 1 of 3 quantities exceed "
      "it");
  EXPECT_EQ(rare.warnings[0].fix,
            "Add rounds (dovetail resume RUN --rounds +2), until every chain has seen what is rare several times.");

  columns[2].summary.r_hat.bulk.value = 1.02;  // what is no rare event is said first
  const Verdict both = sampling_verdict(figures);
  ASSERT_EQ(ids(both), Ids{"W101"});
  EXPECT_NE(both.warnings[0].text.find("R-hat 1.020 for y"), std::string::npos) << both.warnings[0].text;
  EXPECT_NE(both.warnings[0].text.find("2 of 3 quantities"), std::string::npos) << both.warnings[0].text;

  make_constant(columns[1].summary, 2, 0.95);  // one in twenty is not rare: two chains ought to have seen it
  const Verdict stuck = sampling_verdict(figures);
  ASSERT_EQ(ids(stuck), Ids{"W101"});
  EXPECT_NE(stuck.warnings[0].text.find("R-hat inf for there is above 1.01: a chain does not move"), std::string::npos)
      << stuck.warnings[0].text;
}

void make_all_equal(ColumnSummary& s) {
  s.sd = Figure::of(0);
  s.ess_bulk = s.ess_tail = s.mcse_mean = Figure::missing(Unavailable::constant);
  s.r_hat.bulk = s.r_hat.tail = Figure::missing(Unavailable::constant);
}

TEST(SamplingVerdict, ConstantColumnsAreNoted) {
  const Verdict verdict = with_column(make_all_equal);
  EXPECT_TRUE(verdict.warnings.empty());
  EXPECT_EQ(verdict.notes, Ids{"no diagnostics for tau: all draws are equal"});
}

TEST(SamplingVerdict, ARunInWhichNothingMovedIsNoGoodOne) {
  std::vector<NamedColumn> columns{good_column("mu"), good_column("tau")};
  make_all_equal(columns[0].summary);
  SamplingFigures figures;
  figures.columns = columns;
  EXPECT_EQ(ids(sampling_verdict(figures)), Ids{});
  make_all_equal(columns[1].summary);
  const Verdict verdict = sampling_verdict(figures);
  ASSERT_EQ(ids(verdict), Ids{"W112"});
  EXPECT_NE(verdict.warnings[0].text.find("every quantity has one value"), std::string::npos)
      << verdict.warnings[0].text;
}

TEST(SamplingVerdict, AGoalThatWasMissedIsSaid) {
  const auto with_goal = [](double goal) {
    std::vector<NamedColumn> columns{good_column("mu"), good_column("tau")};
    columns[1].summary.ess_tail.value = 1234;
    SamplingFigures figures;
    figures.origin = Origin::sample;
    figures.columns = columns;
    figures.until_ess = goal;
    return sampling_verdict(figures);
  };
  EXPECT_EQ(ids(with_goal(1234)), Ids{});
  const Verdict missed = with_goal(1235);
  ASSERT_EQ(ids(missed), Ids{"W113"});
  EXPECT_NE(missed.warnings[0].text.find("ESS 1234 for tau is below 1235; 1 of 2 quantities fall short"),
            std::string::npos)
      << missed.warnings[0].text;
}

TEST(TemperingVerdict, FindsNothingInAGoodLadder) {
  EXPECT_TRUE(with_ladder([](TemperingFigures&) {}).warnings.empty());
}

TEST(TemperingVerdict, ThresholdsHoldFromBothSides) {
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.barrier = 4.5; })), Ids{});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.barrier = 4.51; })), Ids{"W201"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.restarts = 1; })), Ids{});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.restarts = 0; })), Ids{"W202"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.energy_autocorrelation_max = 0.9; })), Ids{});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.energy_autocorrelation_max = 0.901; })), Ids{"W203"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.rejections[3] = 0.9; })), Ids{});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.rejections[3] = 0.901; })), Ids{"W205"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.rejections[3] = 0.9375; })), Ids{"W205"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.rejections[3] = 0.951; })), Ids{"W208"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.error_events = 1; })), Ids{"W206"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.log_evidence_se.reset(); })), Ids{"W207"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.log_evidence_se.reset(), f.log_evidence.reset(); })), Ids{});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.legs_disagree = true; })), Ids{"W209"});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.reversible_min = 0.5; })), Ids{});
  EXPECT_EQ(ids(with_ladder([](auto& f) { f.reversible_min = 0.49; })), Ids{"W210"});
}

TEST(TemperingVerdict, SteppingStonesMustStrayInErrorsAndInNats) {
  const auto stray = [](double forward, double backward, std::optional<double> se) {
    return ids(with_ladder([&](TemperingFigures& f) {
      f.log_evidence_forward = forward;
      f.log_evidence_backward = backward;
      f.log_evidence_se = se;
      f.log_evidence = 0.0;
    }));
  };
  EXPECT_EQ(stray(0, 1, 0.1), Ids{});            // exactly 1
  EXPECT_EQ(stray(0, 1.01, 0.1), Ids{"W204"});   // more, and more than 4 errors
  EXPECT_EQ(stray(-1.01, 0, 0.1), Ids{"W204"});  // in either direction
  EXPECT_EQ(stray(-1.9, 2.0, 0.5), Ids{});       // exactly 4 errors
  EXPECT_EQ(stray(-1.9, 2.01, 0.5), Ids{"W204"});
  EXPECT_EQ(stray(0, 1.01, std::nullopt), (Ids{"W204", "W207"}));
  EXPECT_EQ(stray(-kInf, 0, 1.0), Ids{"W204"});
}

TEST(Warnings, IdsAreUniqueAscendingAndOfTheirFamily) {
  std::string previous;
  for (const WarningKind& kind : warning_kinds()) {
    EXPECT_LT(previous, kind.id);
    previous = kind.id;
    EXPECT_EQ(find_warning(kind.id), &kind);
    EXPECT_TRUE(kind.id.size() == 4 && kind.id[0] == 'W' && kind.id[1] >= '1' && kind.id[1] <= '3') << kind.id;
    EXPECT_GT(kind.explanation.size(), 100U);
    EXPECT_EQ(kind.explanation.find("  "), std::string::npos) << kind.id;
    EXPECT_EQ(kind.explanation.back(), '.');
  }
  EXPECT_EQ(find_warning("W999"), nullptr);
}

TEST(Warnings, EveryIdIsReachableAndNoOtherIs) {
  std::set<std::string> seen;
  const auto collect = [&](const Verdict& verdict) {
    std::string previous;
    for (const Finding& finding : verdict.warnings) {
      seen.insert(finding.id);
      EXPECT_LT(previous, finding.id) << "ascending, at most one of each";
      previous = finding.id;
      EXPECT_EQ(finding.text.find('\n'), std::string::npos);
      EXPECT_EQ(finding.fix.find('\n'), std::string::npos);
      EXPECT_EQ(finding.fix.back(), '.') << finding.fix;
      EXPECT_EQ(finding.text.find("nan"), std::string::npos) << finding.text;
    }
  };
  for (const Origin origin : {Origin::sample, Origin::temper}) {
    std::vector<NamedColumn> columns{good_column()};
    ColumnSummary& s = columns[0].summary;
    s.r_hat.tail.value = 1.2;
    s.ess_bulk.value = s.ess_tail.value = 12;
    s.mcse_mean.value = 1;
    s.non_finite = 3;
    s.draws = 5;
    SamplingFigures figures;
    figures.origin = origin;
    figures.columns = columns;
    figures.divergences = 17;
    figures.iterations = 4000;
    figures.e_bfmi_min = 0.1;
    figures.depth_hits = 900;
    figures.acceptance_target = 0.8;
    figures.acceptance = {0.85, 0.2};
    figures.step_sizes = {0.1, 0.9};
    figures.error_events = 3;
    figures.until_ess = 1000;
    collect(sampling_verdict(figures));
    make_all_equal(s);
    collect(sampling_verdict(figures));
  }
  TemperingFigures ladder = good_ladder();
  ladder.barrier = 20;
  ladder.restarts = 0;
  ladder.energy_autocorrelation_max = 0.995;
  ladder.log_evidence_backward = 3;
  ladder.rejections[0] = 0.92;
  ladder.error_events = 4;
  ladder.log_evidence_se.reset();
  ladder.legs_disagree = true;
  ladder.variational_alone = true;
  ladder.reversible_min = 0.2;
  collect(tempering_verdict(ladder));
  ladder.rejections[0] = 0.99;
  collect(joined({}, tempering_verdict(ladder)));
  std::set<std::string> registered;
  for (const WarningKind& kind : warning_kinds()) {
    if (kind.id[1] != '3') registered.insert(std::string(kind.id));  // those of `ep` are made from its own figures
  }
  EXPECT_EQ(seen, registered);
}

TEST(Wording, NumbersReadAsWritten) {
  EXPECT_EQ(fixed(1.2345, 2), "1.23");
  EXPECT_EQ(fixed(-kInf, 2), "-inf");
  EXPECT_EQ(significant(0.000123456, 3), "0.000123");
  EXPECT_EQ(percent(0.0832), "8.3 %");
  EXPECT_EQ(percent(1), "100 %");
  EXPECT_EQ(counted(1, "draw"), "1 draw");
  EXPECT_EQ(counted(0, "draw"), "0 draws");
}

}  // namespace
}  // namespace dovetail::diagnose
