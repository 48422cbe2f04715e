// What every kernel of the registry promises besides its law: pure, counted, current, deaf to failing models.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/codec.hpp"
#include "dovetail/kernel/registry.hpp"
#include "tests/support/counting_new.hpp"
#include "tests/support/counting_path.hpp"
#include "tests/support/laws_with_draws.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kSteps = 50;

/// A kernel on a law, with everything that a step takes.
struct Bench {
  std::unique_ptr<test::Law> law;
  std::unique_ptr<Kernel> kernel;
  Tuning tuning;
  ChainState state;
  Workspace workspace;
  KernelRecord record;
  std::uint64_t seed;

  Bench(const std::string& kernel_name, const std::string& law_name)
      : law(test::make_law(law_name)),
        kernel(make_kernel(kernel_name, law->coordinates())),
        tuning(initial_tuning(law->coordinates())),
        seed(test::seed_from_name()) {
    tuning.step_size = kernel->needs().metric ? 0.3 : 0.8;
    tuning.metric = test::awkward_metric(*law, test::metric_kind_for(*law));
    if (kernel->needs().archive) tuning.archive = test::awkward_archive(*law);
    state.x.resize(law->dimension());
    Rng rng({seed, Purpose::initial_point, ItemId(0), Step(0)});
    law->draw(rng, state.x);
    state.potential = law->evaluate(state.x);
  }
  void step(std::size_t t, const Path& path) {
    Rng rng({seed, Purpose::kernel, ItemId(0), Step(t)});
    kernel->step(state, {path, test::Law::kLawBeta}, tuning, rng, workspace, record);
  }
  void step(std::size_t t) { step(t, *law); }
  [[nodiscard]] Bytes bytes() const {
    Writer writer;
    writer(state);
    writer(record);
    return writer.out;
  }
};

class KernelContract : public ::testing::TestWithParam<std::string> {
 protected:
  /// Runs `body(make)` on every law; make() gives a fresh bench.
  template <class Body>
  static void on_every_law(Body body) {
    for (const std::string& law : test::law_names()) {
      SCOPED_TRACE(law);
      body([&] { return Bench(GetParam(), law); });
    }
  }
};

TEST_P(KernelContract, TheSameInputsGiveTheSameBitsWhateverTheWorkspaceHolds) {
  on_every_law([](const auto& make) {
    Bench a = make();
    Bench b = make();
    for (std::size_t row = 0; row < 20; ++row) {
      const auto dirt = b.workspace.row(row, b.law->dimension());
      std::fill(dirt.begin(), dirt.end(), std::nan(""));
    }
    for (std::size_t t = 0; t < kSteps; ++t) {
      a.step(t);
      b.step(t);
      b.workspace = Workspace();
    }
    EXPECT_EQ(a.bytes(), b.bytes());
  });
}

TEST_P(KernelContract, AnotherSeedGivesOtherDraws) {
  on_every_law([](const auto& make) {
    Bench a = make();
    Bench b = make();
    ++b.seed;
    bool differs = false;
    for (std::size_t t = 0; t < kSteps; ++t) {
      a.step(t);
      b.step(t);
      differs = differs || a.state.x != b.state.x;
    }
    // gradient kernels leave integers alone; paths of aaps all meet the hard bound of skewed, and then the point stays
    EXPECT_TRUE(differs || (a.kernel->needs().real_only && a.law->name() == "integers") ||
                (GetParam() == "aaps" && a.law->name() == "skewed"));
  });
}

TEST_P(KernelContract, SavingAndLoadingInTheMiddleChangesNothing) {
  on_every_law([](const auto& make) {
    Bench a = make();
    Bench b = make();
    for (std::size_t t = 0; t < kSteps; ++t) {
      a.step(t);
      b.step(t);
      b.state = unpack<ChainState>(pack(b.state));
      b.tuning = unpack<Tuning>(pack(b.tuning));
      b.record = unpack<KernelRecord>(pack(b.record));
      b.workspace = Workspace();
    }
    EXPECT_EQ(a.bytes(), b.bytes());
  });
}

