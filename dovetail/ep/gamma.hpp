/// Gamma factors for a positive parameter: x^a exp(-b x). docs/maths/ep.md section 7. Pure; O(1).
#pragma once
#include <optional>

namespace dovetail::ep {

/// Factors multiply by adding both numbers. As a distribution: shape a + 1, rate b; proper where a > -1 and b > 0.
struct GammaNatural {
  double power = 0;  ///< a
  double rate = 0;   ///< b
};

struct GammaMoments {
  double mean = 0;
  double variance = 0;
};

[[nodiscard]] inline GammaNatural add(GammaNatural a, GammaNatural b) { return {a.power + b.power, a.rate + b.rate}; }

/// Empty where it is not proper.
[[nodiscard]] inline std::optional<GammaMoments> moments_of(GammaNatural g) {
  if (!(g.power > -1 && g.rate > 0)) return std::nullopt;
  const double shape = g.power + 1;
  return GammaMoments{shape / g.rate, shape / (g.rate * g.rate)};
}

/// The gamma distribution with this mean and variance; empty unless both are positive.
[[nodiscard]] inline std::optional<GammaNatural> gamma_of(GammaMoments m) {
  if (!(m.mean > 0 && m.variance > 0)) return std::nullopt;
  const double rate = m.mean / m.variance;
  return GammaNatural{m.mean * rate - 1, rate};
}

}  // namespace dovetail::ep
