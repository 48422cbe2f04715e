// E-BFMI of independent energies, of a random walk, and by hand.
#include "dovetail/diagnose/e_bfmi.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/diagnose/support.hpp"

namespace dovetail::diagnose {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Figure e_bfmi(const std::vector<double>& energies) {
  EnergyMoments moments;
  for (const double energy : energies) moments.add(energy);
  return moments.e_bfmi();
}

TEST(EBfmi, MatchesAHandComputation) {
  const std::vector<double> energy{1, 3, 2, 6};  // steps 4 + 1 + 16, squares about 3: 4 + 0 + 1 + 9
  EXPECT_DOUBLE_EQ(e_bfmi(energy).value, 1.5);
}

// The ratio is 2 (1 - r_1) up to end effects of order 1/n; r_1 of white noise has standard deviation 0.01: 4.9 of 0.02.
TEST(EBfmi, IsTwoForIndependentEnergies) {
  EXPECT_NEAR(e_bfmi(test::autoregressive(dovetail::test::seed_from_name(), 0, 10000, 0)).value, 2, 0.1);
}

TEST(EBfmi, IsNearZeroForARandomWalk) {
  std::vector<double> walk = test::autoregressive(dovetail::test::seed_from_name(), 0, 10000, 0);
  for (std::size_t i = 1; i < walk.size(); ++i) walk[i] += walk[i - 1];
  EXPECT_LT(e_bfmi(walk).value, 0.05);
}

// Pairs (1, 3) and (2, 6): steps (4 + 16) / 2; squares 14 / 3.
TEST(EBfmi, PassesOverStepsWithoutATrajectory) {
  EXPECT_DOUBLE_EQ(e_bfmi({kNone, 1, 3, kNone, kNone, 2, 6, kNone}).value, 10.0 / (14.0 / 3));
}

TEST(EBfmi, GoesOnAfterSavingAndLoading) {
  const std::vector<double> energies = test::autoregressive(dovetail::test::seed_from_name(), 0, 200, 0.5);
  EnergyMoments whole, first;
  for (std::size_t i = 0; i < energies.size(); ++i) {
    if (i == 77) first = unpack<EnergyMoments>(pack(first));
    whole.add(energies[i]);
    first.add(energies[i]);
  }
  EXPECT_EQ(pack(first), pack(whole));
}

TEST(EBfmi, WordsInsteadOfNumbers) {
  EXPECT_EQ(e_bfmi(std::vector<double>{1, 2}).reason, Unavailable::too_few);
  EXPECT_EQ(e_bfmi(std::vector<double>{4, 4, 4}).reason, Unavailable::constant);
  EXPECT_EQ(e_bfmi({4, kNone, 4, kNone, 5}).reason, Unavailable::too_few);  // no neighbours
  EXPECT_EQ(e_bfmi({4, std::numeric_limits<double>::infinity(), 4}).reason, Unavailable::non_finite);
}

}  // namespace
}  // namespace dovetail::diagnose
