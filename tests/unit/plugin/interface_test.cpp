// Every function of the C interface, on a model whose figures have closed forms.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "dovetail/model/plugin.hpp"
#include "exported_model.hpp"
#include "tests/support/folder.hpp"

namespace dovetail::test {
namespace {

constexpr const char* kData = R"({"N": 3, "y": [1.0, 2.0, 4.5]})";
constexpr std::size_t kDimension = 6;
using Coordinates = std::array<double, kDimension>;
constexpr Coordinates kPoints[] = {
    {0, 0, 0, 0, 0, 0}, {0.3, -1.2, 2.1, 0.4, -0.7, 1.9}, {-2.5, 1.5, -3.0, -2.2, 0.1, -0.2}, {1, 2, 4, 1, -3, 0.5}};

class Interface : public ::testing::Test {
 protected:
  [[nodiscard]] double density(const Coordinates& u, bool jacobian = true) const {
    double value = 0;
    EXPECT_EQ(bs_log_density(model.get(), false, jacobian, u.data(), &value, nullptr), 0);
    return value;
  }
  [[nodiscard]] double prior(const Coordinates& u) const {
    double value = 0;
    EXPECT_EQ(dovetail_log_prior_gradient(model.get(), u.data(), &value, nullptr, nullptr), 0);
    return value;
  }
  [[nodiscard]] Coordinates values(const Coordinates& u) const {
    Coordinates x{};
    EXPECT_EQ(bs_param_constrain(model.get(), false, false, u.data(), x.data(), nullptr, nullptr), 0);
    return x;
  }
  /// The error of a density at mu.
  [[nodiscard]] std::string error_at(double mu) const {
    double value = 0;
    char* error = nullptr;
    const Coordinates u = {mu};
    EXPECT_EQ(bs_log_density(model.get(), false, true, u.data(), &value, &error), -1);
    EXPECT_EQ(bs_log_density(model.get(), false, true, u.data(), &value, nullptr), -1);  // nobody wants to know
    return take(error);
  }
  ModelHandle model{bs_model_construct(kData, 0, nullptr)};
};

TEST_F(Interface, NamesParametersDerivedAndGeneratedQuantitiesInThisOrder) {
  EXPECT_EQ(bs_major_version, 2);
  EXPECT_STREQ(bs_name(model.get()), "Everything");
  const std::string parameters = "mu,sigma,p,cap,theta.1,theta.2";
  EXPECT_EQ(bs_param_names(model.get(), false, false), parameters);
  EXPECT_EQ(bs_param_names(model.get(), true, false), parameters + ",variance,twice_mu");
  EXPECT_EQ(bs_param_names(model.get(), false, true), parameters + ",noise");
  EXPECT_EQ(bs_param_names(model.get(), true, true), parameters + ",variance,twice_mu,noise");
  EXPECT_EQ(bs_param_unc_names(model.get()), parameters);
  EXPECT_EQ(bs_param_num(model.get(), false, false), 6);
  EXPECT_EQ(bs_param_num(model.get(), true, false), 8);
  EXPECT_EQ(bs_param_num(model.get(), false, true), 7);
  EXPECT_EQ(bs_param_num(model.get(), true, true), 9);
  EXPECT_EQ(bs_param_unc_num(model.get()), 6);
}

TEST_F(Interface, InformationSaysWhatLoadersAsk) {
  const std::string info = bs_model_info(model.get());
  for (const char* line : {"\nSTAN_THREADS=true\n", "\nDOVETAIL_GRADIENT=true\n", "\nDOVETAIL_PRIOR=true\n"}) {
    EXPECT_NE(info.find(line), std::string::npos) << info;
  }
}

TEST_F(Interface, ValuesAreStansTransformsOfTheCoordinates) {
  for (const Coordinates& u : kPoints) {
    const Coordinates x = values(u);
    const double fraction = 1 / (1 + std::exp(-u[2]));
    const Coordinates expected = {u[0], std::exp(u[1]), -1 + 4 * fraction, 2 - std::exp(u[3]), u[4], u[5]};
    for (std::size_t i = 0; i < kDimension; ++i) EXPECT_NEAR(x[i], expected[i], 1e-14 * (1 + std::fabs(expected[i])));
    Coordinates back{};
    EXPECT_EQ(bs_param_unconstrain(model.get(), x.data(), back.data(), nullptr), 0);
    for (std::size_t i = 0; i < kDimension; ++i) EXPECT_NEAR(back[i], u[i], 1e-12) << i;
  }
}

TEST_F(Interface, DensityIsThatOfTheValuesAndTheJacobian) {
  for (const Coordinates& u : kPoints) {
    const Coordinates x = values(u);
    double likelihood = 0;
    for (const double y : {1.0, 2.0, 4.5}) likelihood -= 0.5 * (y - x[0]) * (y - x[0]);
    const double prior_of_values = -0.5 * (x[0] * x[0] + x[4] * x[4] + x[5] * x[5]) -
                                   1.5 * std::log(6.283185307179586) - x[1] - std::log(4.0) - (2 - x[3]);
    const double fraction = (x[2] + 1) / 4;
    const double log_jacobian = u[1] + std::log(4 * fraction * (1 - fraction)) + u[3];
    EXPECT_NEAR(density(u, false), prior_of_values + likelihood, 1e-12);
    EXPECT_NEAR(density(u), prior_of_values + likelihood + log_jacobian, 1e-12);
    EXPECT_NEAR(prior(u), prior_of_values + log_jacobian, 1e-12);
  }
}

/// The rule of equal weights converges faster than any power for such integrands: what is left is rounding.
TEST_F(Interface, PriorIsNormalisedAlongEveryCoordinate) {
  const Coordinates centre = {};
  const double at_centre = prior(centre);
  // Densities of the six at their centre, by hand: exp(-1) for sigma at 1, 1/4 for p at 1 times the slope 4/4, and so
  // on.
  const double normal = 1 / std::sqrt(6.283185307179586);
  const Coordinates marginal = {normal, std::exp(-1.0), 0.25, std::exp(-1.0), normal, normal};
  for (std::size_t i = 0; i < kDimension; ++i) {
    constexpr double kStep = 1.0 / 64;
    double sum = 0;
    for (int k = -64 * 40; k <= 64 * 40; ++k) {
      Coordinates u = centre;
      u[i] = kStep * k;
      sum += kStep * std::exp(prior(u) - at_centre);
    }
    EXPECT_NEAR(sum * marginal[i], 1, 1e-12) << "coordinate " << i;
  }
}

TEST_F(Interface, GradientsAreDerivativesOfTheDensities) {
  for (const bool jacobian : {true, false}) {
    for (const Coordinates& u : kPoints) {
      Coordinates gradient{};
      gradient.fill(99);
      double value = 0;
      ASSERT_EQ(bs_log_density_gradient(model.get(), false, jacobian, u.data(), &value, gradient.data(), nullptr), 0);
      EXPECT_EQ(value, density(u, jacobian));
      for (std::size_t i = 0; i < kDimension; ++i) {
        constexpr double kStep = 1e-5;
        Coordinates left = u, right = u;
        left[i] -= kStep;
        right[i] += kStep;
        const double difference = (density(right, jacobian) - density(left, jacobian)) / (2 * kStep);
        EXPECT_NEAR(gradient[i], difference, 1e-8 * (1 + std::fabs(difference))) << i;
      }
    }
  }
}

TEST_F(Interface, GradientOfThePriorAlone) {
  for (const Coordinates& u : kPoints) {
    Coordinates gradient{};
    double value = 0;
    ASSERT_EQ(dovetail_log_prior_gradient(model.get(), u.data(), &value, gradient.data(), nullptr), 0);
    EXPECT_EQ(value, prior(u));
    EXPECT_NEAR(gradient[0], -u[0], 1e-14);
    EXPECT_NEAR(gradient[1], 1 - std::exp(u[1]), 1e-12);    // of -exp(u) + u
    EXPECT_NEAR(gradient[2], -std::tanh(u[2] / 2), 1e-14);  // of log(f (1 - f)), f logistic
    EXPECT_NEAR(gradient[3], 1 - std::exp(u[3]), 1e-12);
  }
}

TEST_F(Interface, WhereRoundingReachesABoundIsOutside) {
  for (const Coordinates& u : {Coordinates{0, -800, 0, 0, 0, 0}, Coordinates{0, 800, 0, 0, 0, 0},
                               Coordinates{0, 0, 40, 0, 0, 0}, Coordinates{0, 0, 0, -50, 0, 0}}) {
    Coordinates gradient{};
    gradient.fill(99);
    double value = 0;
    EXPECT_EQ(bs_log_density_gradient(model.get(), false, true, u.data(), &value, gradient.data(), nullptr), 0);
    EXPECT_EQ(value, -std::numeric_limits<double>::infinity());
    EXPECT_EQ(gradient, Coordinates{});
    EXPECT_EQ(density(u), value);
  }
}

TEST_F(Interface, NotANumberPassesThrough) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(density({nan})));
  EXPECT_TRUE(std::isnan(density({0, nan})));
}

