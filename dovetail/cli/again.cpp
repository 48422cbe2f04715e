#include "dovetail/cli/again.hpp"

#include <toml++/toml.h>
#include <map>
#include <utility>
#include <vector>

#include "dovetail/cli/launch.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

/// What a flag takes, of a TOML value as settings are written: texts without quotes, lists with commas.
std::string flag_text(const std::string& value) {
  const toml::table table = toml::parse("value = " + value);
  const toml::node& node = *table.get("value");
  if (const auto* text = node.as_string()) return text->get();
  const auto* list = node.as_array();
  if (list == nullptr) return value;
  std::string text = value;
  std::erase_if(text, [](char c) { return c == '[' || c == ']' || c == ' '; });
  return text;
}

bool differ(const RunSettings& a, const RunSettings& b) {
  for (const Setting& setting : setting_table()) {
    const bool counts = setting.is_of(a.job) && setting.group == SettingGroup::statistics;
    if (counts && setting.get(a) != setting.get(b)) return true;
  }
  return false;
}

}  // namespace

std::string command_line(const RunSettings& settings) {
  if (!settings.sample.kernel_settings.proposals.empty() || !settings.site_entries.empty()) return "";
  RunSettings begun;
  begun.job = settings.job;
  std::vector<std::string> words = {"dovetail", std::string(command_of(settings.job)), settings.model};
  words.insert(words.end(), settings.more_files.begin(), settings.more_files.end());
  std::map<std::string, std::string> flags;
  for (const Setting& setting : setting_table()) {
    if (!setting.is_of(settings.job) || setting.group != SettingGroup::statistics) continue;
    const std::string value = setting.get(settings);
    if (value == setting.get(begun)) continue;
    if (setting.value.empty()) {
      if (value != "true") return "";  // a switch that is on by default has no flag against it
      words.push_back(setting.flag());
      flags[setting.flag()] = "true";
    } else {
      words.push_back(setting.flag());
      words.push_back(flag_text(value));
      if (words.back().empty() || words.back().starts_with('-')) return "";
      flags[setting.flag()] = words.back();
    }
  }
  try {
    apply_flags(begun, flags);
  } catch (const UsageError&) {
    return "";  // resolved to what only a file may say
  }
  return differ(settings, begun) ? "" : shell_line(words);
}

}  // namespace dovetail::cli
