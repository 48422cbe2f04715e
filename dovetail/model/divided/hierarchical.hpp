/// Hierarchical regressions: every group of rows has its own intercept and slopes, normal about shared means.
///
/// theta_jc = mu_c + sigma_c u_jc, u_jc ~ N(0, 1), for groups j and columns c (the intercept, then the numeric
/// columns); y_i ~ Bernoulli(logistic(theta_j . x_i)) or N(theta_j . x_i, sd). Shared: mu_c ~ N(0, mu_sd), then log
/// sigma_c ~ N(0, log_sigma_sd). Local: the u of the site's groups, as v (group.hpp). docs/maths/ep.md section 6.
#pragma once
#include <memory>

#include "dovetail/model/divided.hpp"

namespace dovetail::divided {

[[nodiscard]] DividedEntry logistic_entry();
[[nodiscard]] DividedEntry normal_entry();

}  // namespace dovetail::divided
