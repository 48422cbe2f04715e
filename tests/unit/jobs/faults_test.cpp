// What a run does with a model that fails: NaN, +inf, exceptions, no density anywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/diagnose/warnings.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/model/callable.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

using Part = std::function<double(Point)>;

constexpr double kLogRootTwoPi = 0.91893853320467274;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double normal_prior(Point x) { return -0.5 * x[0] * x[0] - kLogRootTwoPi; }
/// Observed 1 with unit noise: the posterior is N(1/2, 1/2).
double normal_likelihood(Point x) { return -0.5 * (x[0] - 1) * (x[0] - 1) - kLogRootTwoPi; }

/// Likelihood `beyond(x)` at x > edge, normal_likelihood elsewhere.
CallableModel<DeclaredParts<Part, Part>> with_edge(Part beyond, double edge = 1) {
  return CallableModel(density(
      1, Part(normal_prior), Part([beyond, edge](Point x) { return x[0] > edge ? beyond(x) : normal_likelihood(x); })));
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const ModelError& error) {
    return error.what();
  }
  return "no ModelError";
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

/// Mean of N(1/2, 1/2) cut off at 1: 1/2 - s phi(a)/Phi(a), a = (1 - 1/2)/s, s^2 = 1/2.
double truncated_mean() {
  const double s = std::sqrt(0.5), a = 0.5 / s;
  return 0.5 - s * std::exp(-0.5 * a * a - kLogRootTwoPi) / (0.5 * std::erfc(-a / std::sqrt(2.0)));
}

void expect_truncated(const TemperResult& result) {
  const ParameterSummary& x = result.summary.parameters[0];
  EXPECT_LE(std::fabs(x.mean - truncated_mean()), z_limit() * *x.mcse_mean) << x.mean << " +- " << *x.mcse_mean;
  EXPECT_LE(*x.mcse_mean, 0.05);
  for (std::size_t at = 0; at < result.draws[0].size(); at += result.columns.size()) {
    ASSERT_LE(result.draws[0][at], 1);
  }
}

