// Between fork and the end, the keeper calls only what is safe after a fork from several threads: system calls.
#include "dovetail/model/exec/keeper.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace dovetail::exec {
namespace {

constexpr std::size_t kGroupsMax = 8192;  ///< more than there are threads; what is past it is not watched

[[noreturn]] void keep(int from) {
  ::setpgid(0, 0);  // out of reach of ^C: it must outlive the run
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) ::signal(number, SIG_IGN);
  ::dup2(from, 0);
  ::closefrom(1);  // also the writing end of its own pipe, and whatever somebody waits to see closed
  static std::array<pid_t, kGroupsMax> groups;
  std::size_t count = 0;
  pid_t word = 0;
  for (;;) {
    const ssize_t size = ::read(0, &word, sizeof word);  // words are written whole (PIPE_BUF)
    if (size < 0 && errno == EINTR) continue;
    if (size != static_cast<ssize_t>(sizeof word)) break;
    if (word > 0 && count < kGroupsMax) groups[count++] = word;
    if (word < 0) {
      const auto end = groups.begin() + static_cast<std::ptrdiff_t>(count);
      count = static_cast<std::size_t>(std::remove(groups.begin(), end, -word) - groups.begin());
    }
  }
  for (std::size_t i = 0; i < count; ++i) ::kill(-groups[i], SIGKILL);
  ::_exit(0);
}

}  // namespace

Keeper::Keeper() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  process_ = ::fork();
  if (process_ == 0) keep(ends[0]);
  ::close(ends[0]);
  if (process_ > 0) {
    pipe_ = ends[1];
  } else {
    ::close(ends[1]);
  }
}

Keeper::~Keeper() {
  if (pipe_ < 0) return;
  ::close(pipe_);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Keeper::tell(pid_t word) const {
  if (pipe_ < 0) return;
  ssize_t size = 0;
  do {
    size = ::write(pipe_, &word, sizeof word);
  } while (size < 0 && errno == EINTR);
}

}  // namespace dovetail::exec
