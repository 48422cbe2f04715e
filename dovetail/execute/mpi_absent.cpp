// In the place of mpi.cpp where the build has no MPI.
#include "dovetail/core/error.hpp"
#include "dovetail/execute/mpi.hpp"

namespace dovetail {
namespace {

[[noreturn]] void refuse() {
  throw UsageError(
      "this build has no MPI, so processes of mpirun or srun would each make the whole run; build with libopenmpi-dev "
      "installed, or start one process and use --threads");
}

}  // namespace

std::string mpi_version() { return "not in this build"; }
bool has_mpi() { return false; }
Ranks& mpi_ranks() { refuse(); }
std::string mpi_place(std::uint32_t rank) { return "rank " + std::to_string(rank); }
bool watch_ranks(double, const RanksLost&) { return false; }
void tell_failure(ExitCode, const std::string&) noexcept {}
void finish_mpi() {}
void abandon_mpi(int) noexcept {}
std::unique_ptr<Executor> make_mpi_executor(unsigned) { refuse(); }

}  // namespace dovetail
