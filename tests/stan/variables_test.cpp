// What Stan's generated code is told about data: order, types, and what does not fit.
#include "dovetail/compile/stan_shim/variables.hpp"

#include <gtest/gtest.h>

namespace dovetail_stan {
namespace {

using Shape = std::vector<std::size_t>;

std::string refusal(const Variables& variables, const std::string& name, const std::string& type, const Shape& shape) {
  try {
    variables.check(name, type, shape);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(StanVariables, AreColumnMajor) {
  const auto data = Variables::from_json(R"({"m": [[1, 2, 3], [4, 5, 6]],
    "cube": [[[111, 112], [121, 122], [131, 132]], [[211.5, 212], [221, 222], [231, 232]]]})",
                                         "d.json");
  EXPECT_EQ(data.vals_i("m"), (std::vector<int>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(data.vals_r("m"), (std::vector<double>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(data.dims_r("cube"), (Shape{2, 3, 2}));
  EXPECT_EQ(data.vals_r("cube"), (std::vector<double>{111, 211.5, 121, 221, 131, 231, 112, 212, 122, 222, 132, 232}));
}

TEST(StanVariables, IntegersServeAsRealsAndNotTheOtherWayRound) {
  const auto data = Variables::from_json(R"({"n": 3, "x": 3.0, "none": []})", "d.json");
  EXPECT_TRUE(data.contains_i("n") && data.contains_r("n") && data.contains_r("x") && data.contains_i("none"));
  EXPECT_FALSE(data.contains_i("x") || data.contains_r("absent") || data.contains_i("absent"));
  EXPECT_EQ(refusal(data, "n", "int", {}), "");
  EXPECT_EQ(refusal(data, "n", "double", {}), "");
  EXPECT_EQ(refusal(data, "x", "vector_d", {}), "");
  EXPECT_NE(refusal(data, "x", "int", {}).find("d.json:1: x holds numbers that are no integers"), std::string::npos);
}

TEST(StanVariables, ShapesAreComparedUnlessBothAreEmpty) {
  const auto data = Variables::from_json("{\"x\": [1, 2],\n \"none\": []}", "d.json");
  EXPECT_EQ(refusal(data, "x", "double", {2}), "");
  EXPECT_EQ(refusal(data, "none", "double", {0, 5}), "");
  EXPECT_EQ(refusal(data, "none", "int", {3, 0}), "");
  EXPECT_NE(refusal(data, "none", "double", {3}), "");
  EXPECT_NE(refusal(data, "x", "double", {0}), "");
  EXPECT_NE(refusal(data, "x", "double", {}).find("the program declares one number of type real"), std::string::npos);
  EXPECT_NE(refusal(data, "x", "double", {1, 2}).find("the program declares an array of shape (1, 2)"),
            std::string::npos);
  EXPECT_NE(refusal(data, "y", "int", {4}).find("d.json: y is missing"), std::string::npos);
}

}  // namespace
}  // namespace dovetail_stan
