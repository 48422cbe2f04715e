// toml++ reads; writing is one line per row of the settings table.
#include "dovetail/cli/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cstdlib>

#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

/// The value as a flag would have it; UsageError for tables, dates and the like.
std::string value_text(const toml::node& node, const std::string& where) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto whole = node.value_exact<std::int64_t>()) return fmt::to_string(*whole);
  if (const auto number = node.value_exact<double>()) return fmt::to_string(*number);
  if (const auto on = node.value_exact<bool>()) return *on ? "true" : "false";
  if (const toml::array* array = node.as_array()) {
    std::string joined;
    for (const toml::node& element : *array) {
      if (element.is_array()) throw UsageError(where + ": an array inside an array is not a value of any setting");
      joined += (joined.empty() ? "" : ",") + value_text(element, where);
    }
    return joined;
  }
  throw UsageError(where + ": a table or a date is not a value of any setting; settings stand at the top level");
}

toml::table parse(const std::filesystem::path& file) {
  const std::string text = read_text(file, std::uint64_t{1} << 20);
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw UsageError(
        fmt::format("{}:{}: this is not TOML: {}", file.string(), error.source().begin.line, error.description()));
  }
}

}  // namespace

void apply_config(RunSettings& settings, const std::filesystem::path& file, ConfigKeys keys) {
  std::vector<std::string> known = setting_keys();
  known.insert(known.end(), {"command", "model"});
  for (auto&& [key, node] : parse(file)) {
    const std::string name(key.str());
    const std::string where = fmt::format("{}:{}: {}", file.string(), key.source().begin.line, name);
    const Setting* setting = find_setting(name);
    if (setting != nullptr) {
      const bool of_each_call = setting->group == SettingGroup::output || name == "max_time";
      if (keys == ConfigKeys::of_the_run && of_each_call) continue;
      set_value(settings, *setting, value_text(node, where), where);
    } else if (name == "model") {
      settings.model = value_text(node, where);
    } else if (name == "command") {
      const std::string command = value_text(node, where);
      if (command != "temper") {
        throw UsageError(
            fmt::format("{}: these are settings of `dovetail {}`, not of `dovetail temper`", where, command));
      }
    } else {
      throw UsageError(where + " is not a setting" + suggestion(name, known) +
                       " (`dovetail help settings` lists them)");
    }
  }
}

RunSettings resolve_settings(const std::map<std::string, std::string>& flags) {
  RunSettings settings;
  const auto flag = flags.find("--config");
  const char* variable = std::getenv("DOVETAIL_CONFIG");
  if (flag != flags.end()) {
    apply_config(settings, flag->second);
  } else if (variable != nullptr) {
    apply_config(settings, variable);
  }
  apply_environment(settings, false);
  apply_flags(settings, flags);
  return settings;
}

std::string config_text(const RunSettings& settings) {
  std::string text =
      "# Settings as resolved: flags, then DOVETAIL_* variables, then --config, then defaults.\n"
      "# `dovetail resume` reads them; `dovetail temper --config THIS_FILE` starts a new run with them.\n"
      "command = \"temper\"\n";
  text += fmt::format("model = {}\n", toml_string(settings.model));
  std::optional<SettingGroup> group;
  for (const Setting& setting : setting_table()) {
    if (setting.key == "force") continue;  // belongs to one call; kept, it would overwrite runs unasked
    if (group != setting.group) text += fmt::format("\n# {}\n", group_title(setting.group));
    group = setting.group;
    text += fmt::format("{} = {}\n", setting.key, setting.get(settings));
  }
  return text;
}

}  // namespace dovetail::cli
