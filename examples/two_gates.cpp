// A posterior of your own, tempered in memory: draws, evidence and diagnostics, no files.
//
// Of 100 parts, 50 passed two gates in a row. How likely is each gate to let a part through? The data know the product
// of the two probabilities alone, so the posterior is a thin ridge; its evidence has a closed form to compare with.
#include <cmath>
#include <cstdio>
#include <vector>

#include "dovetail/jobs/temper.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/output/tempering_row.hpp"

namespace math = dovetail::math;  // the same bits on every processor, which std::log does not promise

struct TwoGates {
  double parts = 100;
  double passed = 50;

  std::vector<dovetail::Parameter> parameters() const {
    return {{"first", dovetail::between(0, 1)}, {"second", dovetail::between(0, 1)}};
  }
  double log_prior(dovetail::Point) const { return 0; }  // uniform on the unit square
  double log_likelihood(dovetail::Point x) const {
    const double p = x[0] * x[1];
    const double log_choose = math::lgamma(parts + 1) - math::lgamma(passed + 1) - math::lgamma(parts - passed + 1);
    return log_choose + passed * math::log(p) + (parts - passed) * math::log1p(-p);
  }
};

/// Prints a line per round as it ends.
struct Table : dovetail::TemperObserver {
  void round_ended(const dovetail::TemperingRow& row) override {
    std::fputs(dovetail::table_line(row).c_str(), stderr);
  }
};

int main() {
  const dovetail::CallableModel model{TwoGates()};
  dovetail::TemperOptions options;
  options.seed = 1;
  options.rounds = 10;
  Table table;
  const dovetail::TemperResult result = dovetail::temper(model, options, dovetail::Layout(), table);
  std::fputs(dovetail::to_text(result.summary).c_str(), stdout);

  const double exact = math::log((math::digamma(102) - math::digamma(51)) / 101);
  const double found = result.summary.tempering->log_evidence.value();
  const double error = result.summary.tempering->log_evidence_se.value();
  std::printf("log evidence %.4f +- %.4f, exact %.4f\n", found, error, exact);
  return std::fabs(found - exact) < 5 * error ? 0 : 1;
}
