// The normal on an interval around 0: its mass against differences of distribution functions, its draws by their law.
#include "dovetail/math/truncated_normal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/goodness_of_fit.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::math {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

TEST(TruncatedNormal, MassIsTheDifferenceOfDistributionFunctions) {
  for (const double low : {-kInfinite, -40.0, -3.0, -0.5, -1e-8, 0.0}) {
    for (const double high : {0.0, 1e-8, 0.5, 3.0, 40.0, kInfinite}) {
      const long double exact = 0.5L * (std::erf(static_cast<long double>(high) / std::numbers::sqrt2_v<long double>) -
                                        std::erf(static_cast<long double>(low) / std::numbers::sqrt2_v<long double>));
      EXPECT_NEAR(normal_mass_around_zero(low, high) / static_cast<double>(exact > 0 ? exact : 1), exact > 0 ? 1 : 0,
                  4 * 0x1p-52);
    }
  }
}

TEST(TruncatedNormal, DrawsFollowTheirLawAndStayInside) {
  for (const auto& [low, high] :
       {std::pair(-kInfinite, kInfinite), {-0.7, 2.1}, {0.0, 0.3}, {-1e-9, 3e-9}, {-5.0, 0.0}}) {
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
    std::vector<double> sample;
    const double below = std::erf(low / std::numbers::sqrt2);
    const double whole = std::erf(high / std::numbers::sqrt2) - below;
    for (int n = 0; n < 20000; ++n) {
      const NormalAroundZero draw = draw_normal_around_zero(rng, low, high);
      sample.push_back(draw.z);
      ASSERT_EQ(draw.mass, normal_mass_around_zero(low, high));
      ASSERT_TRUE(sample.back() >= low && sample.back() <= high);
    }
    EXPECT_EQ(rng.words_drawn(), 40000U);
    test::expect_law(
        sample, [&, b = below](double v) { return (std::erf(v / std::numbers::sqrt2) - b) / whole; }, test::kAlpha / 5);
  }
}

TEST(TruncatedNormal, AnIntervalOfNothingGivesZero) {
  Rng rng({1, Purpose::test, ItemId(0), Step(0)});
  EXPECT_EQ(draw_normal_around_zero(rng, 0, 0).z, 0);
}

}  // namespace
}  // namespace dovetail::math
