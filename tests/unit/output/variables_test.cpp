// Names of columns become arrays, by the rules of the package in python/ (tests/python/test_shapes.py has the same
// cases).
#include "dovetail/output/variables.hpp"

#include <gtest/gtest.h>

namespace dovetail {
namespace {

using Names = std::vector<std::string>;
using Columns = std::vector<std::size_t>;
using Labels = std::vector<Names>;

Labels labels_of(const Variable& variable) {
  Labels labels;
  for (const Axis& axis : variable.axes) labels.push_back(axis.labels);
  return labels;
}

Names names_of(const std::vector<Variable>& variables) {
  Names names;
  for (const Variable& variable : variables) names.push_back(variable.name);
  return names;
}

TEST(Variables, AVectorAndAScalar) {
  const auto found = variables_of({"theta[1]", "theta[2]", "mu"});
  ASSERT_EQ(names_of(found), (Names{"theta", "mu"}));
  EXPECT_EQ(labels_of(found[0]), (Labels{{"1", "2"}}));
  EXPECT_EQ(found[0].columns, (Columns{0, 1}));
  EXPECT_EQ(found[0].axes[0].numbers(), (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(found[1].axes.empty());
  EXPECT_EQ(found[1].columns, Columns{2});
}

TEST(Variables, AMatrixInStansOrderHasItsRowsFirst) {
  const auto found = variables_of({"a[1,1]", "a[2,1]", "a[1,2]", "a[2,2]", "a[1,3]", "a[2,3]"});
  ASSERT_EQ(names_of(found), Names{"a"});
  EXPECT_EQ(labels_of(found[0]), (Labels{{"1", "2"}, {"1", "2", "3"}}));
  EXPECT_EQ(found[0].columns, (Columns{0, 2, 4, 1, 3, 5}));
}

TEST(Variables, ThreeDimensionsHaveTheLastIndexFastest) {
  Names names;
  for (const char* k : {"1", "2"}) {
    for (const char* j : {"1", "2", "3"}) {
      for (const char* i : {"1", "2"}) names.push_back("x[" + std::string(i) + "," + j + "," + k + "]");
    }
  }
  const auto found = variables_of(names);
  ASSERT_EQ(found.size(), 1U);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 2; ++k) EXPECT_EQ(found[0].columns[(i * 3 + j) * 2 + k], (k * 3 + j) * 2 + i);
    }
  }
}

TEST(Variables, LabelsThatAreWords) {
  const auto found = variables_of({"mu[intercept]", "mu[dose 10 mg]", "mu[3]"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(labels_of(found[0]), (Labels{{"intercept", "dose 10 mg", "3"}}));
  EXPECT_FALSE(found[0].axes[0].numbers());
}

TEST(Variables, NumbersThatWouldReadOtherwiseStayWords) {
  for (const char* odd : {"x[01]", "x[+1]", "x[-1]", "x[1.5]", "x[99999999999999999999]", "x[]"}) {
    const auto found = variables_of({odd, "x[7]"});
    ASSERT_EQ(found.size(), 1U) << odd;
    EXPECT_FALSE(found[0].axes[0].numbers()) << odd;
  }
}

TEST(Variables, WhatFillsNoGridStaysApart) {
  const Names triangle{"L[1,1]", "L[2,1]", "L[2,2]"};
  EXPECT_EQ(names_of(variables_of(triangle)), triangle);
  EXPECT_EQ(names_of(variables_of({"x[1]", "x[1,1]"})), (Names{"x[1]", "x[1,1]"}));
}

TEST(Variables, ANameThatIsTaken) {
  const auto found = variables_of({"x", "x[1]", "x[2]"});
  EXPECT_EQ(names_of(found), (Names{"x", "x[1]", "x[2]"}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found[i].columns, Columns{i});
}

TEST(Variables, NamesThatStandTwice) {
  const auto found = variables_of({"x[1]", "x[2]", "x[ 2]"});
  ASSERT_EQ(names_of(found), (Names{"x", "x[ 2]"}));
  EXPECT_EQ(found[0].columns, (Columns{0, 1}));
  EXPECT_EQ(found[1].columns, Columns{2});
}

TEST(Variables, WholeNamesThatStandTwiceAreBothKept) {
  const auto found = variables_of({"x", "y", "x"});
  ASSERT_EQ(names_of(found), (Names{"x", "x", "y"}));
  EXPECT_EQ(found[0].columns, Columns{0});
  EXPECT_EQ(found[1].columns, Columns{2});
}

TEST(Variables, OddNamesAreNames) {
  const auto found = variables_of({"[1]", "x]", "x[1", "x[1]y", "\"a\", <b>", "σ[é]"});
  EXPECT_EQ(names_of(found), (Names{"[1]", "x]", "x[1", "x[1]y", "\"a\", <b>", "σ"}));
}

TEST(Variables, TenThousandColumnsAreAllThere) {
  Names names;
  for (int i = 1; i <= 10000; ++i) names.push_back("theta[" + std::to_string(i) + "]");
  const auto found = variables_of(names);
  ASSERT_EQ(found.size(), 1U);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(found[0].columns[i], i);
}

}  // namespace
}  // namespace dovetail
