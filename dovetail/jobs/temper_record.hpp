/// What the record of a run must know of a tempering job.
#pragma once
#include <string>
#include <vector>

#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

/// See the concept Recording. Keeps references.
class TemperRecording {
 public:
  using JobType = TemperJob;
  using Row = TemperingRow;
  static constexpr bool kRowsInDigest = true;

  TemperRecording(const Model& model, const TemperJob& job) : model_(model), job_(job) {}
  [[nodiscard]] const TemperJob& job() const { return job_; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return job_.columns(); }
  [[nodiscard]] Manifest manifest(const Layout& layout) const;
  [[nodiscard]] TemperingRow last_row(const State<TemperJob>& state) const { return state.shared.last->row; }
  [[nodiscard]] Round burn_in_before(const State<TemperJob>& state) const;
  [[nodiscard]] bool wants_looks() const { return false; }
  [[nodiscard]] bool is_enough(const State<TemperJob>&, const KeptDraws&) const { return false; }
  void require_extends(const State<TemperJob>& state) const;
  /// For a run that keeps all rounds: a file cut between two blocks looks whole to its reader.
  void require_draws(const std::vector<TemperingRow>& rows, const KeptDraws& draws, const std::string& folder) const;
  [[nodiscard]] Summary summarise(const State<TemperJob>& state, const KeptDraws& draws) const;
  [[nodiscard]] std::string place(const State<TemperJob>& state) const;

 private:
  const Model& model_;
  const TemperJob& job_;
};

}  // namespace dovetail
