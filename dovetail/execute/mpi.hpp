/// Processes started by mpirun or srun, over MPI's C interface. A build without MPI has these functions too: they say
/// that it is one.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/executor.hpp"

namespace dovetail {

/// What a launcher (mpirun of Open MPI or MPICH, srun) told this process, from the environment, before MPI is asked. As
/// made: nothing launched it.
struct Launched {
  std::uint32_t rank = 0;
  std::uint32_t ranks = 0;
  std::uint32_t ranks_here = 1;  ///< on this host
  [[nodiscard]] bool by_launcher() const { return ranks > 0; }
  [[nodiscard]] bool together() const { return ranks > 1; }
};
[[nodiscard]] Launched launched();

/// Name and version of the library, or why there is none.
[[nodiscard]] std::string mpi_version();
[[nodiscard]] bool has_mpi();

/// The ranks of this run. The first call begins MPI, waits there for the others, and must come before other threads are
/// started; calls are for the thread that runs the job. UsageError: a build without MPI; a launcher whose processes MPI
/// cannot connect; MPI has ended in this process.
[[nodiscard]] Ranks& mpi_ranks();
/// "rank 3 on node7".
[[nodiscard]] std::string mpi_place(std::uint32_t rank);

/// What is called, once and from a thread of its own, when a run cannot go on. It should end the process.
struct RanksLost {
  std::function<void(std::uint32_t rank, double seconds)> rank;  ///< that rank has been silent for so long
  std::function<void()> launcher;                                ///< the process that started this one is gone
};
/// The rest of a run is watched: every rank tells the next one, twice a second, that it is alive, however long the
/// model takes; `lost` is told when the rank before this one has been silent for `seconds` (> 0), or when the launcher
/// has died, which would leave its ranks at work for nobody. A pause of this process itself (a suspended job) does not
/// count. False: this MPI cannot be called from several threads, so nothing is watched.
bool watch_ranks(double seconds, const RanksLost& lost);

/// What ended another rank, at rank 0: "rank 3 on node7: " and that rank's words, with its exit code. Thrown where rank
/// 0 waits for the others.
class RankFailed : public Error {
 public:
  using Error::Error;
};
/// Tells rank 0 what ends this rank, and waits to be ended by it, so that it is said and noted once. Returns where
/// nobody listens: in rank 0, before MPI has begun or after its end, and, as long as no watch has begun, when rank 0
/// has not looked for some seconds. Then this rank has to say it.
void tell_failure(ExitCode code, const std::string& words) noexcept;

/// Ends MPI in good order, where it was begun: all ranks call it. It cannot begin again in this process.
void finish_mpi();
/// Ends all ranks at once with `code`, where MPI was begun and not finished; else does nothing.
void abandon_mpi(int code) noexcept;

/// `threads` >= 1 in each rank. Items are split into slices of consecutive addresses, one a rank. At every step the
/// ranks on both sides of a slice's end send each other one message of 16 bytes; items that trade places across it
/// follow. Nobody waits for anybody else. After an exception of execute() the process must end. One at a time.
/// UsageError as mpi_ranks(), and for several threads where MPI allows one.
[[nodiscard]] std::unique_ptr<Executor> make_mpi_executor(unsigned threads);

}  // namespace dovetail
