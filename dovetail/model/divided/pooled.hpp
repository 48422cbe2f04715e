/// Regressions whose coefficients all rows share: sites have no local parameters, and normal ones are conjugate.
///
/// y_i ~ Bernoulli(logistic(beta . x_i)) or N(beta . x_i, sd); beta_c ~ N(0, beta_sd) for the intercept and every
/// numeric column.
#pragma once
#include <memory>

#include "dovetail/model/divided.hpp"

namespace dovetail::divided {

[[nodiscard]] DividedEntry pooled_logistic_entry();
[[nodiscard]] DividedEntry pooled_normal_entry();

}  // namespace dovetail::divided
