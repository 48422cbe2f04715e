// What a report shows of draws: the table of parameters, and pictures of those that need looking at most.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "dovetail/core/decimal.hpp"
#include "dovetail/diagnose/summarise.hpp"
#include "dovetail/diagnose/thresholds.hpp"
#include "dovetail/diagnose/verdict.hpp"
#include "dovetail/diagnose/where_there.hpp"
#include "dovetail/jobs/columns.hpp"
#include "dovetail/report/compared_chains.hpp"
#include "dovetail/report/detail/sections.hpp"

namespace dovetail::report::detail {
namespace {

constexpr std::size_t kPictures = 100;        ///< quantities that are drawn
constexpr std::size_t kLinesOfAPicture = 16;  ///< chains that are drawn
constexpr std::size_t kPointsOfAPicture = 2000;
constexpr std::size_t kPointsOfALine = 1000;
constexpr std::size_t kRankBins = 20;
constexpr std::size_t kHistogramBins = 50;
constexpr std::size_t kPairs = 5;  ///< quantities of the matrix of pairs
constexpr std::size_t kPointsOfAPair = 800;
constexpr std::size_t kDivergencesShown = 200;

bool has_nan(const Chains& chains) {
  return std::any_of(chains.begin(), chains.end(), [](const auto& chain) {
    return std::any_of(chain.begin(), chain.end(), [](double v) { return std::isnan(v); });
  });
}

diagnose::NamedColumn figures_of(const ReportedRun& run, std::size_t column) {
  const Chains chains = run.column(column);
  const std::vector<std::span<const double>> spans(chains.begin(), chains.end());
  const diagnose::ChainsView view{spans, 1, 0};
  // Without the model, which a report does without, NaN alone tells of what comes and goes.
  return {run.quantities()[column],
          has_nan(chains) ? diagnose::summarise_where_there(view) : diagnose::summarise(view)};
}

std::uint64_t total(const ReportedRun& run, const char* column, bool draws_alone) {
  const auto values = run.column_of_rounds(column);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool counts = !draws_alone || run.rows()[i].at(1).second == "draws";  // the phase
    if (counts) sum += values[i].value_or(0);
  }
  return static_cast<std::uint64_t>(sum);
}

struct Figures {
  std::vector<ParameterSummary> parameters;
  std::vector<Warning> warnings;
  std::vector<std::string> notes;
};

/// Of a run without a summary: what its draws say so far. Checks that need the end of the run are not made.
Figures figures_so_far(const ReportedRun& run) {
  Figures found;
  std::vector<diagnose::NamedColumn> columns;
  if (run.draws() > 0) {
    for (std::size_t c = 0; c < run.quantities().size(); ++c) columns.push_back(figures_of(run, c));
  }
  for (const auto& column : columns) found.parameters.push_back(parameter_of(column));
  diagnose::SamplingFigures figures;
  const bool samples = run.command() == "sample";
  figures.origin = samples ? diagnose::Origin::sample : diagnose::Origin::temper;
  figures.columns = std::span(columns).first(std::min(run.outputs(), columns.size()));
  if (samples) {
    figures.iterations = total(run, "iterations", true) * run.chains();
    figures.divergences = total(run, "divergences", true);
    figures.depth_hits = total(run, "depth_hits", true);
    figures.error_events = total(run, "error_events", false);
    figures.density_evaluations = total(run, "density_evaluations", false) + total(run, "gradient_evaluations", false);
  }
  if (columns.empty()) return found;
  const diagnose::Verdict verdict = diagnose::sampling_verdict(figures);
  for (const auto& finding : verdict.warnings) found.warnings.push_back({finding.id, finding.text, finding.fix});
  found.notes = verdict.notes;
  return found;
}

Json row_of(const ParameterSummary& p) {
  return {p.name,
          figure(p.mean),
          number(p.mcse_mean),
          number(p.sd),
          figure(p.q5),
          figure(p.q50),
          figure(p.q95),
          number(p.ess_bulk),
          number(p.ess_tail),
          number(p.rhat),
          p.rhat && std::isinf(*p.rhat) ? Json("inf") : Json(nullptr),
          p.there ? number(p.there->share) : Json(nullptr)};
}

/// Above 1 where a threshold is passed: how much a quantity needs looking at. Below 0 where there is nothing to see.
double need(const ParameterSummary& p, std::size_t chains) {
  namespace threshold = diagnose::threshold;
  if (!p.rhat && !p.ess_bulk && p.sd == 0) return -1;
  double most = 0;
  if (p.rhat) most = std::max(most, (*p.rhat - 1) / (threshold::kRHatMax - 1));
  const double wanted = threshold::kEssPerChainMin * static_cast<double>(chains);
  for (const auto& ess : {p.ess_bulk, p.ess_tail}) {
    if (ess && *ess > 0) most = std::max(most, wanted / *ess);
  }
  return most;
}

/// Positions among the quantities of `run`, most in need first; log densities after all others.
std::vector<std::size_t> in_need(const ReportedRun& run, const std::vector<ParameterSummary>& parameters) {
  std::vector<double> needs(parameters.size());
  for (std::size_t i = 0; i < needs.size(); ++i) {
    needs[i] = need(parameters[i], run.chains());
    if (i >= run.outputs()) needs[i] = -2;
  }
  std::vector<std::size_t> order(parameters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return needs[a] > needs[b]; });
  return order;
}

