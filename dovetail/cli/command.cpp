// The registry of commands, and the split of a command line by CLI11.
#include "dovetail/cli/command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "dovetail/cli/console.hpp"
#include "dovetail/cli/help.hpp"
#include "dovetail/cli/ranks.hpp"
#include "dovetail/cli/run.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/store.hpp"

namespace dovetail::cli {
namespace {

std::string flag_names(const Option& option) {
  return option.letter == 0 ? option.name : fmt::format("-{},{}", option.letter, option.name);
}

/// Why `resume` does not take a flag of `temper` or `sample`.
std::string reason_on_resume(const Setting& setting) {
  if (setting.group == SettingGroup::statistics) {
    return "cannot change when a run goes on (its draws are a function of it); start a new run";
  }
  return "has no place here: a run goes on in its own folder; copy the folder before, to keep it as it is";
}

[[noreturn]] void throw_unknown_option(const Command& command, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (command.settings == TakesSettings::resumable) {
    for (const Setting& setting : setting_table()) {
      if (name == setting.flag()) throw UsageError(fmt::format("{} {}", name, reason_on_resume(setting)));
    }
    if (name == "--config") throw UsageError("--config has no place here: a run goes on with its own config.toml");
  }
  std::vector<std::string> names = {"--help"};
  for (const Option& option : all_options(command)) names.push_back(option.name);
  const char* hint = command.positionals.starts_with("--") ? "; words of COMMAND come after a word `--`" : "";
  throw UsageError(fmt::format("`dovetail {}` has no option `{}`{} (`dovetail help {}` lists them{})", command.name,
                               name, suggestion(name, names), command.name, hint));
}

[[noreturn]] void throw_wrong_count(const Command& command, std::size_t count) {
  const std::string what = command.positionals_max == 0   ? "no arguments"
                           : command.positionals_min == 2 ? "two arguments, " + std::string(command.positionals)
                                                          : "one " + std::string(command.positionals);
  throw UsageError(fmt::format("`dovetail {}` takes {}, not {} of them; for example: {}", command.name, what, count,
                               command.example));
}

}  // namespace

std::span<const Command> commands() {
  static const std::vector<Command> all = {
      temper_command(),     sample_command(), ep_command(),      lda_command(),       corpus_command(),
      infer_command(),      worker_command(), sites_command(),   redis_acl_command(), resume_command(),
      run_command(),        submit_command(), status_command(),  watch_command(),     cancel_command(),
      summary_command(),    locals_command(), compare_command(), report_command(),    digest_command(),
      verify_command(),     export_command(), compile_command(), check_command(),     doctor_command(),
      completion_command(), manual_command(), help_command()};
  return all;
}

const Command& find_command(std::string_view name) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name == name) return command;
    names.emplace_back(command.name);
  }
  throw UsageError(
      fmt::format("there is no command `{}`{} (`dovetail help` lists them)", name, suggestion(name, names)));
}

bool takes(TakesSettings which, const Setting& setting) {
  switch (which) {
    case TakesSettings::none:
      break;
    case TakesSettings::of_temper:
      return setting.is_of(JobKind::temper);
    case TakesSettings::of_sample:
      return setting.is_of(JobKind::sample);
    case TakesSettings::of_ep:
      return setting.is_of(JobKind::ep);
    case TakesSettings::of_worker:
      return setting.key == "data" || setting.key == "store" || setting.key == "run" || setting.key == "threads" ||
             setting.key == "model_timeout" || setting.key == "min_rows" || setting.key == "format" ||
             setting.key == "vocabulary" || setting.key == "stop_words" ||
             (setting.group == SettingGroup::output && setting.key != "json" && setting.key != "strict");
    case TakesSettings::of_lda:
      return setting.is_of(JobKind::lda);
    case TakesSettings::resumable:
      return setting.on_resume == OnResume::may_change;
  }
  return false;
}

std::vector<Option> all_options(const Command& command) {
  std::vector<Option> options = command.options;
  for (const Setting& s : setting_table()) {
    if (!takes(command.settings, s)) continue;
    options.push_back({s.flag(), s.letter, std::string(s.value), std::string(s.help)});
  }
  return options;
}

std::optional<Arguments> split_arguments(const Command& command, std::span<const std::string> words) {
  CLI::App app;
  app.set_help_flag();  // help is ours, so that its lines come from the tables
  app.allow_extras();   // left-over words get an error with a suggestion below
  CLI::Option* help = app.add_flag("-h,--help");
  std::vector<std::pair<std::string, CLI::Option*>> declared;
  for (const Option& option : all_options(command)) {
    CLI::Option* handle = nullptr;
    if (option.value.empty()) {
      handle = app.add_flag(flag_names(option));
    } else {
      handle = app.add_option(flag_names(option), CLI::callback_t([](const CLI::results_t&) { return true; }));
      handle->expected(1)->type_name("")->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }
    declared.emplace_back(option.name, handle);
  }
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // what CLI11 wants of a vector
    app.parse(reversed);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();  // "--seed: 1 required ..."
    throw UsageError(fmt::format("{} wants exactly one value, once (`dovetail help {}`)",
                                 text.substr(0, text.find(':')), command.name));
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{} (`dovetail help {}`)", error.what(), command.name));
  }
  if (help->count() > 0) return std::nullopt;

  Arguments arguments;
  bool only_positionals = false;
  for (const std::string& word : app.remaining()) {
    if (word == "--" && !only_positionals) {
      only_positionals = true;
    } else if (word.size() > 1 && word.front() == '-' && !only_positionals) {
      throw_unknown_option(command, word);
    } else {
      arguments.positionals.push_back(word);
    }
  }
  for (const auto& [name, handle] : declared) {
    if (handle->count() > 0) arguments.options[name] = handle->results().back();
  }
  const std::size_t count = arguments.positionals.size();
  if (count < command.positionals_min || count > command.positionals_max) throw_wrong_count(command, count);
  return arguments;
}

ExitCode run_command_line(std::span<const std::string> words) {
  if (words.empty()) {
    print_note(overview_text());
    return ExitCode::usage;
  }
  const std::string& first = words.front();
  if (first == "-h" || first == "--help") {
    print_result(overview_text());
    return ExitCode::done;
  }
  if (first == "-V" || first == "--version") {
    print_result(version_text());
    return ExitCode::done;
  }
  if (first.starts_with("-")) {
    throw UsageError(fmt::format("`{}` comes before a command; write `dovetail COMMAND ... {}`", first, first));
  }
  const bool is_infer = first == "lda" && words.size() > 1 && words[1] == "infer";  // a part of it, to say it so
  const Command& command = find_command(is_infer ? words[1] : first);
  std::optional<JoinedRanks> ranks;
  // Workers that a launcher started together know nothing of each other.
  if (command.settings != TakesSettings::none && command.settings != TakesSettings::of_worker) ranks.emplace();
  const auto arguments = split_arguments(command, words.subspan(is_infer ? 2 : 1));
  if (!arguments) {
    print_result(command_text(command));
    return ExitCode::done;
  }
  try {
    return command.run(*arguments);
  } catch (const StoreStopped& stopped) {
    print_note(fmt::format("dovetail: {}: {}\n", StopSignals::name(), printable(stopped.what())));
    return exit_code(StopSignals::received(), Summary(), false);
  }
}

}  // namespace dovetail::cli
