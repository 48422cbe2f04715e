// One model, exported as a user would, in a program that also includes the declarations of the C interface: should they
// differ, this does not compile.
#include "dovetail/model/plugin.hpp"

#include "dovetail/model/bridgestan/c_interface.h"

namespace {

using namespace dovetail::plugin;  // as users do

/// A law with one parameter on each kind of domain, all independent, so that everything has a closed form:
/// mu ~ normal(0, 1), sigma ~ exponential(1), p ~ uniform(-1, 3), cap = 2 - exponential(1), theta.1, theta.2 ~
/// normal(0, 1); the likelihood is that of y ~ normal(mu, 1).
struct Everything {
  std::vector<double> y;
  explicit Everything(const Data& data) : y(data.reals("y", static_cast<std::size_t>(data.integer("N")))) {}

  std::vector<Parameter> parameters() const {
    return {{"mu"}, {"sigma", positive()}, {"p", between(-1, 3)}, {"cap", below(2)}, {"theta", real(), 2}};
  }
  double log_prior(Point x) const {
    return -0.5 * (x[0] * x[0] + x[4] * x[4] + x[5] * x[5]) - 1.5 * std::log(6.283185307179586) - x[1] - std::log(4.0) -
           (2 - x[3]);
  }
  double log_likelihood(Point x) const {
    if (x[0] == 7) throw std::domain_error("mu is seven");
    if (x[0] == 8) throw 8;
    if (x[0] == 9) throw std::bad_alloc();
    if (x[0] == 10) return y.at(10);
    double sum = 0;
    for (const double value : y) sum -= 0.5 * (value - x[0]) * (value - x[0]);
    return sum;
  }
  double log_prior(Point x, Gradient g) const {
    g[0] = -x[0];
    g[1] = -1;
    g[3] = 1;
    g[4] = -x[4];
    g[5] = -x[5];
    return log_prior(x);
  }
  double log_likelihood(Point x, Gradient g) const {
    for (const double value : y) g[0] += value - x[0];
    return log_likelihood(x);
  }
  std::vector<std::string> derived_names() const { return {"variance", "twice_mu"}; }
  void derived(Point x, Values values) const {
    values[0] = x[1] * x[1];
    values[1] = 2 * x[0];
  }
  std::vector<std::string> generated_names() const { return {"noise"}; }
  void generated(Point x, Rng& rng, Values values) const { values[0] = x[0] + rng.normal(); }
};

}  // namespace

DOVETAIL_MODEL(Everything)
