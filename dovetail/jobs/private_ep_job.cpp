#include "dovetail/jobs/private_ep_job.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/sizes.hpp"

namespace dovetail {
namespace {

bool is_symmetric(const std::vector<double>& matrix, std::size_t d) {
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (matrix[i * d + j] != matrix[j * d + i]) return false;
    }
  }
  return true;
}

bool is_factor(const ep::Natural& target, const ep::Family& family) {
  std::size_t d = 0;
  for (const ep::Family::Block& block : family.blocks) d += block.size();
  return target.shift.size() == d && target.precision.size() == d * d && all_finite(target.shift) &&
         all_finite(target.precision) && is_symmetric(target.precision, d) && ep::restrict_to(family, target) == target;
}

}  // namespace

EpOutcome usable(EpOutcome told, const ep::Family& family) {
  if (told.sites.size() != 1) told.sites.assign(1, {});
  told.integrals.clear();
  told.variances.clear();
  SiteReport& report = told.sites.front();
  const bool numbers = std::isfinite(report.noise) && report.noise >= 0 && std::isfinite(report.worst_z);
  if (report.target && (!numbers || !is_factor(*report.target, family))) report.target.reset();
  if (!report.target) report.noise = report.worst_z = 0;
  return told;
}

PrivateEpJob::PrivateEpJob(const DividedModel& model, const EpOptions& options) : model_(model), job_(model, options) {
  DOVETAIL_REQUIRE(model.is_private());
}

void PrivateEpJob::begin_round(const Shared& shared, ItemId item, Local& site, Record& record) const {
  site.open.reset();
  record = Record();
  record.view = {shared.round, shared.first_step, shared.sites[item.value],  shared.global,
                 shared.mean,  shared.factor,     shared.planned[item.value]};
}

bool PrivateEpJob::accepts(const Shared&, ItemId, const Local&, const Record& record, Step) const {
  const std::size_t d = job_.prior().dimension();
  const SiteView& view = record.view;
  const auto is_natural = [d](const ep::Natural& factor) {
    return factor.shift.size() == d && factor.precision.size() == d * d;
  };
  const bool is_done =
      view.mean.empty() && view.factor.empty() && view.own == ep::Natural() && view.global == ep::Natural();
  return is_done || (is_natural(view.own) && is_natural(view.global) && view.mean.size() == d &&
                     view.factor.size() == d * d && all_finite(view.mean) && all_finite(view.factor));
}

std::uint64_t PrivateEpJob::steps_between_drains(const Shared&) const {
  return std::numeric_limits<std::uint64_t>::max();
}

/// The site at the first step of the round that `view` tells of.
OpenSite PrivateEpJob::begun(const SiteView& view, ItemId item, const Bytes& sealed, Scratch& scratch) const {
  if (!model_.has_rows(item.value)) {
    throw StoreError("the rows of site " + model_.site_name(item.value) +
                     " are not in this process, which should do its work: another server of this run is ahead, or its "
                     "files are another's; resume the run when that one has ended");
  }
  OpenSite open;
  open.shared.round = view.round;
  open.shared.first_step = view.first_step;
  open.shared.sites.resize(model_.sites());
  open.shared.sites[item.value] = view.own;
  open.shared.global = view.global;
  open.shared.mean = view.mean;
  open.shared.factor = view.factor;
  open.shared.planned.assign(model_.sites(), 0);  // of others it is nobody's business
  open.shared.planned[item.value] = view.draws;
  open.next = Step(view.first_step);
  if (sealed.empty()) {
    open.site = job_.begin_local(open.shared, item, scratch);
  } else {
    const auto plain = decrypt(key_from(model_.secret(item.value)), sealed);
    if (!plain) {
      throw StoreError("what is kept of site " + model_.site_name(item.value) +
                       " was not made from its rows: they have changed, or what was sent is not Dovetail's");
    }
    open.site = unpack<Site>(*plain);
  }
  job_.begin_round(open.shared, item, open.site, open.record);
  return open;
}

void PrivateEpJob::advance(const Shared&, ItemId item, Local& site, Record& record, Step step, Scratch& scratch) const {
  const bool is_done = !site.open && record.view.mean.empty();  // and others have more to do in this round
  if (is_done) return;
  if (!site.open) site.open = begun(record.view, item, site.sealed, scratch);
  OpenSite& open = *site.open;
  for (; open.next.value <= step.value; open.next = Step(open.next.value + 1)) {
    job_.advance(open.shared, item, open.site, open.record, open.next, scratch);
  }
  if (open.next.value < open.shared.first_step + job_.steps(open.shared)) return;
  record.told = job_.report(open.shared, item, open.site, open.record);
  record.view = SiteView();
  site.sealed = encrypt(key_from(model_.secret(item.value)), pack(open.site));
  site.open.reset();
}

PrivateEpJob::Outcome PrivateEpJob::report(const Shared&, ItemId, const Local&, const Record& record) const {
  return usable(record.told, job_.family());
}

PrivateEpJob::Outcome PrivateEpJob::merge(Outcome left, Outcome right) const {
  return job_.merge(std::move(left), std::move(right));
}

PrivateEpJob::Shared PrivateEpJob::shown(const Shared& shared) const {
  Shared seen;
  seen.round = shared.round;
  seen.first_step = shared.first_step;
  return seen;
}

}  // namespace dovetail
