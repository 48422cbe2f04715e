#include "dovetail/jobs/export_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>
#include <type_traits>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/recorded_ladder.hpp"
#include "dovetail/jobs/swap_history.hpp"
#include "dovetail/output/ep_row.hpp"
#include "dovetail/output/factors.hpp"
#include "dovetail/output/sampling_row.hpp"
#include "dovetail/output/summary.hpp"
#include "dovetail/output/tempering_row.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TableArray numbers(const std::string& name, std::vector<std::string> dimensions, std::vector<double> values,
                   NetcdfType type = NetcdfType::real) {
  return {{name, type, std::move(dimensions), {}}, std::move(values), {}};
}

TableArray words(const std::string& name, const std::string& dimension, const std::vector<std::string>& texts) {
  TableArray array{{name, NetcdfType::words, {dimension}, {}}, {}, {}};
  for (const std::string& text : texts) array.words.push_back(is_utf8(text) ? text : printable(text));
  return array;
}

/// A dimension, with 0, 1, ... or `first`, first + 1, ... as its coordinates.
void add_count(TableGroup& table, const std::string& name, std::size_t size, double first = 0) {
  std::vector<double> values(size);
  std::iota(values.begin(), values.end(), first);
  table.dimensions.emplace_back(name, size);
  table.arrays.push_back(numbers(name, {name}, std::move(values), NetcdfType::whole));
}

void add_names(TableGroup& table, const std::string& name, const std::vector<std::string>& texts) {
  table.dimensions.emplace_back(name, texts.size());
  table.arrays.push_back(words(name, name, texts));
}

void put(TableArray& array, const std::string& value) {
  array.variable.type = NetcdfType::words;
  array.words.push_back(value);
}
void put(TableArray& array, const std::optional<double>& value) { array.values.push_back(value.value_or(kNaN)); }
void put(TableArray& array, double value) { array.values.push_back(value); }
template <class Integer>
requires std::is_integral_v<Integer>
void put(TableArray& array, Integer value) {
  array.variable.type = NetcdfType::whole;
  array.values.push_back(static_cast<double>(value));
}

/// rounds.csv by columns, of their types.
template <class Row>
TableGroup rounds_table(const std::filesystem::path& file) {
  TableGroup table{"rounds", {}, {}};
  const std::vector<Row> rows = read_rounds<Row>(file);
  table.dimensions.emplace_back("round", rows.size());
  for (const Row& row : rows) {
    std::size_t column = 0;
    Row::visit(row, [&](const char* name, const auto& value) {
      if (column == table.arrays.size()) table.arrays.push_back(numbers(name, {"round"}, {}));
      put(table.arrays[column++], value);
    });
  }
  return table;
}

/// One leg of a ladder, as its last complete round found it.
TableGroup leg_table(const LegFigures& leg, const TemperShared& shared) {
  const bool is_fixed = leg.which == tempering::Leg::fixed;
  TableGroup table{is_fixed ? "tempering" : "tempering_variational", {}, {}};
  add_count(table, "rung", leg.schedule.size());
  table.arrays.push_back(numbers("beta", {"rung"}, leg.schedule));
  table.arrays.push_back(numbers("barrier", {"rung"}, barrier_of(leg).cumulative));
  std::vector<double> acceptance;
  for (const double rejection : leg.rejections) acceptance.push_back(1 - rejection);
  add_count(table, "pair", acceptance.size());
  table.arrays.push_back(numbers("swap_acceptance", {"pair"}, std::move(acceptance)));

  const auto betas = shared.ladder.betas(leg.which);
  const auto& ratios = shared.log_ratios[static_cast<std::size_t>(leg.which)];
  if (betas.empty() || ratios.size() + 1 != betas.size()) return table;
  std::vector<double> log_evidence{0};
  for (const double ratio : ratios) log_evidence.push_back(log_evidence.back() + ratio);
  add_count(table, "next_rung", betas.size());
  table.arrays.push_back(numbers("next_beta", {"next_rung"}, {betas.begin(), betas.end()}));
  table.arrays.push_back(numbers("next_log_evidence", {"next_rung"}, std::move(log_evidence)));
  return table;
}

/// Which replica explored which rung in the posterior's round; nothing while that goes on.
std::optional<TableGroup> index_process(const RecordedDraws& recorded) {
  if (option_of(recorded.manifest, "swap_history") != "true" || recorded.posterior.rounds.empty()) return std::nullopt;
  const Round round = recorded.posterior.rounds.front();
  if (round.value > recorded.rows.size()) return std::nullopt;
  const auto copies = static_cast<std::uint32_t>(recorded.posterior.chains);
  const auto legs = static_cast<std::uint32_t>(recorded.posterior.legs);
  std::vector<std::vector<std::vector<std::uint32_t>>> histories;  // by copy, rung and scan
  for (std::uint32_t copy = 0; copy < copies; ++copy) {
    histories.push_back(replicas_by_rung(recorded.draws, round, copy, copies, legs));
  }
  const std::size_t rungs = histories.front().size();
  std::size_t scans = histories.front().front().size();
  for (const auto& history : histories) scans = std::min(scans, history.front().size());
  std::vector<double> replicas;
  for (const auto& history : histories) {
    for (std::size_t scan = 0; scan < scans; ++scan) {
      for (const auto& rung : history) replicas.push_back(rung[scan]);
    }
  }
  TableGroup table{"index_process", {}, {}};
  add_count(table, "copy", copies);
  add_count(table, "scan", scans);
  add_count(table, "rung", rungs);
  table.arrays.push_back(numbers("replica", {"copy", "scan", "rung"}, std::move(replicas), NetcdfType::whole));
  return table;
}

