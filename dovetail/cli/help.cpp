// `dovetail help [TOPIC]`: nothing here repeats a table, it prints it.
#include "dovetail/cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "dovetail/cli/console.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/diagnose/warnings.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/kernel/proposal/registry.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/divided.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

/// Two columns: names on the left, wrapped words on the right.
std::string rows_text(const std::vector<std::pair<std::string, std::string>>& rows) {
  constexpr std::size_t kLeftMax = 30;
  std::size_t left = 0;
  for (const auto& [name, words] : rows) left = std::max(left, std::min(name.size(), kLeftMax));
  std::string text;
  for (const auto& [name, words] : rows) {
    std::string right = wrapped(words, left + 4);
    if (name.size() <= left) {
      right.replace(0, left + 4, fmt::format("  {:<{}}  ", name, left));
      text += right;
    } else {
      text += fmt::format("  {}\n{}", name, right);
    }
  }
  return text;
}

std::string unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

std::string settings_rows(TakesSettings which) {
  std::string text;
  for (const SettingGroup group :
       {SettingGroup::statistics, SettingGroup::layout, SettingGroup::files, SettingGroup::output}) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Setting& s : setting_table()) {
      if (s.group != group || !takes(which, s)) continue;
      const Option option{s.flag(), s.letter, std::string(s.value), ""};
      rows.emplace_back(option_words(option), std::string(s.help) + default_words(s));
    }
    if (!rows.empty()) text += fmt::format("\n{}\n{}", group_title(group), rows_text(rows));
  }
  return text;
}

std::string settings_topic() {
  std::string text = wrapped(
      "A setting is a flag, an environment variable and a key of a TOML file. A flag wins over the variable, the "
      "variable over the file named by --config (or DOVETAIL_CONFIG), the file over the default. Each run keeps "
      "all of them, as resolved, in its config.toml, which --config reads again. The model is the argument MODEL, "
      "DOVETAIL_MODEL or the key `model`.",
      0);
  text += "\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Setting& s : setting_table()) {
    rows.emplace_back(std::string(s.key),
                      fmt::format("{}; {}{}. {}, {}", s.help, s.allowed, default_words(s), s.flag(), s.variable()));
  }
  return text + rows_text(rows);
}

std::string kernels_topic() {
  std::vector<std::pair<std::string, std::string>> rows = {
      {"auto", "the kernel that suits the model best; the summary says which"}};
  for (const KernelEntry& entry : kernel_registry())
    rows.emplace_back(std::string(entry.name), std::string(entry.summary));
  return "Kernels for --kernel. `a+b` takes a step of a, then one of b.\n\n" + rows_text(rows);
}

std::string joined(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::string proposals_topic() {
  std::string text = wrapped(
      "Proposals of the kernel mh: [[proposal]] tables in a file of settings, which `dovetail sample FILE.toml` runs. "
      "A "
      "line ends with the default.",
      0);
  text += "\n  [[proposal]]\n  parameters = [\"mu\", \"tau\"]\n  kind = \"normal\"\n\nKeys of every kind\n";
  std::vector<std::pair<std::string, std::string>> rows = {
      {"parameters", "names; \"theta\" stands for theta[1], theta[2], ..."}, {"kind", "one of those below"}};
  const auto add = [&](const ProposalKey& key) { rows.emplace_back(key.name, key.summary); };
  for (const ProposalKey& key : common_proposal_keys()) add(key);
  text += rows_text(rows);
  for (const ProposalKind& kind : proposal_registry()) {
    rows.clear();
    for (const ProposalKey& key : kind.keys) {
      add(key);
      if (key.name == "adapt") rows.back().second += fmt::format(": {}; the first", joined(kind.rules));
    }
    text += fmt::format("\n{}{}", wrapped(fmt::format("{}: {}", kind.name, kind.summary), 0), rows_text(rows));
  }
  rows.clear();
  for (const AdaptationName& rule : adaptation_names()) rows.emplace_back(rule.name, rule.summary);
  return text + "\nRules of adaptation, and what each learns\n" + rows_text(rows);
}

/// Below a model, its settings.
template <class Entry>
void add_model(const Entry& entry, std::vector<std::pair<std::string, std::string>>& rows) {
  rows.emplace_back("builtin:" + std::string(entry.name), std::string(entry.summary));
  for (const ModelSetting& s : entry.settings) {
    rows.emplace_back("  " + std::string(s.key), fmt::format("{}; {} to {} [{}]", s.summary, shortest(s.lower),
                                                             shortest(s.upper), shortest(s.standard)));
  }
}

std::string models_topic() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const ModelEntry& entry : model_registry()) add_model(entry, rows);
  std::vector<std::pair<std::string, std::string>> of_groups;
  for (const DividedEntry& entry : divided_registry()) add_model(entry, of_groups);
  return wrapped(
             "A model is `builtin:NAME` or `builtin:NAME,key=value,...`; a library `FILE.so` with BridgeStan's C "
             "interface (docs/libraries.md), or its source FILE.cpp or FILE.stan, which is compiled when needed "
             "(`dovetail help compile`); or `exec:COMMAND`, any program that answers lines of JSON (docs/exec.md), "
             "which "
             "/bin/sh runs. Libraries and commands are code that runs with your rights, also in `resume` and `verify` "
             "of "
             "a run that names them: use those of people you trust. `dovetail check MODEL` looks a model over.",
             0) +
         "\nBuilt-in models\n" + rows_text(rows) +
         "\nOf rows in groups: `ep`, and `temper` and `sample` with --data FILE.csv --by COLUMN\n" +
         rows_text(of_groups);
}

