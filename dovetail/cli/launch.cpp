// Only words are looked at, and the settings that they mean; nothing is started here.
#include "dovetail/cli/launch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/config.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

bool is_run_command(const std::string& word) { return job_of(word) || word == "resume"; }

/// By its name, or because it is the program that runs here, whatever it is called.
bool is_dovetail(const std::string& word) {
  if (fs::path(word).filename().string().starts_with("dovetail")) return true;
  std::error_code error;
  return word.find('/') != std::string::npos && fs::equivalent(word, "/proc/self/exe", error);
}

/// Where the command of dovetail stands in `words`.
std::size_t find_command_word(std::span<const std::string> words) {
  if (!words.empty() && is_run_command(words.front())) return 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (is_run_command(words[i]) && is_dovetail(words[i - 1])) return i;
  }
  throw UsageError(fmt::format(
      "`{}` has no `dovetail temper`, `sample`, `ep`, `lda` or `resume` in it (what ends is gone on with by "
      "`dovetail resume`); give one, alone or behind a launcher: mpirun -n 3 dovetail temper ...",
      shell_line(words)));
}

/// Flags as words again, each of one word, so that no value is taken for an option.
std::vector<std::string> flag_words(const std::map<std::string, std::string>& flags) {
  std::vector<std::string> words;
  words.reserve(flags.size());
  for (const auto& [name, value] : flags) words.push_back(fmt::format("{}={}", name, value));
  return words;
}

/// Those flags that `resume` takes too: layout, limits, printing.
std::map<std::string, std::string> kept_flags(const std::map<std::string, std::string>& flags) {
  std::map<std::string, std::string> kept;
  for (const Setting& setting : setting_table()) {
    const auto found = flags.find(setting.flag());
    if (found != flags.end() && takes(TakesSettings::resumable, setting)) kept.insert(*found);
  }
  return kept;
}

/// "+2" means two more than the run has now; said again after a restart, it would mean two more than that.
void make_length_absolute(std::map<std::string, std::string>& flags, const fs::path& run) {
  const RunSettings settings = settings_of_run(RunFolder::open(run));
  const std::uint64_t length = settings.job == JobKind::sample   ? settings.sample.draws
                               : settings.job == JobKind::temper ? settings.temper.rounds
                               : settings.job == JobKind::lda    ? settings.lda.sweeps
                                                                 : settings.ep.rounds;
  for (const char* flag : {"--rounds", "--draws", "--sweeps"}) {
    const auto found = flags.find(flag);
    if (found == flags.end() || !found->second.starts_with("+")) continue;
    std::uint64_t more = 0;
    const std::string& text = found->second;
    const auto parsed = std::from_chars(text.data() + 1, text.data() + text.size(), more);
    if (parsed.ec == std::errc())
      found->second = fmt::to_string(length + more);  // else `resume` itself says what is wrong
  }
}

void understand_resume(Launch& launch, const Arguments& arguments) {
  launch.run = find_run(arguments.positionals.front());
  auto flags = kept_flags(arguments.options);
  for (const char* length : {"--rounds", "--draws", "--sweeps"}) {
    if (arguments.has(length)) flags[length] = arguments.options.at(length);
  }
  make_length_absolute(flags, launch.run);
  launch.going_on = flag_words(flags);
}

void understand_new_run(Launch& launch, const Arguments& arguments) {
  auto flags = arguments.options;
  const std::string given = arguments.positionals.empty() ? "" : arguments.positionals.front();
  if (given.ends_with(".toml")) flags.emplace("--config", given);
  const JobKind job = job_of(launch.words.front()).value_or(JobKind::sample);
  const RunSettings settings = resolve_settings(job, flags);
  if (settings.model.empty() && given.empty()) {
    throw UsageError(
        fmt::format("`{}` names no {}; give one", shell_line(launch.words), job == JobKind::lda ? "CORPUS" : "MODEL"));
  }
  launch.run = settings.out;
  if (launch.run.empty()) {
    throw UsageError(
        fmt::format("`{}` names no folder for the run (without a name it cannot be found again when it is to "
                    "go on); add --out DIR",
                    shell_line(launch.words)));
  }
  launch.going_on = flag_words(kept_flags(arguments.options));
}

}  // namespace

Launch take_apart(std::span<const std::string> words) {
  const std::size_t at = find_command_word(words);
  Launch launch;
  if (at > 0) {
    launch.launcher.assign(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at) - 1);
    launch.program = words[at - 1];
  }
  launch.words.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  const auto arguments = split_arguments(find_command(launch.words.front()), std::span(launch.words).subspan(1));
  if (!arguments)
    throw UsageError(
        fmt::format("`{}` asks for help, which needs nobody to start it again; give the command that "
                    "runs",
                    shell_line(launch.words)));
  if (launch.words.front() == "resume") {
    understand_resume(launch, *arguments);
  } else {
    understand_new_run(launch, *arguments);
  }
  const std::string folder = launch.run.string();
  launch.going_on.insert(launch.going_on.begin(), {"resume", (folder.starts_with('-') ? "./" : "") + folder});
  return launch;
}

std::string shell_line(std::span<const std::string> words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

std::optional<RanksWord> find_ranks(std::span<const std::string> launcher) {
  constexpr std::array<std::string_view, 5> kWords = {"-n", "--n", "-np", "--np", "--ntasks"};
  constexpr std::array<std::string_view, 4> kBefore = {"--ntasks=", "--np=", "--n=", "-n"};
  std::optional<RanksWord> found;
  const auto note = [&](std::size_t place, std::string_view before) {
    const std::string_view digits = std::string_view(launcher[place]).substr(before.size());
    unsigned ranks = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ranks);
    if (error != std::errc() || end != digits.data() + digits.size() || ranks == 0) return;
    if (found) throw UsageError("the launcher names a number of ranks twice (which one is to change?); give it once");
    found = RanksWord{place, std::string(before), ranks};
  };
  for (std::size_t i = 1; i < launcher.size(); ++i) {
    if (std::find(kWords.begin(), kWords.end(), launcher[i - 1]) != kWords.end()) note(i, "");
  }
  for (std::size_t i = 0; i < launcher.size(); ++i) {
    for (const std::string_view before : kBefore) {
      if (!launcher[i].starts_with(before) || launcher[i].size() == before.size()) continue;
      note(i, before);
      break;
    }
  }
  return found;
}

}  // namespace dovetail::cli
