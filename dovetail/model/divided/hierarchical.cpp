#include "dovetail/model/divided/hierarchical.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided/group.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail::divided {
namespace {

class Hierarchical final : public DividedModel {
 public:
  Hierarchical(const ModelSettings& settings, const DividedEntry& entry, const Table& table, const Division& division);

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] std::size_t shared() const override { return 2 * columns_.size(); }
  [[nodiscard]] std::span<const double> prior_mean() const override { return prior_mean_; }
  [[nodiscard]] std::span<const double> prior_sd() const override { return prior_sd_; }
  [[nodiscard]] std::size_t sites() const override { return sites_.size(); }
  [[nodiscard]] std::string site_name(std::size_t site) const override {
    const auto& groups = sites_[site];
    return groups.size() == 1 ? groups.front().name() : groups.front().name() + ".." + groups.back().name();
  }
  [[nodiscard]] std::size_t locals(std::size_t site) const override { return sites_[site].size() * columns_.size(); }
  double site_gradient(std::size_t site, Point x, Point u, PointOut in_shared, PointOut in_local) const override;
  void site_score(std::size_t site, Point x, Point u, PointOut score) const override;
  [[nodiscard]] SiteMarginal site_log_marginal(std::size_t site, Point x) const override;
  void output_values(Point x, Rng&, PointOut values) const override;

 private:
  void read_columns(const Table& table, const Division& division);
  void describe(const ModelSettings& settings, const DividedEntry& entry);
  [[nodiscard]] Group group_of(const Table& table, const RowGroup& rows) const;
  [[nodiscard]] Common common(Point x, PointOut sigma) const;

  Law law_;
  std::string outcome_;
  std::vector<std::string> columns_;  ///< p: "intercept", then names of the table
  std::vector<std::vector<Group>> sites_;
  std::vector<double> prior_mean_, prior_sd_;
  ModelDescription description_;
};

Hierarchical::Hierarchical(const ModelSettings& settings, const DividedEntry& entry, const Table& table,
                           const Division& division)
    : law_(entry.name == normal_entry().name ? settings.real("sd") : 0), outcome_(division.outcome) {
  const auto groups = groups_of(table, division.by);
  read_columns(table, division);
  for (const auto& members : divide(groups, division.sites_max)) {
    auto& site = sites_.emplace_back();
    for (const std::size_t g : members) site.push_back(group_of(table, groups[g]));
  }
  prior_mean_.assign(shared(), 0);
  prior_sd_.assign(columns_.size(), settings.real("mu_sd"));
  prior_sd_.resize(shared(), settings.real("log_sigma_sd"));
  describe(settings, entry);
  // how rows are divided is part of what the model is
  description_.identity += " by=" + division.by + " outcome=" + division.outcome + " sites=" + std::to_string(sites());
  description_.data_sha256 = division.data_sha256;
}

void Hierarchical::read_columns(const Table& table, const Division& division) {
  const TableColumn& y = table.column(outcome_);
  if (!y.numeric) {
    throw ModelError(table.file + ": column \"" + outcome_ +
                     "\" holds texts, but it is the outcome; name another with "
                     "--outcome");
  }
  for (std::size_t row = 0; row < table.rows && law_.is_bernoulli(); ++row) {
    if (y.numbers[row] == 0 || y.numbers[row] == 1) continue;
    throw ModelError(table.file + ":" + std::to_string(row + 2) + ": " + outcome_ + " is " + shortest(y.numbers[row]) +
                     ", and a logistic model explains 0 and 1 only; mend the row, or name another column with "
                     "--outcome");
  }
  columns_.emplace_back("intercept");
  for (const TableColumn& column : table.columns) {
    if (column.name == division.by || column.name == outcome_) continue;
    if (!column.numeric) {
      throw ModelError(table.file + ": column \"" + column.name +
                       "\" holds texts, and slopes need numbers; leave the column out, or code it as numbers");
    }
    columns_.push_back(column.name);
  }
}

Group Hierarchical::group_of(const Table& table, const RowGroup& rows) const {
  std::vector<double> design;
  std::vector<double> outcome;
  for (const std::size_t row : rows.rows) {
    design.push_back(1);
    for (std::size_t c = 1; c < columns_.size(); ++c) design.push_back(table.column(columns_[c]).numbers[row]);
    outcome.push_back(table.column(outcome_).numbers[row]);
  }
  return {rows.name, std::move(design), std::move(outcome), law_};
}

