/// What the record of a run must know of expectation propagation.
#pragma once
#include <string>
#include <vector>

#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/jobs/ep_summary.hpp"
#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

/// See the concept Recording. Keeps a reference.
class EpRecording {
 public:
  using JobType = EpJob;
  using Row = EpRow;
  static constexpr bool kRowsInDigest = true;  // rounds are the result

  explicit EpRecording(const EpJob& job);
  [[nodiscard]] const EpJob& job() const { return job_; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] Manifest manifest(const Layout& layout) const;
  [[nodiscard]] EpRow last_row(const State<EpJob>& state) const { return *state.shared.last; }
  [[nodiscard]] Round burn_in_before(const State<EpJob>&) const { return Round(0); }
  [[nodiscard]] bool wants_looks() const { return false; }  // the job itself knows when it has arrived
  [[nodiscard]] bool is_enough(const State<EpJob>&, const KeptDraws&) const { return false; }
  void require_extends(const State<EpJob>& state) const;
  void require_draws(const std::vector<EpRow>&, const KeptDraws&, const std::string&) const {}
  [[nodiscard]] Summary summarise(const State<EpJob>& state, const KeptDraws& draws) const;
  void write_results(const State<EpJob>& state, const RunFolder& folder) const;
  [[nodiscard]] std::string place(const State<EpJob>& state) const;

 private:
  const EpJob& job_;
  std::vector<std::string> columns_;
};

}  // namespace dovetail
