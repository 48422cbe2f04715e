#include "dovetail/jobs/ep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/ep_start.hpp"
#include "dovetail/jobs/private_ep_record.hpp"
#include "dovetail/jobs/recorded_run.hpp"

namespace dovetail {

namespace {

bool has_locals(const DividedModel& model) {
  for (std::size_t k = 0; k < model.sites(); ++k) {
    if (model.locals(k) > 0) return true;
  }
  return false;
}

/// The power belongs on the integral over local parameters, which draws of both do not give.
void check_power(const EpOptions& options, const DividedModel& model) {
  if (!(options.power > 0 && options.power <= 1)) {
    throw UsageError(
        fmt::format("--power {} is not above 0 and at most 1 (1 is plain expectation propagation)", options.power));
  }
  const bool laplace = options.estimator == SiteEstimator::laplace;
  if (model.is_private() && (laplace || options.power != 1)) {
    throw UsageError(
        fmt::format("{} is not there for sites that keep their rows; leave it out with --sites",
                    laplace ? std::string("--estimator laplace") : fmt::format("--power {}", options.power)));
  }
  if (laplace && !model.exact_scores()) {
    throw UsageError(
        "--estimator laplace needs sites whose local parameters can be integrated exactly (none, or of normal rows in "
        "built-in models), and this model's cannot; use --estimator score");
  }
  if (options.power == 1 || laplace || !has_locals(model)) return;
  throw UsageError(
      fmt::format("--power {} is for sites without local parameters, since it belongs on the integral over them; give "
                  "--power 1, or "
                  "--estimator laplace where rows are normal",
                  options.power));
}

}  // namespace

std::uint64_t draws_least(const ep::Family& family) {
  constexpr std::uint64_t kOfSeveral = 20;
  const std::uint64_t least = 4 * (family.largest() + 1);
  return family.blocks.size() == 1 ? least : std::max(kOfSeveral, least);
}

void check_options(const EpOptions& options, const DividedModel& model) {
  const std::size_t d = model.shared();
  check_power(options, model);
  check_start(model, options);
  if (options.estimator == SiteEstimator::own && (!options.own.estimate || options.own.name.empty())) {
    throw UsageError("the estimator `own` has no function or no name; set EpOptions::own");
  }
  if (options.estimator == SiteEstimator::consensus && (options.power != 1 || options.step || !options.start.empty())) {
    throw UsageError(
        "--estimator consensus is one undamped round from the prior; leave --power, --step and --init out");
  }
  if (options.chains == 0 || options.draws % options.chains != 0) {
    throw UsageError(fmt::format("--draws {} cannot be shared out evenly among --chains {}; make it a multiple",
                                 options.draws, options.chains));
  }
  const std::uint64_t least = draws_least(family_of(options.family, model));
  if (options.estimator != SiteEstimator::laplace && options.draws < least) {
    throw UsageError(
        fmt::format("--draws {} are too few for {} shared parameters: a site's factor needs {}; give at "
                    "least those",
                    options.draws, d, least));
  }
  if (options.estimator == SiteEstimator::laplace && options.allocation == Allocation::noise) {
    throw UsageError("--allocation noise shares out draws, and --estimator laplace makes none; leave one of them out");
  }
  if (options.rounds == 0 || options.rounds > kEpRoundsMax) {
    throw UsageError(fmt::format("--rounds {} is not from 1 to {}", options.rounds, kEpRoundsMax));
  }
  if (options.step && !(*options.step > 0 && *options.step <= 1)) {
    throw UsageError(fmt::format("--step {} is not above 0 and at most 1 (1 is undamped)", *options.step));
  }
  if (!(options.tolerance > 0)) throw UsageError("--tolerance is not above 0");
  if (options.correct && !(*options.correct > 0)) throw UsageError("--correct is neither none nor a number above 0");
  if (options.correct && model.is_private()) {
    throw UsageError(
        "--correct would tell the server the likelihood of every site's rows at thousands of points, which is more "
        "than "
        "its factor; leave it out with --sites (sums that no single site can be read from are not there yet)");
  }
}

namespace {

/// Sites that keep their rows are called by name where one of them is waited for.
Layout with_names(Layout layout, const DividedModel& model) {
  for (std::size_t k = 0; k < model.sites() && model.is_private(); ++k) {
    layout.items.push_back("site " + model.site_name(k));
  }
  return layout;
}

}  // namespace

EpResult expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout,
                                 EpObserver& observer) {
  return with_ep_recording(model, options, [&](const auto& recording) {
    return run_in_memory(model, recording, with_names(layout, model), observer);
  });
}

EpResult expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout,
                                 EpObserver& observer, const RunFiles& files) {
  if (files.start == RunFiles::Start::anew && !options.start.empty()) {  // before the manifest makes it a run
    write_factors(files.folder.starts(), {shared_names(model), options.start});
  }
  return with_ep_recording(model, options, [&](const auto& recording) {
    return run_in_folder(model, recording, with_names(layout, model), files, observer);
  });
}

StopReason follow_expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout) {
  return with_ep_recording(model, options, [&](const auto& recording) { return follow(model, recording, layout); });
}

bool work_for_expectation_propagation(const DividedModel& model, const EpOptions& options, const WorkerSide& side) {
  return with_ep_recording(model, options, [&](const auto& recording) {
    return work_for(recording, side, [&](std::uint32_t site) { return model.has_rows(site); });
  });
}

}  // namespace dovetail
