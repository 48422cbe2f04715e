// Models in shared libraries, by one that is written in C (tests/support/c_model): the interface adds nothing and hides
// nothing.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <bit>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/model/bridgestan/library_model.hpp"
#include "dovetail/model/check.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

using Values = std::array<double, 10>;

constexpr double kLogRootTwoPi = 0.91893853320467274;
constexpr double kLogTwo = 0.69314718055994531;
constexpr std::array<double, 3> kY = {1, 2.5, 0.5};

std::string library(const std::string& name) { return std::string(C_MODELS) + "c_" + name + ".so"; }

/// `more`: further data, such as "\"prior_only\": 0".
std::unique_ptr<Model> model_of(const std::string& name, const std::string& more = "", Parts parts = Parts::together) {
  const std::string data = R"({"y": [1, 2.5, 0.5])" + (more.empty() ? "" : ", " + more) + "}";
  return make_library_model({library(name), "file hash", data, "d.json", "data hash", parts});
}

std::string refusal(const LibraryRequest& request) {
  try {
    (void)make_library_model(request);
  } catch (const ModelError& error) {
    return error.what();
  }
  return "no ModelError";
}

StreamKey own_stream() { return {seed_from_name(), Purpose::test, ItemId(0), Step(0)}; }

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

std::array<double, 4> point(Rng& rng) {
  std::array<double, 4> x{};
  for (double& u : x) u = 4 * rng.uniform() - 2;
  return x;
}

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// What model.c says, in the same order of operations and with the same mathematics.
double prior_of(const std::array<double, 4>& u) {
  const double sigma = std::exp(u[1]);
  double value = kLogTwo - 4 * kLogRootTwoPi - 0.5 * u[0] * u[0] - 0.5 * sigma * sigma + u[1];
  for (const std::size_t i : {2U, 3U}) value -= 0.5 * u[i] * u[i];
  return value;
}
double density_of(const std::array<double, 4>& u) {
  double value = prior_of(u);
  for (const double y : kY) {
    const double z = (y - u[0]) / std::exp(u[1]);
    value += -kLogRootTwoPi - u[1] - 0.5 * z * z;
  }
  return value;
}

TEST(Library, NamesAndShapesAreThoseOfTheProgram) {
  const auto model = model_of("normal");
  const ModelDescription& about = model->description();
  EXPECT_EQ(about.output_names, (std::vector<std::string>{"mu", "sigma", "theta[1]", "theta[2]", "m[1,1]", "m[2,1]",
                                                          "m[1,2]", "m[2,2]", "z[1].real", "y_new"}));
  EXPECT_EQ(about.parameter_count, 4U);
  std::vector<std::string> coordinates;
  for (const Coordinate& c : about.coordinates) coordinates.push_back(c.name);
  EXPECT_EQ(coordinates, (std::vector<std::string>{"mu", "sigma.1", "theta[1]", "theta[2]"}));  // one is no value
  EXPECT_EQ(about.identity, "library:c_normal");
  EXPECT_EQ(about.kind, "library");
  EXPECT_EQ(about.file_sha256, "file hash");
  EXPECT_EQ(about.data_sha256, "data hash");
  EXPECT_TRUE(about.gradient);
  EXPECT_FALSE(about.parts);
}

TEST(Library, DensityIsTheProgramsToTheBit) {
  const auto model = model_of("normal");
  Rng rng(own_stream());
  for (int i = 0; i < 1000; ++i) {
    const auto u = point(rng);
    const LogDensity value = model->log_density(u);
    ASSERT_EQ(value.prior, 0);
    ASSERT_TRUE(same_bits(value.likelihood, density_of(u)));
  }
  EXPECT_TRUE(check_model(*model).passed());
}

TEST(Library, OutputsAreTheProgramsAndFollowTheKeyOfTheDraw) {
  const auto model = model_of("normal");
  Rng points(own_stream());
  const auto u = point(points);
  const auto outputs = [&](std::uint64_t step) {
    Values values{};
    Rng rng({1, Purpose::outputs, ItemId(0), Step(step)});
    model->output_values(u, rng, values);
    EXPECT_EQ(rng.words_drawn(), 1U);
    return values;
  };
  const Values first = outputs(1);
  EXPECT_EQ(first[0], u[0]);
  EXPECT_EQ(first[1], std::exp(u[1]));
  EXPECT_EQ(first[3], u[3]);
  EXPECT_EQ(first[5], 2 * u[3] * u[2]);  // m[2,1]
  EXPECT_EQ(first[6], 1 * u[2] * u[3]);  // m[1,2]
  EXPECT_GE(first[9], u[0]);
  EXPECT_LT(first[9], u[0] + 1);
  EXPECT_EQ(outputs(1), first);
  EXPECT_NE(outputs(2)[9], first[9]);
  const auto spoilt = model_of("normal", R"("spoils": 1)");
  Values values{};
  Rng rng(own_stream());
  EXPECT_THROW(spoilt->output_values(u, rng, values), ModelError);
}

