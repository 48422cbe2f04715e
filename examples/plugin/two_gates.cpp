// The two gates of docs/one-model.md as a plug-in:
//
//   dovetail temper two_gates.cpp --data two_gates.json
#include "dovetail/model/plugin.hpp"

using namespace dovetail::plugin;

struct TwoGates {
  double parts, passed, log_choose;

  explicit TwoGates(const Data& data)
      : parts(data.integer("parts")),
        passed(data.integer("passed")),
        log_choose(std::lgamma(parts + 1) - std::lgamma(passed + 1) - std::lgamma(parts - passed + 1)) {}

  std::vector<Parameter> parameters() const { return {{"p1", between(0, 1)}, {"p2", between(0, 1)}}; }
  double log_prior(Point) const { return 0; }  // uniform on the unit square
  double log_likelihood(Point x) const {
    const double p = x[0] * x[1];
    return log_choose + passed * std::log(p) + (parts - passed) * std::log1p(-p);
  }
};

DOVETAIL_MODEL(TwoGates)