TEST_F(Interface, DerivedAndGeneratedQuantitiesFollowTheParameters) {
  const Coordinates& u = kPoints[1];
  const RngHandle rng(bs_rng_construct(5, nullptr));
  std::array<double, 9> all{};
  ASSERT_EQ(bs_param_constrain(model.get(), true, true, u.data(), all.data(), rng.get(), nullptr), 0);
  const Coordinates x = values(u);
  for (std::size_t i = 0; i < kDimension; ++i) EXPECT_EQ(all[i], x[i]);
  EXPECT_EQ(all[6], x[1] * x[1]);
  EXPECT_EQ(all[7], 2 * x[0]);
  EXPECT_EQ(all[8], x[0] + plugin::Rng(5).normal());
  std::array<double, 7> generated{};
  const RngHandle same(bs_rng_construct(5, nullptr)), other(bs_rng_construct(6, nullptr));
  ASSERT_EQ(bs_param_constrain(model.get(), false, true, u.data(), generated.data(), same.get(), nullptr), 0);
  EXPECT_EQ(generated[6], all[8]);
  ASSERT_EQ(bs_param_constrain(model.get(), false, true, u.data(), generated.data(), other.get(), nullptr), 0);
  EXPECT_NE(generated[6], all[8]);
  char* error = nullptr;
  EXPECT_EQ(bs_param_constrain(model.get(), false, true, u.data(), generated.data(), nullptr, &error), -1);
  EXPECT_EQ(take(error), "Everything.param_constrain: generated quantities need a bs_rng");
}

