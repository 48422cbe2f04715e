// The build's facts come from CMake as definitions of this file alone.
#include "dovetail/jobs/environment.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "dovetail/math/functions.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

struct Tabulated {
  std::string_view name;
  double (*function)(double);
  double low;
  double high;
};

/// Ranges keep to where a function is finite and moves.
constexpr std::array kTable = {
    Tabulated{"exp", [](double x) { return math::exp(x); }, -740, 709},
    Tabulated{"expm1", [](double x) { return math::expm1(x); }, -40, 700},
    Tabulated{"log", [](double x) { return math::log(x); }, 0, 1e6},
    Tabulated{"log1p", [](double x) { return math::log1p(x); }, -1, 10},
    Tabulated{"pow", [](double x) { return math::pow(x, 1.7); }, 0, 1e6},
    Tabulated{"sin", [](double x) { return math::sin(x); }, -1e5, 1e5},
    Tabulated{"cos", [](double x) { return math::cos(x); }, -1e5, 1e5},
    Tabulated{"tan", [](double x) { return math::tan(x); }, -100, 100},
    Tabulated{"atan", [](double x) { return math::atan(x); }, -20, 20},
    Tabulated{"atan2", [](double x) { return math::atan2(x, -0.3); }, -20, 20},
    Tabulated{"tanh", [](double x) { return math::tanh(x); }, -20, 20},
    Tabulated{"erf", [](double x) { return math::erf(x); }, -6, 6},
    Tabulated{"erfc", [](double x) { return math::erfc(x); }, -6, 27},
    Tabulated{"lgamma", [](double x) { return math::lgamma(x); }, 0, 200},
    Tabulated{"digamma", [](double x) { return math::digamma(x); }, 0, 200},
    Tabulated{"normal_quantile", [](double x) { return math::normal_quantile(x); }, 0, 1},
    Tabulated{"normal_cdf", [](double x) { return math::normal_cdf(x); }, -38, 9},
    Tabulated{"erf_inverse", [](double x) { return math::erf_inverse(x); }, -1, 1},
};

std::string compute_math_identity() {
  constexpr int kPoints = 1 << 12;
  Hasher hasher;
  std::vector<double> values(kPoints);
  for (const Tabulated& row : kTable) {
    for (int i = 0; i < kPoints; ++i) {
      const double u = (i + 0.5) / kPoints;
      values[static_cast<std::size_t>(i)] = row.function(row.low + (row.high - row.low) * u);
    }
    hasher.add(row.name);
    hasher.add(std::as_bytes(std::span<const double>(values)));
  }
  return "musl:" + to_hex(hasher.finish());
}

}  // namespace

const Build& build() {
  static constexpr Build facts = {DOVETAIL_VERSION, DOVETAIL_COMPILER, DOVETAIL_BUILD_TYPE, DOVETAIL_FLAGS,
                                  DOVETAIL_SANITIZERS};
  return facts;
}

const std::string& math_identity() {
  static const std::string identity = compute_math_identity();
  return identity;
}

Machine machine() {
  Machine facts{"unknown", "", std::max(1U, std::thread::hardware_concurrency())};
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {  // the first processor's paragraph
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) facts.processor = line.substr(colon + 2);
  }
  // Spelled out, since the builtin takes literals only.
  const std::array<std::pair<std::string_view, bool>, 5> features = {{{"sse4_2", __builtin_cpu_supports("sse4.2") != 0},
                                                                      {"avx", __builtin_cpu_supports("avx") != 0},
                                                                      {"avx2", __builtin_cpu_supports("avx2") != 0},
                                                                      {"fma", __builtin_cpu_supports("fma") != 0},
                                                                      {"avx512f", __builtin_cpu_supports("avx512f") != 0}}};
  for (const auto& [name, present] : features) {
    if (present) facts.features += (facts.features.empty() ? "" : " ") + std::string(name);
  }
  return facts;
}

}  // namespace dovetail
