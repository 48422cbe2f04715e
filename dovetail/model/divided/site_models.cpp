#include "dovetail/model/divided/site_models.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "dovetail/core/array_name.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided/local_expansion.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all.empty() ? "none" : all;
}

/// Where one shared parameter is in a site's model.
struct SharedPlace {
  std::string name;
  std::size_t coordinate;
  std::size_t output;
};

/// One site: which coordinates of its model are shared, in the order of the declaration, and which are its own.
class SiteUnit {
 public:
  SiteUnit(SiteModel site, const std::vector<SharedPrior>& shared) : name_(std::move(site.name)) {
    model_ = std::move(site.model);
    if (!model_->description().gradient) fail("has no gradients, which sites need; give the model some");
    for (const SharedPrior& prior : shared) find(prior);
    require_constraints();
    const auto is_shared = [&](std::size_t i, std::size_t SharedPlace::*at) {
      return std::any_of(shared_.begin(), shared_.end(), [&](const SharedPlace& p) { return p.*at == i; });
    };
    for (std::size_t i = 0; i < model_->dimension(); ++i) {
      if (!is_shared(i, &SharedPlace::coordinate)) locals_.push_back(i);
    }
    for (std::size_t i = 0; i < model_->description().output_names.size(); ++i) {
      if (!is_shared(i, &SharedPlace::output)) outputs_.push_back(i);
    }
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Model& model() const { return *model_; }
  [[nodiscard]] const std::vector<SharedPlace>& shared() const { return shared_; }
  [[nodiscard]] const std::vector<bool>& positive() const { return positive_; }
  [[nodiscard]] const std::vector<std::size_t>& locals() const { return locals_; }
  [[nodiscard]] const std::vector<std::size_t>& outputs() const { return outputs_; }

  void require_same_shared(const SiteUnit& first) const {
    std::vector<std::string> own;
    std::vector<std::string> theirs;
    for (const SharedPlace& place : shared_) own.push_back(place.name);
    for (const SharedPlace& place : first.shared_) theirs.push_back(place.name);
    if (own == theirs) return;
    fail("shares " + joined(own) + ", and site \"" + first.name_ + "\" shares " + joined(theirs) +
         " (they must be the same); size shared arrays by what all sites have in common");
  }

  double gradient(Point x, Point u, PointOut in_shared, PointOut in_local) const {
    const std::size_t n = model_->dimension();
    const detail::ScratchRow scratch(3 * n);
    const std::span<double> point = scratch.row().first(n);
    const std::span<double> prior = scratch.row().subspan(n, n);
    const std::span<double> rows = scratch.row().last(n);
    place(x, u, point);
    const LogDensity parts = model_->log_density_gradient(point, prior, rows);
    double log = parts.prior + parts.likelihood;
    for (std::size_t j = 0; j < shared_.size(); ++j) {
      const std::size_t at = shared_[j].coordinate;
      in_shared[j] = prior[at] + rows[at];
      if (!positive_[j]) continue;
      log -= x[j];  // the model's log-Jacobian of exp, which belongs to the prior
      in_shared[j] -= 1;
    }
    for (std::size_t i = 0; i < locals_.size(); ++i) in_local[i] = prior[locals_[i]] + rows[locals_[i]];
    return log;
  }

  void output_values(Point x, Point u, Rng& rng, PointOut values) const {
    std::vector<double> point(model_->dimension());
    place(x, u, point);
    std::vector<double> all(model_->description().output_names.size());
    model_->output_values(point, rng, all);
    for (std::size_t i = 0; i < outputs_.size(); ++i) values[i] = all[outputs_[i]];
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw ModelError("site \"" + name_ + "\" " + what); }

  void place(Point x, Point u, PointOut point) const {
    for (std::size_t j = 0; j < shared_.size(); ++j) point[shared_[j].coordinate] = x[j];
    for (std::size_t i = 0; i < locals_.size(); ++i) point[locals_[i]] = u[i];
  }

  /// All elements of one name.
  void find(const SharedPrior& prior) {
    const ModelDescription& about = model_->description();
    std::vector<std::size_t> coordinates;
    for (std::size_t i = 0; i < about.coordinates.size(); ++i) {
      if (array_of(about.coordinates[i].name) == prior.name) coordinates.push_back(i);
    }
    std::vector<std::size_t> parameters;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < about.parameter_count; ++i) {
      const std::string base(array_of(about.output_names[i]));
      if (base == prior.name) parameters.push_back(i);
      if (names.empty() || names.back() != base) names.push_back(base);
    }
    if (parameters.empty()) {
      fail("has no parameter " + prior.name + " to share" + suggestion(prior.name, names) + " (it has " +
           joined(names) + ")");
    }
    if (parameters.size() != coordinates.size()) fail(constraint_words(prior.name));
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      shared_.push_back({about.output_names[parameters[k]], coordinates[k], parameters[k]});
      positive_.push_back(prior.positive);
    }
  }

  /// A shared parameter is its coordinate, or exp of it: seen at points that no other map sends there by chance.
  void require_constraints() const {
    std::vector<double> point(model_->dimension());
    std::vector<double> values(model_->description().output_names.size());
    std::vector<bool> is_same(shared_.size(), true);
    std::vector<bool> is_exp(shared_.size(), true);
    constexpr double kRounding = 1e-12;
    for (const double size : {0.37, -1.21, 2.83}) {
      for (std::size_t i = 0; i < point.size(); ++i) point[i] = size + 0.0625 * static_cast<double>(i % 16);
      Rng rng({1, Purpose::outputs});
      model_->output_values(point, rng, values);
      for (std::size_t j = 0; j < shared_.size(); ++j) {
        const double coordinate = point[shared_[j].coordinate];
        const double value = values[shared_[j].output];
        is_same[j] = is_same[j] && value == coordinate;
        is_exp[j] = is_exp[j] && std::fabs(value / math::exp(coordinate) - 1) < kRounding;
      }
    }
    for (std::size_t j = 0; j < shared_.size(); ++j) {
      if (positive_[j] ? is_exp[j] : is_same[j]) continue;
      fail(constraint_words(std::string(array_of(shared_[j].name))));
    }
  }

  [[nodiscard]] static std::string constraint_words(const std::string& parameter) {
    return "has another constraint on " + parameter +
           " than its prior in --shared says: normal is for one without bounds, lognormal for one with the lower bound "
           "0 and no other; declare it so, and transform it in the model";
  }

  std::string name_;
  std::unique_ptr<Model> model_;
  std::vector<SharedPlace> shared_;
  std::vector<bool> positive_;        ///< by shared parameter
  std::vector<std::size_t> locals_;   ///< coordinates
  std::vector<std::size_t> outputs_;  ///< those that are no shared parameters
};

