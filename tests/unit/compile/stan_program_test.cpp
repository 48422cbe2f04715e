// What becomes of a program on its way to Stan 2.21: each row is a program and its rewritten text.
#include "dovetail/compile/stan_program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "dovetail/compile/stan_newer.hpp"
#include "dovetail/compile/stan_tokens.hpp"
#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

struct Row {
  std::string given;
  std::string wanted;
};

std::string model(const std::string& statements) { return "model { " + statements + " }"; }

void expect_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(for_stan_2_21(row.given).text, row.wanted) << row.given;
}

TEST(StanProgram, SizedArraysPutTheirSizesBehindTheirNames) {
  expect_rows({
      {"data { array[N] real x; }", "data {  real x[N]; }"},
      {"data { array [ N , 2 ] real x ; }", "data {  real x[ N , 2 ] ; }"},
      {"data { array[N] int<lower=0> x; }", "data {  int<lower=0> x[N]; }"},
      {"data { array[N] vector<lower=a, upper=(b > c ? 1 : 2)>[K] x; }",
       "data {  vector<lower=a, upper=(b > c ? 1 : 2)>[K] x[N]; }"},
      {"parameters { array[K] matrix[2, 3] x; }", "parameters {  matrix[2, 3] x[K]; }"},
      {"parameters { array[K] cholesky_factor_corr[D] L; }", "parameters {  cholesky_factor_corr[D] L[K]; }"},
      {"transformed data { array[size(a[1])] int x = f(a[1], {1, 2}); }",
       "transformed data {  int x[size(a[1])] = f(a[1], {1, 2}); }"},
      {model("array[2] real a; for (i in 1:2) { array[3] int b; }"),
       model(" real a[2]; for (i in 1:2) {  int b[3]; }")},
      {model("array[2] real array_x;"), model(" real array_x[2];")},
  });
}

TEST(StanProgram, UnsizedArraysPutTheirCommasBehindTheirTypes) {
  expect_rows({
      {"functions { real f(array[] real x); }", "functions { real f( real[] x); }"},
      {"functions { array[,] int f(data array[ , , ] vector x, real y) { return g(x); } }",
       "functions {  int[,] f(data  vector[ , , ] x, real y) { return g(x); } }"},
      {"functions { void f(array[] matrix x) { } }", "functions { void f( matrix[] x) { } }"},
  });
}

TEST(StanProgram, DeclarationsOfSeveralNamesAreSplit) {
  expect_rows({
      {"data { int N, K; }", "data { int N; int K; }"},
      {"data { array[N] real<lower=0> a, b; }", "data {  real<lower=0> a[N]; real<lower=0> b[N]; }"},
      {model("real a = f(1, 2), b = {1, 2}[1], c;"), model("real a = f(1, 2); real b = {1, 2}[1]; real c;")},
      {model("vector[f(1, 2)] a, b;"), model("vector[f(1, 2)] a; vector[f(1, 2)] b;")},
      {"functions { real f(real a, real b) { real c, d; return a; } }",
       "functions { real f(real a, real b) { real c; real d; return a; } }"},
  });
}

TEST(StanProgram, LateDeclarationsOpenABlockOfTheirOwn) {
  expect_rows({
      {model("a ~ b(1); real c; c ~ d(1);"), "model { a ~ b(1); { real c; c ~ d(1); }}"},
      {model("x = 1; array[2] real c; y = 1; int k;"), "model { x = 1; {  real c[2]; y = 1; { int k; }}}"},
      {model("for (i in 1:N) { x = 1; int k; k = 2; } int j;"),
       "model { for (i in 1:N) { x = 1; { int k; k = 2; }} { int j; }}"},
      {model("if (a) b = 1; else c = 2; real d;"), "model { if (a) b = 1; else c = 2; { real d; }}"},
  });
  const StanProgram values = for_stan_2_21("generated quantities { real a = 1;\na = 2;\nreal b; }");
  ASSERT_EQ(values.newer.size(), 1U);
  EXPECT_EQ(values.newer[0].line, 3);
  EXPECT_EQ(values.newer[0].construct, "a declaration after a statement");
}

TEST(StanProgram, ProfilesAndUnnormalisedDensitiesHaveOlderNames) {
  expect_rows({
      {model("profile(\"part\") { x ~ y(1); }"), model(" { x ~ y(1); }")},
      {model("target += normal_lupdf(x | 0, 1) + poisson_lupmf(n | 2);"),
       model("target += normal_lpdf(x | 0, 1) + poisson_lpmf(n | 2);")},
      {model("real normal_lupdf;"), model("real normal_lupdf;")},
  });
}

TEST(StanProgram, CommentsAndStringsStayAsTheyAre) {
  for (const std::string& text :
       std::vector<std::string>{"// array[N] real x;", "# array[N] real x;", "/* array[N] real x; */",
                                "model { print(\"array[N] real x, y; // \"); /* \" */ }", "// don't\nmodel { }"})
    EXPECT_EQ(for_stan_2_21(text).text, text);
  expect_rows({
      {"data { array[N] // sizes\n real x, // first\n y; }", "data {  // sizes\n real x[N]; real // first\n y[N]; }"},
      {"data { array[N, // rows\n K] real /* a */ x; }", "data { \n real /* a */ x[N, K]; }"},
  });
}

