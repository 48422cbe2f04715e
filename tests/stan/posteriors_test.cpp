// The ten posteriors of posteriordb as users run them, against their reference draws.
//
// One rule for all, set before any was looked at. Each is run at default settings, seed 1 among them, and once more
// with many times the draws. Every mean lies within 4 standard errors of the reference's, both errors combined; every
// standard deviation within 10 % or, where that is more, 4 standard errors. Heavy tails need the second: at 4000 draws
// the deviation of tau in eight schools is itself uncertain by 5 % or so. In the longer run 4 errors must have come
// below 20 %, since wide error bars prove nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "dovetail/diagnose/ess.hpp"
#include "dovetail/diagnose/mcse.hpp"
#include "dovetail/diagnose/moments.hpp"
#include "dovetail/jobs/open_model.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/jobs/temper.hpp"
#include "tests/stan/library.hpp"

namespace dovetail::test {
namespace {

constexpr double kErrors = 4;
constexpr double kDeviation = 0.1;
constexpr double kWidestLater = 0.2;
const Layout kSerial = {"serial", 1};

struct Posterior {
  std::string program;
  std::string data;  ///< of models/, and the name among the references
};

void PrintTo(const Posterior& posterior, std::ostream* out) { *out << posterior.program; }

std::unique_ptr<Model> open(const Posterior& posterior) {
  ModelSource source;
  source.spec = compiled("models/" + posterior.program + ".stan").string();
  source.data = DOVETAIL_PROJECT "/models/" + posterior.data + ".json";
  return open_model(source);
}

/// What posteriordb's reference draws say of one parameter.
struct Reference {
  std::string name;
  double mean = 0, mcse = 0, sd = 0;
};

std::vector<Reference> references(const std::string& of) {
  std::ifstream file(DOVETAIL_PROJECT "/tests/stan/references.json");
  const auto all = nlohmann::json::parse(file);
  std::vector<Reference> result;
  for (const auto& [name, figures] : all.at(of).items())
    result.push_back({name, figures.at(0), figures.at(1), figures.at(2)});
  return result;
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// One column of a result as the diagnostics see it.
template <class Result>
class Draws {
 public:
  Draws(const Result& result, const std::string& name) {
    const auto found = std::find(result.columns.begin(), result.columns.end(), name);
    if (found == result.columns.end()) throw std::out_of_range(name);
    for (const auto& chain : result.draws) rows_.emplace_back(chain);
    view_ = {rows_, result.columns.size(), static_cast<std::size_t>(found - result.columns.begin())};
  }
  [[nodiscard]] const diagnose::ChainsView& view() const { return view_; }

 private:
  std::vector<std::span<const double>> rows_;
  diagnose::ChainsView view_;
};

struct Agreement {
  double z = 0;          ///< of the mean that is furthest off
  double ratio = 1;      ///< of the standard deviation that is furthest off, over the reference's
  double tolerance = 0;  ///< the widest that a ratio was given
};

template <class Result>
Agreement compare(const Result& result, const std::string& with) {
  Agreement worst;
  for (const Reference& reference : references(with)) {
    const Draws draws(result, reference.name);
    const diagnose::Column column(draws.view());
    const auto [mean, sd] = diagnose::moments(column);
    const double z = (mean - reference.mean) / std::hypot(diagnose::mcse_mean(column).value, reference.mcse);
    // The reference's deviation has the error of ours at its own number of effective draws.
    const double effective = std::pow(reference.sd / reference.mcse, 2);
    const double error = diagnose::mcse_sd(column).value;
    const double both = error * std::sqrt(1 + diagnose::ess_sd(column).value / effective);
    const double ratio = sd / reference.sd;
    const double tolerance = std::max(kDeviation, kErrors * both / reference.sd);
    EXPECT_LE(std::fabs(z), kErrors) << reference.name << ": " << mean << ", not " << reference.mean;
    EXPECT_LE(std::fabs(ratio - 1), tolerance) << reference.name << ": sd " << sd << ", not " << reference.sd;
    if (std::fabs(z) > std::fabs(worst.z)) worst.z = z;
    if (std::fabs(ratio - 1) > std::fabs(worst.ratio - 1)) worst.ratio = ratio;
    worst.tolerance = std::max(worst.tolerance, tolerance);
  }
  return worst;
}

/// A line of the table. `seconds`: of processor time.
void print(const Posterior& posterior, const Agreement& worst, const Summary& summary, double seconds) {
  double least = kInfinity;
  for (const Reference& reference : references(posterior.data)) {
    for (const ParameterSummary& row : summary.parameters)
      if (row.name == reference.name) least = std::min(least, row.ess_bulk.value_or(0));
  }
  std::string verdict = summary.status;
  for (const Warning& warning : summary.warnings) verdict += " " + warning.id;
  const SamplingSummary& run = summary.sampling;
  std::printf("%-26s %-6s %llu x %-5llu  z %5.2f  sd ratio %5.3f (of +-%.2f)  divergences %-3llu evaluations %-8llu ",
              posterior.program.c_str(), summary.command.c_str(), static_cast<unsigned long long>(run.chains),
              static_cast<unsigned long long>(run.draws), worst.z, worst.ratio, worst.tolerance,
              static_cast<unsigned long long>(run.divergences),
              static_cast<unsigned long long>(run.gradient_evaluations + run.density_evaluations));
  std::printf("ESS/s %-7.0f %s\n", least / seconds, verdict.c_str());
}

class StanPosteriors : public ::testing::TestWithParam<Posterior> {};

TEST_P(StanPosteriors, HaveTheMeansAndDeviationsOfTheirReferenceDraws) {
  const auto model = open(GetParam());
  SampleOptions options;
  for (const std::uint64_t draws : {options.draws, 10 * options.draws}) {
    SCOPED_TRACE(draws);
    options.draws = draws;
    SampleObserver quiet;
    const double start = processor_seconds();
    const SampleResult result = sample(*model, options, kSerial, quiet);
    const double seconds = processor_seconds() - start;
    const Agreement worst = compare(result, GetParam().data);
    print(GetParam(), worst, result.summary, seconds);
    if (draws > SampleOptions{}.draws) {
      EXPECT_LE(worst.tolerance, kWidestLater);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sample, StanPosteriors,
                         ::testing::Values(Posterior{"eight_schools_noncentered", "eight_schools"},
                                           Posterior{"arK", "arK"}, Posterior{"garch11", "garch11"},
                                           Posterior{"gp_regr", "gp_regr"},
                                           Posterior{"kidscore_interaction", "kidscore_interaction"},
                                           Posterior{"low_dim_gauss_mix", "low_dim_gauss_mix"},
                                           Posterior{"logmesquite", "logmesquite"}, Posterior{"nes", "nes"},
                                           Posterior{"blr", "blr"}),
                         [](const auto& named) { return named.param.program; });

// The tenth is a funnel, which chains on their own do not get to the bottom of: they must say so, and `temper` gets
// there.

const Posterior kFunnel = {"eight_schools_centered", "eight_schools"};

TEST(StanPosteriorOfTheFunnel, IsNotDrawnByChainsWithoutAWarning) {
  const auto model = open(kFunnel);
  SampleObserver quiet;
  const SampleResult result = sample(*model, {}, kSerial, quiet);
  EXPECT_EQ(result.summary.status, "warnings");
}

/// The share of draws below the 5 % quantile of the reference's tau: the neck of the funnel.
void expect_the_neck(const TemperResult& result) {
  constexpr double kShare = 0.05;
  constexpr double kQuantile = 0.256663793803841;
  constexpr double kReferenceDraws = 10000;
  const Draws tau(result, "tau");
  std::vector<std::vector<double>> below(tau.view().count());
  std::vector<std::span<const double>> rows;
  double share = 0;
  for (std::size_t chain = 0; chain < below.size(); ++chain) {
    for (std::size_t draw = 0; draw < tau.view().draws(); ++draw)
      below[chain].push_back(tau.view().at(chain, draw) <= kQuantile ? 1 : 0);
    for (const double each : below[chain]) share += each / static_cast<double>(below.size() * tau.view().draws());
    rows.emplace_back(below[chain]);
  }
  const double error =
      std::hypot(diagnose::mcse_probability({rows}).value, std::sqrt(kShare * (1 - kShare) / kReferenceDraws));
  EXPECT_LE(std::fabs(share - kShare), kErrors * error) << share;
  std::printf("%28.3f of the draws have tau below the reference's 5 %% quantile, error %.3f\n", share, error);
}

TEST(StanPosteriorOfTheFunnel, IsDrawnByTemperingWithRestarts) {
  const auto model = open(kFunnel);
  TemperOptions options;
  for (const std::uint32_t rounds : {options.rounds, options.rounds + 3}) {
    SCOPED_TRACE(rounds);
    options.rounds = rounds;
    TemperObserver quiet;
    const double start = processor_seconds();
    const TemperResult result = temper(*model, options, kSerial, quiet);
    const double seconds = processor_seconds() - start;
    const Agreement worst = compare(result, kFunnel.data);
    print(kFunnel, worst, result.summary, seconds);
    std::printf("%28llu restarts in the last round, %u rungs, barrier %.2f\n",
                static_cast<unsigned long long>(result.rounds.back().restarts), result.summary.tempering->replicas,
                result.summary.tempering->global_barrier);
    expect_the_neck(result);
    EXPECT_GE(result.rounds.back().restarts, 20u);  // what docs/tempering.md calls good
    if (rounds > TemperOptions{}.rounds) {
      EXPECT_LE(worst.tolerance, kWidestLater);
    }
  }
}

}  // namespace
}  // namespace dovetail::test
