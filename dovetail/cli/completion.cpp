// `dovetail completion SHELL`: what a shell offers after TAB, from the tables of commands and settings.
#include <fmt/format.h>

#include <algorithm>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/help.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/model/divided.hpp"
#include "dovetail/model/registry.hpp"

namespace dovetail::cli {
namespace {

constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789_-";

struct Offer {
  Option option;
  std::vector<std::string> words;  ///< that its value may be
  bool is_path = false;            ///< its value names a file, a folder or a run
};

/// Of "auto, serial, threads, mpi or pool" the five words; of "none, or a positive number" the one.
std::vector<std::string> words_in(std::string allowed) {
  for (std::size_t at = 0; (at = allowed.find(" or ")) != std::string::npos;) allowed.replace(at, 4, ", ");
  std::vector<std::string> words;
  for (std::size_t start = 0; start < allowed.size();) {
    const std::size_t end = std::min(allowed.find(", ", start), allowed.size());
    const std::string word = allowed.substr(start, end - start);
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) words.push_back(word);
    start = end + 2;
  }
  return words;
}

bool names_path(std::string_view value) {
  for (const char* noun : {"FILE", "DIR", "RUN", "PATH"}) {
    if (value.find(noun) != std::string_view::npos) return true;
  }
  return false;
}

std::vector<Offer> offers_of(const Command& command) {
  std::vector<Offer> offers;
  for (const Option& option : all_options(command)) {
    const Setting* setting = nullptr;
    for (const Setting& row : setting_table()) {
      if (takes(command.settings, row) && row.flag() == option.name) setting = &row;
    }
    offers.push_back({option, setting == nullptr ? std::vector<std::string>() : words_in(std::string(setting->allowed)),
                      names_path(option.value)});
  }
  offers.push_back({{"--help", 'h', "", "explain the command"}, {}, false});
  return offers;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelEntry& entry : model_registry()) names.push_back(fmt::format("builtin:{}", entry.name));
  for (const DividedEntry& entry : divided_registry()) names.push_back(fmt::format("builtin:{}", entry.name));
  return names;
}

bool takes_model(const Command& command) { return command.positionals.find("MODEL") != std::string_view::npos; }

/// In single quotes of a shell; `escaped` characters get a backslash.
std::string quoted(std::string_view text, std::string_view escaped) {
  std::string out = "'";
  for (const char c : text) {
    if (escaped.find(c) != std::string_view::npos) out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::vector<std::string> names_of_commands() {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  return names;
}

std::string bash_script() {
  std::string options, values;
  for (const Command& command : commands()) {
    std::vector<std::string> names;
    for (const Offer& offer : offers_of(command)) {
      names.push_back(offer.option.name);
      if (!offer.words.empty()) {
        values += fmt::format("    {}\\ {}) words=\"{}\"{};;\n", command.name, offer.option.name, joined(offer.words),
                              offer.is_path ? "; files=1" : "");
      }
    }
    options += fmt::format("    {}) options=\"{}\"{};;\n", command.name, joined(names),
                           takes_model(command) ? "; models=1" : "");
  }
  return fmt::format(R"(# bash completion of dovetail, by `dovetail completion bash`
_dovetail() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command= options= words= files= models= i
  local known="{0}"
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${{COMP_WORDS[i]}} != -* ]]; then command=${{COMP_WORDS[i]}}; break; fi
  done
  if [[ -z $command ]]; then
    COMPREPLY=($(compgen -W "{1} --help --version" -- "$word"))
    return
  fi
  case $command in
{2}  esac
  case $command\ $previous in
{3}  esac
  if [[ $word == : || $previous == : ]]; then  # the shell has split builtin:NAME
    [[ $word == : ]] && word=
    COMPREPLY=($(compgen -W "${{known//builtin:/}}" -- "$word"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    [[ -n $files ]] && COMPREPLY+=($(compgen -f -- "$word"))
  elif [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
    [[ -n $models && $previous == "$command" ]] && COMPREPLY+=($(compgen -W "$known" -- "$word"))
  fi
}}
complete -o filenames -F _dovetail dovetail
)",
                     joined(model_names()), joined(names_of_commands()), options, values);
}

std::string zsh_value(const Offer& offer) {
  if (offer.option.value.empty()) return "";
  const std::string words = joined(offer.words);
  const std::string action = words.empty()   ? (offer.is_path ? "_files" : " ")
                             : offer.is_path ? fmt::format("{{compadd -- {} ; _files}}", words)
                                             : fmt::format("({})", words);
  return fmt::format(":{}:{}", offer.option.name.substr(2), action);
}

std::string zsh_script() {
  constexpr std::string_view kSpecial = "[]:\\";
  std::string described, cases;
  for (const Command& command : commands()) {
    described += fmt::format("    {}\n", quoted(fmt::format("{}:{}", command.name, command.summary), ""));
    cases += fmt::format("    {})\n      _arguments \\\n", command.name);
    for (const Offer& offer : offers_of(command)) {
      const std::string help = quoted(offer.option.help, kSpecial);
      const std::string equals = offer.option.value.empty() ? "" : "=";
      cases += fmt::format("        '{}{}['{}']{}' \\\n", offer.option.name, equals, help, zsh_value(offer));
    }
    cases += takes_model(command)
                 ? fmt::format("        '*:model:{{compadd -- {} ; _files}}';;\n", joined(model_names()))
                 : "        '*:file:_files';;\n";
  }
  return fmt::format(R"(#compdef dovetail
# zsh completion of dovetail, by `dovetail completion zsh`
_dovetail() {{
  local -a known=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command known
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{}  esac
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _dovetail "$@"; else compdef _dovetail dovetail; fi
)",
                     described, cases);
}

std::string fish_script() {
  constexpr std::string_view kSpecial = "\\";
  std::string text = "# fish completion of dovetail, by `dovetail completion fish`\n";
  for (const Command& command : commands()) {
    text += fmt::format("complete -c dovetail -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                        quoted(command.summary, kSpecial));
  }
  for (const Command& command : commands()) {
    const std::string here = fmt::format("complete -c dovetail -n '__fish_seen_subcommand_from {}'", command.name);
    for (const Offer& offer : offers_of(command)) {
      const bool has_value = !offer.option.value.empty();
      text += fmt::format("{} -l {}{}{}{} -d {}\n", here, offer.option.name.substr(2),
                          offer.option.letter == 0 ? "" : fmt::format(" -s {}", offer.option.letter),
                          !has_value      ? ""
                          : offer.is_path ? " -r"
                                          : " -x",
                          offer.words.empty() ? "" : fmt::format(" -a '{}'", joined(offer.words)),
                          quoted(offer.option.help, kSpecial));
    }
    if (takes_model(command)) text += fmt::format("{} -a '{}'\n", here, joined(model_names()));
  }
  return text;
}

ExitCode run(const Arguments& arguments) {
  const std::string& shell = arguments.positionals.front();
  if (shell == "bash") {
    print_result(bash_script());
  } else if (shell == "zsh") {
    print_result(zsh_script());
  } else if (shell == "fish") {
    print_result(fish_script());
  } else {
    throw UsageError(fmt::format("there is no completion for `{}`; give bash, zsh or fish", shell));
  }
  return ExitCode::done;
}

}  // namespace

Command completion_command() {
  return {"completion",
          "SHELL",
          1,
          1,
          "print what bash, zsh or fish need to complete commands and options",
          "dovetail completion bash",
          TakesSettings::none,
          {},
          run};
}

}  // namespace dovetail::cli