class SiteModels final : public DividedModel {
 public:
  SiteModels(std::vector<SiteModel> sites, const std::vector<SharedPrior>& shared, ModelDescription about)
      : description_(std::move(about)) {
    DOVETAIL_REQUIRE(!sites.empty());
    for (SiteModel& site : sites) {
      units_.emplace_back(std::move(site), shared);
      units_.back().require_same_shared(units_.front());
    }
    for (const SharedPlace& place : units_.front().shared()) {
      const auto prior = std::find_if(shared.begin(), shared.end(),
                                      [&](const SharedPrior& each) { return each.name == array_of(place.name); });
      prior_mean_.push_back(prior->mean);
      prior_sd_.push_back(prior->sd);
    }
    describe(shared);
  }

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] std::size_t shared() const override { return prior_mean_.size(); }
  [[nodiscard]] std::span<const double> prior_mean() const override { return prior_mean_; }
  [[nodiscard]] std::span<const double> prior_sd() const override { return prior_sd_; }
  [[nodiscard]] std::size_t sites() const override { return units_.size(); }
  [[nodiscard]] std::string site_name(std::size_t site) const override { return units_[site].name(); }
  [[nodiscard]] std::size_t locals(std::size_t site) const override { return units_[site].locals().size(); }

  double site_gradient(std::size_t site, Point x, Point u, PointOut in_shared, PointOut in_local) const override {
    return units_[site].gradient(x, u, in_shared, in_local);
  }

  void site_score(std::size_t site, Point x, Point u, PointOut score) const override {
    std::vector<double> in_local(locals(site));
    if (!in_local.empty()) {
      const auto density = density_at(site, x);
      if (const auto at = divided::expand(density, shared(), locals(site))) {
        return divided::steady_score(density, *at, u, score);
      }
    }
    (void)site_gradient(site, x, u, score, in_local);  // with its noise, where nothing better is known at this x
  }

  [[nodiscard]] SiteMarginal site_log_marginal(std::size_t site, Point x) const override {
    const auto density = density_at(site, x);
    if (locals(site) == 0) {
      std::vector<double> in_shared(shared());
      return {density({}, in_shared, {}), 0};
    }
    const auto at = divided::expand(density, shared(), locals(site));
    return at ? divided::integrate(density, *at, shared()) : SiteMarginal{-kInfinity, kInfinity};
  }

  [[nodiscard]] IntegralError site_integral_error(std::size_t site, Point x, Rng& rng) const override {
    if (locals(site) == 0) return {0, 0};
    const auto density = density_at(site, x);
    const auto at = divided::expand(density, shared(), locals(site));
    return at ? divided::integral_error(density, *at, shared(), rng) : IntegralError{0, kInfinity};
  }

  [[nodiscard]] bool exact_scores() const override {
    return std::all_of(units_.begin(), units_.end(), [](const SiteUnit& unit) { return unit.locals().empty(); });
  }

  [[nodiscard]] std::vector<std::string> site_outputs(std::size_t site) const override {
    std::vector<std::string> names;
    for (const std::size_t i : units_[site].outputs()) {
      names.push_back(units_[site].model().description().output_names[i]);
    }
    return names;
  }
  void site_output_values(std::size_t site, Point x, Point u, Rng& rng, PointOut values) const override {
    units_[site].output_values(x, u, rng, values);
  }

  void output_values(Point x, Rng& rng, PointOut values) const override {
    const std::size_t d = shared();
    for (std::size_t j = 0; j < d; ++j) values[j] = units_.front().positive()[j] ? math::exp(x[j]) : x[j];
    std::size_t from = d;
    std::size_t to = d;
    for (std::size_t k = 0; k < sites(); ++k) {
      const std::size_t outputs = units_[k].outputs().size();
      site_output_values(k, x.first(d), x.subspan(from, locals(k)), rng, values.subspan(to, outputs));
      from += locals(k);
      to += outputs;
    }
  }

  [[nodiscard]] Rejections rejections() const override {
    Rejections all;
    for (const SiteUnit& unit : units_) {
      const Rejections own = unit.model().rejections();
      if (all.count == 0 && own.count > 0) all.first = "site \"" + unit.name() + "\": " + own.first;
      all.count += own.count;
      if (all.crashes == 0) all.crash = own.crash;
      all.crashes += own.crashes;
    }
    return all;
  }

 private:
  [[nodiscard]] divided::LocalDensity density_at(std::size_t site, Point x) const {
    return [this, site, x](Point u, PointOut in_shared, PointOut in_local) {
      return site_gradient(site, x, u, in_shared, in_local);
    };
  }

  void describe(const std::vector<SharedPrior>& shared) {
    description_.summary = "a model of each site's rows, which share " + words(shared);
    description_.identity += " shared=" + words(shared);
    description_.parts = true;
    description_.gradient = true;
    for (std::size_t j = 0; j < prior_mean_.size(); ++j) {
      const std::string& name = units_.front().shared()[j].name;
      Coordinate coordinate;
      coordinate.name = name;
      if (units_.front().positive()[j]) coordinate.lower = 0;
      description_.coordinates.push_back(std::move(coordinate));
      description_.output_names.push_back(name);
    }
    for (std::size_t k = 0; k < sites(); ++k) {
      const ModelDescription& own = units_[k].model().description();
      for (const std::size_t i : units_[k].locals()) {
        description_.coordinates.push_back({.name = units_[k].name() + ":" + own.coordinates[i].name});
      }
      for (const std::string& name : site_outputs(k)) {
        description_.output_names.push_back(units_[k].name() + ":" + name);
      }
      if (own.thread_safe) continue;
      description_.thread_safe = false;
      description_.one_thread_because = own.one_thread_because;
    }
    description_.parameter_count = description_.output_names.size();
  }

  std::vector<SiteUnit> units_;
  std::vector<double> prior_mean_, prior_sd_;
  ModelDescription description_;
};

}  // namespace

std::unique_ptr<DividedModel> make_site_models(std::vector<SiteModel> sites, const std::vector<SharedPrior>& shared,
                                               ModelDescription about) {
  return std::make_unique<SiteModels>(std::move(sites), shared, std::move(about));
}

}  // namespace dovetail
