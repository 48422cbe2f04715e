// What a [[proposal]] table may say, and what is said back.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "chain.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/kernel/registry.hpp"

namespace dovetail::test {
namespace {

const std::vector<Coordinate> kCoordinates{real("mu"),        real("sigma", 0),        real("theta[1]"),
                                           real("theta[2]"),  cyclic("phase", 0, 6.0), integer("count", 0, 9),
                                           real("weights.1"), real("weights.2")};

/// The message with which one table is refused; empty when it is not.
std::string refusal(const ProposalSpec& s) {
  try {
    (void)make_proposal(s, kCoordinates, {1, 1000});
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

struct Refused {
  const char* name;
  ProposalSpec spec;
  std::vector<std::string> says;
};

std::vector<Refused> refused() {
  return {
      {"UnknownKind", spec("norml", {"mu"}), {"unknown kind", "\"norml\"", "did you mean normal?"}},
      {"UnknownParameter", spec("normal", {"nu"}), {"unknown parameter \"nu\"", "did you mean mu?"}},
      {"UnknownElement", spec("normal", {"theta[3]"}), {"\"theta[3]\"", "did you mean theta["}},
      {"NoParameters", spec("normal", {}), {"parameters is missing"}},
      {"NamedTwice", spec("normal", {"theta", "theta[1]"}), {"\"theta[1]\"", "named twice"}},
      {"UnknownNumber", spec("normal", {"mu"}, {{"scal", {1}}}), {"unknown key \"scal\"", "did you mean scale?"}},
      {"UnknownWord", spec("normal", {"mu"}, {}, {{"adpt", "none"}}), {"\"adpt\"", "did you mean adapt?"}},
      {"KeyOfAnotherKind", spec("normal", {"mu"}, {{"kappa", {1}}}), {"unknown key \"kappa\"", "this kind takes"}},
      {"AngularOnAReal", spec("angular", {"mu"}), {"\"mu\" is real", "moves cyclic", "normal"}},
      {"NormalOnAnInteger", spec("normal", {"count"}), {"\"count\" is an integer", "discrete"}},
      {"NormalOnACircle", spec("bounded_normal", {"phase"}), {"\"phase\" is cyclic", "angular"}},
      {"DiscreteOnAReal", spec("discrete", {"mu"}), {"\"mu\" is real", "normal"}},
      {"BoundsCross", spec("bounded_normal", {"mu"}, {{"lower", {2}}, {"upper", {1}}}), {"bounds of \"mu\" cross"}},
      {"NoKind", spec("", {"mu"}), {"kind is missing", "kinds: normal, bounded_normal"}},
      {"ScaleEmpty", spec("normal", {"mu"}, {{"scale", {}}}), {"scale has 0 numbers for 1 parameter"}},
      {"BoundsTwice", spec("bounded_normal", {"sigma"}, {{"lower", {0}}}), {"\"sigma\"", "bounds of its own"}},
      {"NotSymmetric", spec("normal", {"theta"}, {{"covariance", {1, 0.5, 0.4, 1}}}), {"not symmetric", "(2,1)"}},
      {"NotPositive", spec("normal", {"theta"}, {{"covariance", {1, 2, 2, 1}}}), {"not positive definite"}},
      {"CovarianceSize",
       spec("normal", {"theta"}, {{"covariance", {1, 2, 1}}}),
       {"3 numbers for 2 parameters", "give 4"}},
      {"ScaleSize", spec("normal", {"mu", "theta"}, {{"scale", {1, 2}}}), {"scale has 2 numbers for 3 parameters"}},
      {"ScaleNegative", spec("normal", {"mu"}, {{"scale", {-1}}}), {"scale is not positive"}},
      {"ScaleThatRoundsToNothing",
       spec("discrete", {"count"}, {{"scale", {0.3}}}, {{"rounding", "nearest"}}),
       {"scale is 0.3", "rounded to 0", "0.5 or more", "exclusive"}},
      {"ScaleInfinite", spec("normal", {"mu"}, {{"scale", {kInfinity}}}), {"scale is not finite"}},
      {"ScaleText", spec("normal", {"mu"}, {}, {{"scale", "wide"}}), {"scale is a text", "without quotes"}},
      {"AdaptNumber", spec("normal", {"mu"}, {{"adapt", {1}}}), {"adapt is a number", "in quotes"}},
      {"AdaptUnknown", spec("normal", {"mu"}, {}, {{"adapt", "veich"}}), {"\"veich\"", "did you mean veitch?"}},
      {"AdaptOfAnother", spec("solid_angle", {"phase", "sigma"}, {}, {{"adapt", "veitch"}}), {"no azimuth"}},
      {"BothScales", spec("normal", {"mu"}, {{"scale", {1}}, {"covariance", {1}}}), {"both given"}},
      {"VeitchWithoutWidth", spec("normal", {"mu"}, {}, {{"adapt", "veitch"}}), {"width is missing", "\"mu\""}},
      {"VeitchFull",
       spec("normal", {"mu"}, {{"width", {1}}}, {{"adapt", "veitch"}, {"shape", "full"}}),
       {"veitch cannot"}},
      {"ViholaDiagonal", spec("normal", {"mu"}, {}, {{"adapt", "vihola"}, {"shape", "diagonal"}}), {"vihola cannot"}},
      {"CovarianceDiagonal",
       spec("normal", {"mu"}, {{"covariance", {1}}}, {{"shape", "diagonal"}}),
       {"shape is diagonal"}},
      {"TargetRange", spec("normal", {"mu"}, {{"target", {1}}}), {"target is not between"}},
      {"IntervalPart", spec("normal", {"mu"}, {{"jump_interval", {1.5}}}), {"jump_interval", "whole number"}},
      {"IntervalZero", spec("normal", {"mu"}, {{"jump_interval", {0}}}), {"jump_interval", "whole number"}},
      {"ShuffleRange", spec("eigenvector", {"mu"}, {{"shuffle", {2}}}), {"shuffle is not between"}},
      {"SphereOfOne", spec("solid_angle", {"phase"}), {"1 parameters", "two angles"}},
      {"CustomWithoutFunctions", spec("custom", {"mu"}), {"no functions", "C++"}},
  };
}

class SpecificationRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(SpecificationRefused, WithCauseAndCure) {
  ProposalSpec table = GetParam().spec;
  const std::string message = refusal(table);
  for (const std::string& words : GetParam().says) EXPECT_NE(message.find(words), std::string::npos) << message;
  EXPECT_NE(message.find('('), std::string::npos) << message;
  table.where = "run.toml:12";
  EXPECT_EQ(refusal(table), "run.toml:12: " + message);
}

INSTANTIATE_TEST_SUITE_P(Tables, SpecificationRefused, ::testing::ValuesIn(refused()),
                         [](const auto& named) { return std::string(named.param.name); });

std::vector<std::size_t> places(const std::vector<std::string>& parameters, const std::string& kind = "normal") {
  const MovingBlock block = make_proposal(spec(kind, parameters), kCoordinates, {1, 1000});
  return {block.proposal->block().begin(), block.proposal->block().end()};
}

TEST(Specification, NamesWithoutIndexStandForAllElements) {
  EXPECT_EQ(places({"theta"}), (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(places({"theta[2]", "mu"}), (std::vector<std::size_t>{3, 0}));
  EXPECT_EQ(places({"weights", "theta[1]"}), (std::vector<std::size_t>{6, 7, 2}));
  EXPECT_EQ(places({"phase"}, "angular"), (std::vector<std::size_t>{4}));
}

TEST(Specification, EveryKindHasASummaryAndKeys) {
  EXPECT_EQ(proposal_registry().size(), 10U);
  for (const ProposalKind& kind : proposal_registry()) {
    EXPECT_FALSE(kind.summary.empty());
    for (const ProposalKey& key : kind.keys) EXPECT_FALSE(key.name.empty() || key.summary.empty()) << kind.name;
  }
}

/// A coordinate or two that the kind moves, with bounds wide enough for every rule.
std::vector<std::string> movable(std::string_view kind) {
  if (kind == "angular") return {"phase"};
  if (kind == "discrete" || kind == "bounded_discrete") return {"count"};
  if (kind == "solid_angle") return {"azimuth", "polar"};
  return {"fraction"};
}

// The list that help prints is the list that is read, for every kind: no rule more, none less.
TEST(Specification, EveryKindTakesItsRulesAndNoOthers) {
  const std::vector<Coordinate> coordinates{real("fraction", 0, 1), cyclic("phase", 0, 6.0), integer("count", 0, 9),
                                            cyclic("azimuth", 0, 360), real("polar", 0, 180)};
  for (const ProposalKind& kind : proposal_registry()) {
    for (const AdaptationName& rule : adaptation_names()) {
      ProposalSpec table = spec(std::string(kind.name), movable(kind.name), {}, {{"adapt", std::string(rule.name)}});
      if (kind.name == "normal") table.numbers["width"] = {1};  // jumps on the unbounded scale
      const bool has = std::find(kind.rules.begin(), kind.rules.end(), rule.name) != kind.rules.end();
      bool taken = true;
      try {
        const MovingBlock block = make_proposal(table, coordinates, {movable(kind.name).size(), 1000});
        const bool of_a_sphere = kind.name == "solid_angle" && rule.rule == AdaptationRule::andrieu_thoms;
        EXPECT_EQ(block.adaptation.rule, of_a_sphere ? AdaptationRule::concentration : rule.rule);
      } catch (const UsageError&) {
        taken = false;
      }
      EXPECT_EQ(taken, has) << kind.name << " " << rule.name;
    }
    const bool adapts =
        std::any_of(kind.keys.begin(), kind.keys.end(), [](const auto& k) { return k.name == "adapt"; });
    EXPECT_EQ(kind.rules.empty(), !adapts) << kind.name;
  }
}

std::string kernel_refusal(const std::string& kernel, std::vector<ProposalSpec> specs,
                           const std::vector<Coordinate>& coordinates = {real("a"), integer("k", 0, 3)}) {
  try {
    KernelSettings settings;
    settings.proposals = std::move(specs);
    (void)make_kernel(kernel, coordinates, settings);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Specification, EveryParameterNeedsOneProposal) {
  const ProposalSpec a = spec("normal", {"a"}), k = spec("discrete", {"k"});
  EXPECT_EQ(kernel_refusal("mh", {a, k}), "");
  EXPECT_NE(kernel_refusal("mh", {a}).find("missing proposal: no [[proposal]] names parameter \"k\""),
            std::string::npos);
  EXPECT_NE(kernel_refusal("mh", {a, k, a}).find("in another proposal already"), std::string::npos);
}

TEST(Specification, GroupsAreWholeNumbers) {
  for (const double group : {-1.0, 1.5}) {
    const std::string message =
        kernel_refusal("mh", {spec("normal", {"a"}, {{"group", {group}}}), spec("discrete", {"k"})});
    EXPECT_NE(message.find("group is no whole number from 0 on"), std::string::npos) << message;
  }
}

TEST(Specification, ABoxCannotCutAParameterThatTheModelLeavesUnbounded) {
  const std::vector<Coordinate> coordinates{real("a"), real("b", 0)};
  for (const char* kind : {"bounded_normal", "bounded_eigenvector"}) {
    EXPECT_EQ(kernel_refusal("mh", {spec(kind, {"b"}), spec("normal", {"a"})}, coordinates), "");
    for (const auto& numbers : {std::map<std::string, std::vector<double>>{{"lower", {-0.1}}, {"upper", {0.1}}}, {}}) {
      const std::string message =
          kernel_refusal("mh+slice", {spec(kind, {"a"}, numbers), spec("normal", {"b"})}, coordinates);
      EXPECT_NE(message.find("declares no bounds for parameter \"a\" (lower"), std::string::npos) << message;
      EXPECT_NE(message.find("kind = \"normal\""), std::string::npos) << message;
    }
  }
}

TEST(Specification, MessagesNameTheLineOfTheirKey) {
  ProposalSpec table = spec("normal", {"mu"}, {{"scale", {-1}}});
  table.where = "run.toml:12";
  table.key_where = {{"scale", "run.toml:15"}};
  EXPECT_TRUE(refusal(table).starts_with("run.toml:15: proposal \"normal\": scale is")) << refusal(table);
  table.kind = "norml";
  EXPECT_TRUE(refusal(table).starts_with("run.toml:12: unknown kind")) << refusal(table);
}

TEST(Specification, PartsOfACycleLeaveToOthersWhatOthersMove) {
  const ProposalSpec a = spec("normal", {"a"}), k = spec("discrete", {"k"});
  EXPECT_EQ(kernel_refusal("mh+slice", {a}), "");
  EXPECT_EQ(kernel_refusal("0.7*mh|0.3*slice", {a}), "");
  EXPECT_EQ(kernel_refusal("automala+mh", {k}), "");
  EXPECT_NE(kernel_refusal("automala+mh", {a}).find("missing proposal"), std::string::npos);
  EXPECT_NE(kernel_refusal("mh+mh", {a}).find("missing proposal"), std::string::npos);
}

TEST(Specification, TablesThatNoKernelReadsAreRefused) {
  EXPECT_NE(kernel_refusal("slice", {spec("normal", {"a"})}).find("makes no proposals"), std::string::npos);
}

TEST(Specification, MissingProposalsNameCoordinatesWithoutNameByNumber) {
  const std::string message = kernel_refusal("mh", {spec("normal", {"a"})}, {real("a"), real("")});
  EXPECT_NE(message.find("coordinate 2"), std::string::npos) << message;
}

TEST(Specification, TheDefaultSuitsTheKindsOfCoordinates) {
  const auto groups = default_proposals(std::vector<Coordinate>{real(""), integer("", 0, 3), cyclic("", 0, 1), real(""),
                                                                integer("", 2, 2), integer("", 0)},
                                        1000);
  ASSERT_EQ(groups.size(), 4U);  // reals, angles, two integers with a choice
  const auto block = [&](std::size_t g) {
    const auto places = groups[g].front().proposal->block();
    return std::vector<std::size_t>(places.begin(), places.end());
  };
  EXPECT_EQ(block(0), (std::vector<std::size_t>{0, 3}));
  EXPECT_EQ(block(1), (std::vector<std::size_t>{2}));
  EXPECT_EQ(block(2), (std::vector<std::size_t>{1}));
  EXPECT_EQ(block(3), (std::vector<std::size_t>{5}));
  EXPECT_DOUBLE_EQ(groups[0].front().start.scale[0], 2.38 / std::sqrt(2.0));
  EXPECT_EQ(groups[0].front().adaptation.rule, AdaptationRule::andrieu_thoms);
  EXPECT_EQ(groups[0].front().adaptation.target, 0.234);
  EXPECT_EQ(groups[2].front().adaptation.target, 0.44);
}

}  // namespace
}  // namespace dovetail::test
