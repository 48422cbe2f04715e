// The result of a sampling run is a function of model, seed and statistical settings alone: every kernel of the
// registry, every kind of proposal with every rule, and each setting that changes the shape of a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/kernel/proposal/custom.hpp"
#include "dovetail/kernel/proposal/registry.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/model/registry.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

/// A parameter of every kind that a proposal moves.
struct EveryKindOfParameter {
  [[nodiscard]] std::vector<Parameter> parameters() const {
    return {{"level", real(), 2},      {"fraction", between(0, 1), 2}, {"phase", cyclic(0, 6)},
            {"count", integers(0, 9)}, {"azimuth", cyclic(0, 360)},    {"polar", between(0, 180)}};
  }
  double operator()(Point x) const {
    const double gap = x[1] - 0.8 * x[0];
    return -0.5 * (x[0] * x[0] + gap * gap / 0.36) + math::log(x[2]) + 2 * math::log1p(-x[3]) + math::cos(x[4]) -
           0.1 * (x[5] - 4) * (x[5] - 4) + math::log(math::sin(x[7] * 0.017453292519943295)) + 0.001 * x[6];
  }
};

struct SampleConfiguration {
  std::string name;
  std::string model;  ///< a built-in, or empty for EveryKindOfParameter
  SampleOptions options;
};
void PrintTo(const SampleConfiguration& c, std::ostream* out) { *out << c.name; }

std::unique_ptr<Model> model_of(const std::string& name) {
  if (!name.empty()) return make_model(name);
  return std::make_unique<CallableModel<EveryKindOfParameter>>(EveryKindOfParameter());
}

std::string as_name(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return text;
}

/// Seven chains divide by none of the numbers of threads.
SampleOptions plain(const std::string& kernel) {
  SampleOptions options;
  options.kernel = kernel;
  options.chains = 7;
  options.warmup = 60;
  options.draws = 130;  // two blocks
  return options;
}

bool is_allowed(const std::string& model, const SampleOptions& options) {
  try {
    check_options(options, *model_of(model));
    return true;
  } catch (const UsageError&) {
    return false;
  }
}

/// What the kind moves, in a table that suits every rule.
ProposalSpec table_of(const ProposalKind& kind, std::string_view rule) {
  ProposalSpec spec;
  spec.kind = kind.name;
  if (!rule.empty()) spec.words["adapt"] = rule;
  if (kind.name == "angular") {
    spec.parameters = {"phase"};
  } else if (kind.name == "solid_angle") {
    spec.parameters = {"azimuth", "polar"};
  } else if (kind.name.ends_with("discrete")) {
    spec.parameters = {"count"};
  } else {
    spec.parameters = {kind.name.starts_with("bounded") ? "fraction" : "level"};
    if (kind.name == "normal") spec.numbers["width"] = {6};
  }
  if (kind.name == "custom") {
    CustomProposal shift;
    shift.sample = [](Point x, Rng& rng, PointOut to) {
      for (std::size_t i = 0; i < x.size(); ++i) to[i] = x[i] + math::draw_normal(rng);
    };
    shift.symmetric = true;
    shift.log_density = [](Point to, Point from) {
      double squares = 0;
      for (std::size_t i = 0; i < to.size(); ++i) squares += (to[i] - from[i]) * (to[i] - from[i]);
      return -0.5 * squares;
    };
    spec.custom = std::make_shared<const CustomProposal>(shift);
  }
  return spec;
}

void add_kernels(std::vector<SampleConfiguration>& all) {
  for (const KernelEntry& kernel : kernel_registry()) {
    for (const char* model : {"builtin:eight_schools", "builtin:mvn,d=5"}) {
      const SampleOptions options = plain(std::string(kernel.name));
      if (!is_allowed(model, options)) continue;
      all.push_back({"kernel_" + as_name(options.kernel), model, options});
      break;
    }
  }
  for (const char* kernel : {"mh", "slice", "0.7*mh|0.3*slice", "mh+slice"}) {
    all.push_back({"kinds_" + as_name(kernel), "", plain(kernel)});
  }
  all.push_back({"kernel_nuts_slice", "builtin:eight_schools", plain("nuts+slice")});
}

void add_proposals(std::vector<SampleConfiguration>& all) {
  for (const ProposalKind& kind : proposal_registry()) {
    if (kind.name == "nested") {  // the table that mh makes of its own accord
      all.push_back({"proposal_nested", "builtin:nested", plain("mh+slice")});
      continue;
    }
    std::vector<std::string_view> rules(kind.rules.begin(), kind.rules.end());
    if (rules.empty()) rules.emplace_back();
    for (const std::string_view rule : rules) {
      SampleOptions options = plain("mh+slice");
      options.kernel_settings.proposals = {table_of(kind, rule)};
      all.push_back({"proposal_" + as_name(std::string(kind.name) + " " + std::string(rule)), "", options});
    }
  }
}