struct Fault {
  std::string name;
  Part beyond;
  std::string words;  ///< of the message that stops the run
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class FailingModel : public ::testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(Temper, FailingModel,
                         ::testing::Values(Fault{"Nan", [](Point) { return kNan; }, "gave NaN"},
                                           Fault{"PlusInfinity", [](Point) { return kInfinity; }, "gave +inf"},
                                           Fault{"Throws",
                                                 [](Point) -> double { throw std::runtime_error("no root in [0, 1]"); },
                                                 "threw: no root in [0, 1]"}),
                         [](const auto& which) { return which.param.name; });

// At 3, where no start lies: a kernel's look beyond ends the run. At -1 a start does, for most seeds of ten.
TEST_P(FailingModel, StopsTheRunAndNamesThePoint) {
  for (const double edge : {3.0, -1.0}) {
    const auto model = with_edge(GetParam().beyond, edge);
    const std::string message = message_of([&] { run_temper(model, own_options(8)); });
    expect_contains(message, "model callable " + GetParam().words + " at (x ");
    expect_contains(message, edge > 0 ? "--on-error reject" : "a starting point");
    EXPECT_GT(std::stod(message.substr(message.find(" at (x ") + 7)), edge) << message;
  }
}

TEST_P(FailingModel, WithRejectLeavesThePosteriorOfTheRestAndCounts) {
  const auto model = with_edge(GetParam().beyond);
  for (const char* kernel : {"slice", "auto"}) {
    TemperOptions options = own_options(11);
    options.on_error = OnError::reject;
    options.kernel = kernel;
    options.copies = 8;  // 80 starts, of which P(x > 1) = 0.16 fail at first
    options.rounds = 9;
    const TemperResult result = run_temper(model, options);
    expect_truncated(result);
    std::uint64_t errors = 0;
    for (const TemperingRow& row : result.rounds) errors += row.error_events;
    EXPECT_GT(errors, 1000u);
    bool warned = false;
    for (const Warning& w : result.summary.warnings) warned |= w.id == diagnose::warning::kErrorEvents;
    EXPECT_TRUE(warned);
  }
}

TEST_P(FailingModel, EverywhereIsAnErrorWhateverThePolicy) {
  const Part beyond = GetParam().beyond;
  const CallableModel model(density(1, Part(normal_prior), beyond));
  for (const OnError policy : {OnError::stop, OnError::reject}) {
    TemperOptions options = own_options(6);
    options.on_error = policy;
    expect_contains(message_of([&] { run_temper(model, options); }), "model callable " + GetParam().words + " at (x ");
  }
}

// -inf is a value: outside the support, nothing to count. The evidence is that of the whole prior.
TEST(Support, OfTheLikelihoodMayBePartOfThePriors) {
  const auto model = with_edge([](Point) { return -kInfinity; });
  const TemperResult result = run_temper(model, own_options(11));
  expect_truncated(result);
  for (const TemperingRow& row : result.rounds) EXPECT_EQ(row.error_events, 0u);
  const TemperingSummary& figures = *result.summary.tempering;
  // N(0; 1, 2) times the posterior's mass below 1
  const double truth = -kLogRootTwoPi - 0.5 * std::log(2.0) - 0.25 + std::log(0.5 * std::erfc(-0.5));
  ASSERT_TRUE(figures.log_evidence_se);
  EXPECT_LE(std::fabs(*figures.log_evidence - truth), z_limit() * *figures.log_evidence_se);
}

// The error region under `reject` counts as a draw of the prior that is not made: evidence and posterior are those of
// the prior restricted to where the model answers.
TEST(Reject, EvidenceIsRelativeToThePriorWhereTheModelAnswers) {
  const auto model = with_edge([](Point) { return kNan; });
  TemperOptions options = own_options(11);
  options.on_error = OnError::reject;
  const TemperResult result = run_temper(model, options);
  const TemperingSummary& figures = *result.summary.tempering;
  const double whole = -kLogRootTwoPi - 0.5 * std::log(2.0) - 0.25 + std::log(0.5 * std::erfc(-0.5));
  const double answered = 0.5 * std::erfc(-1 / std::sqrt(2.0));  // P(x <= 1) under the prior
  ASSERT_TRUE(figures.log_evidence_se);
  EXPECT_LE(std::fabs(*figures.log_evidence - (whole - std::log(answered))), z_limit() * *figures.log_evidence_se);
}

// Every point that the model fails at after the start is one event, whichever rung met it.
TEST(Reject, CountsEveryFailureOnce) {
  std::uint64_t failures = 0;
  const auto model = with_edge([&failures](Point) {
    ++failures;
    return kNan;
  });
  TemperOptions options = own_options(8);
  options.on_error = OnError::reject;
  const TemperJob job(model, options);
  State<TemperJob> state = begin_from(job, job.begin_shared());
  failures = 0;
  Observer quiet;
  run_job(job, state, quiet);
  EXPECT_GT(failures, 1000u);
  EXPECT_EQ(state.shared.errors, failures);
}

/// The same model with draws from its prior, so that the reference's rung has no kernel.
struct PriorDrawn {
  [[nodiscard]] std::size_t dimension() const { return 1; }
  [[nodiscard]] double log_prior(Point x) const { return normal_prior(x); }
  [[nodiscard]] double log_likelihood(Point x) const { return x[0] > 1 ? kNan : normal_likelihood(x); }
  void draw_prior(Rng& rng, PointOut x) const { math::draw_normals(rng, x); }
};

TEST(Reject, CountsFailuresOfDrawsFromTheReference) {
  const CallableModel model{PriorDrawn{}};
  TemperOptions options = own_options(8);
  options.on_error = OnError::reject;
  options.replicas = 4;
  const TemperJob job(model, options);
  State<TemperJob> state = begin_from(job, job.begin_shared());
  double worst = -kInfinity;
  Observer quiet;
  std::uint64_t errors = 0;
  run_job(job, state, quiet, [&](const State<TemperJob>& at, double) {
    for (const Replica& replica : at.locals) worst = std::max(worst, replica.chain.x[0]);
    errors += at.shared.last->row.error_events;
  });
  EXPECT_LE(worst, 1);
  // the reference alone: 510 draws, each beyond 1 with probability 0.1587
  EXPECT_GT(errors, 510 * 0.1587 - z_limit() * std::sqrt(510 * 0.1587 * 0.8413));
}

TEST(Start, WithoutDensityAnywhereNamesTheTerm) {
  const CallableModel no_likelihood(density(1, Part(normal_prior), Part([](Point) { return -kInfinity; })));
  const std::string likelihood = message_of([&] { run_temper(no_likelihood, own_options(4)); });
  expect_contains(likelihood, "no start with positive density in 100 draws");
  expect_contains(likelihood, "the log likelihood is -inf");
  const CallableModel no_prior(density(1, Part([](Point) { return -kInfinity; }), Part(normal_likelihood)));
  expect_contains(message_of([&] { run_temper(no_prior, own_options(4)); }), "the log prior is -inf");
}

TEST(Start, TriesAgainUntilADrawHasDensity) {
  const CallableModel model(density(1, Part(normal_prior), Part([](Point x) {
                                      return x[0] > 1 ? normal_likelihood(x) : -kInfinity;  // 16 % of the prior
                                    })));
  const TemperResult result = run_temper(model, own_options(8));
  EXPECT_EQ(result.stop, StopReason::finished);
  for (std::size_t at = 0; at < result.draws[0].size(); at += result.columns.size()) EXPECT_GT(result.draws[0][at], 1);
}

TEST(Replicas, TooFewForTheBarrierAreWarnedOf) {
  const auto model = make_model("builtin:mvn,d=10");  // barrier 2.83
  const auto warned = [&](std::uint32_t replicas) {
    TemperOptions options = own_options(8);
    options.replicas = replicas;
    const TemperResult result = run_temper(*model, options);
    for (const Warning& w : result.summary.warnings) {
      if (w.id == diagnose::warning::kReplicas) return true;
    }
    return false;
  };
  EXPECT_TRUE(warned(3));
  EXPECT_FALSE(warned(9));
}

}  // namespace
}  // namespace dovetail::test
