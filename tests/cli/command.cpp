// fork, execve, poll: no shell in between.
#include "command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace dovetail::test {
namespace {

/// Puts what `to` means at `descriptor` of the child.
void redirect(const std::string& to, int pipe_end, int descriptor) {
  if (to.empty()) {
    ::dup2(pipe_end, descriptor);
  } else if (to == "-") {
    ::close(descriptor);
  } else if (to == "|") {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) ::_exit(125);
    ::dup2(ends[1], descriptor);
    ::close(ends[0]);
    ::close(ends[1]);
  } else {
    const int file = ::open(to.c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(file, descriptor);
    ::close(file);
  }
}

[[noreturn]] void become_command(const CommandCall& call, const std::filesystem::path& folder, int out, int err) {
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin"};
  for (const auto& [name, value] : call.environment) environment.push_back(name + "=" + value);
  std::vector<std::string> words = {DOVETAIL_COMMAND};
  words.insert(words.end(), call.words.begin(), call.words.end());
  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& entry : environment) envp.push_back(entry.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  if (::chdir(folder.c_str()) != 0) ::_exit(126);
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGPIPE})
    std::signal(number, SIG_DFL);  // a shell may ignore some
  redirect(call.stdout_to, out, STDOUT_FILENO);
  redirect(call.stderr_to, err, STDERR_FILENO);
  ::close(out);
  ::close(err);
  if (call.memory_max != 0) {
    const struct rlimit limit = {call.memory_max, call.memory_max};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(124);
  }
  ::execve(DOVETAIL_COMMAND, argv.data(), envp.data());
  ::_exit(127);
}

}  // namespace

CommandTest::CommandTest() {
  std::string name = (std::filesystem::temp_directory_path() / "dovetail-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  folder_ = std::filesystem::canonical(name);
}

CommandTest::~CommandTest() { std::filesystem::remove_all(folder_); }

CommandResult CommandTest::run(std::initializer_list<std::string> words) const { return run(CommandCall{words}); }

CommandResult CommandTest::run(const CommandCall& call) const {
  std::array<int, 2> out{}, err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) become_command(call, folder_, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);

  CommandResult result;
  bool signalled = false;
  std::array<pollfd, 2> ends = {{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    ::poll(ends.data(), ends.size(), -1);
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t count = ::read(ends[i].fd, buffer.data(), buffer.size());
      if (count > 0) {
        (i == 0 ? result.out : result.err).append(buffer.data(), static_cast<std::size_t>(count));
      } else {
        ::close(ends[i].fd);
        ends[i].fd = -1;
      }
    }
    if (call.signal != 0 && !signalled && result.err.find(call.signal_after) != std::string::npos) {
      ::kill(child, call.signal);
      signalled = true;
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::vector<std::string> CommandTest::files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void CommandTest::write(const std::string& name, const std::string& text) const {
  std::ofstream(folder_ / name, std::ios::binary) << text;
}

std::string CommandTest::read(const std::string& name) const {
  std::ifstream file(folder_ / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace dovetail::test