/// From the newest checkpoint, which is there while the run goes on too.
std::vector<TableGroup> ladder_tables(const RunFolder& run, const RecordedDraws& recorded,
                                      std::vector<std::string>& notes) {
  const RecordedLadder ladder = recorded_ladder(run, recorded.manifest.identity);
  if (!ladder.shared) {
    notes.push_back("left out the group tempering: " + ladder.why_not);
    return {};
  }
  const TemperShared& shared = *ladder.shared;
  std::vector<TableGroup> tables;
  if (shared.last) {
    for (const LegFigures& leg : shared.last->legs) tables.push_back(leg_table(leg, shared));
  }
  if (auto table = index_process(recorded)) tables.push_back(std::move(*table));
  return tables;
}

[[noreturn]] void fail_history(const std::filesystem::path& file, std::size_t line) {
  throw FileError(fmt::format("{}:{}: not a line that a run writes (the file is damaged); restore it from a copy",
                              file.string(), line));
}

/// history.csv, whose parameters are known: mean and sd of each in every round.
TableGroup history_table(const std::filesystem::path& file, const std::vector<std::string>& parameters) {
  const std::string text = read_text(file);
  std::string_view rest = text;
  std::vector<double> mean, sd;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t at = line - 2;  // of the figures
    const std::string begin =
        line == 1 ? "round,parameter,mean,sd"
                  : fmt::format("{},{},", at / parameters.size() + 1, csv_field(parameters[at % parameters.size()]));
    if (!rest.starts_with(begin)) fail_history(file, line);
    rest.remove_prefix(begin.size());
    const std::string_view figures = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), figures.size() + 1));
    if (line == 1) continue;
    const auto comma = figures.find(',');
    const auto first = parse_number(figures.substr(0, comma));
    const auto second = parse_number(comma == std::string_view::npos ? "" : figures.substr(comma + 1));
    if (!first || !second) fail_history(file, line);
    mean.push_back(*first);
    sd.push_back(*second);
  }
  if (mean.size() % parameters.size() != 0) fail_history(file, mean.size() + 2);
  TableGroup table{"history", {}, {}};
  add_count(table, "round", mean.size() / parameters.size(), 1);
  add_names(table, "parameter", parameters);
  table.arrays.push_back(numbers("mean", {"round", "parameter"}, std::move(mean)));
  table.arrays.push_back(numbers("sd", {"round", "parameter"}, std::move(sd)));
  return table;
}

TableGroup sites_table(const Factors& factors) {
  TableGroup table{"sites", {}, {}};
  std::vector<std::string> names;
  std::vector<double> shift, precision;
  for (const SiteFactor& site : factors.sites) {
    names.push_back(site.site);
    shift.insert(shift.end(), site.shift.begin(), site.shift.end());
    precision.insert(precision.end(), site.precision.begin(), site.precision.end());
  }
  add_names(table, "site", names);
  add_names(table, "parameter", factors.parameters);
  add_names(table, "other_parameter", factors.parameters);
  table.arrays.push_back(numbers("shift", {"site", "parameter"}, std::move(shift)));
  table.arrays.push_back(numbers("precision", {"site", "parameter", "other_parameter"}, std::move(precision)));
  return table;
}

TableGroup approximation_table(const EpSummary& ep) {
  TableGroup table{"approximation", {}, {}};
  add_names(table, "parameter", ep.names);
  add_names(table, "other_parameter", ep.names);
  table.arrays.push_back(numbers("mean", {"parameter"}, ep.mean));
  table.arrays.push_back(numbers("covariance", {"parameter", "other_parameter"}, ep.covariance));
  if (!ep.influence.empty() && ep.influence.size() == ep.site_names.size()) {
    add_names(table, "site", ep.site_names);
    table.arrays.push_back(numbers("influence", {"site"}, ep.influence));
  }
  return table;
}

/// From what a run of expectation propagation writes when it ends or stops.
std::vector<TableGroup> site_tables(const RunFolder& run, const RecordedDraws& recorded,
                                    std::vector<std::string>& notes) {
  std::vector<TableGroup> tables;
  const bool is_running = recorded.manifest.status == "running" || !std::filesystem::exists(run.summary());
  if (is_running || !std::filesystem::exists(run.factors())) {
    notes.emplace_back(
        "left out the groups history, sites and approximation: a run of `ep` has them when it ends or "
        "stops");
    return tables;
  }
  const Factors factors = read_factors(run.factors());
  if (factors.parameters.empty()) return tables;
  if (!recorded.rows.empty() && std::filesystem::exists(run.history())) {
    TableGroup history = history_table(run.history(), factors.parameters);
    if (history.dimensions.front().second > 0) tables.push_back(std::move(history));
  }
  if (!factors.sites.empty()) tables.push_back(sites_table(factors));
  const Summary summary = read_summary(run.summary());
  if (summary.ep && !summary.ep->mean.empty()) tables.push_back(approximation_table(*summary.ep));
  return tables;
}

}  // namespace

std::vector<TableGroup> tables_of(const RunFolder& run, const RecordedDraws& recorded,
                                  std::vector<std::string>& notes) {
  const std::string& command = recorded.manifest.identity.command;
  std::vector<TableGroup> tables;
  if (!recorded.rows.empty()) {
    if (command == "temper") tables.push_back(rounds_table<TemperingRow>(run.rounds()));
    if (command == "sample") tables.push_back(rounds_table<SamplingRow>(run.rounds()));
    if (command == "ep") tables.push_back(rounds_table<EpRow>(run.rounds()));
  }
  std::vector<TableGroup> more;
  if (command == "temper" && !recorded.rows.empty()) more = ladder_tables(run, recorded, notes);
  if (command == "ep") more = site_tables(run, recorded, notes);
  tables.insert(tables.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return tables;
}

}  // namespace dovetail
