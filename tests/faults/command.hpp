/// The built command as a process of its own, which a test may signal, kill, limit and watch.
#pragma once
#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/folder.hpp"

namespace dovetail::test {

struct Call {
  std::vector<std::string> words{};                                ///< after `dovetail`
  std::vector<std::pair<std::string, std::string>> environment{};  ///< nothing is inherited
  unsigned long file_bytes_max = 0;                                ///< limit of a file's size (ulimit -f); 0: none
  std::string stdout_to{};                                         ///< a file in place of the one that is read back
  std::string shell{};  ///< a line for the shell in place of `words`; "$DOVETAIL" is the command
};

/// The command, or the mutant that takes its place.
[[nodiscard]] std::string program();

struct Ended {
  int exit_code = -1;  ///< or 128 + the signal that ended it
  std::string out;
  std::string err;
  [[nodiscard]] bool was_killed() const { return exit_code == 128 + 9; }
};

/// A started command. The destructor kills it when it still runs, so that no test leaves one behind.
class Process {
 public:
  /// Starts in `folder`, where its output goes to hidden files until it is read back.
  Process(const std::filesystem::path& folder, const Call& call);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void send(int signal) const;
  [[nodiscard]] bool is_running();
  /// Polls until `condition` holds; false when the process ended before. A minute without either fails the test.
  bool wait_until(const std::function<bool()>& condition);
  /// Waits for the end. A minute without it fails the test and kills the process.
  Ended wait();
  /// What it has written to stderr so far.
  [[nodiscard]] std::string err_so_far() const;
  /// Likewise to stdout.
  [[nodiscard]] std::string out_so_far() const;
  [[nodiscard]] pid_t id() const { return id_; }

 private:
  std::filesystem::path out_;
  std::filesystem::path err_;
  pid_t id_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

/// A test with an empty folder in which commands run.
class CommandTest : public ::testing::Test {
 protected:
  [[nodiscard]] Ended run(const Call& call) const { return Process(folder_.path(), call).wait(); }
  [[nodiscard]] Ended run(std::initializer_list<std::string> words) const { return run(Call{words}); }
  /// `dovetail digest`, which must succeed.
  [[nodiscard]] std::string digest(const std::string& run_folder) const;
  /// Runs `words` to the end in a new folder and returns its digest.
  [[nodiscard]] std::string undisturbed_digest(std::vector<std::string> words) const;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  void copy(const std::string& from, const std::string& to) const;

  TemporaryFolder folder_;
};

/// Over a file, without syncs: thousands of them are written.
void overwrite(const std::filesystem::path& file, std::span<const std::byte> bytes);
/// Changes one bit of a file in place.
void flip_bit(const std::filesystem::path& file, std::uint64_t bit);
/// The text with `from`, which must be there, replaced by `to` once.
void edit(const std::filesystem::path& file, const std::string& from, const std::string& to);

}  // namespace dovetail::test
