/// A run over the processes of mpirun or srun, as each of them sees it.
#pragma once
#include <string>

#include "dovetail/cli/settings.hpp"
#include "dovetail/cli/signals.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/execute/mpi.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/run/shares.hpp"

namespace dovetail::cli {

/// From the first word of a command that makes a run to its last. Signals to stop are noted from here on, in all ranks,
/// since a launcher passes them to all, and looked at when the run has begun. Where a launcher started several
/// processes, MPI begins here, before anything can go wrong in one of them and leave the others waiting for it. Ends in
/// good order, unless an exception ends the command: then main() ends all ranks. UsageError: see mpi_ranks().
class JoinedRanks {
 public:
  JoinedRanks();
  ~JoinedRanks();
  JoinedRanks(const JoinedRanks&) = delete;
  JoinedRanks& operator=(const JoinedRanks&) = delete;

 private:
  /// Never destroyed: one that comes while MPI and the process end must not undo the exit code.
  [[maybe_unused]] const StopSignals& signals_;
  int exceptions_;
};

/// Rank 0's value, in all ranks: all call it, while JoinedRanks lives.
template <class T>
void tell_all(T& value) {
  if (launched().together()) tell(mpi_ranks(), value);
}

/// From before the model is opened until the run has ended. Where a launcher started several processes, and the
/// executor is not told otherwise, they share the run: ranks watch each other from here on, and those beyond 0 are told
/// to print nothing. One at a time, from the first thread, while JoinedRanks lives. UsageError: an executor that does
/// not fit the launcher; see execute/mpi.hpp.
class RunRanks {
 public:
  explicit RunRanks(RunSettings& settings);

  /// This process has the folder, the files and the words.
  [[nodiscard]] bool leads() const { return leads_; }
  /// Where the run is made: that of the settings, with "auto" resolved.
  [[nodiscard]] const Layout& layout() const { return layout_; }
  /// That all have the same text under this name; UsageError, everywhere, names the rank that differs and both.
  void require_equal(const std::string& name, const std::string& text) const;
  /// That all are about to make the same run, with the same program, model and data; likewise.
  void require_equal_runs(const Model& model, const RunSettings& settings) const;
  /// What a process that does not lead does.
  [[nodiscard]] ExitCode follow(const Model& model, const RunSettings& settings) const;

 private:
  Layout layout_;
  bool leads_ = true;
};

/// Where the number of threads is left open: what Slurm gave this task.
void take_threads_of_slurm(Layout& layout);

/// Which rank this is, "rank 3: ", where the process is one of several; else empty.
[[nodiscard]] std::string rank_words();
/// How long a rank that cannot leave its last words to rank 0 waits with them, in seconds: the first to speak ends the
/// others, so that what is wrong in several is said once.
[[nodiscard]] double wait_before_last_words();
/// In a rank beyond 0: leaves the words to rank 0, which ends this process. Comes back, after a wait, where that does
/// not listen.
void leave_words_to_rank_zero(ExitCode code, const std::string& words);

}  // namespace dovetail::cli
