#include "dovetail/math/identity.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::math {

namespace {

struct Row {
  std::string_view function;
  double (*of_one)(double);
  double (*of_two)(double, double);
  double low;  // of the first argument's uniform points
  double high;
  double low_second = 0;
  double high_second = 0;
};

constexpr Row kRows[] = {
    {"exp", exp, nullptr, -745, 710},
    {"expm1", expm1, nullptr, -50, 50},
    {"log", log, nullptr, 0, 4},
    {"log1p", log1p, nullptr, -1, 4},
    {"pow", nullptr, pow, 0, 4, -100, 100},
    {"sin", sin, nullptr, -100, 100},
    {"cos", cos, nullptr, -100, 100},
    {"tan", tan, nullptr, -100, 100},
    {"atan", atan, nullptr, -8, 8},
    {"atan2", nullptr, atan2, -1, 1, -1, 1},
    {"tanh", tanh, nullptr, -20, 20},
    {"erf", erf, nullptr, -6, 6},
    {"erfc", erfc, nullptr, -6, 27},
    {"lgamma", lgamma, nullptr, -20, 100},
    {"digamma", digamma, nullptr, 0, 20},
    {"normal_quantile", normal_quantile, nullptr, 0, 1},
    {"normal_cdf", normal_cdf, nullptr, -38, 9},
    {"erf_inverse", erf_inverse, nullptr, -1, 1},
    {"log_logistic", log_logistic, nullptr, -750, 750},
    {"log_add", nullptr, log_add, -40, 40, -40, 40},
};

double uniform_point(std::uint64_t bits, double low, double high) {
  return low + (high - low) * (static_cast<double>(bits >> 11) * 0x1p-53);
}

// Random sign, exponent and fraction: any double but the infinities and NaN, subnormals too.
double wild_point(std::uint64_t bits) {
  constexpr std::uint64_t kExponents = 2047;
  const std::uint64_t exponent = (bits >> 52 & 0x7ff) % kExponents;
  return std::bit_cast<double>((bits & 0x800fffffffffffffULL) | exponent << 52);
}

}  // namespace

std::size_t table_rows() { return std::size(kRows); }

std::string_view table_function(std::size_t row) {
  DOVETAIL_REQUIRE(row < table_rows());
  return kRows[row].function;
}

double table_value(std::size_t row, std::uint64_t i) {
  DOVETAIL_REQUIRE(row < table_rows());
  const Row& r = kRows[row];
  const auto words = philox4x32_10(
      {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), static_cast<std::uint32_t>(row), 0},
      {static_cast<std::uint32_t>(kTableVersion), 0});
  const std::uint64_t first = std::uint64_t{words[0]} << 32 | words[1];
  const std::uint64_t second = std::uint64_t{words[2]} << 32 | words[3];
  const bool wild = i % 2 == 1;
  const double x = wild ? wild_point(first) : uniform_point(first, r.low, r.high);
  double value = 0;
  if (r.of_one != nullptr) {
    value = r.of_one(x);
  } else {
    value = r.of_two(x, wild ? wild_point(second) : uniform_point(second, r.low_second, r.high_second));
  }
  return std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
}

}  // namespace dovetail::math
