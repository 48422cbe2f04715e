// The build's facts come from CMake as definitions of this file alone.
#include "dovetail/jobs/environment.hpp"

#include <gnu/libc-version.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>
#include <vector>

#include "dovetail/math/identity.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

std::string compute_math_identity() {
  constexpr std::size_t kPoints = 1 << 12;
  Hasher hasher;
  std::vector<double> values(kPoints);
  for (std::size_t row = 0; row < math::table_rows(); ++row) {
    for (std::size_t i = 0; i < kPoints; ++i) values[i] = math::table_value(row, i);
    hasher.add(math::table_function(row));
    hasher.add(std::as_bytes(std::span<const double>(values)));
  }
  return "musl:" + to_hex(hasher.finish());
}

}  // namespace

const Build& build() {
  static constexpr Build kFacts = {DOVETAIL_VERSION, DOVETAIL_COMPILER, DOVETAIL_BUILD_TYPE, DOVETAIL_FLAGS,
                                   DOVETAIL_SANITIZERS};
  return kFacts;
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
  const std::array<std::pair<std::string_view, bool>, 5> features = {
      {{"sse4_2", __builtin_cpu_supports("sse4.2") != 0},
       {"avx", __builtin_cpu_supports("avx") != 0},
       {"avx2", __builtin_cpu_supports("avx2") != 0},
       {"fma", __builtin_cpu_supports("fma") != 0},
       {"avx512f", __builtin_cpu_supports("avx512f") != 0}}};
  for (const auto& [name, present] : features) {
    if (present) facts.features += (facts.features.empty() ? "" : " ") + std::string(name);
  }
  return facts;
}

std::string host_name() {
  constexpr std::size_t kNameMax = 256;
  std::array<char, kNameMax> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string foreign_arithmetic() { return machine().features + "; glibc " + gnu_get_libc_version(); }

}  // namespace dovetail
