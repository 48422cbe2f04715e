// fork and execve, output in files: a process may be killed at any moment and nothing blocks on a pipe.
#include "tests/faults/command.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

namespace dovetail::test {
namespace {

constexpr std::chrono::seconds kPatience{60};

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void redirect(const std::filesystem::path& to, int descriptor) {
  const int file = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
  ::close(file);
}

}  // namespace

/// A mutant of the command takes the place of the built one by this variable (command_mutant.cmake).
std::string program() {
  const char* mutant = std::getenv("DOVETAIL_MUTANT_COMMAND");
  return mutant != nullptr ? mutant : DOVETAIL_COMMAND;
}

Process::Process(const std::filesystem::path& folder, const Call& call) {
  static int started = 0;
  const std::string number = std::to_string(++started);
  out_ = folder / (".out-" + number);
  err_ = folder / (".err-" + number);
  std::vector<std::string> words = {program()};
  words.insert(words.end(), call.words.begin(), call.words.end());
  std::map<std::string, std::string> variables = {{"PATH", "/usr/bin:/bin"}, {"DOVETAIL", program()}};
  for (const auto& [name, value] : call.environment) variables[name] = value;
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
  if (!call.shell.empty()) words = {"/bin/sh", "-c", call.shell};
  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& entry : environment) envp.push_back(entry.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  id_ = ::fork();
  if (id_ != 0) return;
  if (::chdir(folder.c_str()) != 0) ::_exit(126);
  // A shell ignores SIGINT in what it starts in the background.
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE}) ::signal(signal, SIG_DFL);
  redirect(err_, STDERR_FILENO);
  redirect(call.stdout_to.empty() ? out_ : std::filesystem::path(call.stdout_to), STDOUT_FILENO);
  if (call.file_bytes_max != 0) {
    const rlimit limit{call.file_bytes_max, call.file_bytes_max};
    ::signal(SIGXFSZ, SIG_IGN);  // as a shell's `trap '' XFSZ`: write() then fails in place of killing
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

Process::~Process() {
  if (is_running()) {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, &status_, 0);
  }
  std::error_code error;
  std::filesystem::remove(out_, error);
  std::filesystem::remove(err_, error);
}

void Process::send(int signal) const {
  if (!ended_) ::kill(id_, signal);  // not yet waited for, so the number is still this process's
}

bool Process::is_running() {
  if (!ended_ && ::waitpid(id_, &status_, WNOHANG) == id_) ended_ = true;
  return !ended_;
}

bool Process::wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (!is_running()) return condition();
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "a minute has passed in waiting; stderr: " << err_so_far();
      return false;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

Ended Process::wait() {
  if (!wait_until([this] { return !is_running(); })) send(SIGKILL);
  if (!ended_) ::waitpid(id_, &status_, 0);
  ended_ = true;
  return {WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_), content(out_), content(err_)};
}

std::string Process::err_so_far() const { return content(err_); }

std::string Process::out_so_far() const { return content(out_); }

std::string CommandTest::digest(const std::string& run_folder) const {
  const Ended ended = run({"digest", run_folder});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  return ended.out;
}

std::string CommandTest::undisturbed_digest(std::vector<std::string> words) const {
  words.insert(words.end(), {"--out", "undisturbed"});
  const Ended ended = run(Call{std::move(words)});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  return digest("undisturbed");
}

void CommandTest::copy(const std::string& from, const std::string& to) const {
  std::filesystem::remove_all(folder_ / to);
  std::filesystem::copy(folder_ / from, folder_ / to, std::filesystem::copy_options::recursive);
}

void overwrite(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}

void flip_bit(const std::filesystem::path& path, std::uint64_t bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(bit / 8));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(bit / 8));
  file.put(static_cast<char>(byte ^ (1 << bit % 8)));
  ASSERT_TRUE(file.good()) << path;
}

void edit(const std::filesystem::path& path, const std::string& from, const std::string& to) {
  std::string text = content(path);
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from << " is not in " << path;
  std::ofstream(path, std::ios::binary) << text.replace(at, from.size(), to);
}

}  // namespace dovetail::test
