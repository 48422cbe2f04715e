// toml++ reads; writing is one line per row of the settings table.
#include "dovetail/cli/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dovetail/cli/detail/proposal_tables.hpp"
#include "dovetail/cli/detail/site_tables.hpp"
#include "dovetail/cli/detail/toml_values.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

/// What the user names may be a link.
std::string read_config(const std::filesystem::path& file, const char* what, const char* given_to) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  const std::string subject = fmt::format("the {} {}", what, file.string());
  const std::string cure = fmt::format(" (no setting was read from it); check the name given to {}", given_to);
  if (status.type() == std::filesystem::file_type::not_found) throw FileError(subject + " does not exist" + cure);
  if (error) throw FileError(subject + " cannot be read: " + error.message() + cure);
  if (!std::filesystem::is_regular_file(status)) throw FileError(subject + " is not a regular file" + cure);
  return read_text(file, kConfigBytesMax, Links::follow);
}

/// `name`: what messages call the text.
toml::table parse(const std::string& text, const std::string& name) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const bool too_large = error.description().find("not representable in 64 bits") != std::string_view::npos;
    throw UsageError(fmt::format("{}:{}: this is not TOML: {}{}", name, error.source().begin.line, error.description(),
                                 too_large ? "; put a seed above 9223372036854775807 in quotes: seed = "
                                             "\"18446744073709551615\""
                                           : ""));
  }
}

void apply_command(RunSettings& settings, const std::string& command, const std::string& where, ConfigKeys keys) {
  if (const auto job = job_of(command); job && keys == ConfigKeys::of_the_run) {
    settings.job = *job;
    return;
  }
  if (command == command_of(settings.job)) return;
  throw UsageError(fmt::format("{}: these are settings of `dovetail {}`, not of `dovetail {}`", where, command,
                               command_of(settings.job)));
}

/// A text, or for `lda` a list of them.
void apply_model(RunSettings& settings, const toml::node& node, const std::string& where) {
  const toml::array* list = settings.job == JobKind::lda ? node.as_array() : nullptr;
  settings.more_files.clear();
  if (list == nullptr) {
    settings.model = value_text(node, TomlType::text, where);
    return;
  }
  if (list->empty()) throw UsageError(where + ": the list is empty; name the files of the corpus");
  for (const toml::node& file : *list) settings.more_files.push_back(value_text(file, TomlType::text, where));
  settings.model = settings.more_files.front();
  settings.more_files.erase(settings.more_files.begin());
}

/// What apply_model() reads back.
std::string model_text(const RunSettings& settings) {
  if (settings.more_files.empty()) return toml_string(settings.model);
  std::string text = "[" + toml_string(settings.model);
  for (const std::string& file : settings.more_files) text += ", " + toml_string(file);
  return text + "]";
}

void apply_table(RunSettings& settings, const toml::table& table, const std::string& file, ConfigKeys keys) {
  const auto where_is = [&](const toml::key& key) {
    return fmt::format("{}:{}: {}", file, key.source().begin.line, key.str());
  };
  for (auto&& [key, node] : table) {
    if (key.str() == "command")
      apply_command(settings, value_text(node, TomlType::text, where_is(key)), where_is(key), keys);
  }
  std::vector<std::string> known = setting_keys(settings.job);
  known.insert(known.end(), {"command", "model"});
  if (settings.job == JobKind::ep) known.emplace_back("site");
  for (auto&& [key, node] : table) {
    const std::string name(key.str());
    const std::string where = where_is(key);
    const Setting* setting = find_setting(name);
    if (setting != nullptr && !setting->is_of(settings.job)) {
      const JobKind other = *std::find_if(kJobs.begin(), kJobs.end(), [&](JobKind job) { return setting->is_of(job); });
      throw UsageError(fmt::format("{} is a setting of `dovetail {}`, not of `dovetail {}`; take it out", where,
                                   command_of(other), command_of(settings.job)));
    }
    if (setting != nullptr) {
      const bool of_each_call = setting->group == SettingGroup::output || name == "max_time";
      if (keys == ConfigKeys::of_the_run && of_each_call) continue;
      set_value(settings, *setting, value_text(node, setting->type, where), where);
    } else if (name == "model") {
      apply_model(settings, node, where);
    } else if (name == "site" && settings.job == JobKind::ep) {
      settings.site_entries = read_site_tables(node, file, where);
    } else if (name == "proposal" && settings.job != JobKind::temper && settings.job != JobKind::sample) {
      throw UsageError(fmt::format("{}: `dovetail {}` has no proposals ({}); take them out", where,
                                   command_of(settings.job),
                                   settings.job == JobKind::ep ? "its sites are sampled by NUTS"
                                                               : "its topics are drawn from their full conditionals"));
    } else if (name == "proposal") {
      settings.sample.kernel_settings.proposals = read_proposals(node, file, where);
      settings.temper.kernel_settings.proposals = settings.sample.kernel_settings.proposals;
    } else if (name != "command") {
      throw UsageError(where + " is not a setting" + suggestion(name, known) +
                       " (`dovetail help settings` lists them)");
    }
  }
}