std::string exit_codes_topic() {
  return "Exit codes\n\n" +
         rows_text(
             {{"0", "done"},
              {"1", "a bug in Dovetail, out of memory, or `dovetail verify` found other bits"},
              {"2", "usage or settings"},
              {"3", "the model or its data"},
              {"4", "the diagnostics warn, under --strict"},
              {"5", "files or disk"},
              {"6", "ranks, workers or their store were lost, and what goes on with the run gave up"},
              {"7", "a run's checkpoint, manifest or settings are unreadable, or of another run"},
              {"75", "stopped early with a good checkpoint (SIGTERM, SIGUSR1, --max-time); `dovetail resume` goes on"},
              {"130", "interrupted (SIGINT), the checkpoint is good"}});
}

std::string warnings_topic() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const diagnose::WarningKind& kind : diagnose::warning_kinds()) {
    rows.emplace_back(std::string(kind.id), std::string(kind.title));
  }
  return wrapped(
             "What a run may end with. `dovetail help W101` explains one; a run without any says "
             "`no problems detected`.",
             0) +
         "\n" + rows_text(rows);
}

std::string warning_text(const diagnose::WarningKind& kind) {
  return fmt::format("{}: {}\n\n{}", kind.id, kind.title, wrapped(kind.explanation, 0));
}

struct Topic {
  std::string_view name;
  std::string_view summary;
  std::string (*text)();
};
constexpr Topic kTopics[] = {{"settings", "flags, environment variables and TOML keys", settings_topic},
                             {"models", "the built-in models, and programs as models", models_topic},
                             {"kernels", "what moves a chain, or a rung between swaps", kernels_topic},
                             {"proposals", "tables for the kernel mh: kinds, keys, rules", proposals_topic},
                             {"warnings", "what the diagnostics may say; W and a number explains one", warnings_topic},
                             {"exit-codes", "what the exit code means", exit_codes_topic}};

ExitCode run(const Arguments& arguments) {
  print_result(arguments.positionals.empty() ? overview_text() : topic_text(arguments.positionals.front()));
  return ExitCode::done;
}

}  // namespace

std::string option_words(const Option& option) {
  const std::string letter = option.letter == 0 ? "" : fmt::format("-{}, ", option.letter);
  return letter + option.name + (option.value.empty() ? "" : " " + option.value);
}

std::string default_words(const Setting& setting) {
  if (setting.must_be_given()) return " (must be given)";
  const std::string value = unquoted(setting.get(RunSettings()));
  return setting.value.empty() || value.empty() ? "" : fmt::format(" [{}]", value);
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  const std::string margin(indent, ' ');
  std::string out, line;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
      out += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
    text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
  }
  return out + margin + line + "\n";
}

std::string overview_text() {
  std::string text =
      "Usage: dovetail COMMAND ...\n\n" +
      wrapped(
          "Draws from hard posteriors and computes their evidence. The same seed gives the same bits on any number of "
          "threads and processes, and after any crash.",
          0) +
      "\nCommands\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command& command : commands()) {
    rows.emplace_back(fmt::format("{} {}", command.name, command.positionals), std::string(command.summary));
  }
  text += rows_text(rows) + "\nTopics for `dovetail help`\n";
  rows.clear();
  for (const Topic& topic : kTopics) rows.emplace_back(std::string(topic.name), std::string(topic.summary));
  return text + rows_text(rows) + "\nExample:\n  " + std::string(find_command("temper").example) +
         "\n\n`dovetail COMMAND --help` explains a command, `dovetail --version` names the version.\n";
}

std::string command_text(const Command& command) {
  std::string summary(command.summary);
  summary.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(summary.front())));
  const bool options_first = command.positionals.starts_with("--");
  const std::string words = command.positionals.empty() ? "" : " " + std::string(command.positionals);
  std::string text = fmt::format("Usage: dovetail {}{}\n\n{}\nExample:\n  {}\n", command.name,
                                 options_first ? " [options]" + words : words + " [options]", wrapped(summary + ".", 0),
                                 command.example);
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Option& option : command.options) rows.emplace_back(option_words(option), option.help);
  rows.emplace_back("-h, --help", "this text");
  text += "\nOptions\n" + rows_text(rows);
  if (command.settings != TakesSettings::none) {
    text += settings_rows(command.settings);
    text += "\nEach of these is also an environment variable and a TOML key: `dovetail help settings`.\n";
  }
  return text;
}

std::string version_text() { return fmt::format("dovetail {}\n", build().version); }

std::string topic_text(std::string_view topic) {
  std::vector<std::string> names;
  for (const Topic& known : kTopics) {
    if (known.name == topic) return known.text();
    names.emplace_back(known.name);
  }
  for (const Command& command : commands()) {
    if (command.name == topic) return command_text(command);
    names.emplace_back(command.name);
  }
  std::string id(topic);  // w102 is W102
  for (char& c : id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (const diagnose::WarningKind* kind = diagnose::find_warning(id)) return warning_text(*kind);
  for (const diagnose::WarningKind& kind : diagnose::warning_kinds()) names.emplace_back(kind.id);
  throw UsageError(
      fmt::format("there is no help on `{}`{} (`dovetail help` lists the topics)", topic, suggestion(topic, names)));
}

Command help_command() {
  return {"help",
          "[TOPIC]",
          0,
          1,
          "explain a command, a topic or a warning such as W104",
          "dovetail help settings",
          TakesSettings::none,
          {},
          run};
}

}  // namespace dovetail::cli
