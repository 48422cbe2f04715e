#include "dovetail/jobs/sample.hpp"

#include "dovetail/jobs/recorded_run.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/jobs/sample_record.hpp"

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
  return run_in_folder(model, SampleRecording(model, job), layout, files, observer);
}

}  // namespace dovetail
