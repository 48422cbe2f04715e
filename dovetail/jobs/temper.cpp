#include "dovetail/jobs/temper.hpp"

#include "dovetail/jobs/recorded_run.hpp"
#include "dovetail/jobs/swap_history.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/jobs/temper_record.hpp"

namespace dovetail {

TemperResult temper(const Model& model, const TemperOptions& options, const Layout& layout, TemperObserver& observer) {
  check_options(options, model);
  const TemperJob job(model, options);
  return run_in_memory(model, TemperRecording(model, job), layout, observer);
}

TemperResult temper(const Model& model, const TemperOptions& options, const Layout& layout, TemperObserver& observer,
                    const RunFiles& files) {
  check_options(options, model);
  const TemperJob job(model, options);
  TemperResult result = run_in_folder(model, TemperRecording(model, job), layout, files, observer);
  if (job.options().swap_history) {
    const DrawsReader draws(files.folder.draws());
    write_swap_history(files.folder.swaps(), draws, job.options().copies, job.options().legs);
  }
  return result;
}

StopReason follow_temper(const Model& model, const TemperOptions& options, const Layout& layout) {
  check_options(options, model);
  const TemperJob job(model, options);
  return follow(model, TemperRecording(model, job), layout);
}

}  // namespace dovetail
