// Deaths among groups of animals at four doses (Racine, Grieve, Flühler and Smith 1986, Applied Statistics 35, 93-150):
// logistic regression on the log dose, with derivatives by hand and the prior apart, so that `dovetail temper` can
// start from it and compute the evidence.
//
//   dovetail compile bioassay.cpp -o bioassay.so
//   dovetail temper ./bioassay.so --data bioassay.json
#include "dovetail/model/plugin.hpp"

#include <stdexcept>

using namespace dovetail::plugin;

struct Bioassay {
  std::vector<double> dose;  // log g/ml
  std::vector<std::int32_t> animals, deaths;
  double log_choices = 0;  // of the animals that died; once, since std::lgamma is not for several threads

  explicit Bioassay(const Data& data)
      : dose(data.reals("dose")),
        animals(data.integers("animals", dose.size())),
        deaths(data.integers("deaths", dose.size())) {
    for (std::size_t i = 0; i < dose.size(); ++i) {
      if (deaths[i] < 0 || deaths[i] > animals[i]) throw std::invalid_argument("deaths must be between 0 and animals");
      const double n = animals[i], k = deaths[i];
      log_choices += std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
    }
  }

  std::vector<Parameter> parameters() const { return {{"intercept"}, {"slope", positive()}}; }

  // intercept ~ normal(0, 2.5), slope ~ lognormal(2, 1): normalised over the parameters.
  double log_prior(Point x, Gradient g) const {
    const double z = x[0] / 2.5, w = std::log(x[1]) - 2;
    g[0] = -z / 2.5;
    g[1] = -(w + 1) / x[1];
    return -0.5 * (z * z + w * w) - std::log(6.283185307179586 * 2.5 * x[1]);
  }
  double log_likelihood(Point x, Gradient g) const {
    double sum = log_choices;
    for (std::size_t i = 0; i < dose.size(); ++i) {
      const double logit = x[0] + x[1] * dose[i];
      const double n = animals[i], k = deaths[i], e = std::exp(-std::fabs(logit));
      const double p = (logit > 0 ? 1 : e) / (1 + e);
      sum += k * logit - n * std::fmax(logit, 0) - n * std::log1p(e);
      g[0] += k - n * p;
      g[1] += (k - n * p) * dose[i];
    }
    return sum;
  }

  // The dose that kills half of them, and how many of five more would die at it.
  std::vector<std::string> derived_names() const { return {"log_ld50"}; }
  void derived(Point x, Values values) const { values[0] = -x[0] / x[1]; }
  std::vector<std::string> generated_names() const { return {"deaths_at_ld50"}; }
  void generated(Point, Rng& rng, Values values) const {
    values[0] = 0;
    for (int animal = 0; animal < 5; ++animal) values[0] += rng.uniform() < 0.5 ? 1 : 0;
  }
};

DOVETAIL_MODEL(Bioassay)
