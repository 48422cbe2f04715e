// Population kernels against their definitions: where they look, with what probability they accept, on small archives.
#include "dovetail/kernel/population.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "dovetail/core/error.hpp"
#include "tests/support/goodness_of_fit.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using Numbers = std::vector<double>;

constexpr double kNoise = 1e-4;
constexpr double kBestScale = 2.38;

/// Independent standard normals, which remembers where it was looked at last.
class Watched final : public Path {
 public:
  explicit Watched(std::size_t d) : coordinates_(d) {}
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] static double log_law(Point x) {
    double square = 0;
    for (const double v : x) square += v * v;
    return -0.5 * square;
  }
  [[nodiscard]] Potential evaluate(Point x) const override {
    seen.assign(x.begin(), x.end());
    return {0, log_law(x), 0, log_law(x)};
  }
  mutable Numbers seen;

 private:
  std::vector<Coordinate> coordinates_;
};

/// One kernel at one point: every step starts there anew.
struct Bench {
  Watched path;
  PopulationKernel kernel;
  Tuning tuning;
  ChainState state;
  Workspace workspace;
  KernelRecord record;

  Bench(PopulationMove move, Numbers x, Numbers archive) : path(x.size()), kernel(move) {
    tuning.scale.assign(x.size(), 1);
    tuning.archive = std::move(archive);
    start(x);
  }
  void start(const Numbers& x) {
    state.x = x;
    state.potential = path.evaluate(x);
  }
  /// The acceptance of step t from x; path.seen is where it looked.
  double acceptance_from(const Numbers& x, std::uint64_t t, bool adapting = false) {
    start(x);
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(t)});
    if (adapting) {
      kernel.adapting_step(state, {path, 1}, tuning, rng, workspace, record);
    } else {
      kernel.step(state, {path, 1}, tuning, rng, workspace, record);
    }
    return record.last.acceptance;
  }
};

const Numbers kLine = {0, 1, 3, 7};  // all differences are different
const Numbers kPlane = {0.3, -0.2, 1.5, 0.4, -0.8, 1.1, 0.2, -1.6, -1.2, -0.7, 0.9, 1.7};

double at(const Numbers& archive, std::size_t d, std::size_t point, std::size_t i) { return archive[point * d + i]; }

double accept(double log_ratio) { return std::min(1.0, std::exp(log_ratio)); }

constexpr std::size_t kNodes = 2000;
double node(std::size_t n) { return (static_cast<double>(n) + 0.5) / static_cast<double>(kNodes); }

/// Mean acceptance at x by enumeration of the archive and midpoints of what else is drawn, without the noise.
double plain_stretch(const Numbers& x, const Numbers& archive) {
  const std::size_t d = x.size();
  const std::size_t points = archive.size() / d;
  double sum = 0;
  Numbers to(d);
  for (std::size_t z = 0; z < points; ++z) {
    for (std::size_t n = 0; n < kNodes; ++n) {
      const double zeta = (node(n) + 1) * (node(n) + 1) / 2;
      for (std::size_t i = 0; i < d; ++i) to[i] = at(archive, d, z, i) + zeta * (x[i] - at(archive, d, z, i));
      sum += accept(Watched::log_law(to) - Watched::log_law(x) + static_cast<double>(d - 1) * std::log(zeta));
    }
  }
  return sum / static_cast<double>(points * kNodes);
}

double plain_evolution(const Numbers& x, const Numbers& archive) {
  const std::size_t d = x.size();
  const std::size_t points = archive.size() / d;
  double sum = 0;
  Numbers to(d);
  for (std::size_t a = 0; a < points; ++a) {
    for (std::size_t b = 0; b < points; ++b) {
      if (a == b) continue;
      const auto with = [&](double gamma) {
        for (std::size_t i = 0; i < d; ++i) to[i] = x[i] + gamma * (at(archive, d, a, i) - at(archive, d, b, i));
        return accept(Watched::log_law(to) - Watched::log_law(x));
      };
      sum += 0.1 * with(1) + 0.9 * with(kBestScale / std::sqrt(2.0 * static_cast<double>(d)));
    }
  }
  return sum / static_cast<double>(points * (points - 1));
}