TEST(Library, ValuesLeadBackToTheirCoordinates) {
  const auto model = model_of("normal");
  Rng rng(own_stream());
  const auto u = point(rng);
  Values values{};
  model->output_values(u, rng, values);
  std::array<double, 4> back{};
  model->unconstrain(values, back);
  for (std::size_t i = 0; i < u.size(); ++i) EXPECT_NEAR(back[i], u[i], 1e-15);
  const auto refused = [&](double sigma) -> std::string {
    try {
      model->unconstrain(std::array<double, 4>{0, sigma, 0, 0}, back);
    } catch (const ModelError& error) {
      return error.what();
    }
    return "";
  };
  expect_contains(refused(-1), "refuses the values: sigma is -1, but must be positive");
  expect_contains(refused(0), "put coordinate sigma.1 at infinity");
}

TEST(Library, RefusedPointsAreOutsideTheSupportAndCounted) {
  const auto model = model_of("normal", R"("rejects_above": 1)");
  const std::array<double, 4> inside = {0.5, 0, 0, 0};
  const std::array<double, 4> outside = {1.5, 0, 0, 0};
  std::array<double, 4> prior{};
  std::array<double, 4> likelihood{};
  EXPECT_EQ(model->rejections().count, 0U);
  EXPECT_TRUE(std::isfinite(model->log_density(inside).likelihood));
  EXPECT_EQ(model->log_density(outside).likelihood, -kInfinity);
  EXPECT_EQ(model->log_density_gradient(outside, prior, likelihood).likelihood, -kInfinity);
  EXPECT_EQ(model->rejections().count, 2U);
  EXPECT_EQ(model->rejections().first, "normal_lpdf: Scale parameter is 0, but must be positive!");
}

TEST(Library, FaultsOfTheProgramAreThrownAndNaNIsPassedOn) {
  const std::array<double, 4> x = {1.5, 0, 0, 0};
  const auto faulty = model_of("normal", R"("faults_above": 1)");
  EXPECT_THROW((void)faulty->log_density(x), ModelError);
  EXPECT_EQ(faulty->rejections().count, 0U);
  EXPECT_TRUE(std::isnan(model_of("normal", R"("nan_above": 1)")->log_density(x).likelihood));
}

TEST(Library, FaultsAreToldByWholePhrases) {
  constexpr int kRejections = 4;  // of the texts in model.c
  constexpr int kTexts = 14;
  const std::array<double, 4> x = {1.5, 0, 0, 0};
  for (int i = 0; i < kTexts; ++i) {
    const auto model = model_of("normal", R"("rejects_above": 1, "says": )" + std::to_string(i));
    if (i < kRejections) {
      EXPECT_EQ(model->log_density(x).likelihood, -kInfinity) << i;
    } else {
      EXPECT_THROW((void)model->log_density(x), ModelError) << i;
    }
    EXPECT_EQ(model->rejections().count, i < kRejections ? 1U : 0U) << i;
  }
}

TEST(Library, PrintsNoControlCharacters) {
  const auto model = model_of("normal", R"("prints": 3)");
  ::testing::internal::CaptureStderr();
  (void)model->log_density(std::array<double, 4>{});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "\ttable?[31m\xC3\xA9???\n");
}

TEST(Library, GivesItsPriorApartWhereItCan) {
  EXPECT_TRUE(model_of("with_prior", "", Parts::exported)->description().parts);
  EXPECT_TRUE(model_of("with_prior", "", Parts::apart)->description().parts);
  EXPECT_FALSE(model_of("with_prior", "", Parts::together)->description().parts);
  EXPECT_TRUE(model_of("normal", R"("prior_only": 0)", Parts::apart)->description().parts);
  EXPECT_FALSE(model_of("normal", R"("prior_only": 0)", Parts::exported)->description().parts);
  EXPECT_FALSE(model_of("normal", R"("prior_only": 0)")->description().parts);
  for (const char* other : {"", R"("prior_only": 1)", R"("prior_only": [0])", R"("prior_only": 0.0)"}) {
    EXPECT_FALSE(model_of("normal", other, Parts::apart)->description().parts) << other;
  }
}

TEST(Library, PriorAndLikelihoodAreThoseOfTheProgram) {
  for (const auto& model :
       {model_of("with_prior", "", Parts::exported), model_of("normal", R"("prior_only" : 0)", Parts::apart)}) {
    Rng rng(own_stream());
    for (int i = 0; i < 100; ++i) {
      const auto u = point(rng);
      const LogDensity value = model->log_density(u);
      ASSERT_TRUE(same_bits(value.prior, prior_of(u)));
      ASSERT_NEAR(value.likelihood, density_of(u) - prior_of(u), 1e-12);
    }
    EXPECT_TRUE(check_model(*model).passed());
  }
}

TEST(Library, PriorAndPosteriorMustShareTheirCoordinates) {
  try {
    (void)model_of("normal", R"("prior_only": 0, "swaps": 1)", Parts::apart);
    FAIL() << "accepted";
  } catch (const ModelError& error) {
    expect_contains(error.what(), "has other parameters with prior_only = 1");
  }
}

