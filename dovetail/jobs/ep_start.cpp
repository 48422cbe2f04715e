#include "dovetail/jobs/ep_start.hpp"

#include <map>
#include <string_view>

#include "dovetail/core/error.hpp"
#include "dovetail/ep/sites.hpp"

namespace dovetail {
ep::Natural prior_of(const DividedModel& model) {
  const std::size_t d = model.shared();
  ep::Natural prior = ep::flat(d);
  for (std::size_t j = 0; j < d; ++j) {
    prior.precision[j * (d + 1)] = 1 / (model.prior_sd()[j] * model.prior_sd()[j]);
    prior.shift[j] = model.prior_mean()[j] * prior.precision[j * (d + 1)];
  }
  return prior;
}

std::vector<std::string> shared_names(const DividedModel& model) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < model.shared(); ++j) {
    const Coordinate& coordinate = model.description().coordinates[j];
    names.push_back(coordinate.lower == 0 ? "log " + coordinate.name : coordinate.name);
  }
  return names;
}

std::vector<ep::Natural> first_factors(const DividedModel& model, const EpOptions& options) {
  const ep::Family family = family_of(options.family, model);
  std::vector<ep::Natural> factors(model.sites(), ep::flat(model.shared()));
  if (options.start.empty()) return factors;
  std::map<std::string_view, const SiteFactor*> by_name;
  for (const SiteFactor& factor : options.start) by_name.emplace(factor.site, &factor);
  for (std::size_t k = 0; k < factors.size(); ++k) {
    const auto start = by_name.find(model.site_name(k));
    if (start == by_name.end()) continue;
    factors[k] = ep::restrict_to(family, {start->second->precision, start->second->shift});
  }
  return factors;
}

void check_start(const DividedModel& model, const EpOptions& options) {
  if (options.start.empty()) return;
  const std::size_t d = model.shared();
  for (const SiteFactor& factor : options.start) {
    if (factor.shift.size() == d && factor.precision.size() == d * d) continue;
    throw UsageError("--init: that run's sites share other parameters than this run's; begin without it");
  }
  const std::vector<ep::Natural> factors = first_factors(model, options);
  if (ep::is_proper(ep::combine(prior_of(model), factors), factors, options.power)) return;
  throw UsageError(
      "--init: what that run's sites say makes no distribution with this prior, or without the sites that are gone; "
      "begin without it");
}

}  // namespace dovetail
