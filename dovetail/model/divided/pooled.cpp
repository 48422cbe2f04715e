#include "dovetail/model/divided/pooled.hpp"

#include <algorithm>
#include <utility>

#include "dovetail/math/sums.hpp"
#include "dovetail/model/divided/design.hpp"
#include "dovetail/model/divided/group.hpp"
#include "dovetail/model/divided/site_models.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail::divided {
namespace {

class Pooled final : public DividedModel {
 public:
  Pooled(const ModelSettings& settings, const DividedEntry& entry, const Table& table, const Division& division)
      : law_(entry.name == pooled_normal_entry().name ? settings.real("sd") : 0),
        design_(design_of(table, division, law_.is_bernoulli())) {
    const auto groups = groups_of(table, division.by);
    for (const auto& members : divide(groups, division.sites_max)) {
      names_.push_back(name_of_site(groups, members));
      DesignRows& rows = rows_.emplace_back();
      for (const std::size_t g : members) append_rows(table, design_, groups[g], rows);
    }
    prior_mean_.assign(shared(), 0);
    prior_sd_.assign(shared(), settings.real("beta_sd"));
    describe(settings, entry, division);
  }

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] std::size_t shared() const override { return design_.columns.size(); }
  [[nodiscard]] std::span<const double> prior_mean() const override { return prior_mean_; }
  [[nodiscard]] std::span<const double> prior_sd() const override { return prior_sd_; }
  [[nodiscard]] std::size_t sites() const override { return rows_.size(); }
  [[nodiscard]] std::string site_name(std::size_t site) const override { return names_[site]; }
  [[nodiscard]] std::size_t locals(std::size_t) const override { return 0; }

  double site_gradient(std::size_t site, Point x, Point, PointOut in_shared, PointOut) const override {
    const std::size_t p = shared();
    const DesignRows& rows = rows_[site];
    std::fill(in_shared.begin(), in_shared.end(), 0.0);
    LogSum log;
    for (std::size_t i = 0; i < rows.y.size(); ++i) {
      const Point row = std::span(rows.x).subspan(i * p, p);
      const RowLaw law = law_.at(rows.y[i], math::dot(row, x));
      log.add(law);
      for (std::size_t c = 0; c < p; ++c) in_shared[c] += law.score * row[c];
    }
    return log.value();
  }
  void site_score(std::size_t site, Point x, Point, PointOut score) const override {
    (void)site_gradient(site, x, {}, score, {});
  }
  [[nodiscard]] SiteMarginal site_log_marginal(std::size_t site, Point x) const override {
    const detail::ScratchRow unused(shared());
    return {site_gradient(site, x, {}, unused.row(), {}), 0};
  }
  [[nodiscard]] bool exact_scores() const override { return true; }
  [[nodiscard]] std::vector<std::string> site_outputs(std::size_t) const override { return {}; }
  void site_output_values(std::size_t, Point, Point, Rng&, PointOut) const override {}
  void output_values(Point x, Rng&, PointOut values) const override { std::copy(x.begin(), x.end(), values.begin()); }

 private:
  void describe(const ModelSettings& settings, const DividedEntry& entry, const Division& division) {
    description_.name = settings.spec();
    description_.identity = settings.identity() + " by=" + division.by + " outcome=" + division.outcome +
                            " sites=" + std::to_string(sites());
    description_.summary = entry.summary;
    description_.source = "own, see docs/ep.md";
    description_.data_sha256 = division.data_sha256;
    description_.parts = true;
    description_.gradient = true;
    for (const std::string& c : design_.columns) {
      description_.coordinates.push_back({.name = "beta[" + c + "]"});
      description_.output_names.push_back("beta[" + c + "]");
    }
    description_.parameter_count = description_.output_names.size();
  }

  Law law_;
  Design design_;
  std::vector<DesignRows> rows_;  ///< by site
  std::vector<std::string> names_;
  std::vector<double> prior_mean_, prior_sd_;
  ModelDescription description_;
};

std::unique_ptr<DividedModel> make_pooled(const ModelSettings& settings, const DividedEntry& entry, const Table& table,
                                          const Division& division) {
  return std::make_unique<Pooled>(settings, entry, table, division);
}

constexpr double kFar = 1e6;
constexpr ModelSetting kLogistic[] = {
    {"beta_sd", 4, 1e-6, kFar, false, "prior standard deviation of every coefficient"}};
constexpr ModelSetting kNormal[] = {
    {"beta_sd", 4, 1e-6, kFar, false, "prior standard deviation of every coefficient"},
    {"sd", 1, 1e-6, kFar, false, "standard deviation of an outcome about the line, known"}};

}  // namespace

DividedEntry pooled_logistic_entry() {
  return {"pooled_logistic", "0 or 1 from numeric columns, the same intercept and slopes for all rows", kLogistic,
          make_pooled};
}
DividedEntry pooled_normal_entry() {
  return {"pooled_normal", "a number from numeric columns, the same intercept and slopes for all rows", kNormal,
          make_pooled};
}

}  // namespace dovetail::divided
