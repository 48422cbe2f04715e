// Pipes that do not block, one poll for all three, a deadline on the monotonic clock.
#include "dovetail/model/exec/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/model/exec/plain_text.hpp"

namespace dovetail::exec {
namespace {

constexpr double kGraceSeconds = 2;       ///< for a program whose input has ended
constexpr double kAfterOutputEnds = 0.5;  ///< for one that closed its output: most are about to exit, and have a code
constexpr std::size_t kNoteBytesMax = 4096;
constexpr std::size_t kReadBytes = std::size_t{1} << 16;

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// For poll: whole milliseconds, rounded up, so that a wait does not end before its time.
int milliseconds_until(double deadline) {
  constexpr double kLongest = 1e6;
  return static_cast<int>(std::clamp(1000 * (deadline - now()) + 1, 0.0, kLongest));
}

void close_end(int& end) {
  if (end >= 0) ::close(end);
  end = -1;
}

/// Both ends of three pipes; what is not released is closed.
struct Pipes {
  std::array<std::array<int, 2>, 3> ends{{{-1, -1}, {-1, -1}, {-1, -1}}};
  bool open() {
    return std::all_of(ends.begin(), ends.end(), [](auto& pair) { return ::pipe2(pair.data(), O_CLOEXEC) == 0; });
  }
  ~Pipes() {
    for (auto& pair : ends) {
      for (int& end : pair) close_end(end);
    }
  }
  /// An end that this process keeps.
  int release(std::size_t pipe, std::size_t end) {
    const int number = std::exchange(ends[pipe][end], -1);
    ::fcntl(number, F_SETFL, O_NONBLOCK);
    return number;
  }
};

/// Starts `command`; 0 or an errno.
int spawn(const std::string& command, const Pipes& pipes, pid_t& process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, pipes.ends[0][0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, pipes.ends[1][1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, pipes.ends[2][1], STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  // A group of its own, so that ^C reaches the run alone, which then ends in good order. Signals as a shell would have
  // them, since this process ignores some.
  sigset_t none;
  sigset_t usual;
  ::sigemptyset(&none);
  ::sigfillset(&usual);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string shell = "/bin/sh";
  std::string flag = "-c";
  std::string text = command;
  const std::array<char*, 4> words = {shell.data(), flag.data(), text.data(), nullptr};
  const int failure = ::posix_spawn(&process, shell.c_str(), &actions, &attributes, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return failure;
}

std::string words_of_signal(int number) {
  const char* words = ::sigdescr_np(number);
  return "signal " + std::to_string(number) + (words == nullptr ? "" : std::string(", ") + words);
}

std::string words_of(int status) {
  constexpr int kShellSignal = 128;  // a shell whose command met a signal adds this to its number
  if (WIFSIGNALED(status)) return words_of_signal(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  const bool signalled = code > kShellSignal && ::sigdescr_np(code - kShellSignal) != nullptr;
  return "exit code " + std::to_string(code) + (signalled ? " (" + words_of_signal(code - kShellSignal) + ")" : "");
}

void write_note(std::string_view line) {
  const std::string text = "program: " + plain_text(line) + "\n";
  // one call, so that lines of several programs do not mix; a reader that is gone is no reason to stop
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

}  // namespace

Process::Process(const std::string& command, const Keeper& keeper) : keeper_(keeper), buffer_(kReadBytes) {
  Pipes pipes;
  const int failure = pipes.open() ? spawn(command, pipes, process_) : errno;
  if (failure != 0) {
    process_ = -1;
    throw ModelError("the program of exec:" + command + " cannot be started: " + std::strerror(failure) +
                     " (one runs for each thread); use fewer --threads, or raise the limits of processes and files");
  }
  keeper_.watch(process_);
  to_ = pipes.release(0, 1);
  from_ = pipes.release(1, 0);
  notes_ = pipes.release(2, 0);
}

Process::~Process() {
  if (process_ > 0) {
    close_input();
    end(kGraceSeconds);
  }
}

void Process::close_input() { close_end(to_); }

/// False when nobody reads any more.
bool Process::write_some(std::string_view& rest) {
  while (!rest.empty()) {
    const ssize_t count = ::write(to_, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// False at the end of its output.
bool Process::read_some() {
  const ssize_t count = ::read(from_, buffer_.data(), buffer_.size());
  if (count > 0) input_.append(buffer_.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/// What the program has written to its standard error, by whole lines; with `all`, also a last line without end. One
/// read, which empties a pipe of the usual size: a program that never stops writing must not keep its caller here.
void Process::pass_on_notes(bool all) {
  const ssize_t count = ::read(notes_, buffer_.data(), buffer_.size());
  if (count > 0) note_.append(buffer_.data(), static_cast<std::size_t>(count));
  std::string_view rest = note_;
  for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    write_note(rest.substr(0, end));
  }
  while (rest.size() >= kNoteBytesMax || (all && !rest.empty())) {
    const std::string_view note = rest.substr(0, kNoteBytesMax);
    write_note(note);
    rest.remove_prefix(note.size());
  }
  note_.erase(0, note_.size() - rest.size());
}

Exchange Process::exchange(std::string_view line, double seconds, std::size_t bytes_max) {
  input_.erase(0, next_);
  next_ = line_size_ = 0;
  const double deadline = now() + seconds;
  std::string_view rest = line;
  // A program that reads no more may still have answered, or its end will say why: reading goes on.
  bool writes = write_some(rest) && !rest.empty();
  for (std::size_t searched = 0;;) {
    const std::size_t newline = input_.find('\n', searched);
    if (newline != std::string::npos && newline <= bytes_max) {
      line_size_ = newline;
      next_ = newline + 1;
      return Exchange::answered;
    }
    searched = input_.size();
    const auto give_up = [this](Exchange how, double grace) {
      line_size_ = input_.size();
      end(grace);
      return how;
    };
    if (searched > bytes_max) return give_up(Exchange::too_long, 0);
    std::array<pollfd, 3> ends = {{{from_, POLLIN, 0}, {notes_, POLLIN, 0}, {writes ? to_ : -1, POLLOUT, 0}}};
    ::poll(ends.data(), ends.size(), milliseconds_until(deadline));
    // Whatever its notes. Output that is there is read first: it may be the answer, and has a longest size.
    if (ends[0].revents == 0 && now() >= deadline) return give_up(Exchange::late, 0);
    if (ends[1].revents != 0) pass_on_notes(false);
    if (ends[1].revents != 0 && (ends[1].revents & POLLIN) == 0) {
      close_end(notes_);  // closed there, and all is read: poll would never wait again
    }
    if (ends[2].revents != 0) writes = write_some(rest) && !rest.empty();
    if (ends[0].revents != 0 && !read_some()) return give_up(Exchange::ended, kAfterOutputEnds);
  }
}

/// Waits for the program's end, then kills what is left of its group: after this there is none.
void Process::end(double grace_seconds) {
  close_end(to_);
  // glibc 2.36 declares pidfd_open without extern "C"
  const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
  if (handle >= 0) {
    const double deadline = now() + grace_seconds;
    std::array<pollfd, 2> ends = {{{handle, POLLIN, 0}, {notes_, POLLIN, 0}}};
    while (ends[0].revents == 0 && now() < deadline) {
      if (::poll(ends.data(), ends.size(), milliseconds_until(deadline)) > 0 && ends[1].revents != 0) {
        pass_on_notes(false);
        if ((ends[1].revents & POLLIN) == 0) ends[1].fd = -1;
      }
    }
    ::close(handle);
  }
  // Before it is reaped: until then its number is nobody else's.
  ::kill(-process_, SIGKILL);
  keeper_.forget(process_);
  int status = 0;
  pid_t found = 0;
  do {
    found = ::waitpid(process_, &status, 0);
  } while (found < 0 && errno == EINTR);
  end_words_ = found == process_ ? words_of(status) : "an unknown status";
  process_ = -1;
  pass_on_notes(true);
  close_end(from_);
  close_end(notes_);
}

}  // namespace dovetail::exec
