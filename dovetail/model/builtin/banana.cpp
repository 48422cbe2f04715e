// A curved ridge in the plane with known moments.
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kA = 0.05;
constexpr double kB = 5;
constexpr double kM = 1;
constexpr double kVariance1 = 1 / (2 * kA);  // of x1, under prior and target
constexpr double kMean2 = kM * kM + kVariance1;
constexpr double kVariance2 = 240.1;  // of x2 under the target: 2 kVariance1^2 + 4 kM^2 kVariance1 + 1 / (2 kB)
// of x2 under the prior: far wider, since x2 has the tail of a square and a reference must reach where the target does
constexpr double kPriorVariance2 = 10000;

/// Target exp(-a (x1 - m)^2 - b (x2 - x1^2)^2), not normalised: Z = pi / sqrt(a b) = 2 pi. Prior: independent
/// N(1, 10) and N(11, 100^2); the likelihood is target / prior.
class Banana final : public Builtin {
 public:
  explicit Banana(const ModelSettings& settings)
      : Builtin(settings, "curved ridge exp(-(x1-1)^2/20 - 5 (x2-x1^2)^2)",
                "after Rosenbrock (1960), scaled as in Pagani, Wiegand and Nadarajah (2022); moments of a normal"),
        log_constant_(-kLogTwoPi - 0.5 * math::log(kVariance1 * kPriorVariance2)) {
    add_parameter("x1");
    add_parameter("x2");
    description_.gradient = true;
    add_closed("log_evidence", kLogTwoPi);
    add_closed("mean(x1)", kM);
    add_closed("sd(x1)", std::sqrt(kVariance1));
    add_closed("mean(x2)", kMean2);
    add_closed("sd(x2)", std::sqrt(kVariance2));
  }

  LogDensity log_density(Point x) const override {
    const double first = x[0] - kM;
    const double second = x[1] - kMean2;
    const double ridge = x[1] - x[0] * x[0];
    const double prior = log_constant_ - kA * first * first - 0.5 / kPriorVariance2 * second * second;
    // The terms in x1 of target and prior cancel.
    return {prior, -kB * ridge * ridge + 0.5 / kPriorVariance2 * second * second - log_constant_};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    const double second = x[1] - kMean2;
    const double ridge = x[1] - x[0] * x[0];
    prior[0] = -2 * kA * (x[0] - kM);
    prior[1] = -second / kPriorVariance2;
    likelihood[0] = 4 * kB * ridge * x[0];
    likelihood[1] = -2 * kB * ridge + second / kPriorVariance2;
    return log_density(x);
  }

  void draw_prior(Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x);
    x[0] = kM + std::sqrt(kVariance1) * x[0];
    x[1] = kMean2 + std::sqrt(kPriorVariance2) * x[1];
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    values[0] = x[0];
    values[1] = x[1];
  }

 private:
  double log_constant_;
};

}  // namespace

ModelEntry banana_entry() {
  return {"banana", "curved ridge in the plane; evidence and moments in closed form", {}, make<Banana>};
}

}  // namespace dovetail::builtin
