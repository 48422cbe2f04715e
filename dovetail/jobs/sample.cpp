#include "dovetail/jobs/sample.hpp"

#include "dovetail/jobs/recorded_run.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/jobs/sample_record.hpp"
#include "dovetail/output/starts.hpp"

namespace dovetail {

SampleResult sample(const Model& model, const SampleOptions& options, const Layout& layout, SampleObserver& observer) {
  check_options(options, model);
  const SampleJob job(model, options);
  return run_in_memory(model, SampleRecording(model, job), layout, observer);
}

SampleResult sample(const Model& model, const SampleOptions& options, const Layout& layout, SampleObserver& observer,
                    const RunFiles& files) {
  check_options(options, model);
  const SampleJob job(model, options);
  if (files.start == RunFiles::Start::anew &&
      options.start == StartKind::values) {  // before the manifest makes it a run
    const auto names = model.description().parameter_names();
    write_starts(files.folder.starts(), {names.begin(), names.end()}, options.start_values);
  }
  return run_in_folder(model, SampleRecording(model, job), layout, files, observer);
}

StopReason follow_sample(const Model& model, const SampleOptions& options, const Layout& layout) {
  check_options(options, model);
  const SampleJob job(model, options);
  return follow(model, SampleRecording(model, job), layout);
}

bool work_for_sample(const Model& model, const SampleOptions& options, const WorkerSide& side) {
  check_options(options, model);
  const SampleJob job(model, options);
  return work_for(SampleRecording(model, job), side);
}

}  // namespace dovetail
