// The `dovetail` command. Errors are caught here, once: a message on stderr and an exit code each.
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/model_watch.hpp"
#include "dovetail/cli/ranks.hpp"
#include "dovetail/execute/mpi.hpp"
#include "dovetail/output/netcdf.hpp"
#include "dovetail/output/text.hpp"

namespace {

/// A message may have several lines, where it holds those of a compiler.
int end(dovetail::ExitCode code, const std::string& message) {
  std::istringstream lines("dovetail: " + message);
  for (std::string line; std::getline(lines, line);) dovetail::cli::print_note(dovetail::printable(line) + "\n");
  dovetail::abandon_mpi(static_cast<int>(code));
  if (dovetail::netcdf_is_stuck()) ::_exit(static_cast<int>(code));
  return static_cast<int>(code);
}

int fail(dovetail::ExitCode code, const std::string& message) {
  dovetail::cli::leave_words_to_rank_zero(code, message);
  return end(code, dovetail::cli::rank_words() + message);
}

}  // namespace

int main(int argc, char** argv) {
  dovetail::cli::prepare_process();
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(dovetail::cli::run_command_line(words));
  } catch (const dovetail::RankFailed& error) {
    return end(error.code(), error.what());
  } catch (const dovetail::Error& error) {
    return fail(error.code(), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(dovetail::ExitCode::files, "cannot use " + error.path1().string() + ": " + error.code().message() +
                                               " (nothing was written there); check the name and its permissions");
  } catch (const std::bad_alloc&) {
    if (dovetail::cli::blame_model_for_memory()) {
      dovetail::abandon_mpi(static_cast<int>(dovetail::ExitCode::model));
      return static_cast<int>(dovetail::ExitCode::model);
    }
    return fail(
        dovetail::ExitCode::bug,
        "out of memory (the state of all replicas must fit); try fewer replicas or copies, or a larger machine. "
        "A run's folder keeps its last checkpoint.");
  } catch (const std::exception& error) {
    return fail(dovetail::ExitCode::bug, std::string("a bug in Dovetail: ") + error.what());
  }
}
