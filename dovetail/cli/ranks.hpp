/// A run over the processes of mpirun or srun, as each of them sees it.
#pragma once
#include "dovetail/cli/settings.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/model/model.hpp"

namespace dovetail::cli {

/// From before the model is opened until the run has ended. Where a launcher started several processes, and the
/// executor is not told otherwise, they share the run: MPI begins here, and ranks watch each other. Ranks beyond 0 are
/// told to print nothing. One at a time, from the first thread. UsageError: an executor that does not
/// fit the launcher; see execute/mpi.hpp.
class RunRanks {
 public:
  explicit RunRanks(RunSettings& settings);
  /// In good order, unless an exception ends the run: then main() ends all ranks.
  ~RunRanks();
  RunRanks(const RunRanks&) = delete;
  RunRanks& operator=(const RunRanks&) = delete;

  /// This process has the folder, the files and the words.
  [[nodiscard]] bool leads() const { return leads_; }
  /// Where the run is made: that of the settings, with "auto" resolved.
  [[nodiscard]] const Layout& layout() const { return layout_; }
  /// What a process that does not lead does.
  [[nodiscard]] ExitCode follow(const Model& model, const RunSettings& settings) const;

 private:
  Layout layout_;
  bool leads_ = true;
  int exceptions_;
};

/// Says which rank this is, "rank 3: ", where the process is one of several; else empty. Ranks beyond 0 first wait a
/// second: what is wrong everywhere is said by rank 0, which ends the others before they speak.
[[nodiscard]] std::string rank_before_failing();

}  // namespace dovetail::cli