Json picture_of(const ReportedRun& run, std::size_t column) {
  const Chains all = run.column(column);
  const std::vector<std::size_t> drawn = furthest_chains(all, kLinesOfAPicture);
  const std::size_t points = std::min(kPointsOfALine, kPointsOfAPicture / drawn.size() / 2 * 2);  // even
  // One chain is compared with itself, half with half, as R-hat does.
  const bool halves = all.size() == 1;
  const Chains compared = halves ? halves_of(all.front()) : all;
  const auto ranks = rank_counts(compared, kRankBins);
  const Histogram densities = histogram(all, kHistogramBins);
  std::vector<std::vector<double>> lines;
  Json of_chains = Json::array(), heights = Json::array();
  for (const std::size_t c : drawn) {
    lines.push_back(outline(all[c], points));
    Json of_chain = Json::array();
    for (const double height : densities.heights[c]) of_chain.push_back(number(height));
    heights.push_back(std::move(of_chain));
  }
  Json picture = {{"parameter", column}, {"chains", all.size()}, {"drawn", drawn}, {"draws", run.draws()}};
  picture["trace"] = levels(lines);
  for (std::size_t c = 0; c < ranks.size(); ++c) {
    if (!halves && !std::binary_search(drawn.begin(), drawn.end(), c)) continue;
    Json counts = Json::array();
    for (const double count : ranks[c]) counts.push_back(number(std::floor(count * 10 + 0.5) / 10));
    of_chains.push_back(std::move(counts));
  }
  picture["ranks"] = std::move(of_chains);
  picture["halves"] = halves;
  // How far counts of chains that mix stray.
  const auto draws = static_cast<double>(halves ? run.draws() / 2 : run.draws());
  const double effective = std::min(effective_by_chain(compared).value_or(draws), draws);
  picture["ranks_sd"] = number(rank_count_sd(draws, effective, compared.size(), kRankBins));
  picture["density"] = {{"low", densities.low},
                        {"width", densities.width},
                        {"whole", densities.whole_numbers},
                        {"outside", number(densities.outside)},
                        {"heights", std::move(heights)}};
  return picture;
}

/// Draw numbers (chain * draws + draw) of the points of the pairs: divergent ones first, how many those are, then
/// others.
std::pair<std::vector<std::size_t>, std::size_t> points_of_pairs(const ReportedRun& run) {
  const std::size_t size = run.chains() * run.draws();
  std::vector<char> divergent(size, 0);
  if (const auto shown = run.shown("divergent")) {
    for (std::size_t i = 0; i < size; ++i) divergent[i] = (*shown)[i / run.draws()][i % run.draws()] > 0 ? 1 : 0;
  }
  std::vector<std::size_t> marked, others;
  for (std::size_t i = 0; i < size; ++i) (divergent[i] != 0 ? marked : others).push_back(i);
  std::vector<std::size_t> points;
  for (const std::size_t i : evenly_spaced(marked.size(), kDivergencesShown)) points.push_back(marked[i]);
  const std::size_t shown = points.size();
  for (const std::size_t i : evenly_spaced(others.size(), kPointsOfAPair)) points.push_back(others[i]);
  return {std::move(points), shown};
}

