#include "dovetail/model/divided/hierarchical.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided/design.hpp"
#include "dovetail/model/divided/group.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail::divided {
namespace {

class Hierarchical final : public DividedModel {
 public:
  Hierarchical(const ModelSettings& settings, const DividedEntry& entry, const Table& table, const Division& division);
  Hierarchical(const ModelSettings& settings, const DividedEntry& entry, const std::vector<SiteData>& sites,
               const Division& division);

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] std::size_t shared() const override { return 2 * design_.columns.size(); }
  [[nodiscard]] std::span<const double> prior_mean() const override { return prior_mean_; }
  [[nodiscard]] std::span<const double> prior_sd() const override { return prior_sd_; }
  [[nodiscard]] std::size_t sites() const override { return sites_.size(); }
  [[nodiscard]] std::string site_name(std::size_t site) const override {
    if (is_private()) return secrets_[site].name;
    const auto& groups = sites_[site];
    return groups.size() == 1 ? groups.front().name() : groups.front().name() + ".." + groups.back().name();
  }
  [[nodiscard]] std::size_t locals(std::size_t site) const override {
    return sites_[site].size() * design_.columns.size();
  }
  double site_gradient(std::size_t site, Point x, Point u, PointOut in_shared, PointOut in_local) const override;
  void site_score(std::size_t site, Point x, Point u, PointOut score) const override;
  [[nodiscard]] SiteMarginal site_log_marginal(std::size_t site, Point x) const override;
  [[nodiscard]] IntegralError site_integral_error(std::size_t site, Point x, Rng& rng) const override;
  [[nodiscard]] bool exact_scores() const override { return !law_.is_bernoulli(); }
  [[nodiscard]] std::vector<std::string> site_outputs(std::size_t site) const override;
  void site_output_values(std::size_t site, Point x, Point u, Rng&, PointOut values) const override;
  [[nodiscard]] bool is_private() const override { return !secrets_.empty(); }
  [[nodiscard]] bool has_rows(std::size_t site) const override { return !sites_[site].empty(); }
  [[nodiscard]] const SiteSecret& secret(std::size_t site) const override { return secrets_[site].secret; }
  void output_values(Point x, Rng&, PointOut values) const override;

 private:
  void finish(const ModelSettings& settings, const DividedEntry& entry, const Division& division);
  void describe(const ModelSettings& settings, const DividedEntry& entry);
  [[nodiscard]] Group group_of(const Table& table, const RowGroup& rows) const;
  [[nodiscard]] Common common(Point x, PointOut sigma) const;

  Law law_;
  Design design_;                          ///< p columns
  std::vector<std::vector<Group>> sites_;  ///< private: without groups where the rows are elsewhere
  /// Private, by site.
  struct Secret {
    std::string name;
    SiteSecret secret;
  };
  std::vector<Secret> secrets_;
  std::vector<double> prior_mean_, prior_sd_;
  ModelDescription description_;
};

Hierarchical::Hierarchical(const ModelSettings& settings, const DividedEntry& entry, const Table& table,
                           const Division& division)
    : law_(entry.name == normal_entry().name ? settings.real("sd") : 0),
      design_(design_of(table, division, law_.is_bernoulli())) {
  const auto groups = groups_of(table, division.by);
  for (const auto& members : divide(groups, division.sites_max)) {
    auto& site = sites_.emplace_back();
    for (const std::size_t g : members) site.push_back(group_of(table, groups[g]));
  }
  finish(settings, entry, division);
}

/// All rows of a site as one group, where no column divides them.
RowGroup one_group(const std::string& name, const Table& table) {
  RowGroup group{name, std::vector<std::size_t>(table.rows)};
  std::iota(group.rows.begin(), group.rows.end(), 0);
  return group;
}

Hierarchical::Hierarchical(const ModelSettings& settings, const DividedEntry& entry, const std::vector<SiteData>& sites,
                           const Division& division)
    : law_(entry.name == normal_entry().name ? settings.real("sd") : 0),
      design_(design_of(sites.front().entry.columns, division)) {
  const SiteEntry& first = sites.front().entry;
  for (const auto& [about, rows] : sites) {
    if (about.columns != first.columns) {
      throw UsageError("sites " + first.name + " and " + about.name +
                       " have different columns, and so other shared parameters; give all files the same columns in "
                       "the same order");
    }
    secrets_.push_back({about.name, rows ? rows->secret : SiteSecret{}});
    auto& site = sites_.emplace_back();
    if (!rows) continue;
    (void)design_of(rows->table, division, law_.is_bernoulli());  // the same one, if the rows can be explained
    if (division.by.empty()) {
      site.push_back(group_of(rows->table, one_group(about.name, rows->table)));
    } else {
      for (const RowGroup& group : groups_of(rows->table, division.by)) site.push_back(group_of(rows->table, group));
    }
  }
  finish(settings, entry, division);
}

void Hierarchical::finish(const ModelSettings& settings, const DividedEntry& entry, const Division& division) {
  prior_mean_.assign(shared(), 0);
  prior_sd_.assign(design_.columns.size(), settings.real("mu_sd"));
  prior_sd_.resize(shared(), settings.real("log_sigma_sd"));
  describe(settings, entry);
  // how rows are divided is part of what the model is
  description_.identity += " by=" + division.by + " outcome=" + division.outcome + " sites=" + std::to_string(sites());
  description_.data_sha256 = division.data_sha256;
}

