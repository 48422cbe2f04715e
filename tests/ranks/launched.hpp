/// The built command under mpirun, in a folder of its own.
#pragma once
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/faults/command.hpp"

namespace dovetail::test {

/// What mpirun needs to start any number of ranks as any user, Open MPI's and MPICH's.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> launcher_environment();

/// `mpirun -n RANKS dovetail WORDS`, as a call. The shell becomes mpirun: its process id is mpirun's.
[[nodiscard]] Call launched(unsigned ranks, const std::vector<std::string>& words);

/// The commands that `launcher`, or what it started in its turn, runs; in the order of their ids.
[[nodiscard]] std::vector<pid_t> ranks_of(pid_t launcher);
/// Whether there is such a process, and it has not ended.
[[nodiscard]] bool is_at_work(pid_t process);
/// Whether any process that is no zombie has this working folder.
[[nodiscard]] bool is_at_work_in(const std::filesystem::path& folder);

/// Expects `code` of a launch in which one rank ended the others. MPICH's mpiexec may tell what became of these
/// instead.
void expect_code(const Ended& ended, int code);
/// Expects 75 of a launch that was told to stop. MPICH's mpiexec was seen to make 0 of it, which `dovetail run` knows.
void expect_stopped(const Ended& ended);

}  // namespace dovetail::test
