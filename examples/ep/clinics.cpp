// One clinic, or several, of clinics.csv: whether a patient recovers depends on the dose and on the clinic. The density
// of a site's rows and local parameters given the shared ones, whose priors stand in --shared and not here:
//
//   dovetail ep clinics.cpp --data clinics.csv --by clinic
//     --shared 'mu ~ normal(0, 4), slope ~ normal(0, 4), tau ~ lognormal(0, 2)'
#include "dovetail/model/plugin.hpp"

#include <cstddef>

using namespace dovetail::plugin;

struct Clinics {
  std::vector<std::int32_t> y, clinic;  // clinic: 1 to J within the site
  std::vector<double> dose;
  std::size_t clinics;

  explicit Clinics(const Data& data)
      : y(data.integers("y")),
        clinic(data.integers("clinic", y.size())),
        dose(data.reals("dose", y.size())),
        clinics(static_cast<std::size_t>(data.integer("J"))) {}

  std::vector<Parameter> parameters() const { return {{"mu"}, {"slope"}, {"tau", positive()}, {"u", real(), clinics}}; }

  double log_density(Point x, Gradient g) const {
    double sum = 0;
    for (std::size_t j = 0; j < clinics; ++j) {  // u ~ normal(0, 1)
      const double u = x[3 + j];
      sum -= 0.5 * (u * u + 1.8378770664093454836);
      g[3 + j] -= u;
    }
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::size_t j = 3 + static_cast<std::size_t>(clinic[i] - 1);
      const double logit = x[0] + x[2] * x[j] + x[1] * dose[i];
      const double e = std::exp(-std::fabs(logit));
      const double miss = y[i] - (logit > 0 ? 1 : e) / (1 + e);
      sum += y[i] * logit - std::fmax(logit, 0) - std::log1p(e);
      g[0] += miss;
      g[1] += miss * dose[i];
      g[2] += miss * x[j];
      g[j] += miss * x[2];
    }
    return sum;
  }
};

DOVETAIL_MODEL(Clinics)