Group Hierarchical::group_of(const Table& table, const RowGroup& rows) const {
  DesignRows own;
  append_rows(table, design_, rows, own);
  return {rows.name, std::move(own.x), std::move(own.y), law_};
}

void Hierarchical::describe(const ModelSettings& settings, const DividedEntry& entry) {
  description_.name = settings.spec();
  description_.identity = settings.identity();
  description_.summary = entry.summary;
  description_.source = "own, see docs/ep.md";
  description_.parts = true;
  description_.gradient = true;
  for (const std::string& c : design_.columns) {
    description_.coordinates.push_back({.name = "mu[" + c + "]"});
    description_.output_names.push_back("mu[" + c + "]");
  }
  for (const std::string& c : design_.columns) {
    description_.coordinates.push_back({.lower = 0, .name = "sigma[" + c + "]"});
    description_.output_names.push_back("sigma[" + c + "]");
  }
  // what is local to sites that keep their rows is nobody else's
  for (std::size_t k = 0; k < sites() && !is_private(); ++k) {
    for (const std::string& name : site_outputs(k)) {
      description_.coordinates.push_back({.name = name + ".v"});
      description_.output_names.push_back(name);
    }
  }
  description_.parameter_count = description_.output_names.size();
}

/// `sigma`: where to put the sigmas; the result points there.
Common Hierarchical::common(Point x, PointOut sigma) const {
  const std::size_t p = design_.columns.size();
  for (std::size_t c = 0; c < p; ++c) sigma[c] = math::exp(x[p + c]);
  return {x.first(p), sigma};
}

/// Where powers of a sigma would overflow, so that a density would be NaN: outside of the support.
bool is_outside(const Common& at) {
  constexpr double kSigmaMax = 1e60;
  return !std::all_of(at.sigma.begin(), at.sigma.end(), [](double sigma) { return sigma <= kSigmaMax; });
}

double Hierarchical::site_gradient(std::size_t site, Point x, Point u, PointOut in_shared, PointOut in_local) const {
  const std::size_t p = design_.columns.size();
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
  const std::size_t p = design_.columns.size();
  const detail::ScratchRow sigma(p);
  const Common at = common(x, sigma.row());
  std::fill(score.begin(), score.end(), 0.0);
  for (std::size_t g = 0; g < sites_[site].size(); ++g) {
    sites_[site][g].add_score(at, u.subspan(g * p, p), score.first(p), score.last(p));
  }
}

SiteMarginal Hierarchical::site_log_marginal(std::size_t site, Point x) const {
  const detail::ScratchRow sigma(design_.columns.size());
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

IntegralError Hierarchical::site_integral_error(std::size_t site, Point x, Rng& rng) const {
  const detail::ScratchRow sigma(design_.columns.size());
  const Common at = common(x, sigma.row());
  IntegralError sum;
  if (is_outside(at)) return sum;
  for (const Group& group : sites_[site]) {
    const IntegralError own = group.integral_error(at, rng);
    sum.error += own.error;
    sum.variance += own.variance;
  }
  return sum;
}

std::vector<std::string> Hierarchical::site_outputs(std::size_t site) const {
  std::vector<std::string> names;
  for (const Group& group : sites_[site]) {
    for (const std::string& c : design_.columns) names.push_back("theta[" + group.name() + "," + c + "]");
  }
  return names;
}

void Hierarchical::site_output_values(std::size_t site, Point x, Point u, Rng&, PointOut values) const {
  const std::size_t p = design_.columns.size();
  const detail::ScratchRow sigma(p);
  const Common at = common(x, sigma.row());
  for (std::size_t g = 0; g < sites_[site].size(); ++g) {
    const std::span<double> theta = values.subspan(g * p, p);
    sites_[site][g].locals_at(at, u.subspan(g * p, p), theta);
    for (std::size_t c = 0; c < p; ++c) theta[c] = x[c] + at.sigma[c] * theta[c];
  }
}

void Hierarchical::output_values(Point x, Rng& rng, PointOut values) const {
  const std::size_t p = design_.columns.size();
  const Common at = common(x, values.subspan(p, p));
  std::copy(at.mu.begin(), at.mu.end(), values.begin());
  if (is_private()) return;
  std::size_t from = shared();
  for (std::size_t k = 0; k < sites(); ++k) {
    site_output_values(k, x.first(shared()), x.subspan(from, locals(k)), rng, values.subspan(from, locals(k)));
    from += locals(k);
  }
}

std::unique_ptr<DividedModel> make_hierarchical(const ModelSettings& settings, const DividedEntry& entry,
                                                const Table& table, const Division& division) {
  return std::make_unique<Hierarchical>(settings, entry, table, division);
}

std::unique_ptr<DividedModel> make_private(const ModelSettings& settings, const DividedEntry& entry,
                                           const std::vector<SiteData>& sites, const Division& division) {
  return std::make_unique<Hierarchical>(settings, entry, sites, division);
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
          kLogistic, make_hierarchical, make_private};
}
DividedEntry normal_entry() {
  return {"hierarchical_normal", "a number from numeric columns, intercept and slopes of their own for every group",
          kNormal, make_hierarchical, make_private};
}

}  // namespace dovetail::divided
