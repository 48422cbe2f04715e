#include "dovetail/jobs/columns.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace dovetail {

std::vector<std::vector<double>> interleaved_chains(const KeptDraws& draws, Round round, std::size_t column,
                                                    std::size_t chains, std::size_t legs) {
  std::vector<std::vector<double>> found(chains);
  for (std::size_t c = 0; c < chains; ++c) {
    std::vector<std::vector<double>> parts(legs);
    for (std::size_t leg = 0; leg < legs; ++leg) {
      draws.visit_column(
          round, ItemId(static_cast<std::uint32_t>(c * legs + leg)), column,
          [&](std::span<const double> piece) { parts[leg].insert(parts[leg].end(), piece.begin(), piece.end()); });
    }
    for (std::size_t t = 0; t < parts.front().size(); ++t) {
      for (const auto& part : parts) found[c].push_back(part[t]);
    }
  }
  return found;
}

std::vector<diagnose::NamedColumn> summarise_columns(const std::vector<std::string>& names, const ChainsOf& chains_of) {
  std::vector<diagnose::NamedColumn> columns;
  std::optional<diagnose::Summariser> summariser;
  for (std::size_t column = 0; column < names.size(); ++column) {
    const auto storage = chains_of(column);
    const std::vector<std::span<const double>> views(storage.begin(), storage.end());
    if (!summariser) summariser.emplace(views.size(), storage.front().size());
    columns.push_back({names[column], (*summariser)({views, 1, 0})});
  }
  return columns;
}

ParameterSummary parameter_of(const diagnose::NamedColumn& column) {
  const diagnose::ColumnSummary& figures = column.summary;
  ParameterSummary row;
  row.name = column.name;
  row.mean = figures.mean.value;
  row.sd = figures.sd.value;
  row.q5 = figures.q5.value;
  row.q50 = figures.q50.value;
  row.q95 = figures.q95.value;
  row.mcse_mean = figures.mcse_mean.optional();
  row.ess_bulk = figures.ess_bulk.optional();
  row.ess_tail = figures.ess_tail.optional();
  row.rhat = figures.r_hat.largest().optional();
  return row;
}

std::vector<diagnose::NamedColumn> judged_columns(const ModelDescription& model,
                                                  const std::vector<diagnose::NamedColumn>& columns) {
  std::vector<diagnose::NamedColumn> judged;
  for (std::size_t i = 0; i < std::min(model.output_names.size(), columns.size()); ++i) {
    const bool absent = model.transdimensional() && i < model.parameter_count && columns[i].summary.non_finite > 0;
    if (!absent) judged.push_back(columns[i]);
  }
  return judged;
}

}  // namespace dovetail
