#include "dovetail/jobs/ep.hpp"

#include <fmt/format.h>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/jobs/ep_record.hpp"
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

void check_options(const EpOptions& options, const DividedModel& model) {
  const std::size_t d = model.shared();
  check_power(options, model);
  if (options.chains == 0 || options.draws % options.chains != 0) {
    throw UsageError(fmt::format("--draws {} cannot be shared out evenly among --chains {}; make it a multiple",
                                 options.draws, options.chains));
  }
  const std::uint64_t least = options.family == ep::Family::dense ? 4 * (d + 1) : 20;
  if (options.estimator != SiteEstimator::laplace && options.draws < least) {
    throw UsageError(
        fmt::format("--draws {} are too few for {} shared parameters: a site's factor needs {}; give at "
                    "least those",
                    options.draws, d, least));
  }
  if (options.rounds == 0 || options.rounds > kEpRoundsMax) {
    throw UsageError(fmt::format("--rounds {} is not from 1 to {}", options.rounds, kEpRoundsMax));
  }
  if (options.step && !(*options.step > 0 && *options.step <= 1)) {
    throw UsageError(fmt::format("--step {} is not above 0 and at most 1 (1 is undamped)", *options.step));
  }
  if (!(options.tolerance > 0)) throw UsageError("--tolerance is not above 0");
  if (options.correct && !(*options.correct > 0)) throw UsageError("--correct is neither none nor a number above 0");
}

EpResult expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout,
                                 EpObserver& observer) {
  check_options(options, model);
  const EpJob job(model, options);
  return run_in_memory(model, EpRecording(job), layout, observer);
}

EpResult expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout,
                                 EpObserver& observer, const RunFiles& files) {
  check_options(options, model);
  const EpJob job(model, options);
  return run_in_folder(model, EpRecording(job), layout, files, observer);
}

StopReason follow_expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout) {
  check_options(options, model);
  const EpJob job(model, options);
  return follow(model, EpRecording(job), layout);
}

bool work_for_expectation_propagation(const DividedModel& model, const EpOptions& options, const WorkerSide& side) {
  check_options(options, model);
  const EpJob job(model, options);
  return work_for(EpRecording(job), side);
}

}  // namespace dovetail
