/// Draws for tests of the diagnostics: chains in memory and autoregressive series.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/diagnose/chains.hpp"
#include "dovetail/math/distributions.hpp"

namespace dovetail::diagnose::test {

/// Owns chains and gives views of them.
struct Chains {
  std::vector<std::vector<double>> values;
  std::vector<std::span<const double>> spans;

  Chains() = default;
  explicit Chains(std::vector<std::vector<double>> v) : values(std::move(v)) {}
  [[nodiscard]] ChainsView view() {
    spans.assign(values.begin(), values.end());
    return {spans, 1, 0};
  }
  [[nodiscard]] Chains mapped(auto&& map) const {
    Chains out(values);
    for (auto& chain : out.values) {
      for (double& x : chain) x = map(x);
    }
    return out;
  }
};

/// A stationary AR(1) series with standard normal margins.
inline std::vector<double> autoregressive(std::uint64_t seed, std::uint32_t item, std::size_t draws, double phi) {
  Rng rng({seed, Purpose::test, ItemId(item), Step(0)});
  std::vector<double> x(draws);
  const double innovation = std::sqrt(1 - phi * phi);
  x[0] = math::draw_normal(rng);
  for (std::size_t i = 1; i < draws; ++i) x[i] = phi * x[i - 1] + innovation * math::draw_normal(rng);
  return x;
}

inline Chains autoregressive_chains(std::uint64_t seed, std::size_t chains, std::size_t draws, double phi) {
  Chains out;
  for (std::size_t m = 0; m < chains; ++m) {
    out.values.push_back(autoregressive(seed, static_cast<std::uint32_t>(m), draws, phi));
  }
  return out;
}

}  // namespace dovetail::diagnose::test
