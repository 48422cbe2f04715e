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

/// Processes that `parent` started, in the order of their ids.
[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);

}  // namespace dovetail::test
