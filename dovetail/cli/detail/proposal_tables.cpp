#include "dovetail/cli/detail/proposal_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dovetail/cli/detail/toml_values.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

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

/// One [[proposal]] table.
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

}  // namespace

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

}  // namespace dovetail::cli