TEST(StanProgram, WhatIsOldOrNoStanStays) {
  for (const char* text :
       {"data { real x[N]; int<lower=0> y[N, K]; vector[K] z[N]; }", "parameters { real a; }", "array", "array[",
        "array[1] = 2;", "model { array[1] = 2; y = array[1] + f(array[2], array); }", "model { real",
        "model { real a =", "}}}", "model { array[N] real", "functions { real f(", "data { real<lower=0 x; }",
        "/* open", "\"open", ""})
    EXPECT_EQ(for_stan_2_21(text).text, text);
}

TEST(StanProgram, LinesKeepTheirNumbers) {
  const std::string program =
      "data {\n  array[N,\n        K] real x,\n    y;\n}\nmodel {\n  x = 1;\n  real\n    a, b;\n  marked = 1;\n}\n";
  const std::string text = for_stan_2_21(program).text;
  EXPECT_EQ(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find("marked")), '\n'), 9) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), std::count(program.begin(), program.end(), '\n')) << text;
}

struct Newer {
  std::string program;
  std::string construct;
};

TEST(StanProgram, NamesWhatStan221Lacks) {
  for (const Newer& row : std::vector<Newer>{
           {model("target += reduce_sum(f, x, 1);"), "reduce_sum"},
           {model("y = ode_rk45(f, y0, 0, t);"), "ode_rk45"},
           {model("y = ode_bdf_tol(f, y0, 0, t);"), "ode_bdf_tol"},
           {model("target += hmm_marginal(a, b, c);"), "hmm_marginal"},
           {model("y ~ loglogistic(1, 2);"), "loglogistic"},
           {"generated quantities { real x = loglogistic_rng(1, 2); }", "loglogistic_rng"},
           {model("tuple(int, real) t;"), "tuple"},
           {"data { complex z; }", "complex"},
           {"data { complex_vector[3] z; }", "complex_vector"},
           {model("z = 2i;"), "2i"},
           {model("y = x .^ 2;"), ".^"},
           {model("n = m %/% 2;"), "%/%"},
           {"parameters { sum_to_zero_vector[3] z; }", "sum_to_zero_vector"},
           {"data { vector[3] a; } parameters { vector<lower=a>[3] b; }",
            "the bound `<lower=a>` that is not one number"},
           {"data { array[3] real a; } parameters { array[3] real<offset=a, multiplier=2> b; }",
            "the bound `<offset=a, multiplier=2>` that is not one number"},
       }) {
    const StanProgram program = for_stan_2_21("\n" + row.program);
    ASSERT_EQ(program.newer.size(), 1U) << row.program;
    EXPECT_EQ(program.newer[0].construct, row.construct);
    EXPECT_EQ(program.newer[0].line, 2);
  }
}

TEST(StanProgram, LeavesAloneWhatStan221Has) {
  for (const std::string& program : std::vector<std::string>{
           model("y ~ hypergeometric(1, 2, 3); x = integrate_ode_rk45(f, y0, 0, t, theta, r, i);"),
           std::string("functions { real reduce_sum(real x) { return x; } } model { target += reduce_sum(1); }"),
           model("real reduce_sum; x = 1e3 .* y ./ 2 % 3 / 4; // reduce_sum(2)"),
           std::string("data { vector[3] a; } parameters { vector<lower=a[1], upper=max(a)>[3] b; }"),
           std::string("parameters { real<offset=1, multiplier=2> b; vector<lower=0>[3] c; }"),
           std::string("functions { real f(real u) { vector[3] s; return u; } } data { real s; } "
                       "transformed data { real t; { vector[2] t2; } } parameters { real<lower=s, upper=t> x; }")})
    EXPECT_TRUE(for_stan_2_21(program).newer.empty()) << program << ": " << for_stan_2_21(program).newer[0].construct;
}

TEST(StanProgram, ListsItsIncludes) {
  const StanProgram program = for_stan_2_21("#include a.stan\nfunctions {\n  #include <b.stan> // that\n}\n# no\n");
  EXPECT_EQ(program.includes, (std::vector<std::string>{"a.stan", "b.stan"}));
}

// Pieces of programs in any order: nothing but a text of as many lines may come of them.
TEST(StanProgram, AnyTextKeepsItsLines) {
  constexpr std::array kPieces = {
      "array", "[",  "]",       ",",         "real", "int",  "vector",    "<lower=",    ">",    "x",  "y",
      ";",     "{",  "}",       "(",         ")",    "=",    "\n",        "model",      "data", "//", "/*",
      "*/",    "\"", "profile", "foo_lupdf", "for",  "else", "functions", "#include a", "2i",   ".^"};
  Rng rng({.seed = test::seed_from_name()});
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text;
    const auto length = rng.bits32() % 40;
    for (std::uint32_t i = 0; i < length; ++i) text += std::string(kPieces[rng.bits32() % kPieces.size()]) + " ";
    const std::string rewritten = for_stan_2_21(text).text;
    ASSERT_EQ(std::count(rewritten.begin(), rewritten.end(), '\n'), std::count(text.begin(), text.end(), '\n')) << text;
  }
}

TEST(StanTokens, NumbersOperatorsAndNames) {
  const std::string text = "a1_ 1.5e-3 .5 1:N 2i x.1";
  std::vector<std::string> words;
  for (const StanToken& token : stan_tokens(text)) words.push_back(text.substr(token.at, token.end - token.at));
  EXPECT_EQ(words, (std::vector<std::string>{"a1_", "1.5e-3", ".5", "1", ":", "N", "2i", "x", ".1"}));
}

}  // namespace
}  // namespace dovetail
