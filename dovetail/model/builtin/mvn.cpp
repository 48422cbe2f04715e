// Multivariate normal, precision 1 to 10: the benchmark's floor and the one target with every figure in closed form.
#include <cmath>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail::builtin {
namespace {

constexpr double kPriorPrecision = 1;
constexpr double kGain = 9;  // likelihood exp(-kGain |x|^2 / 2), so precision 1 + 9 beta

/// Prior N(0, I), likelihood exp(-4.5 |x|^2): N(0, I / (1 + 9 beta)) on the path, evidence 10^(-d/2).
class Mvn final : public Builtin {
 public:
  explicit Mvn(const ModelSettings& settings)
      : Builtin(settings, "normal in d dimensions whose precision grows from 1 to 10",
                "toy normal of Surjanovic et al. (2023), Pigeons.jl; closed forms elementary"),
        log_constant_(-0.5 * kLogTwoPi * static_cast<double>(settings.count("d"))) {
    const std::size_t d = settings.count("d");
    add_parameters("x", d);
    description_.gradient = true;
    description_.exact_draws = true;
    add_closed("log_evidence", -0.5 * static_cast<double>(d) * math::log(kPriorPrecision + kGain));
    for (const std::string& name : description_.output_names) {
      add_closed("mean(" + name + ")", 0);
      add_closed("sd(" + name + ")", 1 / std::sqrt(kPriorPrecision + kGain));
    }
  }

  LogDensity log_density(Point x) const override {
    const double square = math::sum_of_squares(x);
    return {log_constant_ - 0.5 * kPriorPrecision * square, -0.5 * kGain * square};
  }

  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      prior[i] = -kPriorPrecision * x[i];
      likelihood[i] = -kGain * x[i];
    }
    return log_density(x);
  }

  void draw_prior(Rng& rng, PointOut x) const override { math::draw_normals(rng, x); }

  void draw_exact(double beta, Rng& rng, PointOut x) const override {
    math::draw_normals(rng, x);
    const double sd = 1 / std::sqrt(kPriorPrecision + kGain * beta);
    for (double& value : x) value *= sd;
  }

  void output_values(Point x, Rng&, PointOut values) const override {
    for (std::size_t i = 0; i < x.size(); ++i) values[i] = x[i];
  }

 private:
  double log_constant_;
};

constexpr ModelSetting kSettings[] = {{"d", 2, 1, 100000, true, "dimension"}};

}  // namespace

ModelEntry mvn_entry() {
  return {"mvn", "normal in d dimensions, precision 1 to 10; every figure in closed form", kSettings, make<Mvn>};
}

}  // namespace dovetail::builtin
