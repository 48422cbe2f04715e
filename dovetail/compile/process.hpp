/// Another program, run to its end with its output caught. No shell reads the words.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace dovetail {

struct ProcessResult {
  int exit_code = 0;   ///< 127: there is no such program
  int signal = 0;      ///< that ended it, or 0
  std::string output;  ///< what it wrote to stdout and stderr, in that order of arrival; cut after a megabyte

  [[nodiscard]] bool succeeded() const { return exit_code == 0 && signal == 0; }
  /// "exit code 1", "signal 9 (Killed)".
  [[nodiscard]] std::string ending() const;
};

/// Runs words[0], found along PATH, in a process group of its own with an empty stdin. `stopped` (may be empty) is
/// asked some times a second; when it says yes, the group is terminated and Error with ExitCode::interrupted thrown.
/// It ends with this process too, should that be killed, and with it all that it has started. FileError when no process
/// can be started.
[[nodiscard]] ProcessResult run_process(const std::vector<std::string>& words, const std::function<bool()>& stopped);

}  // namespace dovetail
