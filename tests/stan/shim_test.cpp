// The C interface over a program of Stan 2.21: names, data, errors, generators, threads.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <thread>

#include "tests/stan/library.hpp"

namespace dovetail {
namespace {

using Vector = std::vector<double>;

const test::StanLibrary& library() {
  static const test::StanLibrary shapes("tests/stan/programs/shapes.stan");
  return shapes;
}

std::string data_with(const std::string& name, const std::string& value) {
  std::string text = "{";
  const std::pair<std::string, std::string> variables[] = {
      {"N", "3"},
      {"counts", "[[1, 2, 3], [4, 5, 6]]"},
      {"m", "[[11, 12, 13], [21, 22, 23]]"},
      {"cube", "[[[111, 112], [121, 122]], [[211, 212], [221, 222]]]"},
      {"nothing", "[]"},
      {"whole", "3"},
      {"ends", R"([1, "Inf"])"}};
  for (const auto& [each, usual] : variables) {
    if (each == name && value.empty()) continue;
    text += (text.size() > 1 ? ",\n" : "\n") + ("\"" + each + "\": ") + (each == name ? value : usual);
  }
  return text + "}";
}

const std::string& usual_data() {
  static const std::string data = data_with("", "");
  return data;
}

const Vector kPoint = {0.3, 0.1, -0.2, 0.4, 0.5, -0.6, 0.7, 0.2, -0.4, 1, 2, 3, 4};

std::string message_of(const std::string& data) {
  try {
    const test::StanInstance model(library(), data);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(StanShim, NamesAndCountsAreThoseOfBridgeStan) {
  const test::StanInstance model(library(), usual_data());
  EXPECT_EQ(model.name(), "shapes");
  EXPECT_NE(model.info().find("STAN_THREADS=true"), std::string::npos);
  EXPECT_EQ(model.dimension(), kPoint.size());
  EXPECT_EQ(
      model.names(false, false),
      "free,positive.1.1,positive.2.1,positive.1.2,positive.2.2,positive.1.3,positive.2.3,shares.1,shares.2,shares.3,"
      "grid.1.1,grid.2.1,grid.1.2,grid.2.2");
  EXPECT_EQ(model.names(true, false).substr(model.names(false, false).size()), ",twice.1");
  EXPECT_EQ(model.names(true, true).substr(model.names(true, false).size()),
            ",m_21,m_12,cube_121,cube_112,counts_23,kept,noise,upper_end");
}

TEST(StanShim, ArraysArriveByTheirIndices) {
  const test::StanInstance model(library(), usual_data());
  const Vector values = model.constrain(kPoint, true, true);
  ASSERT_EQ(values.size(), 14U + 1 + 8);
  EXPECT_EQ(values[0], 0.3);
  EXPECT_EQ(values[14], 0.6);  // twice[1]
  EXPECT_EQ(values[15], 21);
  EXPECT_EQ(values[16], 12);
  EXPECT_EQ(values[17], 121);
  EXPECT_EQ(values[18], 112);
  EXPECT_EQ(values[19], 6);
  EXPECT_EQ(values[22], std::numeric_limits<double>::infinity());
}

TEST(StanShim, TheDensityIsThatOfTheProgram) {
  const test::StanInstance model(library(), usual_data());
  double expected = -2 - 0.5 * std::pow(kPoint[0] - 1, 2) - 0.5 * std::log(2 * std::numbers::pi);
  for (std::size_t i = 1; i < 7; ++i) expected -= std::exp(kPoint[i]);
  for (std::size_t i = 9; i < 13; ++i) expected -= 0.5 * kPoint[i] * kPoint[i] + 0.5 * std::log(2 * std::numbers::pi);
  EXPECT_NEAR(model.log_density(kPoint, false, false), expected, 1e-12);
  EXPECT_NEAR(model.gradient(kPoint, false, false).value, expected, 1e-12);
  // Dropping constants drops the same ones whether a gradient is asked for or not.
  EXPECT_NEAR(model.log_density(kPoint, true, true), model.gradient(kPoint, true, true).value, 1e-12);
  EXPECT_GT(std::abs(model.log_density(kPoint, true, true) - model.log_density(kPoint, false, true)), 1);
}

TEST(StanShim, ValuesAndPointsGoToAndFro) {
  const test::StanInstance model(library(), usual_data());
  const Vector values = model.constrain(kPoint, false, false);
  const Vector back = model.unconstrain(values);
  for (std::size_t i = 0; i < kPoint.size(); ++i) EXPECT_NEAR(back[i], kPoint[i], 1e-12) << i;
  const Vector from_json = model.unconstrain(
      R"({"free": 1, "positive": [[1, 2, 3], [4, 5, 6]], "shares": [0.2, 0.3, 0.5], "grid": [[1, 2], [3, 4]]})");
  const Vector again = model.constrain(from_json, false, false);
  const Vector wanted = {1, 1, 4, 2, 5, 3, 6, 0.2, 0.3, 0.5, 1, 3, 2, 4};
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(again[i], wanted[i], 1e-12) << i;
}

TEST(StanShim, GeneratedQuantitiesAreAFunctionOfTheirSeed) {
  const test::StanInstance model(library(), usual_data());
  const auto noise = [&](unsigned int seed) { return model.constrain(kPoint, true, true, seed)[21]; };
  EXPECT_EQ(noise(1), noise(1));
  EXPECT_NE(noise(1), noise(2));
  const test::StanInstance other(library(), usual_data(), 2);
  EXPECT_NE(model.constrain(kPoint, true, true)[20], other.constrain(kPoint, true, true)[20]);  // transformed data
}

TEST(StanShim, DataThatDoNotFitAreNamed) {
  EXPECT_EQ(message_of(usual_data()), "nothing was refused");
  const auto says = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  says(message_of(data_with("whole", "")), "data: whole is missing (the program declares one number of type real)");
  says(message_of(data_with("whole", "[1]")),
       "data:7: whole is an array of shape (1) (the program declares one number");
  says(message_of(data_with("m", "[[1, 2], [3, 4], [5, 6]]")),
       "m is an array of shape (3, 2) (the program declares an array of shape (2, 3) of type real)");
  says(message_of(data_with("counts", "[[1, 2, 3], [4, 5, 6.5]]")), "counts holds numbers that are no integers");
  says(message_of(data_with("nothing", "[[], []]")), "nothing was refused");
  says(message_of(data_with("nothing", "[1]")), "nothing is an array of shape (1)");
  says(message_of(data_with("whole", "{")), "data:");
  says(message_of("absent.json"), "absent.json");
}

TEST(StanShim, ErrorsNameTheLineOfTheProgram) {
  const test::StanInstance model(library(), usual_data());
  Vector x = kPoint;
  x[0] = 60;
  try {
    static_cast<void>(model.gradient(x));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("free is 60"), std::string::npos) << message;
    EXPECT_NE(message.find("at line 39"), std::string::npos) << message;
  }
  EXPECT_NO_THROW(static_cast<void>(model.gradient(kPoint)));  // the tape was cleared
}

std::string printed;

TEST(StanShim, WhatProgramsPrintGoesToTheCallback) {
  const test::StanInstance model(library(), usual_data());
  const auto set = library().function<int(void (*)(const char*, std::size_t), char**)>("bs_set_print_callback");
  ASSERT_EQ(set([](const char* text, std::size_t size) { printed.append(text, size); }, nullptr), 0);
  Vector x = kPoint;
  x[0] = 45;
  static_cast<void>(model.log_density(x));
  ASSERT_EQ(set(nullptr, nullptr), 0);
  EXPECT_EQ(printed, "free is 45\n");
}

TEST(StanShim, HessiansAreRefused) {
  const test::StanInstance model(library(), usual_data());
  char* error = nullptr;
  const auto hessian =
      library().function<int(const void*, bool, bool, const double*, double*, double*, double*, char**)>(
          "bs_log_density_hessian");
  EXPECT_EQ(hessian(nullptr, true, true, nullptr, nullptr, nullptr, nullptr, &error), -1);
  ASSERT_NE(error, nullptr);
  EXPECT_NE(std::string(error).find("Hessian"), std::string::npos);
  library().function<void(char*)>("bs_free_error_msg")(error);
}

TEST(StanShim, FourThreadsComputeTheBitsOfOne) {
  constexpr int kPoints = 500;
  const test::StanInstance model(library(), usual_data());
  const auto all = [&] {
    Vector values;
    Vector x = kPoint;
    for (int i = 0; i < kPoints; ++i) {
      x[0] = i % 7 == 0 ? 60 : 0.01 * i;  // some of them are rejected
      try {
        const auto [value, gradient] = model.gradient(x);
        values.push_back(value);
        values.insert(values.end(), gradient.begin(), gradient.end());
      } catch (const std::runtime_error& error) {
        values.push_back(static_cast<double>(std::string(error.what()).size()));
      }
    }
    return values;
  };
  const Vector serial = all();
  std::vector<Vector> results(4);
  {
    std::vector<std::jthread> threads;
    for (Vector& result : results) threads.emplace_back([&] { result = all(); });
  }
  for (const Vector& result : results) EXPECT_EQ(result, serial);
}

}  // namespace
}  // namespace dovetail
