// toml++ reads; writing is one line per row of the settings table.
#include "dovetail/cli/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

std::string_view words(TomlType type) {
  switch (type) {
    case TomlType::whole:
      return "a whole number";
    case TomlType::wide_whole:
      return "a whole number (in quotes from 9223372036854775808 on, where TOML's own end)";
    case TomlType::whole_or_word:
      return R"(a whole number or "auto")";
    case TomlType::text:
      return "a text in quotes";
    case TomlType::time:
      return R"(a time such as "60s")";
    case TomlType::boolean:
      return "true or false";
    case TomlType::betas:
      return R"(a list of numbers such as [0, 0.1, 1], "geometric:100,8" or "adapted")";
    case TomlType::number:
      return "a number";
    case TomlType::number_or_word:
      return R"(a number or "none")";
    case TomlType::number_or_auto:
      return R"(a number or "auto")";
  }
  return "";
}

std::string words(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return fmt::format("the text \"{}\"", *text);
  if (const auto number = node.value_exact<double>()) return fmt::format("the number {:#}", *number);
  if (node.is_integer()) return fmt::format("the number {}", *node.value_exact<std::int64_t>());
  if (node.is_boolean()) return *node.value_exact<bool>() ? "true" : "false";
  if (node.is_array()) return "a list";
  return node.is_table() ? "a table (settings stand at the top level)" : "a date";
}

bool is_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

bool is_list_of_numbers(const toml::node& node) {
  const toml::array* array = node.as_array();
  return array != nullptr && std::all_of(array->begin(), array->end(), [](const auto& e) { return e.is_number(); });
}

bool fits(TomlType type, const toml::node& node) {
  const auto text = node.value_exact<std::string>();
  switch (type) {
    case TomlType::whole:
      return node.is_integer();
    case TomlType::wide_whole:
      return node.is_integer() || text;
    case TomlType::whole_or_word:
      return node.is_integer() || (text && !is_digits(*text));
    case TomlType::text:
      return text.has_value();
    case TomlType::time:
      return node.is_number() || text;
    case TomlType::boolean:
      return node.is_boolean();
    case TomlType::betas:
      return is_list_of_numbers(node) || (text && (*text == "adapted" || text->starts_with("geometric:")));
    case TomlType::number:
      return node.is_number();
    case TomlType::number_or_word:
      return node.is_number() || (text && *text == "none");
    case TomlType::number_or_auto:
      return node.is_number() || (text && *text == "auto");
  }
  return false;
}

/// The value as a flag would have it. Only what `fits` lets through comes here.
std::string flag_text(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto whole = node.value_exact<std::int64_t>()) return fmt::to_string(*whole);
  if (const auto number = node.value_exact<double>()) return shortest(*number);
  if (const auto on = node.value_exact<bool>()) return *on ? "true" : "false";
  std::string joined;
  for (const toml::node& element : *node.as_array()) joined += (joined.empty() ? "" : ",") + flag_text(element);
  return joined;
}

/// The same; UsageError unless it is of `type`: nothing is converted, so that a slip of the pen is no other setting.
std::string value_text(const toml::node& node, TomlType type, const std::string& where) {
  if (!fits(type, node)) throw UsageError(fmt::format("{}: expected {}, found {}", where, words(type), words(node)));
  return flag_text(node);
}

constexpr std::uint64_t kConfigBytesMax = std::uint64_t{1} << 20;

/// A run's own file is never a link; what the user names may be one.
std::string read_config(const std::filesystem::path& file, ConfigKeys keys) {
  if (keys == ConfigKeys::of_the_run) return read_text(file, kConfigBytesMax);
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  const std::string subject = "the config file " + file.string();
  const std::string cure = " (no setting was read from it); check the name given to --config or DOVETAIL_CONFIG";
  if (status.type() == std::filesystem::file_type::not_found) throw FileError(subject + " does not exist" + cure);
  if (error) throw FileError(subject + " cannot be read: " + error.message() + cure);
  if (!std::filesystem::is_regular_file(status)) throw FileError(subject + " is not a regular file" + cure);
  return read_text(file, kConfigBytesMax, Links::follow);
}