void Hierarchical::describe(const ModelSettings& settings, const DividedEntry& entry) {
  description_.name = settings.spec();
  description_.identity = settings.identity();
  description_.summary = entry.summary;
  description_.source = "own, see docs/ep.md";
  description_.parts = true;
  description_.gradient = true;
  for (const std::string& c : columns_) {
    description_.coordinates.push_back({.name = "mu[" + c + "]"});
    description_.output_names.push_back("mu[" + c + "]");
  }
  for (const std::string& c : columns_) {
    description_.coordinates.push_back({.lower = 0, .name = "sigma[" + c + "]"});
    description_.output_names.push_back("sigma[" + c + "]");
  }
  for (const auto& site : sites_) {
    for (const Group& group : site) {
      for (const std::string& c : columns_) {
        description_.coordinates.push_back({.name = "theta[" + group.name() + "," + c + "].v"});
        description_.output_names.push_back("theta[" + group.name() + "," + c + "]");
      }
    }
  }
  description_.parameter_count = description_.output_names.size();
}

/// `sigma`: where to put the sigmas; the result points there.
Common Hierarchical::common(Point x, PointOut sigma) const {
  const std::size_t p = columns_.size();
  for (std::size_t c = 0; c < p; ++c) sigma[c] = math::exp(x[p + c]);
  return {x.first(p), sigma};
}

/// Where powers of a sigma would overflow, so that a density would be NaN: outside of the support.
bool is_outside(const Common& at) {
  constexpr double kSigmaMax = 1e60;
  return !std::all_of(at.sigma.begin(), at.sigma.end(), [](double sigma) { return sigma <= kSigmaMax; });
}

double Hierarchical::site_gradient(std::size_t site, Point x, Point u, PointOut in_shared, PointOut in_local) const {
  const std::size_t p = columns_.size();
  const detail::ScratchRow sigma(p);
  const Common at = common(x, sigma.row());
  std::fill(in_shared.begin(), in_shared.end(), 0.0);
  if (is_outside(at)) {
    std::fill(in_local.begin(), in_local.end(), 0.0);
    return -std::numeric_limits<double>::infinity();
  }
  double log = 0;
  for (std::size_t g = 0; g < sites_[site].size(); ++g) {
    log += sites_[site][g].gradient(at, u.subspan(g * p, p), in_shared.first(p), in_shared.last(p),
                                    in_local.subspan(g * p, p));
  }
  return log;
}

void Hierarchical::site_score(std::size_t site, Point x, Point u, PointOut score) const {
  const std::size_t p = columns_.size();
  const detail::ScratchRow sigma(p);
  const Common at = common(x, sigma.row());
  std::fill(score.begin(), score.end(), 0.0);
  for (std::size_t g = 0; g < sites_[site].size(); ++g) {
    sites_[site][g].add_score(at, u.subspan(g * p, p), score.first(p), score.last(p));
  }
}

SiteMarginal Hierarchical::site_log_marginal(std::size_t site, Point x) const {
  const detail::ScratchRow sigma(columns_.size());
  const Common at = common(x, sigma.row());
  SiteMarginal marginal;
  if (is_outside(at)) return {-std::numeric_limits<double>::infinity(), 0};
  for (const Group& group : sites_[site]) {
    const LogMarginal own = group.log_marginal(at);
    marginal.log += own.log;
    marginal.worst_correction = std::max(marginal.worst_correction, own.next_order);
  }
  return marginal;
}

void Hierarchical::output_values(Point x, Rng&, PointOut values) const {
  const std::size_t p = columns_.size();
  const detail::ScratchRow sigma(p);
  const Common at = common(x, sigma.row());
  for (std::size_t c = 0; c < p; ++c) {
    values[c] = x[c];
    values[p + c] = at.sigma[c];
  }
  std::size_t from = 2 * p;
  for (const auto& site : sites_) {
    for (const Group& group : site) {
      const std::span<double> theta = values.subspan(from, p);
      group.locals_at(at, x.subspan(from, p), theta);
      for (std::size_t c = 0; c < p; ++c) theta[c] = x[c] + at.sigma[c] * theta[c];
      from += p;
    }
  }
}

constexpr double kFar = 1e6;
constexpr ModelSetting kLogistic[] = {
    {"mu_sd", 4, 1e-6, kFar, false, "prior standard deviation of every mean mu"},
    {"log_sigma_sd", 2, 1e-6, kFar, false, "prior standard deviation of every log sigma"}};
constexpr ModelSetting kNormal[] = {
    {"mu_sd", 4, 1e-6, kFar, false, "prior standard deviation of every mean mu"},
    {"log_sigma_sd", 1, 1e-6, kFar, false, "prior standard deviation of every log sigma"},
    {"sd", 1, 1e-6, kFar, false, "standard deviation of an outcome about its group's line, known"}};

}  // namespace

DividedEntry logistic_entry() {
  return {"hierarchical_logistic", "0 or 1 from numeric columns, intercept and slopes of their own for every group",
          kLogistic};
}
DividedEntry normal_entry() {
  return {"hierarchical_normal", "a number from numeric columns, intercept and slopes of their own for every group",
          kNormal};
}

std::unique_ptr<DividedModel> make_hierarchical(const ModelSettings& settings, const DividedEntry& entry,
                                                const Table& table, const Division& division) {
  return std::make_unique<Hierarchical>(settings, entry, table, division);
}

}  // namespace dovetail::divided
