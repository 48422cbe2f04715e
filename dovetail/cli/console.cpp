// Plain write(2) with every result looked at.
#include "dovetail/cli/console.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "dovetail/core/error.hpp"

namespace dovetail::cli {
namespace {

int result_descriptor = STDOUT_FILENO;  ///< where results go

/// 0, or the errno of the first write that failed.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR && errno != EAGAIN) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

void prepare_process() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    if (::open("/dev/null", O_RDWR) != descriptor) std::abort();  // the lowest free number is this one
  }
  constexpr int kAboveStandard = 3;
  const int kept = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, kAboveStandard);
  if (kept != -1 && ::dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO) result_descriptor = kept;
  std::signal(SIGCHLD, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is then a failed write, which is reported
}

void print_result(std::string_view text) {
  const int failure = write_all(result_descriptor, text);
  if (failure == 0 || failure == EPIPE) return;
  throw FileError(
      fmt::format("standard output cannot be written: {} (files of a run are not affected); make room and "
                  "print again with `dovetail summary`",
                  std::strerror(failure)));
}

int result_output() { return result_descriptor; }

void print_note(std::string_view text) { static_cast<void>(write_all(STDERR_FILENO, text)); }

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace dovetail::cli
