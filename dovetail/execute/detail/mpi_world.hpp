/// MPI as this process has it. Internal to the sources of the mpi executor.
#pragma once
#include <mpi.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "dovetail/execute/detail/patience.hpp"
#include "dovetail/execute/mpi.hpp"

namespace dovetail::mpi {

/// One a process, from the first call of mpi_ranks() to finish_mpi(). Each kind of message has a communicator.
class World {
 public:
  World();
  void finish();
  void abandon(int code) const;
  bool watch(double seconds, const RanksLost& lost);
  void tell_failure(ExitCode code, const std::string& words) const;

  /// Waits for the end of a request; false: `failed`, which may be null, came first. RankFailed: see mpi.hpp.
  bool complete(MPI_Request& request, const std::atomic<bool>* failed = nullptr) const;
  /// Before MPI ends, which wants every request to have ended. `request` stays where it is.
  void complete_at_end(MPI_Request& request) { pending_.push_back(&request); }
  /// Between two looks at something that does not come; the same answer and error.
  bool wait(Patience& patience, const std::atomic<bool>* failed) const;

  [[nodiscard]] std::uint32_t rank() const { return rank_; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool several_threads() const { return several_threads_; }
  [[nodiscard]] bool is_finished() const { return finished_; }
  [[nodiscard]] MPI_Comm control() const { return control_; }
  [[nodiscard]] MPI_Comm border() const { return border_; }
  /// "rank 3 on node7".
  [[nodiscard]] std::string place(std::uint32_t rank) const;

 private:
  void gather_hosts();
  void keep_watch(double seconds, const RanksLost& lost);
  void hear_failures() const;

  std::uint32_t rank_ = 0, size_ = 1;
  bool begun_here_ = false;
  bool several_threads_ = false;
  bool finished_ = false;
  pid_t launcher_ = getppid();  ///< from before MPI begins, which takes a while
  std::vector<MPI_Request*> pending_;
  MPI_Comm control_ = MPI_COMM_NULL, border_ = MPI_COMM_NULL, beats_ = MPI_COMM_NULL, failures_ = MPI_COMM_NULL;
  std::vector<std::array<char, MPI_MAX_PROCESSOR_NAME>> hosts_;
  std::thread watcher_;
  std::atomic<bool> stop_watching_{false};
};

/// Begins MPI when it is called first. UsageError: the launcher's processes are not connected; MPI has ended.
[[nodiscard]] World& the_world();

}  // namespace dovetail::mpi
