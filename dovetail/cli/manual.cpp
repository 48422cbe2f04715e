// `dovetail manual [COMMAND]`: pages for man(1), from the tables that help is made of.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/help.hpp"
#include "dovetail/cli/settings.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

/// As roff shows it and no request: hyphens that can be copied, backslashes, a dot or quote that begins a line.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      if ((out.empty() || out.back() == '\n') && (c == '.' || c == '\'')) out += "\\&";
      out += c;
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return out;
}

std::string title(const std::string& name, std::string_view summary) {
  return fmt::format(".TH {} 1 \"\" \"dovetail {}\" \"Dovetail\"\n.SH NAME\n{} \\- {}\n", roff(upper(name)),
                     build().version, roff(name), roff(summary));
}

std::string entry(const std::string& what, const std::string& words) {
  return fmt::format(".TP\n.B {}\n{}\n", roff(what), roff(words));
}

/// A text of fixed columns.
std::string as_it_is(std::string_view text) { return fmt::format(".nf\n{}.fi\n", roff(text)); }

std::string page_of(const Command& command) {
  const std::string name = fmt::format("dovetail-{}", command.name);
  std::string text = title(name, command.summary);
  text += fmt::format(".SH SYNOPSIS\n.B dovetail {}\n{}\n", command.name,
                      roff("[options] " + std::string(command.positionals)));
  text += fmt::format(".SH EXAMPLE\n{}", as_it_is(std::string(command.example) + "\n"));
  text += ".SH OPTIONS\n";
  for (const Option& option : command.options) text += entry(option_words(option), option.help);
  text += entry("-h, --help", "the same in short");
  if (command.settings != TakesSettings::none) {
    text += ".SH SETTINGS\nEach is a flag, an environment variable and a key of a TOML file.\n";
    for (const Setting& s : setting_table()) {
      if (!takes(command.settings, s)) continue;
      const Option option{s.flag(), s.letter, std::string(s.value), ""};
      text +=
          entry(option_words(option), fmt::format("{}; {}{}. {}", s.help, s.allowed, default_words(s), s.variable()));
    }
  }
  return text + ".SH SEE ALSO\n.BR dovetail (1)\n";
}

std::string overview_page() {
  std::string text = title("dovetail", "draws from hard posteriors, with the same bits on any number of machines");
  text += ".SH SYNOPSIS\n.B dovetail\nCOMMAND ...\n.SH COMMANDS\n";
  for (const Command& command : commands()) {
    text += entry(fmt::format("dovetail {} {}", command.name, command.positionals), std::string(command.summary));
  }
  text += fmt::format(".SH EXIT STATUS\n{}", as_it_is(topic_text("exit-codes")));
  text += ".SH SEE ALSO\n";
  std::string others;
  for (const Command& command : commands()) {
    if (!others.empty()) text += others + ",\n";
    others = fmt::format(".BR dovetail\\-{} (1)", roff(command.name));
  }
  return text + others + "\n";
}

/// dovetail.1, and a page of each command.
void write_all(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  replace_file(folder / "dovetail.1", overview_page());
  for (const Command& command : commands()) {
    replace_file(folder / fmt::format("dovetail-{}.1", command.name), page_of(command));
  }
}

ExitCode run(const Arguments& arguments) {
  if (arguments.has("--all")) {
    if (!arguments.positionals.empty()) throw UsageError("--all writes every page; leave COMMAND out");
    write_all(arguments.options.at("--all"));
    return ExitCode::done;
  }
  print_result(arguments.positionals.empty() ? overview_page() : page_of(find_command(arguments.positionals.front())));
  return ExitCode::done;
}

}  // namespace

Command manual_command() {
  return {"manual",
          "[COMMAND]",
          0,
          1,
          "print a page for man(1); `man dovetail` where it is installed",
          "dovetail manual temper",
          TakesSettings::none,
          {{"--all", 0, "DIR", "write all pages into this folder instead"}},
          run};
}

}  // namespace dovetail::cli
