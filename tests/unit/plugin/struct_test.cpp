// What the header makes of structs that have less than everything, and its generator.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <cmath>
#include <thread>

#include "dovetail/model/plugin.hpp"
#include "exported_model.hpp"
#include "tests/support/kolmogorov.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

using plugin::Parameter;
using plugin::Point;
using plugin::detail::Instance;

struct Plain {
  static constexpr bool thread_safe = false;
  std::vector<Parameter> parameters() const { return {{"a"}, {"b"}}; }
  double log_density(Point x) const { return -x[0] * x[0] - x[1]; }
};

TEST(Struct, NeedsADensityAndParametersAlone) {
  const Instance<Plain> model("Plain", nullptr);
  EXPECT_EQ(model.names[3], "a,b");
  const std::array<double, 2> u = {2, 3};
  EXPECT_EQ(model.evaluate(u.data(), nullptr, true, false), -7);
  for (const char* line : {"\nSTAN_THREADS=false\n", "\nDOVETAIL_GRADIENT=false\n", "\nDOVETAIL_PRIOR=false\n"}) {
    EXPECT_NE(model.info.find(line), std::string::npos) << model.info;
  }
}

TEST(Struct, WithoutGradientSaysSo) {
  const Instance<Plain> model("Plain", nullptr);
  const auto* handle = reinterpret_cast<const bs_model*>(&model);
  std::array<double, 2> u = {2, 3}, gradient{};
  double value = 0;
  char* error = nullptr;
  EXPECT_EQ(plugin::detail::density<Plain>(handle, "log_density_gradient", true, false, u.data(), &value,
                                           gradient.data(), &error),
            -1);
  EXPECT_NE(take(error).find("Plain.log_density_gradient: the model has no gradient"), std::string::npos);
}

TEST(Struct, WithoutDataRefusesDataButTakesAnEmptyObject) {
  EXPECT_NO_THROW(Instance<Plain>("Plain", " { } "));
  EXPECT_THROW(Instance<Plain>("Plain", "{\"a\": 1}"), std::invalid_argument);
}

TEST(Struct, DeclarationsWithoutSenseAreRefused) {
  const auto refused = [](const std::vector<Parameter>& declared) {
    try {
      plugin::detail::check_declared(declared);
    } catch (const std::invalid_argument&) {
      return true;
    }
    return false;
  };
  EXPECT_FALSE(refused({{"a"}, {"b", plugin::positive(), 3}}));
  EXPECT_TRUE(refused({{"a"}, {"a"}}));
  EXPECT_TRUE(refused({{""}}));
  EXPECT_TRUE(refused({{"a,b"}}));
  EXPECT_TRUE(refused({{"a.1"}}));
  EXPECT_TRUE(refused({{"a", plugin::between(1, 1)}}));
  EXPECT_TRUE(refused({{"a", plugin::above(std::nan(""))}}));
}

/// The likelihood must not be asked where the prior is 0: it may have no value there.
struct Outside {
  std::vector<Parameter> parameters() const { return {{"a"}}; }
  double log_prior(Point) const { return -plugin::kInfinity; }
  double log_likelihood(Point) const { throw std::logic_error("asked outside the support"); }
};

TEST(Struct, LikelihoodIsNotAskedOutsideThePrior) {
  const Instance<Outside> model("Outside", nullptr);
  const double u = 0;
  EXPECT_EQ(model.evaluate(&u, nullptr, true, false), -plugin::kInfinity);
}

/// The value alone is the one that comes with the gradient, where no other is given.
struct GradientsAlone {
  std::vector<Parameter> parameters() const { return {{"a", plugin::positive()}, {"b"}}; }
  double log_prior(Point x, plugin::Gradient g) const {
    g[0] -= 1;
    return -x[0];
  }
  double log_likelihood(Point x, plugin::Gradient g) const {
    g[1] -= x[1];
    return -0.5 * x[1] * x[1];
  }
};

TEST(Struct, GradientsMayStandAlone) {
  const Instance<GradientsAlone> model("GradientsAlone", nullptr);
  EXPECT_TRUE(model.kParts && model.kGradient);
  const std::array<double, 2> u = {0.5, 2};
  std::array<double, 2> gradient{};
  EXPECT_EQ(model.evaluate(u.data(), nullptr, true, false), -std::exp(0.5) + 0.5 - 2);
  EXPECT_EQ(model.evaluate(u.data(), nullptr, true, true), -std::exp(0.5) + 0.5);
  EXPECT_EQ(model.evaluate(u.data(), gradient.data(), true, false), -std::exp(0.5) + 0.5 - 2);
  EXPECT_EQ(gradient, (std::array<double, 2>{1 - std::exp(0.5), -2}));
}

/// Reads its point only when another thread has entered as well.
struct Meeting {
  std::vector<Parameter> parameters() const { return {{"a", plugin::positive()}}; }
  double log_density(Point x) const {
    both_inside.arrive_and_wait();
    return -x[0];
  }
  static inline std::barrier<> both_inside{2};
};

TEST(Struct, ThreadsDoNotSeeEachOthersPoints) {
  const Instance<Meeting> model("Meeting", nullptr);
  std::array<double, 2> found{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        const auto u = static_cast<double>(t);
        found[t] = model.evaluate(&u, nullptr, false, false);
      });
    }
  }
  EXPECT_EQ(found, (std::array<double, 2>{-1, -std::exp(1.0)}));
}

// The words that Steele, Lea and Flood's generator gives from the seed 1234567, as published with other
// implementations.
TEST(Rng, GivesTheWordsOfSplitMix64) {
  plugin::Rng rng(1234567);
  for (const std::uint64_t word : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                   4593380528125082431U, 16408922859458223821U}) {
    EXPECT_EQ(rng(), word);
  }
}

TEST(Rng, NormalsAreNormal) {
  plugin::Rng rng(seed_from_name());
  std::vector<double> draws(20000);
  for (double& draw : draws) draw = rng.normal();
  std::sort(draws.begin(), draws.end());
  const auto normal = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  EXPECT_LT(ks_distance(draws, normal, normal), ks_threshold(draws.size(), 1e-6));
}

}  // namespace
}  // namespace dovetail::test
