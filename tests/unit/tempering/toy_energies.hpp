/// Ladders whose energies can be drawn independently at every rung, with known evidence, barrier and acceptance.
#pragma once
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/tempering/pair_statistics.hpp"

namespace dovetail::test {

/// An independent draw of V at `beta`.
using DrawEnergy = std::function<double(double beta, Rng&)>;

/// exp(-|x|^2 (1 + 9 beta)/2) on R^d: V = -4.5 |x|^2 with |x|^2 ~ chi^2_d/(1 + 9 beta). `d` even: chi^2_d/2 is a sum of
/// d/2 exponentials. log(Z1/Z0) = -(d/2) log 10.
inline DrawEnergy precision_path(int d) {
  return [d](double beta, Rng& rng) {
    double product = 1;
    for (int i = 0; i < d / 2; ++i) product *= rng.uniform_open();
    return 9 * math::log(product) / (1 + 9 * beta);
  };
}

/// N(-3, 1) to N(3, 1): V = 6 x with x ~ N(6 beta - 3, 1). log(Z1/Z0) = 0.
inline DrawEnergy gaussian_shift() {
  return [](double beta, Rng& rng) { return 6 * (6 * beta - 3 + math::draw_normal(rng)); };
}

/// Betas with 1 + 9 beta geometric: equal rejections on the precision path.
inline std::vector<double> geometric_precisions(std::size_t n) {
  std::vector<double> betas(n);
  for (std::size_t k = 0; k < n; ++k) {
    betas[k] = (math::exp(math::log(10) * static_cast<double>(k) / static_cast<double>(n - 1)) - 1) / 9;
  }
  betas.back() = 1;
  return betas;
}

inline std::vector<tempering::RungStatistics> empty_leg(const std::vector<double>& betas, std::uint64_t scans,
                                                        const std::vector<double>& log_ratios) {
  std::vector<tempering::RungStatistics> rungs(betas.size());
  for (std::size_t k = 0; k < betas.size(); ++k) {
    tempering::RungNeighbours at{betas[k], betas[k], betas[k], 0, 0};
    if (k + 1 < betas.size()) {
      at.beta_up = betas[k + 1];
      at.log_ratio_up = log_ratios[k];
    }
    if (k > 0) {
      at.beta_down = betas[k - 1];
      at.log_ratio_down = log_ratios[k - 1];
    }
    rungs[k].reset(scans, at);
  }
  return rungs;
}

/// Records of one round of one copy: at each scan every rung has the energies that `draw_scan` writes (N of them).
inline std::vector<tempering::RungStatistics> record_round(const std::vector<double>& betas, std::uint64_t scans,
                                                           const std::vector<double>& log_ratios,
                                                           const std::function<void(std::vector<double>&)>& draw_scan) {
  auto rungs = empty_leg(betas, scans, log_ratios);
  std::vector<double> before(betas.size(), 0.0), energy(betas.size(), 0.0);
  for (std::uint64_t t = 0; t < scans; ++t) {
    draw_scan(energy);
    for (std::size_t k = 0; k < betas.size(); ++k) {
      rungs[k].record(before[k], energy[k]);
      if (k + 1 < betas.size()) rungs[k].record_swap(energy[k], energy[k + 1]);
    }
    before = energy;
  }
  return rungs;
}

inline std::vector<tempering::RungStatistics> independent_round(const DrawEnergy& draw,
                                                                const std::vector<double>& betas, std::uint64_t scans,
                                                                const std::vector<double>& log_ratios, Rng& rng) {
  return record_round(betas, scans, log_ratios, [&](std::vector<double>& energy) {
    for (std::size_t k = 0; k < betas.size(); ++k) energy[k] = draw(betas[k], rng);
  });
}

inline Rng stream(std::uint64_t seed, std::uint64_t step = 0) {
  return Rng({seed, Purpose::test, ItemId{0}, Step{step}});
}

/// Mean and standard error of independent replicates.
struct Replicates {
  double n = 0, mean = 0, squares = 0;
  void add(double x) {
    n += 1;
    const double step = x - mean;
    mean += step / n;
    squares += step * (x - mean);
  }
  [[nodiscard]] double deviation() const { return std::sqrt(squares / (n - 1)); }
  [[nodiscard]] double error() const { return deviation() / std::sqrt(n); }
  [[nodiscard]] double z(double truth) const { return (mean - truth) / error(); }
};

inline constexpr double kZ = 4.89;  ///< two-sided normal at alpha = 1e-6

}  // namespace dovetail::test