Json pairs_of(const ReportedRun& run, const std::vector<std::size_t>& order,
              const std::vector<ParameterSummary>& parameters) {
  std::vector<std::size_t> chosen;
  for (const std::size_t column : order) {
    if (column < run.outputs() && need(parameters[column], run.chains()) >= 0) chosen.push_back(column);
    if (chosen.size() == kPairs) break;
  }
  if (chosen.size() < 2) return nullptr;
  const auto [points, divergent] = points_of_pairs(run);
  Json columns = Json::array();
  for (const std::size_t column : chosen) {
    const Chains chains = run.column(column);
    std::vector<double> values;
    for (const std::size_t i : points) values.push_back(chains[i / run.draws()][i % run.draws()]);
    columns.push_back(levels({values}));
  }
  return {{"parameters", chosen},
          {"divergent", divergent},
          {"divergences", total(run, "divergences", true)},
          {"columns", std::move(columns)}};
}

Json energy_of(const ReportedRun& run) {
  const auto energies = run.shown("energy");
  const auto moves = energies ? energy_moves(*energies) : std::nullopt;
  if (!moves) return nullptr;
  const Histogram found = histogram({moves->centred, moves->differences}, kHistogramBins);
  return {
      {"low", found.low}, {"width", found.width}, {"heights", {numbers(found.heights[0]), numbers(found.heights[1])}}};
}

}  // namespace

Json draws_section(const ReportedRun& run) {
  Figures figures;
  if (run.summary()) {
    figures = {run.summary()->parameters, run.summary()->warnings, run.summary()->notes};
  } else {
    figures = figures_so_far(run);
  }
  Json section;
  Json rows = Json::array();
  for (const ParameterSummary& p : figures.parameters) rows.push_back(row_of(p));
  section["parameters"] = std::move(rows);
  Json warnings = Json::array();
  for (const Warning& w : figures.warnings) {
    const diagnose::WarningKind* kind = diagnose::find_warning(w.id);
    warnings.push_back({{"id", w.id},
                        {"text", w.text},
                        {"fix", w.fix},
                        {"title", kind != nullptr ? kind->title : ""},
                        {"explanation", kind != nullptr ? kind->explanation : ""}});
  }
  section["warnings"] = std::move(warnings);
  section["notes"] = figures.notes;
  section["chains"] = run.chains();
  section["draws"] = run.draws();
  // The table of a finished run may leave columns out that draws have; pictures are of what both name.
  if (run.draws() == 0 || figures.parameters.size() != run.quantities().size()) return section;
  const std::vector<std::size_t> order = in_need(run, figures.parameters);
  Json pictures = Json::array();
  for (std::size_t i = 0; i < std::min(kPictures, order.size()); ++i) {
    pictures.push_back(picture_of(run, order[i]));
  }
  section["pictures"] = std::move(pictures);
  section["pairs"] = pairs_of(run, order, figures.parameters);
  section["energy"] = energy_of(run);
  return section;
}

Json rounds_section(const ReportedRun& run) {
  constexpr std::size_t kRowsMost = 1000;
  const auto& rows = run.rows();
  std::vector<std::size_t> kept = evenly_spaced(rows.size(), kRowsMost);
  if (!rows.empty()) kept.back() = rows.size() - 1;
  Json columns = Json::array();
  for (std::size_t c = 0; !rows.empty() && c < rows.front().size(); ++c) {
    const std::string& name = rows.front()[c].first;
    if (name == "state_sha256") continue;
    Json values = Json::array();
    for (const std::size_t r : kept) {
      const std::string& text = rows[r].at(c).second;
      const auto value = parse_number(text);
      values.push_back(value ? number(*value) : text.empty() || text == "nan" ? Json(nullptr) : Json(text));
    }
    columns.push_back({{"name", name}, {"values", std::move(values)}});
  }
  return {{"columns", std::move(columns)}, {"left_out", rows.size() - kept.size()}};
}

}  // namespace dovetail::report::detail