void add_variations(std::vector<SampleConfiguration>& all) {
  const auto add = [&](const char* name, const char* kernel, const std::function<void(SampleOptions&)>& change) {
    SampleOptions options = plain(kernel);
    change(options);
    all.push_back({name, "builtin:eight_schools", options});
  };
  add("thin", "nuts", [](auto& o) { o.thin = 3; });
  add("until_ess", "nuts", [](auto& o) { o.until_ess = 150, o.draws = 5000; });
  add("save_warmup", "nuts", [](auto& o) { o.save_warmup = true; });
  add("no_warmup", "nuts", [](auto& o) { o.warmup = 0; });
  add("unit_metric", "hmc", [](auto& o) { o.metric = MetricKind::unit; });
  add("diagonal_metric", "nuts", [](auto& o) { o.metric = MetricKind::diagonal; });
  add("windows_of_stan", "nuts", [](auto& o) { o.scheme = WarmUpScheme::stan, o.warmup = 150; });
  add("forty_chains", "slice", [](auto& o) { o.chains = 40; });
  add("forty_chains_of_mh", "mh", [](auto& o) { o.chains = 40; });
  add("one_chain", "nuts", [](auto& o) { o.chains = 1; });
  add("prior_starts_with_jitter", "aaps", [](auto& o) { o.start = StartKind::prior, o.jitter = 0.1; });
  add("errors_rejected", "mala", [](auto& o) { o.on_error = OnError::reject; });
}

std::vector<SampleConfiguration> configurations() {
  std::vector<SampleConfiguration> all;
  add_kernels(all);
  add_proposals(all);
  add_variations(all);
  return all;
}

SampleResult run(const SampleConfiguration& configuration, const Layout& layout, std::uint64_t seed) {
  SampleOptions options = configuration.options;
  options.seed = seed;
  SampleObserver quiet;
  return sample(*model_of(configuration.model), options, layout, quiet);
}

class SampleLayouts : public ::testing::TestWithParam<SampleConfiguration> {};

TEST_P(SampleLayouts, GiveTheBytesOfOneThread) {
  const std::uint64_t seed = test::seed_from_name();
  const SampleResult serial = run(GetParam(), {"serial", 1}, seed);
  ASSERT_FALSE(serial.rounds.empty());
  for (const unsigned threads : {1U, 2U, 5U}) {
    const SampleResult found = run(GetParam(), {"threads", threads}, seed);
    ASSERT_EQ(found.rounds.size(), serial.rounds.size());
    for (std::size_t r = 0; r < serial.rounds.size(); ++r) {
      ASSERT_EQ(found.rounds[r].state_sha256, serial.rounds[r].state_sha256)
          << threads << " threads, first in round " << r + 1;
    }
    ASSERT_EQ(found.summary.digest, serial.summary.digest) << threads << " threads";
  }
  EXPECT_NE(run(GetParam(), {"serial", 1}, seed + 1).summary.digest, serial.summary.digest);
}

INSTANTIATE_TEST_SUITE_P(All, SampleLayouts, ::testing::ValuesIn(configurations()),
                         [](const auto& row) { return row.param.name; });

TEST(SampleConfigurations, LeaveOutNoKernelAndNoKindOrRuleOfProposals) {
  std::set<std::string> kernels;
  std::set<std::pair<std::string, std::string>> proposals;
  for (const SampleConfiguration& configuration : configurations()) {
    kernels.insert(configuration.options.kernel);
    for (const ProposalSpec& spec : configuration.options.kernel_settings.proposals) {
      const auto rule = spec.words.find("adapt");
      proposals.emplace(spec.kind, rule == spec.words.end() ? "" : rule->second);
    }
  }
  for (const KernelEntry& kernel : kernel_registry()) {
    EXPECT_TRUE(kernels.contains(std::string(kernel.name))) << kernel.name;
  }
  std::size_t pairs = 0;
  for (const ProposalKind& kind : proposal_registry()) {
    if (kind.name != "nested") pairs += std::max<std::size_t>(kind.rules.size(), 1);
  }
  EXPECT_EQ(proposals.size(), pairs);
  EXPECT_GE(pairs, 30U);
}

}  // namespace
}  // namespace dovetail
