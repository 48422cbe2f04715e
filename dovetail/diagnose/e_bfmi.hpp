/// E-BFMI: does the momentum refresh of a Hamiltonian kernel explore the energy? (Betancourt 2016, arXiv 1604.00695.)
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "dovetail/diagnose/figure.hpp"

namespace dovetail::diagnose {

/// Gathers one chain's energies at every step after warm-up, kept or not: steps between thinned draws are longer, and
/// their ratio would say that energies move well where they do not. Running moments as by Welford 1962; O(1) memory.
class EnergyMoments {
 public:
  /// NaN is a step without a trajectory. It has no energy, and the steps before and after it are no neighbours.
  void add(double energy) {
    const double before = last_;
    last_ = energy;
    if (std::isnan(energy)) return;
    ++count_;
    const double deviation = energy - mean_;
    mean_ += deviation / static_cast<double>(count_);
    squares_ += deviation * (energy - mean_);
    if (std::isnan(before)) return;
    ++pairs_;
    steps_ += (energy - before) * (energy - before);
  }

  /// [mean (E_n - E_{n-1})^2 over neighbours] / [sum (E_n - mean E)^2 / (N - 1)]; where every step has a trajectory
  /// that is sum (E_n - E_{n-1})^2 / sum (E_n - mean E)^2. Near 2 for independent energies, near 0 for a random walk;
  /// below 0.3 is poor. Needs 3 energies, 2 pairs of neighbours, and energies that are finite and not all equal.
  [[nodiscard]] Figure e_bfmi() const {
    if (count_ < 3 || pairs_ < 2) return Figure::missing(Unavailable::too_few);
    if (!std::isfinite(squares_) || !std::isfinite(steps_)) return Figure::missing(Unavailable::non_finite);
    if (!(squares_ > 0)) return Figure::missing(Unavailable::constant);
    return Figure::of(steps_ / squares_ * (static_cast<double>(count_ - 1) / static_cast<double>(pairs_)));
  }

  template <class Archive>
  void describe(Archive& archive) {
    archive(count_);
    archive(pairs_);
    archive(mean_);
    archive(squares_);
    archive(steps_);
    archive(last_);
  }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t pairs_ = 0;  ///< of neighbours
  double mean_ = 0;
  double squares_ = 0;  ///< about the mean
  double steps_ = 0;    ///< squared
  double last_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace dovetail::diagnose
