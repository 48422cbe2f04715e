// Every kind of proposal, with every rule that adapts it, leaves its laws as they were once it is frozen.
//
// 300 adapting steps of a chain of its own make the tuning; then 100,000 exact starts, 1 to 3 steps.
#include <gtest/gtest.h>

#include "dovetail/kernel/metropolis.hpp"
#include "dovetail/kernel/proposal/custom.hpp"
#include "dovetail/kernel/proposal/registry.hpp"
#include "dovetail/math/distributions.hpp"
#include "tests/support/bounded_laws.hpp"
#include "tests/support/invariance.hpp"
#include "tests/support/seed.hpp"

#ifndef DOVETAIL_STARTS
#define DOVETAIL_STARTS 10000
#endif

namespace dovetail {
namespace {

constexpr std::uint64_t kAdaptingSteps = 300;
constexpr std::size_t kSteps = 3;

/// All tables move jointly; `rule` goes to the first.
struct Case {
  std::string name;
  std::string law;
  std::vector<ProposalSpec> specs;
};

const std::vector<std::string> kEach{"andrieu_thoms", "none", "veitch", "sivia_skilling", "componentwise"};
const std::vector<std::string> kNormal{"andrieu_thoms", "none", "veitch", "sivia_skilling", "componentwise", "vihola"};
const std::vector<std::string> kEigen{"andrieu_thoms", "none", "sivia_skilling"};
const std::vector<std::string> kSphere{"andrieu_thoms", "none"};

ProposalSpec spec(std::string kind, std::vector<std::string> parameters,
                  std::map<std::string, std::vector<double>> numbers = {},
                  std::map<std::string, std::string> words = {}) {
  return {std::move(parameters), std::move(kind), std::move(numbers), std::move(words)};
}

/// A multiplicative jump of a and a shift of b, in values: asymmetric in the first.
ProposalSpec custom_spec() {
  CustomProposal custom;
  custom.sample = [](Point x, Rng& rng, PointOut to) {
    to[0] = 1 + (x[0] - 1) * math::exp(0.8 * math::draw_normal(rng));
    to[1] = x[1] + 1.5 * (rng.uniform() - 0.5);
    to[2] = x[2] + math::draw_normal(rng);
  };
  custom.log_density = [](Point to, Point from) {
    const double z = math::log((to[0] - 1) / (from[0] - 1)) / 0.8;
    const double step = to[2] - from[2];
    return -0.5 * z * z - math::log(to[0] - 1) - 0.5 * step * step;
  };
  ProposalSpec result = spec("custom", {"a", "b", "c"});
  result.custom = std::make_shared<const CustomProposal>(custom);
  return result;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const std::string& name, const std::string& law, const std::vector<std::string>& rules,
                       const std::vector<ProposalSpec>& specs) {
    for (const std::string& rule : rules) {
      Case one{name + "_" + rule, law, specs};
      one.specs.front().words["adapt"] = rule;
      const bool knows_width = one.specs.front().kind != "normal";
      if (rule == "veitch" && !knows_width) one.specs.front().numbers["width"] = {6};
      if (rule == "veitch" || rule == "vihola") one.specs.front().words.erase("shape");
      all.push_back(std::move(one));
    }
  };
  add("normal", "gaussian", kNormal, {spec("normal", {"c", "a", "b"}, {{"scale", {1, 0.2, 0.7}}})});
  add("normal", "skewed", kNormal, {spec("normal", {"a", "b", "c"})});
  add("normal_diagonal", "bimodal", {"andrieu_thoms", "componentwise"},
      {spec("normal", {"a", "b"}, {}, {{"shape", "diagonal"}})});
  add("normal_with_covariance", "bimodal", {"none", "sivia_skilling", "andrieu_thoms"},
      {spec("normal", {"b", "a"}, {{"covariance", {1, -0.6, -0.6, 2}}})});
  add("bounded_normal", "bounded", kEach,
      {spec("bounded_normal", {"a", "b", "c"}, {{"scale", {1.5, 2, 0.8}}, {"width", {4, 5, 4}}})});
  add("angular", "circle", kEach, {spec("angular", {"a"}, {{"scale", {2.5}}}), spec("normal", {"b"})});
  add("discrete", "integers", kEach,
      {spec("discrete", {"a", "b", "c"}, {{"width", {8, 8, 6}}, {"scale", {2, 3, 1}}}),
       spec("bounded_discrete", {"d"}, {}, {{"rounding", "nearest"}})});
  add("bounded_discrete", "integers", kEach,
      {spec("bounded_discrete", {"a", "b", "c", "d"}, {{"width", {8, 20, 6, 1}}, {"scale", {2, 3, 1, 0.6}}})});
  add("bounded_discrete", "mixed", kEach,
      {spec("bounded_discrete", {"a", "c"}, {{"scale", {1, 0.4}}}), spec("normal", {"b"}, {{"scale", {2}}})});
  add("bounded_discrete_nearest", "integers", kEach,
      {spec("bounded_discrete", {"d", "b", "c", "a"}, {{"width", {1, 20, 6, 8}}, {"scale", {1, 2, 3, 4}}},
            {{"rounding", "nearest"}})});
  add("discrete_nearest", "mixed", kEach,
      {spec("discrete", {"a", "c"}, {{"width", {8, 8}}, {"scale", {1, 0.5}}}, {{"rounding", "nearest"}}),
       spec("normal", {"b"})});
  add("solid_angle", "sphere", kSphere, {spec("solid_angle", {"phi", "theta"}, {{"kappa", {1.5}}})});
  add("solid_angle", "sphere_in_degrees", kSphere, {spec("solid_angle", {"phi", "theta"}, {{"kappa", {20}}})});
  add("solid_angle_uniform", "sphere", {"none"}, {spec("solid_angle", {"phi", "theta"}, {{"kappa", {0}}})});
  add("eigenvector", "gaussian", kEigen, {spec("eigenvector", {"b", "c", "a"})});
  add("eigenvector", "bimodal", kEigen, {spec("eigenvector", {"a", "b"}, {{"covariance", {4, 1, 1, 1}}})});
  add("bounded_eigenvector", "bounded", kEigen,
      {spec("bounded_eigenvector", {"a", "b", "c"}, {{"covariance", {2, 1, -0.5, 1, 3, 0.4, -0.5, 0.4, 1}}})});
  add("slow_blocks", "gaussian", {"none"},
      {spec("normal", {"a"}, {{"scale", {0.2}}, {"jump_interval", {2}}}),
       spec("normal", {"b", "c"}, {{"scale", {2}}})});
  add("two_groups", "bounded", {"andrieu_thoms"},
      {spec("bounded_normal", {"b"}, {{"group", {2}}}), spec("normal", {"a", "c"}, {{"group", {1}}})});
  all.push_back({"custom", "bounded", {custom_spec()}});
  return all;
}

class ProposalInvariance : public ::testing::TestWithParam<Case> {};

TEST_P(ProposalInvariance, LeavesTheLawAsItWas) {
  const auto law = test::make_named_law(GetParam().law);
  const MetropolisKernel kernel(make_proposals(GetParam().specs, law->coordinates(), kAdaptingSteps));
  const std::uint64_t seed = test::seed_from_name();
  Tuning tuning;
  kernel.begin_tuning(tuning, law->coordinates());
  ChainState state;
  state.x.resize(law->dimension());
  Rng initial({seed, Purpose::initial_point, ItemId(0), Step(1)});
  law->draw(initial, state.x);
  state.potential = law->evaluate(state.x);
  Workspace workspace;
  KernelRecord record;
  for (std::uint64_t t = 0; t < kAdaptingSteps; ++t) {
    Rng rng({seed, Purpose::test, ItemId(0), Step(t)});
    kernel.adapting_step(state, law->density(), tuning, rng, workspace, record);
  }
  test::expect_invariance(*law, kernel, tuning, DOVETAIL_STARTS, kSteps, seed);
}

std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name + "_on_" + info.param.law + "_from_" + std::to_string(DOVETAIL_STARTS);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ProposalInvariance, ::testing::ValuesIn(cases()), case_name);

}  // namespace
}  // namespace dovetail