TEST_F(Interface, ValuesOutsideTheirBoundsHaveNoCoordinates) {
  Coordinates x = values(kPoints[0]), u{};
  x[1] = -0.5;
  char* error = nullptr;
  EXPECT_EQ(bs_param_unconstrain(model.get(), x.data(), u.data(), &error), -1);
  EXPECT_NE(take(error).find("parameter sigma is -0.5"), std::string::npos);
}

TEST_F(Interface, CoordinatesOfValuesInJson) {
  Coordinates u{};
  const char* json = R"({"theta": [3, -4], "mu": 0.5, "sigma": 1, "p": 1.0, "cap": 1.0})";
  EXPECT_EQ(bs_param_unconstrain_json(model.get(), json, u.data(), nullptr), 0);
  EXPECT_EQ(u, (Coordinates{0.5, 0, 0, 0, 3, -4}));
  char* error = nullptr;
  EXPECT_EQ(bs_param_unconstrain_json(model.get(), R"({"mu": 1})", u.data(), &error), -1);
  EXPECT_NE(take(error).find("sigma is missing"), std::string::npos);
}

TEST_F(Interface, NoExceptionLeaves) {
  EXPECT_EQ(error_at(7), "Everything.log_density: mu is seven");
  EXPECT_EQ(error_at(8), "Everything.log_density: an exception that is no std::exception");
  EXPECT_EQ(error_at(9), "Everything.log_density: out of memory");
  EXPECT_TRUE(error_at(10).starts_with("Everything.log_density: out of range: vector"));
  char* error = nullptr;
  double value = 0;
  Coordinates gradient{};
  const Coordinates u = {7};
  EXPECT_EQ(bs_log_density_gradient(model.get(), false, true, u.data(), &value, gradient.data(), &error), -1);
  EXPECT_EQ(take(error), "Everything.log_density_gradient: mu is seven");
  EXPECT_EQ(dovetail_log_prior_gradient(model.get(), u.data(), &value, nullptr, &error),
            0);  // only the likelihood throws
  EXPECT_EQ(take(error), "");
}

