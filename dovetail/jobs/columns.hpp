/// From columns of kept draws to their figures.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "dovetail/diagnose/verdict.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

/// Chains of one column: [chain][draw].
using ChainsOf = std::function<std::vector<std::vector<double>>(std::size_t column)>;

/// Figures of every column. Holds one column in memory. Every column must have as many chains and draws.
[[nodiscard]] std::vector<diagnose::NamedColumn> summarise_columns(const std::vector<std::string>& names,
                                                                   const ChainsOf& chains_of);

/// A row of the table of parameters.
[[nodiscard]] ParameterSummary parameter_of(const diagnose::NamedColumn& column);

/// The columns that a verdict looks at: the outputs without the parameters that were not there in some draws. Those are
/// NaN on purpose, and what is always there (which are there, how many, derived quantities) speaks for them.
[[nodiscard]] std::vector<diagnose::NamedColumn> judged_columns(const ModelDescription& model,
                                                                const std::vector<diagnose::NamedColumn>& columns);

}  // namespace dovetail