TEST_P(KernelContract, CachesHoldWhatAFreshLookWouldGive) {
  on_every_law([](const auto& make) {
    Bench bench = make();
    const std::size_t d = bench.law->dimension();
    std::vector<double> reference(d), energy(d);
    for (std::size_t t = 0; t < kSteps; ++t) {
      bench.step(t);
      EXPECT_EQ(pack(bench.state.potential), pack(bench.law->evaluate(bench.state.x)));
      if (!bench.state.has_gradient) continue;
      bench.law->evaluate_gradient(bench.state.x, reference, energy);
      EXPECT_EQ(bench.state.gradient_reference, reference);
      EXPECT_EQ(bench.state.gradient_energy, energy);
    }
  });
}

TEST_P(KernelContract, DroppingCachedGradientsCostsGradientsAndChangesNoDraw) {
  on_every_law([](const auto& make) {
    Bench a = make();
    Bench b = make();
    for (std::size_t t = 0; t < kSteps; ++t) {
      a.step(t);
      b.step(t);
      b.state.has_gradient = false;
      EXPECT_EQ(a.state.x, b.state.x);
    }
    EXPECT_LE(a.record.gradients, b.record.gradients);
  });
}

TEST_P(KernelContract, CountsWhatItAsksOfTheModel) {
  on_every_law([](const auto& make) {
    Bench bench = make();
    const test::CountingPath path(*bench.law);
    for (std::size_t t = 0; t < kSteps; ++t) bench.step(t, path);
    EXPECT_EQ(bench.record.evaluations, path.evaluations);
    EXPECT_EQ(bench.record.gradients, path.gradients);
    EXPECT_EQ(bench.record.error_events, 0U);
  });
}

TEST_P(KernelContract, NeverAcceptsAFailingModelAndCountsEveryFailure) {
  on_every_law([](const auto& make) {
    for (const double failure : {std::nan(""), kInfinity}) {
      Bench bench = make();
      const double edge = bench.state.x[0] + 0.05;
      const test::CountingPath path(*bench.law, 0, edge, failure);
      for (std::size_t t = 0; t < kSteps; ++t) {
        bench.step(t, path);
        ASSERT_LE(bench.state.x[0], edge);
      }
      EXPECT_EQ(bench.record.error_events, path.failures);
      ASSERT_EQ(bench.record.error_point.empty(), path.failures == 0);
      EXPECT_TRUE(path.failures == 0 || path.is_beyond(bench.record.error_point));
    }
  });
}

TEST_P(KernelContract, OutsideTheSupportIsNoFailure) {
  on_every_law([](const auto& make) {
    Bench bench = make();
    const double edge = bench.state.x[0] + 0.05;
    const test::CountingPath path(*bench.law, 0, edge, -kInfinity);
    for (std::size_t t = 0; t < kSteps; ++t) {
      bench.step(t, path);
      ASSERT_LE(bench.state.x[0], edge);
    }
    EXPECT_EQ(bench.record.error_events, 0U);
    EXPECT_TRUE(bench.record.error_point.empty());
  });
}

TEST_P(KernelContract, AllocatesOnFirstUseAlone) {
  on_every_law([](const auto& make) {
    Bench bench = make();
    bench.step(0);
    const std::size_t before = test::allocations();
    for (std::size_t t = 1; t < kSteps; ++t) bench.step(t);
    EXPECT_EQ(test::allocations(), before);
  });
}

TEST_P(KernelContract, KeepsToTheCoordinatesItMayMove) {
  on_every_law([](const auto& make) {
    Bench bench = make();
    const auto coordinates = bench.law->coordinates();
    const std::vector<double> start = bench.state.x;
    for (std::size_t t = 0; t < kSteps; ++t) {
      bench.step(t);
      for (std::size_t i = 0; i < coordinates.size(); ++i) {
        const double x = bench.state.x[i];
        const Coordinate& c = coordinates[i];
        if (c.kind == CoordinateKind::real) continue;
        ASSERT_TRUE(x == start[i] || !bench.kernel->needs().real_only);
        ASSERT_TRUE(x == std::floor(x) || c.kind == CoordinateKind::cyclic);
        ASSERT_GE(x, c.lower);
        ASSERT_LT(x, c.kind == CoordinateKind::cyclic ? c.upper : c.upper + 1);
      }
    }
  });
}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const KernelEntry& entry : kernel_registry()) names.emplace_back(entry.name);
  return names;
}

std::string case_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '+', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registry, KernelContract, ::testing::ValuesIn(kernel_names()), case_name);

}  // namespace
}  // namespace dovetail
