// Two plug-ins, as `dovetail compile` would make them: with LINE a regression with data, bounds, parts and refused
// points; without it a density without data and bounds.
#include "dovetail/model/plugin.hpp"

namespace {

using namespace dovetail::plugin;  // as users do

#ifdef LINE
struct Line {
  std::vector<double> y;
  explicit Line(const Data& data) : y(data.reals("y")) {}
  std::vector<Parameter> parameters() const {
    return {{"slope"}, {"sigma", positive()}, {"share", between(0, 1)}, {"start"}};
  }
  double log_prior(Point x, Gradient g) const {
    if (x[0] > 1.9) throw std::domain_error("the slope is too steep");
    for (const std::size_t i : {0U, 3U}) g[i] = -x[i];
    g[1] = -1;
    return -0.5 * (x[0] * x[0] + x[3] * x[3]) - x[1];
  }
  double log_likelihood(Point x, Gradient g) const {
    double value = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double at = static_cast<double>(i) - x[2], z = (y[i] - x[3] - x[0] * at) / x[1];
      value -= 0.5 * z * z + std::log(x[1]);
      g[0] += z * at / x[1];
      g[1] += (z * z - 1) / x[1];
      g[2] -= z * x[0] / x[1];
      g[3] += z / x[1];
    }
    return value;
  }
};
#else
struct Ridge {
  std::vector<Parameter> parameters() const { return {{"a"}, {"b"}, {"c", real(), 2}}; }
  double log_density(Point x, Gradient g) const {
    const double bend = x[1] - x[0] * x[0];
    g[0] = -x[0] + 8 * bend * x[0];
    g[1] = -4 * bend;
    for (const std::size_t i : {2U, 3U}) g[i] = -x[i];
    return -0.5 * (x[0] * x[0] + 4 * bend * bend + x[2] * x[2] + x[3] * x[3]);
  }
};
#endif

}  // namespace

#ifdef LINE
DOVETAIL_MODEL(Line)
#else
DOVETAIL_MODEL(Ridge)
#endif
