/// Dual averaging of log step size towards a mean acceptance (Hoffman and Gelman 2014, JMLR 15, section 3.2).
#pragma once
#include <cstdint>

namespace dovetail {

/// delta is the caller's; gamma = 0.05, t0 = 10, kappa = 0.75, mu = log(10 eps0).
struct DualAveraging {
  std::uint64_t count = 0;   ///< t: observations since restart()
  double centre = 0;         ///< mu
  double error_mean = 0;     ///< Hbar
  double log_step_mean = 0;  ///< log epsbar

  template <class Archive>
  void describe(Archive& archive) {
    archive(count);
    archive(centre);
    archive(error_mean);
    archive(log_step_mean);
  }
};

/// Begins anew from `step_size` > 0.
void restart(DualAveraging& state, double step_size);
/// Takes the acceptance statistic of one trajectory, in [0, 1] (NaN counts as 0), towards `target` in (0, 1); returns
/// the step size to use next.
[[nodiscard]] double observe(DualAveraging& state, double acceptance, double target);
/// The step size to keep: exp of the averaged logarithm; of the last restart() when nothing was observed.
[[nodiscard]] double settled_step_size(const DualAveraging& state);

}  // namespace dovetail
