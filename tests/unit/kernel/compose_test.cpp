// Cycles keep their order, mixtures their probabilities; names lead to kernels and wrong names to advice.
#include "dovetail/kernel/compose.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/kernel/registry.hpp"
#include "tests/support/kolmogorov.hpp"
#include "tests/support/laws_with_draws.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

/// Writes its digit behind the others.
class DigitKernel final : public Kernel {
 public:
  DigitKernel(double digit, KernelNeeds needs) : digit_(digit), needs_(needs) {}
  [[nodiscard]] KernelNeeds needs() const override { return needs_; }
  void step(ChainState& state, const Density&, const Tuning&, Rng&, Workspace&, KernelRecord&) const override {
    state.x[0] = 10 * state.x[0] + digit_;
  }

 private:
  double digit_;
  KernelNeeds needs_;
};

std::vector<std::unique_ptr<Kernel>> digits(std::initializer_list<double> values, KernelNeeds needs = {}) {
  std::vector<std::unique_ptr<Kernel>> parts;
  for (const double value : values) parts.push_back(std::make_unique<DigitKernel>(value, needs));
  return parts;
}

double run(const Kernel& kernel, Rng& rng) {
  const auto law = test::make_law("gaussian");
  ChainState state;
  state.x = {0, 0, 0};
  Workspace workspace;
  KernelRecord record;
  kernel.step(state, law->density(), {}, rng, workspace, record);
  return state.x[0];
}

TEST(Cycle, RunsItsPartsInOrder) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  EXPECT_EQ(run(CycleKernel(digits({1, 2, 3})), rng), 123);
}

/// Shows what it is told to, or nothing.
class ShowingKernel final : public Kernel {
 public:
  explicit ShowingKernel(std::optional<StepFigures> figures) : figures_(figures) {}
  [[nodiscard]] KernelNeeds needs() const override { return {}; }
  void step(ChainState&, const Density&, const Tuning&, Rng&, Workspace&, KernelRecord& record) const override {
    if (figures_) record.last = *figures_;
  }

 private:
  std::optional<StepFigures> figures_;
};

TEST(Cycle, ShowsTheTrajectoriesOfItsPartsBeforeTheirDecisions) {
  const StepFigures decision{.acceptance = 0.25};
  const StepFigures first{.acceptance = 0.5, .energy = 3, .depth = 2, .leapfrogs = 3, .divergent = true};
  const StepFigures second{.acceptance = 0.75, .energy = 5, .depth = 3, .leapfrogs = 7};
  const auto shown = [&](std::initializer_list<std::optional<StepFigures>> parts) {
    std::vector<std::unique_ptr<Kernel>> kernels;
    for (const auto& figures : parts) kernels.push_back(std::make_unique<ShowingKernel>(figures));
    const auto law = test::make_law("gaussian");
    ChainState state;
    Workspace workspace;
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
    KernelRecord record;
    record.last = {.acceptance = 0.125, .energy = 1, .depth = 9, .leapfrogs = 9};  // of an earlier step
    CycleKernel(std::move(kernels)).step(state, law->density(), {}, rng, workspace, record);
    return record.last;
  };
  const auto same = [](const StepFigures& a, const StepFigures& b) { return pack(a) == pack(b); };
  EXPECT_TRUE(same(shown({first, decision}), first));
  EXPECT_TRUE(same(shown({decision, first}), first));
  EXPECT_TRUE(same(shown({first, std::nullopt}), first));
  EXPECT_TRUE(same(shown({decision, std::nullopt}), decision));
  EXPECT_TRUE(same(shown({std::nullopt, std::nullopt}), {}));
  EXPECT_EQ(shown({decision, {{.acceptance = 1}}}).acceptance, 1);
  const StepFigures both = shown({first, decision, second});
  EXPECT_EQ(both.acceptance, 0.75);
  EXPECT_EQ(both.energy, 5);
  EXPECT_EQ(both.depth, 3U);
  EXPECT_EQ(both.leapfrogs, 10U);
  EXPECT_TRUE(both.divergent);
}

TEST(Mixture, ChoosesEachPartWithItsProbability) {
  constexpr std::size_t kDraws = 20000;
  const MixtureKernel mixture(digits({1, 2, 3}), {1, 0, 3});
  std::size_t first = 0;
  for (std::size_t n = 0; n < kDraws; ++n) {
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(n)});
    const double digit = run(mixture, rng);
    ASSERT_NE(digit, 2);
    first += digit == 1 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(first) / kDraws, 0.25, test::ks_threshold(kDraws, 1e-6));
}

