// A few replications: what is grossly wrong is seen in seconds.
#include "tests/statistics/ep_calibration.hpp"

namespace dovetail::test {
namespace {

TEST(EpCalibration, OfSharedAndLocalParameters) { expect_uniform_ranks(ranks_of_sites(30, 19)); }

}  // namespace
}  // namespace dovetail::test
