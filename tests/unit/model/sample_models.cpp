#include "tests/unit/model/sample_models.hpp"

#include <boost/math/distributions/normal.hpp>

namespace dovetail::test {

double z_threshold(std::size_t checks) {
  return boost::math::quantile(complement(boost::math::normal(), 0.5e-6 / static_cast<double>(checks)));
}

}  // namespace dovetail::test