TEST(Mixture, RefusesWeightsThatAreNoProbabilities) {
  EXPECT_THROW(MixtureKernel(digits({1, 2}), {1}), UsageError);
  EXPECT_THROW(MixtureKernel(digits({}), {}), UsageError);
  EXPECT_THROW(MixtureKernel(digits({1, 2}), {1, -1}), UsageError);
  EXPECT_THROW(MixtureKernel(digits({1, 2}), {0, 0}), UsageError);
  EXPECT_THROW(MixtureKernel(digits({1, 2}), {1, std::nan("")}), UsageError);
  EXPECT_THROW(MixtureKernel(digits({1, 2}), {1, kInfinity}), UsageError);
}

TEST(Composition, NeedsWhatAnyPartNeedsAndMovesWhatAnyPartMoves) {
  auto parts = digits({1}, {.gradient = true, .real_only = true});
  parts.push_back(std::make_unique<DigitKernel>(2, KernelNeeds{.exact_draws = true}));
  const CycleKernel cycle(std::move(parts));
  EXPECT_TRUE(cycle.needs().gradient);
  EXPECT_TRUE(cycle.needs().exact_draws);
  EXPECT_FALSE(cycle.needs().real_only);
  EXPECT_TRUE(CycleKernel(digits({1, 2}, {.real_only = true})).needs().real_only);
}

// The column of acceptances holds what one part alone writes, or what several write in turn.
TEST(Composition, HasATargetWhereOnePartShowsItsAcceptance) {
  const std::vector<Coordinate> coordinates(2);
  KernelSettings settings;
  settings.adapt_delta = 0.7;
  const auto target = [&](const char* name) { return make_kernel(name, coordinates, settings)->target_acceptance(); };
  EXPECT_EQ(target("nuts"), 0.7);
  EXPECT_EQ(target("mala"), 0.574);
  EXPECT_EQ(target("nuts+slice"), 0.7);
  EXPECT_EQ(target("slice+hmc+slice"), 0.7);
  EXPECT_EQ(target("0.5*nuts|0.5*slice"), 0.7);
  for (const char* none : {"slice", "automala", "aaps", "mh", "mh+nuts", "mh|hmc"}) {
    EXPECT_FALSE(target(none)) << none;
  }
}

TEST(Registry, EveryNameMakesAKernelAndHasASummary) {
  for (const KernelEntry& entry : kernel_registry()) {
    EXPECT_NE(make_kernel(entry.name), nullptr);
    EXPECT_FALSE(entry.summary.empty());
  }
  EXPECT_TRUE(make_kernel("automala")->needs().real_only);
  EXPECT_TRUE(make_kernel("exact")->needs().exact_draws);
  EXPECT_FALSE(make_kernel("slice")->needs().gradient);
}

TEST(Registry, MakesCyclesFromNames) {
  const auto cycle = make_kernel("slice+automala+slice");
  EXPECT_TRUE(cycle->needs().gradient);
  EXPECT_FALSE(cycle->needs().real_only);
}

TEST(Registry, RefusesPartsThatWouldFightOverTheStepSize) {
  for (const char* name : {"nuts+mala", "automala+nuts", "hmc|nuts", "0.5*nuts+slice|0.5*aaps+slice"}) {
    try {
      (void)make_kernel(name);
      ADD_FAILURE() << name << " was made";
    } catch (const UsageError& error) {
      const std::string words = error.what();
      EXPECT_NE(words.find("both adapt the one step size"), std::string::npos) << words;
      EXPECT_NE(words.find("keep one of them"), std::string::npos) << words;
    }
  }
  for (const char* name : {"nuts+slice+nuts", "0.5*mala|0.5*mala+slice", "nuts+mh|slice", "automala+slice+automala"}) {
    EXPECT_NO_THROW((void)make_kernel(name)) << name;
  }
}

TEST(Registry, UnknownNamesComeWithAdvice) {
  try {
    (void)make_kernel("slise");
    FAIL() << "slise is no kernel";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean slice?"), std::string::npos) << error.what();
  }
  for (const char* name : {"", "+", "slice+", "+slice", "automala+slise", "nut", "SLICE", " slice"}) {
    EXPECT_THROW((void)make_kernel(name), UsageError) << name;
  }
}

/// Coordinates alone matter here.
class ShapePath final : public Path {
 public:
  ShapePath(std::vector<Coordinate> coordinates, bool gradient)
      : coordinates_(std::move(coordinates)), gradient_(gradient) {}
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point) const override { return {}; }
  [[nodiscard]] bool has_gradient() const override { return gradient_; }
  Potential evaluate_gradient(Point, PointOut gradient_reference, PointOut gradient_energy) const override {
    for (std::size_t i = 0; i < coordinates_.size(); ++i) gradient_reference[i] = gradient_energy[i] = 0;
    return {};
  }

 private:
  std::vector<Coordinate> coordinates_;
  bool gradient_;
};