TEST_F(Interface, HessiansAreNotProvided) {
  char* error = nullptr;
  const Coordinates u = {};
  Coordinates gradient{};
  double value = 0, hessian[kDimension * kDimension];
  EXPECT_EQ(bs_log_density_hessian(model.get(), false, true, u.data(), &value, gradient.data(), hessian, &error), -1);
  EXPECT_EQ(take(error), "Everything.log_density_hessian: not provided by plug-ins");
}

std::string error_of_data(const char* data) {
  char* error = nullptr;
  EXPECT_EQ(bs_model_construct(data, 0, &error), nullptr) << data;
  EXPECT_EQ(bs_model_construct(data, 0, nullptr), nullptr);
  return take(error);
}

TEST_F(Interface, DataThatDoNotFitAreNamed) {
  EXPECT_EQ(error_of_data("{\"y\": []}"),
            "Everything.construct: data: N is missing (the model reads it); add it to the data");
  EXPECT_EQ(error_of_data(nullptr), error_of_data(""));
  EXPECT_NE(error_of_data("{\"N\": 2.5, \"y\": []}").find("data:1: N is not made of integers of 32 bits"),
            std::string::npos);
  EXPECT_NE(error_of_data("{\"N\": [2], \"y\": []}").find("data:1: N is an array"), std::string::npos);
  EXPECT_NE(error_of_data("{\"N\": 1,\n\"y\": 2}").find("data:2: y is a number"), std::string::npos);
  EXPECT_NE(error_of_data("{\"N\": 3,\n\"y\": [1, 2]}").find("data:2: y has 2 elements, but the model reads 3"),
            std::string::npos);
  EXPECT_NE(error_of_data("{\"N\": 3,\n\"y\": [1, ").find("data:2"), std::string::npos);
  EXPECT_NE(error_of_data("nowhere/d.json").find("cannot read the data nowhere/d.json: No such file"),
            std::string::npos);
}

TEST_F(Interface, DataComeFromAFileWhoseNameEndsInJson) {
  const TemporaryFolder folder;
  write_plainly(folder / "d.json", kData);
  const ModelHandle from_file(bs_model_construct((folder / "d.json").c_str(), 0, nullptr));
  ASSERT_NE(from_file, nullptr);
  double value = 0;
  EXPECT_EQ(bs_log_density(from_file.get(), false, true, kPoints[1].data(), &value, nullptr), 0);
  EXPECT_EQ(value, density(kPoints[1]));
}

TEST_F(Interface, ThreadsGetTheBitsOfOne) {
  constexpr int kCalls = 2000;
  const auto evaluate = [&](std::vector<double>& out) {
    for (int k = 0; k < kCalls; ++k) {
      Coordinates u = kPoints[1], gradient{};
      u[static_cast<std::size_t>(k) % kDimension] += 0.001 * k;
      double value = 0;
      bs_log_density_gradient(model.get(), false, true, u.data(), &value, gradient.data(), nullptr);
      out.push_back(value);
      out.insert(out.end(), gradient.begin(), gradient.end());
    }
  };
  std::vector<double> alone;
  evaluate(alone);
  std::vector<std::vector<double>> found(4);
  {
    std::vector<std::jthread> threads;
    for (auto& out : found) threads.emplace_back([&] { evaluate(out); });
  }
  for (const auto& out : found) EXPECT_EQ(out, alone);
}

std::string printed;

TEST_F(Interface, PrintGoesWhereTheLoaderWants) {
  const auto keep = [](const char* text, std::size_t size) { printed.append(text, size); };
  EXPECT_EQ(bs_set_print_callback(keep, nullptr), 0);
  plugin::print("half");  // the header's one printer serves every source of a library
  EXPECT_EQ(bs_set_print_callback(nullptr, nullptr), 0);
  EXPECT_EQ(printed, "half");
}

}  // namespace
}  // namespace dovetail::test
