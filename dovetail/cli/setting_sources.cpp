// Where values of settings come from: flags and the environment. config.cpp reads the third source, a TOML file.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "dovetail/cli/settings.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

void require_text(std::string_view text, std::string_view where) {
  if (text.empty()) throw UsageError(fmt::format("{} is empty; give it a value, or leave it out", where));
}

}  // namespace

void set_value(RunSettings& settings, const Setting& setting, std::string_view text, std::string_view where) {
  if (!is_utf8(text)) {
    throw UsageError(fmt::format(
        "{}: the value is not UTF-8 text (config.toml could not hold it); use other names of files", where));
  }
  try {
    setting.set(settings, text);
  } catch (const BadValue& bad) {
    RunSettings defaults;
    defaults.job = settings.job;
    const std::string otherwise = setting.must_be_given() ? "" : fmt::format(" (default {})", setting.get(defaults));
    throw UsageError(fmt::format("{}: \"{}\" {}; allowed: {}{}", where, text, bad.what(), setting.allowed, otherwise));
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", where, error.what()));
  }
}

void check_settings(const RunSettings& settings) {
  if (!settings.quiet || !settings.verbose) return;
  throw UsageError(
      "--quiet and --verbose contradict each other; leave one out, or switch it off with --quiet=false or "
      "--verbose=false");
}

void apply_flags(RunSettings& settings, const std::map<std::string, std::string>& flags) {
  for (const Setting& setting : setting_table()) {
    const auto found = flags.find(setting.flag());
    if (found == flags.end()) continue;
    require_text(found->second, found->first);
    set_value(settings, setting, found->second, found->first);
  }
}

void apply_environment(RunSettings& settings, bool resuming) {
  constexpr std::string_view kPrefix = "DOVETAIL_";
  constexpr std::string_view kModel = "DOVETAIL_MODEL";  // a key of TOML too, and an argument in place of a flag
  std::vector<std::string> variables = {"DOVETAIL_CONFIG", std::string(kModel)};
  for (const Setting& setting : setting_table()) variables.push_back(setting.variable());
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    const std::size_t equals = line.find('=');
    if (!line.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, equals);
    const std::string_view text = line.substr(equals + 1);
    if (name == kModel && !resuming) {
      require_text(text, name);
      settings.model = text;
      settings.more_files.clear();
      continue;
    }
    const Setting* found = nullptr;
    for (const Setting& setting : setting_table()) {
      if (setting.variable() == name) found = &setting;
    }
    if (found != nullptr) {
      const bool wanted = found->is_of(settings.job) && (!resuming || found->on_resume == OnResume::may_change);
      if (!wanted) continue;
      require_text(text, name);
      set_value(settings, *found, text, name);
      continue;
    }
    // Module systems set DOVETAIL_ROOT and the like: only what is one letter from a setting is taken for a mistake.
    for (const std::string& variable : variables) {
      if (edit_distance(name, variable) == 1) {
        throw UsageError(fmt::format("{} in the environment is not a setting; did you mean {}?", name, variable));
      }
    }
  }
}

void forget_store_variable() {
  constexpr const char* kVariable = "DOVETAIL_STORE";
  char* text = std::getenv(kVariable);
  if (text == nullptr) return;
  ::explicit_bzero(text, std::strlen(text));  // /proc/PID/environ shows this memory, whatever the list says
  ::unsetenv(kVariable);
}

}  // namespace dovetail::cli