TEST(Registry, TheDefaultFitsThePath) {
  const Coordinate bit{CoordinateKind::integer, 0, 1};
  const std::vector<Coordinate> few(19);
  const std::vector<Coordinate> many(20);
  std::vector<Coordinate> mixed(20);
  mixed.push_back(bit);
  std::vector<Coordinate> discrete(30, bit);
  EXPECT_EQ(default_kernel(ShapePath(few, true)).name, "slice");
  EXPECT_EQ(default_kernel(ShapePath(many, true)).name, "automala+slice");
  EXPECT_EQ(default_kernel(ShapePath(many, false)).name, "slice");
  EXPECT_EQ(default_kernel(ShapePath(mixed, true)).name, "automala+slice");
  EXPECT_EQ(default_kernel(ShapePath(discrete, true)).name, "slice");
  EXPECT_FALSE(default_kernel(ShapePath(many, true)).reason.empty());
}

TEST(Registry, TheDefaultForChainsOfTheTargetFitsThePath) {
  const std::vector<Coordinate> real(3);
  std::vector<Coordinate> mixed(3);
  mixed.push_back({CoordinateKind::integer, 0, 1});
  std::vector<Coordinate> circle(3);
  circle.push_back({CoordinateKind::cyclic, 0, 1});
  const std::vector<Coordinate> discrete(3, {CoordinateKind::integer, 0, 1});
  EXPECT_EQ(default_sampling_kernel(ShapePath(real, true)).name, "nuts");
  EXPECT_EQ(default_sampling_kernel(ShapePath(mixed, true)).name, "nuts+slice");
  EXPECT_EQ(default_sampling_kernel(ShapePath(circle, true)).name, "nuts+slice");
  EXPECT_EQ(default_sampling_kernel(ShapePath(discrete, true)).name, "slice");
  EXPECT_EQ(default_sampling_kernel(ShapePath(real, false)).name, "slice");
  for (const auto& shape : {real, mixed, discrete}) {
    for (const bool gradient : {true, false}) {
      const KernelChoice choice = default_sampling_kernel(ShapePath(shape, gradient));
      EXPECT_FALSE(choice.reason.empty());
      EXPECT_LE(make_kernel(choice.name)->needs().gradient, gradient);
    }
  }
}

TEST(Registry, PassesItsSettingsOn) {
  KernelSettings settings;
  for (const auto& [depth_max, leapfrogs] : {std::pair(2U, 3U), {3U, 7U}}) {
    settings.depth_max = depth_max;
    const ShapePath flat(std::vector<Coordinate>(2), true);
    KernelRecord record;
    ChainState state;
    state.x = {0, 0};
    Workspace workspace;
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
    make_kernel("nuts", flat.coordinates(), settings)->step(state, {flat, 1}, {}, rng, workspace, record);
    EXPECT_EQ(record.last.leapfrogs, leapfrogs);
    make_kernel("aaps", flat.coordinates(), settings)->step(state, {flat, 1}, {}, rng, workspace, record);
    EXPECT_EQ(record.last.leapfrogs, leapfrogs);
  }
  settings.leapfrogs = 0;
  EXPECT_THROW((void)make_kernel("hmc", {}, settings), UsageError);
  settings.adapt_delta = 1;
  EXPECT_THROW((void)make_kernel("nuts", {}, settings), UsageError);
  EXPECT_NO_THROW((void)make_kernel("mala", {}, settings));
}

// A bit costs one evaluation per pass.
TEST(Registry, SliceMakesThreePassesAloneAndOneInACycle) {
  const ShapePath path({{CoordinateKind::integer, 0, 1}}, true);
  for (const auto& [name, passes] : {std::pair("slice", 3U), {"slice+slice", 2U}, {"automala+slice", 1U}}) {
    ChainState state;
    state.x = {0};
    Tuning tuning;
    tuning.width = {1};
    Workspace workspace;
    KernelRecord record;
    Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
    make_kernel(name)->step(state, {path, 1}, tuning, rng, workspace, record);
    EXPECT_EQ(record.evaluations, passes) << name;
  }
}

TEST(Exact, ForgetsGradientsOfTheOldPoint) {
  const auto law = test::make_law("gaussian");
  ChainState state;
  state.x = {0, 0, 0};
  state.has_gradient = true;
  Workspace workspace;
  KernelRecord record;
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  make_kernel("exact")->step(state, law->density(), {}, rng, workspace, record);
  EXPECT_FALSE(state.has_gradient);
}

TEST(Exact, SaysWhenThereAreNoExactDraws) {
  const auto law = test::make_law("gaussian");
  ChainState state;
  state.x = {0, 0, 0};
  Workspace workspace;
  KernelRecord record;
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  EXPECT_THROW(make_kernel("exact")->step(state, {*law, 0.3}, {}, rng, workspace, record), UsageError);
}

}  // namespace
}  // namespace dovetail