double plain_snooker(const Numbers& x, const Numbers& archive) {
  const std::size_t d = x.size();
  const std::size_t points = archive.size() / d;
  double sum = 0;
  double count = 0;
  Numbers to(d);
  for (std::size_t z = 0; z < points; ++z) {
    for (std::size_t a = 0; a < points; ++a) {
      for (std::size_t b = 0; b < points; ++b) {
        if (a == b || a == z || b == z) continue;
        double square = 0, projection = 0;
        for (std::size_t i = 0; i < d; ++i) {
          const double along = x[i] - at(archive, d, z, i);
          square += along * along;
          projection += along * (at(archive, d, a, i) - at(archive, d, b, i));
        }
        for (std::size_t n = 0; n < kNodes; ++n) {
          const double t = 1 + (1.2 + node(n)) * projection / square;
          for (std::size_t i = 0; i < d; ++i) to[i] = at(archive, d, z, i) + t * (x[i] - at(archive, d, z, i));
          const double h = static_cast<double>(d - 1) * std::log(std::fabs(t));
          sum += accept(Watched::log_law(to) - Watched::log_law(x) + h);
        }
        count += static_cast<double>(kNodes);
      }
    }
  }
  return sum / count;
}

/// The mean acceptance of many steps from x, within 5 of its standard errors (and the noise, which is left out).
void expect_acceptance(PopulationMove move, const Numbers& x, const Numbers& archive, double expected) {
  constexpr std::uint64_t kSteps = 100000;
  Bench bench(move, x, archive);
  double sum = 0, squares = 0;
  for (std::uint64_t t = 0; t < kSteps; ++t) {
    const double a = bench.acceptance_from(x, t);
    sum += a;
    squares += a * a;
  }
  const double mean = sum / kSteps;
  EXPECT_NEAR(mean, expected, 5 * std::sqrt((squares / kSteps - mean * mean) / kSteps) + 1e-5);
}

TEST(Population, StretchesAcceptAsEnumerated) {
  expect_acceptance(PopulationMove::stretch, {0.8}, kLine, plain_stretch({0.8}, kLine));
  expect_acceptance(PopulationMove::stretch, {0.8, -0.5}, kPlane, plain_stretch({0.8, -0.5}, kPlane));
}

TEST(Population, DifferencesAcceptAsEnumerated) {
  expect_acceptance(PopulationMove::differential_evolution, {0.8}, kLine, plain_evolution({0.8}, kLine));
  expect_acceptance(PopulationMove::differential_evolution, {0.8, -0.5}, kPlane, plain_evolution({0.8, -0.5}, kPlane));
}

TEST(Population, SnookersAcceptAsEnumerated) {
  expect_acceptance(PopulationMove::snooker, {0.8}, kLine, plain_snooker({0.8}, kLine));
  expect_acceptance(PopulationMove::snooker, {0.8, -0.5}, kPlane, plain_snooker({0.8, -0.5}, kPlane));
}

// With every point of the archive at 0 the radius r moves alone: E acceptance over r ~ Rayleigh and zeta, by midpoints.
TEST(Population, StretchesKeepTheRadialLawOfANormal) {
  const Numbers centre(12, 0.0);
  double expected = 0;
  for (std::size_t n = 0; n < kNodes; ++n) {
    const double r = std::sqrt(-2 * std::log(node(n)));
    for (std::size_t k = 0; k < kNodes; ++k) {
      const double zeta = (node(k) + 1) * (node(k) + 1) / 2;
      expected += accept(std::log(zeta) - 0.5 * (zeta * zeta - 1) * r * r);
    }
  }
  expected /= static_cast<double>(kNodes * kNodes);
  Bench bench(PopulationMove::stretch, {1, 0}, centre);
  constexpr std::uint64_t kSteps = 100000;
  double sum = 0, squares = 0;
  for (std::uint64_t t = 0; t < kSteps; ++t) {
    Rng rng({test::seed_from_name(1), Purpose::test, ItemId(0), Step(t)});
    const double a = bench.acceptance_from({std::sqrt(-2 * std::log(rng.uniform_open())), 0}, t);
    sum += a;
    squares += a * a;
  }
  const double mean = sum / kSteps;
  EXPECT_NEAR(mean, expected, 5 * std::sqrt((squares / kSteps - mean * mean) / kSteps));
}

TEST(Population, StretchFactorsFollowTheirLaw) {
  Bench bench(PopulationMove::stretch, {2}, Numbers(4, 0.0));
  Numbers zetas;
  for (std::uint64_t t = 0; t < 20000; ++t) {
    bench.acceptance_from({2}, t);
    zetas.push_back(bench.path.seen[0] / 2);
  }
  test::expect_law(zetas, [](double zeta) { return std::clamp(std::sqrt(2 * zeta) - 1, 0.0, 1.0); });
}

