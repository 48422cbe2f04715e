/// Runs the built command as a user would: own folder, own environment, output caught.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace dovetail::test {

struct CommandResult {
  int exit_code = -1;  ///< or 128 + the signal that ended it
  std::string out;
  std::string err;
};

struct CommandCall {
  std::vector<std::string> words;                                  ///< after `dovetail`
  std::vector<std::pair<std::string, std::string>> environment{};  ///< besides PATH; nothing is inherited
  std::string stdout_to{};     ///< a file in place of the pipe; "-" closes the descriptor, "|" a pipe that nobody reads
  std::string stderr_to{};     ///< likewise
  std::string signal_after{};  ///< send `signal` once stderr holds this text
  int signal = 0;
  std::size_t memory_max = 0;  ///< bytes of address space that the process may have; 0: no limit
};

/// An empty folder that is the working folder of every call, and is removed at the end.
class CommandTest : public ::testing::Test {
 protected:
  CommandTest();
  ~CommandTest() override;
  CommandTest(const CommandTest&) = delete;
  CommandTest& operator=(const CommandTest&) = delete;

  [[nodiscard]] CommandResult run(const CommandCall& call) const;
  /// The same with words alone.
  [[nodiscard]] CommandResult run(std::initializer_list<std::string> words) const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Names in the working folder, sorted.
  [[nodiscard]] std::vector<std::string> files() const;
  void write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string read(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace dovetail::test