TEST(Library, WhatThePriorRefusesIsOutsideBoth) {
  const auto model = model_of("normal", R"("prior_only": 0, "rejects_above": 1)", Parts::apart);
  const std::array<double, 4> x = {1.5, 0, 0, 0};
  std::array<double, 4> prior{};
  std::array<double, 4> likelihood{};
  EXPECT_EQ(model->log_density(x).prior, -kInfinity);
  EXPECT_EQ(model->log_density(x).likelihood, 0);
  EXPECT_EQ(model->log_density_gradient(x, prior, likelihood).likelihood, 0);
}

TEST(Library, SaysHowManyThreadsItServes) {
  EXPECT_TRUE(model_of("normal")->description().thread_safe);
  EXPECT_FALSE(model_of("one_thread")->description().thread_safe);
}

/// Gradients at points of a stream of its own, on this thread.
std::vector<double> gradients(const Model& model, std::uint32_t stream, int count) {
  Rng rng({1, Purpose::test, ItemId(stream), Step(0)});
  std::vector<double> all;
  std::array<double, 4> prior{};
  std::array<double, 4> likelihood{};
  for (int i = 0; i < count; ++i) {
    const auto u = point(rng);
    all.push_back(model.log_density_gradient(u, prior, likelihood).likelihood);
    all.insert(all.end(), likelihood.begin(), likelihood.end());
  }
  return all;
}

TEST(Library, FourThreadsAndTwoLibrariesGetTheBitsOfOneThread) {
  constexpr int kGradients = 2500;  // of each of two models in each of four threads: 20,000
  const auto first = model_of("normal");
  const auto second = model_of("with_prior", R"("prior_only": 1)");
  std::array<std::vector<double>, 4> from_first, from_second;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        from_first[t] = gradients(*first, t, kGradients);
        from_second[t] = gradients(*second, t, kGradients);
      });
    }
  }
  for (std::uint32_t t = 0; t < 4; ++t) {
    EXPECT_EQ(from_first[t], gradients(*first, t, kGradients));
    EXPECT_EQ(from_second[t], gradients(*second, t, kGradients));
    EXPECT_NE(from_first[t], from_second[t]);  // the second leaves its data out
  }
}

TEST(LibraryRefusal, NamesWhatIsWrongWithTheFile) {
  expect_contains(refusal({"/nowhere/model.so"}), "cannot be opened: No such file or directory");
  expect_contains(refusal({"/"}), "is not a regular file");
  expect_contains(refusal({library("version_3")}), "has version 3.6.0 of BridgeStan's C interface");
  expect_contains(refusal({library("without_gradient")}), "lacks the function bs_log_density_gradient");
  const TemporaryFolder folder;
  write_plainly(folder / "text.so", "no library");
  expect_contains(refusal({folder / "text.so"}), "cannot be loaded");
}

TEST(LibraryRefusal, NamesWhoElseCouldChangeIt) {
  const std::filesystem::path folder = std::string(C_MODELS) + "of_others";  // /dev/shm may forbid to run code
  const std::string copy = folder / "copy.so";
  std::filesystem::create_directories(folder);
  ASSERT_EQ(chmod(folder.c_str(), 0700), 0);
  std::filesystem::copy_file(library("normal"), copy, std::filesystem::copy_options::overwrite_existing);
  const LibraryRequest request{copy, "", R"({"y": [1]})", "d.json"};
  ASSERT_EQ(chmod(copy.c_str(), 0666), 0);
  expect_contains(refusal(request), "is a file that others may write");
  ASSERT_EQ(chmod(copy.c_str(), 0664), 0);  // the user's own group
  expect_contains(refusal(request), "is a file that others may write");
  ASSERT_EQ(chmod(copy.c_str(), 0600), 0);
  EXPECT_EQ(refusal(request), "no ModelError");
  ASSERT_EQ(chmod(folder.c_str(), 0777), 0);
  expect_contains(refusal(request), "is in a folder that others may write");
  ASSERT_EQ(chmod(folder.c_str(), 0775), 0);
  expect_contains(refusal(request), "is in a folder that others may write");
  ASSERT_EQ(chmod(folder.c_str(), 01777), 0);
  EXPECT_EQ(refusal(request), "no ModelError");
}

TEST(LibraryRefusal, NamesWhatIsWrongWithTheData) {
  expect_contains(refusal({library("normal")}),
                  "makes no model without data: variable does not exist; variable name=y;");
  expect_contains(refusal({library("normal"), "", R"({"N": 1})", "d.json"}),
                  "makes no model from d.json: variable does");
  expect_contains(refusal({library("normal"), "", "{\"y\":\n [1, [2]]}", "d.json"}), "d.json:2: y[2] is an array");
  expect_contains(refusal({library("normal"), "", "", "d.json"}), "d.json: is empty");
}

}  // namespace
}  // namespace dovetail::test