toml::table parse(const std::filesystem::path& file, ConfigKeys keys) {
  const std::string text = read_config(file, keys);
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const bool too_large = error.description().find("not representable in 64 bits") != std::string_view::npos;
    throw UsageError(fmt::format("{}:{}: this is not TOML: {}{}", file.string(), error.source().begin.line,
                                 error.description(),
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

std::vector<std::string> texts_of(const toml::node& node, const std::string& where) {
  std::vector<std::string> texts;
  if (const auto text = node.value_exact<std::string>()) return {*text};
  const toml::array* array = node.as_array();
  bool good = array != nullptr;
  if (good) {
    for (const toml::node& element : *array) {
      const auto text = element.value_exact<std::string>();
      good = good && text.has_value();
      if (text) texts.push_back(*text);
    }
  }
  if (!good) throw UsageError(fmt::format("{}: expected names in quotes, found {}", where, words(node)));
  return texts;
}

constexpr std::array<std::pair<std::string_view, BirthKind>, 3> kBirthKinds{
    {{"uniform", BirthKind::uniform}, {"normal", BirthKind::normal}, {"lognormal", BirthKind::lognormal}}};

BirthKind birth_kind(const std::string& word, const std::string& where) {
  std::array<std::string_view, kBirthKinds.size()> names;
  std::transform(kBirthKinds.begin(), kBirthKinds.end(), names.begin(), [](const auto& k) { return k.first; });
  for (const auto& [name, kind] : kBirthKinds) {
    if (name == word) return kind;
  }
  throw UsageError(
      fmt::format("{}: unknown law \"{}\" (laws: uniform, normal, lognormal){}", where, word, suggestion(word, names)));
}

/// birth.NAME = { law = "normal", mean = 0, sd = 2 }
BirthLaw read_birth(const toml::node& node, const std::string& where) {
  const toml::table* table = node.as_table();
  if (table == nullptr || !table->contains("law")) {
    throw UsageError(fmt::format("{}: expected a table such as {{ law = \"normal\", mean = 0, sd = 1 }}, found {}",
                                 where, table == nullptr ? words(node) : "one without law"));
  }
  BirthLaw law;
  for (auto&& [key, value] : *table) {
    const std::string name(key.str());
    const std::string place = fmt::format("{}.{}", where, name);
    if (name == "law") {
      law.kind = birth_kind(value_text(value, TomlType::text, place), place);
    } else if (name == "mean" || name == "sd") {
      if (!value.is_number()) throw UsageError(fmt::format("{}: expected a number, found {}", place, words(value)));
      (name == "mean" ? law.mean : law.sd) = *value.value<double>();
    } else {
      throw UsageError(fmt::format("{}: unknown key (a birth law has law, mean and sd); remove it", place));
    }
  }
  const bool two_numbers = table->contains("mean") && table->contains("sd");
  if (law.kind == BirthKind::uniform && (table->contains("mean") || table->contains("sd"))) {
    throw UsageError(where + ": a uniform law lies between the parameter's bounds; remove mean and sd");
  }
  if (law.kind != BirthKind::uniform && !two_numbers) {
    throw UsageError(where + ": mean or sd is missing; give both, of the parameter's value");
  }
  return law;
}

/// `birth` of a [[proposal]] table: a law for each parameter.
std::map<std::string, BirthLaw> read_births(const toml::node& node, const std::string& where) {
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    throw UsageError(fmt::format("{}: expected birth.NAME = {{ law = \"normal\", mean = 0, sd = 1 }}, found {}", where,
                                 words(node)));
  }
  std::map<std::string, BirthLaw> births;
  for (auto&& [key, value] : *table) {
    births[std::string(key.str())] = read_birth(value, fmt::format("{}.{}", where, key.str()));
  }
  return births;
}

std::string birth_text(const std::string& parameter, const BirthLaw& law) {
  const auto* kind =
      std::find_if(kBirthKinds.begin(), kBirthKinds.end(), [&](const auto& k) { return k.second == law.kind; });
  const std::string numbers =
      law.kind == BirthKind::uniform ? "" : fmt::format(", mean = {}, sd = {}", shortest(law.mean), shortest(law.sd));
  return fmt::format("birth.{} = {{ law = \"{}\"{} }}\n", toml_string(parameter), kind->first, numbers);
}

/// One [[proposal]] table. What its kind does not take is found where the proposal is made.
ProposalSpec read_proposal(const toml::table& table, const std::filesystem::path& file) {
  ProposalSpec spec;
  spec.where = fmt::format("{}:{}", file.string(), table.source().begin.line);
  for (auto&& [key, node] : table) {
    const std::string name(key.str());
    spec.key_where[name] = fmt::format("{}:{}", file.string(), key.source().begin.line);
    const std::string where = spec.key_where[name] + ": " + name;
    if (name == "parameters") {
      spec.parameters = texts_of(node, where);
    } else if (name == "kind") {
      spec.kind = value_text(node, TomlType::text, where);
    } else if (name == "birth") {
      spec.births = read_births(node, where);
    } else if (const auto text = node.value_exact<std::string>()) {
      spec.words[name] = *text;
    } else if (node.is_boolean()) {
      spec.words[name] = *node.value_exact<bool>() ? "true" : "false";
    } else if (node.is_number()) {
      spec.numbers[name] = {*node.value<double>()};
    } else if (is_list_of_numbers(node)) {
      std::vector<double>& values = spec.numbers[name];  // of an empty list too, which no key takes
      for (const toml::node& element : *node.as_array()) values.push_back(*element.value<double>());
    } else {
      throw UsageError(fmt::format("{}: expected a text, a number or a list of numbers, found {}", where, words(node)));
    }
  }
  return spec;
}

std::vector<ProposalSpec> read_proposals(const toml::node& node, const std::filesystem::path& file,
                                         const std::string& where) {
  std::vector<ProposalSpec> specs;
  const toml::array* array = node.as_array();
  if (array == nullptr || !array->is_homogeneous<toml::table>()) {
    throw UsageError(
        fmt::format("{}: proposals are tables, each under a line [[proposal]]; found {}", where, words(node)));
  }
  for (const toml::node& table : *array) specs.push_back(read_proposal(*table.as_table(), file));
  return specs;
}

std::string proposal_text(const ProposalSpec& spec) {
  std::string text = "\n[[proposal]]\nparameters = [";
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    text += (i == 0 ? "" : ", ") + toml_string(spec.parameters[i]);
  }
  text += fmt::format("]\nkind = {}\n", toml_string(spec.kind));
  for (const auto& [key, value] : spec.words) text += fmt::format("{} = {}\n", key, toml_string(value));
  for (const auto& [key, values] : spec.numbers) {
    std::string joined;
    for (const double value : values) joined += (joined.empty() ? "" : ", ") + shortest(value);
    text += values.size() == 1 ? fmt::format("{} = {}\n", key, joined) : fmt::format("{} = [{}]\n", key, joined);
  }
  for (const auto& [parameter, law] : spec.births) text += birth_text(parameter, law);
  return text;
}

}  // namespace

