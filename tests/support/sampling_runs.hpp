/// Whole sampling runs for tests: options with the test's own seed, runs in memory and in folders, stops.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

#include "dovetail/jobs/sample.hpp"
#include "dovetail/output/run_folder.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {

inline SampleOptions options_for(const std::string& kernel = "auto") {
  SampleOptions options;
  options.seed = seed_from_name();
  options.kernel = kernel;
  return options;
}

inline SampleResult run_sample(const Model& model, const SampleOptions& options,
                               const Layout& layout = serial_layout()) {
  SampleObserver quiet;
  return sample(model, options, layout, quiet);
}

inline SampleResult run_in(const RunFolder& folder, const Model& model, const SampleOptions& options,
                           RunFiles::Start start, SampleObserver& observer, const Layout& layout = serial_layout()) {
  return sample(model, options, layout, observer, {folder, "", false, 0, start});
}

/// Asks for a stop at the first look after so many rows.
class StopAfter final : public SampleObserver {
 public:
  explicit StopAfter(std::uint32_t rounds) : rounds_(rounds) {}
  void progress(const Progress& progress) override { reached_ = reached_ || progress.round.value > rounds_; }
  StopReason should_stop() override { return reached_ ? StopReason::interrupted : StopReason::finished; }

 private:
  std::uint32_t rounds_;
  bool reached_ = false;
};

inline const ParameterSummary& figures(const SampleResult& result, const std::string& name) {
  for (const ParameterSummary& row : result.summary.parameters) {
    if (row.name == name) return row;
  }
  throw std::out_of_range(name);
}

}  // namespace dovetail::test
