/// m4b: the hierarchical logistic regression of Vehtari et al. 2020 (JMLR 21, section 5) as one fixed data set: 64
/// groups of 20 rows, 16 predictors whose scale differs by orders of magnitude from group to group.
///
/// By the recipe of docs/maths/ep.md section 11 on the 32-bit Mersenne Twister with seed 100; sums of its rows are
/// known and checked by tests/unit/divided/m4b_test.cpp.
#pragma once
#include "dovetail/model/divided.hpp"

namespace dovetail::test {

inline constexpr std::size_t kM4bGroups = 64;
inline constexpr std::size_t kM4bRows = 20;  ///< of a group
inline constexpr std::size_t kM4bPredictors = 16;

/// Columns group, y, x1 to x16.
[[nodiscard]] Table m4b_table();

/// mu_a, log sigma_a, mu_b and log sigma_b that the rows were drawn with, in this order: 2 + 2 * 16 numbers.
[[nodiscard]] std::vector<double> m4b_truth();

/// builtin:hierarchical_logistic on them, its groups at `sites` sites.
[[nodiscard]] inline std::unique_ptr<DividedModel> m4b_model(std::size_t sites) {
  return make_divided_model("builtin:hierarchical_logistic", m4b_table(), {.by = "group", .sites_max = sites});
}

}  // namespace dovetail::test
