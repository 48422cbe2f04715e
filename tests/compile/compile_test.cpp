// `dovetail compile` with the machine's own compiler: the examples become libraries whose gradients are right.
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>

#include "loaded.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

TEST_F(Compile, PrintsThePathOfTheLibraryAlone) {
  const CommandResult kept = compile({example("bioassay.cpp")});
  ASSERT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_TRUE(kept.out.starts_with(DOVETAIL_TEST_CACHE)) << kept.out;
  const CommandResult again = compile({example("bioassay.cpp"), "-o", "my model.so"});
  EXPECT_EQ(again.out, "my model.so\n");
  EXPECT_EQ(again.err, "");  // nothing to compile, nothing to say
  EXPECT_EQ(files(), std::vector<std::string>{"my model.so"});
}

TEST_F(Compile, AModelByHandHasItsGradientsAndPrior) {
  ASSERT_EQ(compile({example("bioassay.cpp"), "-o", "b.so"}).exit_code, 0);
  const Loaded library(folder() / "b.so", example("bioassay.json"));
  for (const std::vector<double>& u : {std::vector<double>{0, 0}, {0.8, 2.3}, {-1.5, 3.1}, {3, -2}}) {
    expect_gradient_of_density(library, u);
    double prior = 0;
    EXPECT_EQ(library.find<decltype(dovetail_log_prior_gradient)>("dovetail_log_prior_gradient")(
                  library.model(), u.data(), &prior, nullptr, nullptr),
              0);
    // normal(0, 2.5) times normal(2, 1) on the logarithm, which is the coordinate
    const double expected = -0.5 * (u[0] * u[0] / 6.25 + (u[1] - 2) * (u[1] - 2)) - std::log(6.283185307179586 * 2.5);
    EXPECT_NEAR(prior, expected, 1e-12);
  }
}

/// The whole way: source, compiler, loader, prior apart, rungs. The quadrature asks the library itself.
TEST_F(Compile, TemperingASourceGivesItsEvidence) {
  ASSERT_EQ(compile({example("bioassay.cpp"), "-o", "b.so"}).exit_code, 0);
  const Loaded library(folder() / "b.so", example("bioassay.json"));
  constexpr double kStep = 0.05;  // equal weights: halving it changes the twelfth digit
  double sum = 0;
  for (double intercept = -8; intercept < 10; intercept += kStep) {
    for (double log_slope = -3; log_slope < 7; log_slope += kStep) {
      sum += kStep * kStep * std::exp(library.density({intercept, log_slope}));
    }
  }
  CommandCall call{{"temper", example("bioassay.cpp"), "--data", example("bioassay.json"), "--seed",
                    std::to_string(seed_from_name()), "--out", "run", "--json", "-q"}};
  call.environment = {{"DOVETAIL_CACHE", DOVETAIL_TEST_CACHE}};
  const CommandResult result = run(call);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto tempering = nlohmann::json::parse(result.out).at("tempering");
  const auto error = tempering.at("log_evidence_se").get<double>();
  EXPECT_NEAR(tempering.at("log_evidence").get<double>(), std::log(sum), 5 * error);
  EXPECT_LT(error, 0.05);
}

TEST_F(Compile, ErrorsOfTheCompilerAreShownLineByLine) {
  write("my model.cpp", "#include \"dovetail/model/plugin.hpp\"\nint x = undeclared;\n");
  const CommandResult result = compile({"my model.cpp", "-q"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(result.err.starts_with("dovetail: my model.cpp does not compile")) << result.err;
  EXPECT_NE(result.err.find("my model.cpp:2:9: error: "), std::string::npos) << result.err;
}

TEST_F(Compile, AStructThatIsNoModelIsToldWhatItLacks) {
  write("m.cpp", "#include \"dovetail/model/plugin.hpp\"\nstruct M {};\nDOVETAIL_MODEL(M)\n");
  const CommandResult result = compile({"m.cpp"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("a model has `double log_density(Point) const`"), std::string::npos) << result.err;
}

TEST_F(Compile, ASourceWithoutTheMacroIsNoModel) {
  write("m.cpp", "#include \"dovetail/model/plugin.hpp\"\nstruct M {};\n");
  const CommandResult result = compile({"m.cpp"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("add DOVETAIL_MODEL(YourStruct)"), std::string::npos) << result.err;
}

TEST_F(Compile, AnUnresolvedNameIsFoundWhenItIsCompiled) {
  write("m.cpp",
        "#include \"dovetail/model/plugin.hpp\"\nusing namespace dovetail::plugin;\ndouble elsewhere(double);\n"
        "struct M {\n  std::vector<Parameter> parameters() const { return {{\"a\"}}; }\n"
        "  double log_density(Point x) const { return elsewhere(x[0]); }\n};\nDOVETAIL_MODEL(M)\n");
  const CommandResult result = compile({"m.cpp"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("undefined reference to `elsewhere(double)'"), std::string::npos) << result.err;
}

TEST_F(Compile, ALibraryNeverTakesThePlaceOfASource) {
  write("m.cpp", "precious");
  std::filesystem::create_symlink("m.cpp", folder() / "m.so");
  std::filesystem::create_hard_link(folder() / "m.cpp", folder() / "n.so");
  for (const char* output : {"m.cpp", "./m.cpp", "m.so", "n.so", "other.stan", "other.cpp"}) {
    const CommandResult result = compile({"m.cpp", "-o", output});
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_NE(result.err.find("is a source (the library would be written over it)"), std::string::npos) << result.err;
    EXPECT_EQ(read("m.cpp"), "precious");
  }
}

/// A terminated command takes the compiler with it.
TEST_F(Compile, TerminatedLeavesNoFile) {
  write("slow", "#!/bin/sh\ncase $* in *--version*) echo slow;; *) exec sleep 1000;; esac\n");
  std::filesystem::permissions(folder() / "slow", std::filesystem::perms::owner_all);
  write("m.cpp", "");
  for (const int signal : {SIGTERM, SIGINT}) {
    CommandCall call{{"compile", "m.cpp", "-o", "m.so"}};
    call.environment = {{"DOVETAIL_CACHE", folder() / "cache"}, {"CXX", folder() / "slow"}};
    call.signal_after = "compiling m.cpp";
    call.signal = signal;
    const CommandResult result = run(call);
    EXPECT_EQ(result.exit_code, 130) << result.err;
    EXPECT_NE(result.err.find("interrupted"), std::string::npos) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder() / "m.so"));
  }
}

}  // namespace
}  // namespace dovetail::test