void apply_config(RunSettings& settings, const std::filesystem::path& file, ConfigKeys keys) {
  const toml::table table = parse(file, keys);
  const auto where_is = [&](const toml::key& key) {
    return fmt::format("{}:{}: {}", file.string(), key.source().begin.line, key.str());
  };
  for (auto&& [key, node] : table) {
    if (key.str() == "command")
      apply_command(settings, value_text(node, TomlType::text, where_is(key)), where_is(key), keys);
  }
  std::vector<std::string> known = setting_keys(settings.job);
  known.insert(known.end(), {"command", "model"});
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
      settings.model = value_text(node, TomlType::text, where);
    } else if (name == "proposal") {
      settings.sample.kernel_settings.proposals = read_proposals(node, file, where);
      settings.temper.kernel_settings.proposals = settings.sample.kernel_settings.proposals;
    } else if (name != "command") {
      throw UsageError(where + " is not a setting" + suggestion(name, known) +
                       " (`dovetail help settings` lists them)");
    }
  }
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

std::string config_text(const RunSettings& settings) {
  std::string text =
      "# Settings as resolved: flags, then DOVETAIL_* variables, then --config, then defaults.\n"
      "# `dovetail resume` reads them; `dovetail COMMAND --config THIS_FILE` starts a new run with them.\n";
  text += fmt::format("command = {}\n", toml_string(command_of(settings.job)));
  text += fmt::format("model = {}\n", toml_string(settings.model));
  std::optional<SettingGroup> group;
  for (const Setting& setting : setting_table()) {
    if (!setting.is_of(settings.job)) continue;
    if (setting.key == "force") continue;  // belongs to one call; kept, it would overwrite runs unasked
    if (group != setting.group) text += fmt::format("\n# {}\n", group_title(setting.group));
    group = setting.group;
    text += fmt::format("{} = {}\n", setting.key, setting.get(settings));
  }
  for (const ProposalSpec& spec : settings.sample.kernel_settings.proposals) text += proposal_text(spec);
  return text;
}

}  // namespace dovetail::cli
