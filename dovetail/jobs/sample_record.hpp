/// What the record of a run must know of a sampling job.
#pragma once
#include <string>
#include <vector>

#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

/// See the concept Recording. Keeps references.
class SampleRecording {
 public:
  using JobType = SampleJob;
  using Row = SamplingRow;
  static constexpr bool kRowsInDigest = false;  // where blocks end is no result

  SampleRecording(const Model& model, const SampleJob& job) : model_(model), job_(job) {}
  [[nodiscard]] const SampleJob& job() const { return job_; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return job_.columns(); }
  [[nodiscard]] Manifest manifest(const Layout& layout) const;
  [[nodiscard]] SamplingRow last_row(const State<SampleJob>& state) const { return *state.shared.last; }
  [[nodiscard]] Round burn_in_before(const State<SampleJob>&) const { return Round(0); }
  [[nodiscard]] bool wants_looks() const { return job_.options().until_ess.has_value(); }
  /// At a look, every output's bulk and tail ESS has reached --until-ess. Outputs that are the same in all draws do not
  /// count; one with draws that are not finite has no ESS and never reaches it.
  [[nodiscard]] bool is_enough(const State<SampleJob>& state, const KeptDraws& draws) const;
  void require_extends(const State<SampleJob>& state) const;
  /// A file cut between two blocks looks whole to its reader.
  void require_draws(const std::vector<SamplingRow>& rows, const KeptDraws& draws, const std::string& folder) const;
  [[nodiscard]] Summary summarise(const State<SampleJob>& state, const KeptDraws& draws) const;
  [[nodiscard]] std::string place(const State<SampleJob>& state) const;

 private:
  const Model& model_;
  const SampleJob& job_;
};

}  // namespace dovetail