/// Whether workers of a pool need to know it: not where files are, nor how those of a corpus are read, whose hash says
/// what was read.
bool is_for_workers(const Setting& setting) {
  constexpr std::array<std::string_view, 6> kOwn = {"data", "init", "sites", "format", "vocabulary", "stop_words"};
  return setting.group == SettingGroup::statistics && std::find(kOwn.begin(), kOwn.end(), setting.key) == kOwn.end();
}

}  // namespace

void apply_config(RunSettings& settings, const std::filesystem::path& file) {
  const std::string text = read_config(file, "config file", "--config or DOVETAIL_CONFIG");
  apply_config_text(settings, text, file.string(), ConfigKeys::all);
}

void apply_config_text(RunSettings& settings, const std::string& text, const std::string& name, ConfigKeys keys) {
  apply_table(settings, parse(text, name), name, keys);
}

void apply_setup(RunSettings& settings, const std::string& text, const std::string& place) {
  const toml::table table = parse(text, place);
  RunSettings of_the_run = settings;
  apply_table(of_the_run, table, place, ConfigKeys::of_the_run);
  for (auto&& [key, node] : table) {
    const Setting* setting = find_setting(key.str());
    if (setting != nullptr && !is_for_workers(*setting)) {
      throw StoreError(
          fmt::format("{}: {} is none of a worker's settings (the message is none of Dovetail's)", place, key.str()));
    }
  }
  if (of_the_run.job == JobKind::temper) {
    throw StoreError(fmt::format("{}: no workers take part in `dovetail {}` (the message is none of Dovetail's)", place,
                                 command_of(of_the_run.job)));
  }
  if (!of_the_run.model.empty() && !of_the_run.model.starts_with("builtin:")) {
    throw StoreError(place + ": a worker takes built-in models alone from a store (the message is none of Dovetail's)");
  }
  settings = std::move(of_the_run);
}

std::vector<SiteEntry> read_sites(const std::filesystem::path& file) {
  const std::string name = file.string();
  const toml::table table = parse(read_config(file, "file of sites", "--sites"), name);
  std::vector<SiteEntry> sites;
  for (auto&& [key, node] : table) {
    const std::string where = fmt::format("{}:{}: {}", name, key.source().begin.line, key.str());
    if (key.str() != "site") throw UsageError(where + " is unknown (a file of sites has [[site]] tables); take it out");
    sites = read_site_tables(node, name, where);
  }
  return sites;
}

RunSettings resolve_settings(JobKind job, const std::map<std::string, std::string>& flags) {
  RunSettings settings;
  settings.job = job;
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

std::string setup_text(const RunSettings& settings) {
  std::string text = fmt::format("command = {}\n", toml_string(command_of(settings.job)));
  if (settings.model.starts_with("builtin:")) text += fmt::format("model = {}\n", toml_string(settings.model));
  for (const Setting& setting : setting_table()) {
    if (!setting.is_of(settings.job) || !is_for_workers(setting)) continue;
    text += fmt::format("{} = {}\n", setting.key, setting.get(settings));
  }
  for (const ProposalSpec& spec : settings.sample.kernel_settings.proposals) text += proposal_text(spec);
  for (const SiteEntry& site : settings.site_entries) text += site_text(site);
  return text;
}

std::string config_text(const RunSettings& settings) {
  std::string text =
      "# Settings as resolved: flags, then DOVETAIL_* variables, then --config, then defaults.\n"
      "# `dovetail resume` reads them; `dovetail COMMAND --config THIS_FILE` starts a new run with them.\n";
  text += fmt::format("command = {}\n", toml_string(command_of(settings.job)));
  text += fmt::format("model = {}\n", model_text(settings));
  std::optional<SettingGroup> group;
  for (const Setting& setting : setting_table()) {
    if (!setting.is_of(settings.job)) continue;
    if (setting.key == "force") continue;  // belongs to one call; kept, it would overwrite runs unasked
    if (group != setting.group) text += fmt::format("\n# {}\n", group_title(setting.group));
    group = setting.group;
    text += fmt::format("{} = {}\n", setting.key, setting.get(settings));
  }
  for (const ProposalSpec& spec : settings.sample.kernel_settings.proposals) text += proposal_text(spec);
  for (const SiteEntry& site : settings.site_entries) text += site_text(site);
  return text;
}

}  // namespace dovetail::cli
