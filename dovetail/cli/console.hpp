/// Standard output and standard error: results go to the first, everything else to the second, and neither can take a
/// run down. The only code that writes to a terminal.
#pragma once
#include <string_view>

namespace dovetail::cli {

/// Opens descriptors 0, 1 and 2 on /dev/null where the caller closed them, so that no file of a run takes their number,
/// and ignores SIGPIPE, so that a reader who goes away (`| head -1`) does not end the run. Keeps standard output for
/// print_result() alone: what a model's own code writes to descriptor 1 goes to standard error. A caller's ignored
/// SIGCHLD (`trap '' CHLD`), with which no child could be waited for, ends here. Call first in main.
void prepare_process();

/// A result, to stdout. A reader who has gone away is no error; a full disk is a FileError.
void print_result(std::string_view text);
/// Where results go: standard output of a program that is started for its results.
[[nodiscard]] int result_output();
/// Anything else, to stderr. Failures are ignored: there is nowhere left to report them.
void print_note(std::string_view text);

[[nodiscard]] bool stderr_is_terminal();

}  // namespace dovetail::cli
