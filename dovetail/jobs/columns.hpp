/// From columns of kept draws to their figures.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/diagnose/verdict.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

/// Chains of one column: [chain][draw].
using ChainsOf = std::function<std::vector<std::vector<double>>(std::size_t column)>;

/// One column of a round as chains: chain c takes the draws of sources c * legs, c * legs + 1, ... in turn. With two
/// legs of a ladder the two targets of a copy trade states at every second scan, so neither is a chain of its own. Of
/// files that were cut: as many as each source of the chain has.
[[nodiscard]] std::vector<std::vector<double>> interleaved_chains(const KeptDraws& draws, Round round,
                                                                  std::size_t column, std::size_t chains,
                                                                  std::size_t legs);

/// Figures of every column: the model's outputs, then others. Those of parameters that come and go are over the draws
/// where they are there. Holds one column in memory. Every column must have as many chains and draws.
[[nodiscard]] std::vector<diagnose::NamedColumn> summarise_columns(const ModelDescription& model,
                                                                   const std::vector<std::string>& names,
                                                                   const ChainsOf& chains_of);

/// The posterior of each number of components: of every count, and of all switches that share a name. Empty when
/// nothing comes and goes.
[[nodiscard]] std::optional<TransdimensionalSummary> summarise_components(const ModelDescription& model,
                                                                          const ChainsOf& chains_of);

/// A row of the table of parameters.
[[nodiscard]] ParameterSummary parameter_of(const diagnose::NamedColumn& column);

/// The columns that a verdict looks at: the outputs without the parameters that were not there in some draws. What is
/// always there (which are there, how many, derived quantities) speaks for them.
[[nodiscard]] std::vector<diagnose::NamedColumn> judged_columns(const ModelDescription& model,
                                                                const std::vector<diagnose::NamedColumn>& columns);

/// Says what the table shows of parameters that come and go.
inline constexpr const char* kWhereThereNote =
    "figures of parameters that come and go are over the draws where they are there (column `there`: their share)";
/// Says what the columns of a model without parts hold.
inline constexpr const char* kOneDensityNote =
    "prior and likelihood are not apart in this model: log_likelihood is the whole log density, log_prior is 0";

}  // namespace dovetail
