/// What the record of a run must know of expectation propagation whose sites keep their rows: all of it is shared, and
/// so the same as of rows in one place.
#pragma once
#include <string>
#include <vector>

#include "dovetail/jobs/ep_record.hpp"
#include "dovetail/jobs/private_ep_job.hpp"

namespace dovetail {

/// See the concept Recording. Keeps a reference.
class PrivateEpRecording {
 public:
  using JobType = PrivateEpJob;
  using Row = EpRow;
  static constexpr bool kRowsInDigest = EpRecording::kRowsInDigest;

  explicit PrivateEpRecording(const PrivateEpJob& job) : job_(job), open_(job.open()) {}
  [[nodiscard]] const PrivateEpJob& job() const { return job_; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return open_.columns(); }
  [[nodiscard]] Manifest manifest(const Layout& layout) const { return open_.manifest(layout); }
  [[nodiscard]] EpRow last_row(const State<PrivateEpJob>& state) const { return open_.last_row(shared_of(state)); }
  [[nodiscard]] Round burn_in_before(const State<PrivateEpJob>&) const { return Round(0); }
  [[nodiscard]] bool wants_looks() const { return false; }
  [[nodiscard]] bool is_enough(const State<PrivateEpJob>&, const KeptDraws&) const { return false; }
  void require_extends(const State<PrivateEpJob>& state) const { open_.require_extends(shared_of(state)); }
  void require_draws(const std::vector<EpRow>&, const KeptDraws&, const std::string&) const {}
  [[nodiscard]] Summary summarise(const State<PrivateEpJob>& state, const KeptDraws& draws) const {
    return open_.summarise(shared_of(state), draws);
  }
  void write_results(const State<PrivateEpJob>& state, const RunFolder& folder) const {
    open_.write_results(shared_of(state), folder);
  }
  [[nodiscard]] std::string place(const State<PrivateEpJob>& state) const { return open_.place(shared_of(state)); }

 private:
  /// Without items, of which nothing can be told.
  static State<EpJob> shared_of(const State<PrivateEpJob>& state) {
    State<EpJob> seen;
    seen.round = state.round;
    seen.step = state.step;
    seen.shared = state.shared;
    return seen;
  }

  const PrivateEpJob& job_;
  EpRecording open_;
};

/// `go` of the recording that fits the model.
template <class Go>
auto with_ep_recording(const DividedModel& model, const EpOptions& options, Go&& go) {
  check_options(options, model);
  if (model.is_private()) {
    const PrivateEpJob job(model, options);
    return go(PrivateEpRecording(job));
  }
  const EpJob job(model, options);
  return go(EpRecording(job));
}

}  // namespace dovetail
