/// A command line of `dovetail temper`, `sample` or `resume` behind a launcher such as mpirun, taken apart: what `run`
/// and `submit` start, and start again in another form.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dovetail::cli {

struct Launch {
  std::vector<std::string> launcher;  ///< "mpirun", "-n", "3"; empty: none
  std::string program;                ///< "dovetail", as it was given; empty where the first word is the command
  std::vector<std::string> words;     ///< of dovetail itself, its command first
  std::filesystem::path run;          ///< the folder that it writes to
  std::vector<std::string> going_on;  ///< words that go on with that run in the same layout: "resume", ...
};

/// `dovetail temper ...` alone, behind a launcher, or without its first word. The words of dovetail are checked as it
/// checks them itself. UsageError when no such command is found, or no folder is named.
[[nodiscard]] Launch take_apart(std::span<const std::string> words);

/// The words as a line that can be copied into a shell.
[[nodiscard]] std::string shell_line(std::span<const std::string> words);

/// Where a launcher's words say how many ranks it is to start.
struct RanksWord {
  std::size_t place;   ///< which word
  std::string before;  ///< what stands before the number in that word: "--ntasks=", "-n", or nothing
  unsigned ranks;
};
/// Nothing when no word says so; UsageError when several do, as in launches of several programs.
[[nodiscard]] std::optional<RanksWord> find_ranks(std::span<const std::string> launcher);

}  // namespace dovetail::cli
