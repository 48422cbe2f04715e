/// Another program, started and left to its starter to watch.
#pragma once
#include <sys/types.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

namespace dovetail {

struct ProgramStart {
  int output = 1;   ///< descriptor that it has as its stdout
  int errors = 2;   ///< and as its stderr
  sigset_t mask{};  ///< signals blocked in it
  /// Called with its number before the program runs, for whoever must be there by then; may be empty.
  std::function<void(pid_t)> before_it_runs{};
};

struct Program {
  pid_t process = -1;  ///< to be waited for; the number of its process group too. -1: there is none
  int failure = 0;     ///< errno, when it could not be started: a process, if there is one, has ended with 127
};

/// Starts words[0], found along PATH, in a process group of its own with an empty stdin, no descriptor beyond stderr
/// but those that are inherited on purpose, and the usual SIGPIPE and SIGXFSZ. It gets SIGTERM when the calling thread
/// ends. No shell reads the words.
[[nodiscard]] Program start_program(const std::vector<std::string>& words, const ProgramStart& start);

/// Whether it has ended; leaves it to be waited for, so that its number stays its own.
[[nodiscard]] bool has_ended(pid_t process);

}  // namespace dovetail
