#include "dovetail/model/divided.hpp"

#include <array>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/model/divided/hierarchical.hpp"
#include "dovetail/model/divided/pooled.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail {
namespace {

constexpr double kLogTwoPi = 1.8378770664093454836;

double log_prior(const DividedModel& model, Point x) {
  double log = 0;
  for (std::size_t j = 0; j < model.shared(); ++j) {
    const double z = (x[j] - model.prior_mean()[j]) / model.prior_sd()[j];
    log -= 0.5 * (z * z + kLogTwoPi) + math::log(model.prior_sd()[j]);
  }
  return log;
}

}  // namespace

LogDensity DividedModel::log_density(Point x) const {
  const detail::ScratchRow unused(2 * dimension());
  return log_density_gradient(x, unused.row().first(dimension()), unused.row().last(dimension()));
}

LogDensity DividedModel::log_density_gradient(Point x, PointOut prior, PointOut likelihood) const {
  const std::size_t d = shared();
  const Point own = x.first(d);
  const detail::ScratchRow scratch(d);
  const std::span<double> part = scratch.row();
  std::fill(prior.begin(), prior.end(), 0.0);
  std::fill(likelihood.begin(), likelihood.end(), 0.0);
  LogDensity log{log_prior(*this, own), 0};
  for (std::size_t j = 0; j < d; ++j) prior[j] = (prior_mean()[j] - x[j]) / (prior_sd()[j] * prior_sd()[j]);
  std::size_t at = d;
  for (std::size_t k = 0; k < sites(); ++k) {
    log.likelihood += site_gradient(k, own, x.subspan(at, locals(k)), part, likelihood.subspan(at, locals(k)));
    for (std::size_t j = 0; j < d; ++j) likelihood[j] += part[j];
    at += locals(k);
  }
  return log;
}

const SiteSecret& DividedModel::secret(std::size_t) const {
  DOVETAIL_REQUIRE(is_private());
  static const SiteSecret kNone{};
  return kNone;
}

std::span<const DividedEntry> divided_registry() {
  static const std::array entries{divided::logistic_entry(), divided::normal_entry(), divided::pooled_logistic_entry(),
                                  divided::pooled_normal_entry()};
  return entries;
}

namespace {

const DividedEntry& find_entry(std::string_view spec, const Division& division) {
  const std::string_view name = builtin_name(spec);
  if (!division.shared.empty()) {
    throw UsageError("--shared is for models that are files; " + std::string(spec) +
                     " knows what its sites share; leave it out");
  }
  std::vector<std::string_view> names;
  std::string listed;
  for (const DividedEntry& entry : divided_registry()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
    listed += (listed.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw UsageError("there is no built-in model \"" + std::string(name) + "\" of divided data" +
                   suggestion(name, names) + " (built in: " + listed + ")");
}

}  // namespace

std::unique_ptr<DividedModel> make_divided_model(std::string_view spec, const Table& table, const Division& division) {
  const DividedEntry& entry = find_entry(spec, division);
  return entry.make(settings_of(spec, entry.settings), entry, table, division);
}

std::unique_ptr<DividedModel> make_private_model(std::string_view spec, const std::vector<SiteData>& sites,
                                                 const Division& division) {
  if (!spec.starts_with("builtin:")) {
    throw UsageError("sites that keep their rows have a built-in model, and " + std::string(spec) +
                     " is none; give builtin:" + std::string(divided::logistic_entry().name) +
                     " or the like, or leave out --sites");
  }
  const DividedEntry& entry = find_entry(spec, division);
  if (entry.make_private == nullptr) {
    throw UsageError(std::string(spec) + " cannot be the model of sites that keep their rows; hierarchical models can");
  }
  return entry.make_private(settings_of(spec, entry.settings), entry, sites, division);
}

}  // namespace dovetail