// Each ordered pair as often as another, gamma = 1 in a tenth of the moves; what is left over is the noise.
TEST(Population, DifferencesAndTheirNoiseFollowTheirLaw) {
  Bench bench(PopulationMove::differential_evolution, {0.5}, kLine);
  bench.tuning.scale = {2};
  std::vector<double> jumps, probabilities;
  for (const double gamma : {1.0, kBestScale / std::sqrt(2.0)}) {
    for (const double a : kLine) {
      for (const double b : kLine) {
        if (a == b) continue;
        jumps.push_back(gamma * (a - b));
        probabilities.push_back((gamma == 1 ? 0.1 : 0.9) / 12);
      }
    }
  }
  std::vector<std::int64_t> counts(jumps.size());
  Numbers noise;
  for (std::uint64_t t = 0; t < 20000; ++t) {
    bench.acceptance_from({0.5}, t);
    const double jump = bench.path.seen[0] - 0.5;
    const auto nearer = [&](double p, double q) { return std::fabs(p - jump) < std::fabs(q - jump); };
    const auto nearest = std::min_element(jumps.begin(), jumps.end(), nearer);
    ++counts[static_cast<std::size_t>(nearest - jumps.begin())];
    noise.push_back((jump - *nearest) / (2 * kNoise));
  }
  test::expect_frequencies(counts, probabilities);
  test::expect_law(noise, [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); });
}

// What the archive does not span is reached by the noise: without it one coordinate would never move.
TEST(Population, NoiseLeavesWhatTheArchiveSpans) {
  Numbers flat;
  for (const double v : {0.1, 0.7, -0.4, 1.2, -1.1, 0.3}) flat.insert(flat.end(), {v, 0.25});
  Bench bench(PopulationMove::differential_evolution, {0.8, -0.5}, flat);
  bench.acceptance_from({0.8, -0.5}, 0);
  EXPECT_NE(bench.path.seen[1], -0.5);
  EXPECT_NEAR(bench.path.seen[1], -0.5, 10 * kNoise);
  Bench snooker(PopulationMove::snooker, {0.8, -0.5}, Numbers(12, 0.25));
  snooker.acceptance_from({0.8, -0.5}, 0);
  EXPECT_NE(snooker.path.seen, (Numbers{0.8, -0.5}));
}

TEST(Population, APointOfTheArchiveIsNoTrap) {
  for (const auto move : {PopulationMove::snooker, PopulationMove::stretch}) {
    Bench bench(move, {1, 1}, Numbers(12, 1.0));
    EXPECT_GE(bench.acceptance_from({1, 1}, 0), 0.5);  // there is no line: x stays, and nothing is NaN
    EXPECT_EQ(bench.state.x, (Numbers{1, 1}));
    EXPECT_EQ(bench.record.error_events, 0U);
  }
}

TEST(Population, MovingForgetsTheGradientOfTheOldPoint) {
  Bench bench(PopulationMove::stretch, {3, 3}, kPlane);
  int moves = 0;
  for (std::uint64_t t = 0; t < 50; ++t) {
    bench.state.has_gradient = true;
    bench.acceptance_from({3, 3}, t);
    const bool stayed = bench.state.x == Numbers{3, 3};
    ASSERT_EQ(bench.state.has_gradient, stayed);
    moves += stayed ? 0 : 1;
  }
  EXPECT_GT(moves, 0);
}

/// P(|jump| <= v) of a walk in one dimension: sizes 2.38 10^(-4u), by midpoints.
double walk_law(double jump) {
  double sum = 0;
  for (std::size_t n = 0; n < kNodes; ++n) {
    sum += 0.5 * std::erfc(-jump / (kBestScale * std::pow(10, -4 * node(n)) * std::sqrt(2.0)));
  }
  return sum / static_cast<double>(kNodes);
}

TEST(Population, WalksWithoutAnArchiveAtEverySize) {
  for (const auto move : {PopulationMove::differential_evolution, PopulationMove::snooker, PopulationMove::stretch}) {
    Bench bench(move, {0.5}, {0, 1, 3});  // one point too few
    Numbers jumps;
    for (std::uint64_t t = 0; t < 5000; ++t) {
      const double a = bench.acceptance_from({0.5}, t);
      ASSERT_DOUBLE_EQ(a, accept(Watched::log_law(bench.path.seen) - Watched::log_law(Numbers{0.5})));
      jumps.push_back(bench.path.seen[0] - 0.5);
    }
    test::expect_law(jumps, walk_law, test::kAlpha / 3);
  }
}

// Five standard errors of a coin.
TEST(Population, WalksAtHalfOfTheStepsOfAWarmUp) {
  constexpr std::uint64_t kSteps = 10000;
  Bench bench(PopulationMove::differential_evolution, {0.5}, {0, 1000, 3000, 7000});
  double walks = 0;
  for (std::uint64_t t = 0; t < kSteps; ++t) {
    bench.acceptance_from({0.5}, t, true);
    walks += std::fabs(bench.path.seen[0] - 0.5) < 100 ? 1 : 0;
  }
  EXPECT_NEAR(walks / kSteps, 0.5, 5 * 0.5 / std::sqrt(kSteps));
}

}  // namespace
}  // namespace dovetail
