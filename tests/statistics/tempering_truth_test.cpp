// `temper` against closed forms: evidence, means and standard deviations at 12 rounds and otherwise default settings.
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dovetail/diagnose/mcse.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

struct Target {
  std::string spec;
  double log_evidence;
};

void PrintTo(const Target& target, std::ostream* out) { *out << target.spec; }

/// mvn: -(d/2) ln 10. unid: ln((psi(n+2) - psi(y+1))/(n+1)), mpmath. modes: two terms 0.3 and 0.7 times the density of
/// N(0, 9.01 I) at +-(2, 2). ising: log of the sum over all 2^16 states, less 16 ln 2. spike_slab: sum over its 8
/// models.
std::vector<Target> targets() {
  return {{"builtin:unid,n=100000,y=50000", -11.879441172160906},
          {"builtin:modes", -1.8378770664093455 - std::log(9.01) - 4 / 9.01},
          {"builtin:ising,L=4", 15.521915459 - 16 * std::log(2.0)},
          {"builtin:spike_slab", -5.663746413257942},
          {"builtin:mvn,d=100", -50 * std::log(10.0)}};
}

std::string target_name(const ::testing::TestParamInfo<Target>& info) {
  std::string name = info.param.spec.substr(info.param.spec.find(':') + 1);
  name.resize(name.find(',') == std::string::npos ? name.size() : name.find(','));
  return name;
}

/// The chains of one output as the diagnostics see them.
class OutputChains {
 public:
  OutputChains(const TemperResult& result, std::size_t chains, std::size_t column) {
    for (std::size_t c = 0; c < chains; ++c) rows_.emplace_back(result.draws[c]);
    view_ = {rows_, result.columns.size(), column};
  }
  [[nodiscard]] const diagnose::ChainsView& view() const { return view_; }

 private:
  std::vector<std::span<const double>> rows_;
  diagnose::ChainsView view_;
};

/// Every mean(NAME) and sd(NAME) that the model knows lies within the limit of its own Monte Carlo error.
void expect_outputs(const Model& model, const TemperResult& result) {
  const double limit = z_limit();
  std::size_t checked = 0;
  for (std::size_t column = 0; column < model.description().output_names.size(); ++column) {
    const ParameterSummary& row = result.summary.parameters[column];
    ASSERT_EQ(row.name, result.columns[column]);
    const OutputChains chains(result, result.summary.sampling.chains, column);
    for (const ClosedForm& form : model.description().closed_forms) {
      const bool mean = form.quantity == "mean(" + row.name + ")";
      if (!mean && form.quantity != "sd(" + row.name + ")") continue;
      const double error = mean ? row.mcse_mean.value_or(0) : diagnose::mcse_sd(chains.view()).value;
      EXPECT_LE(std::fabs((mean ? row.mean : row.sd) - form.value), limit * error) << form.quantity;
      ++checked;
    }
  }
  EXPECT_GE(checked, 3u);
}

class Truth : public ::testing::TestWithParam<Target> {};
INSTANTIATE_TEST_SUITE_P(Tempering, Truth, ::testing::ValuesIn(targets()), target_name);

TEST_P(Truth, TwelveRoundsFindTheEvidenceAndEveryKnownFigure) {
  const auto model = make_model(GetParam().spec);
  const TemperResult result = run_temper(*model, own_options(12));
  const TemperingSummary& figures = *result.summary.tempering;
  ASSERT_TRUE(figures.log_evidence && figures.log_evidence_se);
  EXPECT_LE(*figures.log_evidence_se, 0.05);
  EXPECT_LE(std::fabs(*figures.log_evidence - GetParam().log_evidence), 4 * *figures.log_evidence_se)
      << *figures.log_evidence << " +- " << *figures.log_evidence_se;
  EXPECT_EQ(result.summary.sampling.draws, 4096u);
  expect_outputs(*model, result);
}

}  // namespace
}  // namespace dovetail::test
