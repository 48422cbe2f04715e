#include "dovetail/jobs/columns.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "dovetail/diagnose/where_there.hpp"
#include "dovetail/output/chain_draws.hpp"

namespace dovetail {

std::vector<std::vector<double>> interleaved_chains(const KeptDraws& draws, Round round, std::size_t column,
                                                    std::size_t chains, std::size_t legs) {
  const ChainSources sources{{round}, chains, legs};
  std::vector<std::vector<double>> found;
  for (std::size_t c = 0; c < chains; ++c) found.push_back(chain_column(draws, sources, c, round, column));
  return found;
}

namespace {

/// The place of the output that is coordinate i's own value; empty when none is.
std::optional<std::size_t> output_of(const ModelDescription& model, std::size_t i) {
  const auto names = model.parameter_names();
  const auto found = std::find(names.begin(), names.end(), model.coordinates[i].name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

/// By output: whether it comes and goes.
std::vector<bool> coming_and_going(const ModelDescription& model) {
  std::vector<bool> comes_and_goes(model.output_names.size());
  for (std::size_t i = 0; i < model.coordinates.size(); ++i) {
    const auto output = output_of(model, i);
    if (output && model.coordinates[i].presence) comes_and_goes[*output] = true;
  }
  return comes_and_goes;
}

diagnose::ChainsView view_of(const std::vector<std::span<const double>>& chains) { return {chains, 1, 0}; }

/// Switches that are counted together: a count alone, switches of two values by their common name.
struct Counted {
  std::string by;
  std::vector<std::size_t> switches;  ///< coordinates
};

std::vector<Counted> counted_of(const ModelDescription& model) {
  std::vector<Counted> all;
  for (std::size_t i = 0; i < model.coordinates.size(); ++i) {
    const Coordinate& c = model.coordinates[i];
    if (!c.switches || !output_of(model, i)) continue;
    const std::string by = c.upper > c.lower + 1 ? c.name : c.name.substr(0, c.name.find('['));
    auto found = std::find_if(all.begin(), all.end(), [&](const Counted& one) { return one.by == by; });
    if (found == all.end()) found = all.insert(all.end(), {by, {}});
    found->switches.push_back(i);
  }
  return all;
}

/// By chain and draw: a count's value, or how many of several switches are on.
std::vector<std::vector<double>> numbers_of(const ModelDescription& model, const Counted& counted,
                                            const ChainsOf& chains_of) {
  std::vector<std::vector<double>> numbers;
  for (const std::size_t i : counted.switches) {
    const Coordinate& c = model.coordinates[i];
    const bool is_count = c.upper > c.lower + 1;
    auto chains = chains_of(*output_of(model, i));
    for (auto& chain : chains) {
      for (double& value : chain) value = is_count ? value : value - c.lower;
    }
    if (numbers.empty()) {
      numbers = std::move(chains);
      continue;
    }
    for (std::size_t m = 0; m < chains.size(); ++m) {
      for (std::size_t t = 0; t < chains[m].size(); ++t) numbers[m][t] += chains[m][t];
    }
  }
  return numbers;
}

}  // namespace

std::vector<diagnose::NamedColumn> summarise_columns(const ModelDescription& model,
                                                     const std::vector<std::string>& names, const ChainsOf& chains_of) {
  const std::vector<bool> comes_and_goes = coming_and_going(model);
  std::vector<diagnose::NamedColumn> columns;
  std::optional<diagnose::Summariser> summariser;
  for (std::size_t column = 0; column < names.size(); ++column) {
    const auto storage = chains_of(column);
    const std::vector<std::span<const double>> views(storage.begin(), storage.end());
    if (column < comes_and_goes.size() && comes_and_goes[column]) {
      columns.push_back({names[column], diagnose::summarise_where_there(view_of(views))});
      continue;
    }
    if (!summariser) summariser.emplace(views.size(), storage.front().size());
    columns.push_back({names[column], (*summariser)(view_of(views))});
  }
  return columns;
}

std::optional<TransdimensionalSummary> summarise_components(const ModelDescription& model, const ChainsOf& chains_of) {
  if (!model.transdimensional()) return std::nullopt;
  TransdimensionalSummary all;
  for (const Counted& counted : counted_of(model)) {
    const auto numbers = numbers_of(model, counted, chains_of);
    const std::vector<std::span<const double>> views(numbers.begin(), numbers.end());
    ComponentsSummary components{counted.by, {}};
    for (const diagnose::ValueShare& one : diagnose::value_shares(view_of(views))) {
      components.counts.push_back({static_cast<std::uint64_t>(one.value), one.share, one.mcse.optional()});
    }
    all.components.push_back(std::move(components));
  }
  return all;
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
  if (figures.there) row.there = ThereSummary{figures.there->share, figures.there->mcse.optional()};
  return row;
}

std::vector<diagnose::NamedColumn> judged_columns(const ModelDescription& model,
                                                  const std::vector<diagnose::NamedColumn>& columns) {
  std::vector<diagnose::NamedColumn> judged;
  for (std::size_t i = 0; i < std::min(model.output_names.size(), columns.size()); ++i) {
    const auto& there = columns[i].summary.there;
    const bool absent = there && there->share < 1;
    if (!absent) judged.push_back(columns[i]);
  }
  return judged;
}

}  // namespace dovetail
