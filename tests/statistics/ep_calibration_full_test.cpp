// More replications, which see smaller errors; longer, so only in `make test-full`.
#include "tests/statistics/ep_calibration.hpp"

namespace dovetail::test {
namespace {

TEST(EpCalibration, OfSharedAndLocalParametersOftener) { expect_uniform_ranks(ranks_of_sites(1000, 99)); }

}  // namespace
}  // namespace dovetail::test
