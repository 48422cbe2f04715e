// Reading a model's name and settings, and the table of built-ins.
#include "dovetail/model/registry.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/model/builtin/builtin.hpp"

namespace dovetail {
namespace {

constexpr std::string_view kPrefix = "builtin:";

template <class Rows, class Name>
std::vector<std::string_view> names_of(const Rows& rows, Name&& name) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(name(row));
  return names;
}

/// "a, b, c"
std::string list(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

double read_setting(const ModelSetting& row, std::string_view text) {
  const bool is_switch = row.whole && row.lower == 0 && row.upper == 1;
  if (is_switch && (text == "true" || text == "false")) return text == "true" ? 1 : 0;
  const auto value = parse_number(text);
  const bool within = value && *value >= row.lower && *value <= row.upper;
  if (within && (!row.whole || std::floor(*value) == *value)) return *value + 0.0;  // -0 is 0
  throw UsageError("model setting " + std::string(row.key) + "=" + std::string(text) + " is not " +
                   (row.whole ? "a whole number" : "a number") + " from " + shortest(row.lower) + " to " +
                   shortest(row.upper) + "; for example " + std::string(row.key) + "=" + shortest(row.standard));
}

const ModelEntry& find_entry(std::string_view name) {
  for (const ModelEntry& entry : model_registry()) {
    if (entry.name == name) return entry;
  }
  const auto names = names_of(model_registry(), [](const ModelEntry& entry) { return entry.name; });
  throw UsageError("there is no built-in model \"" + std::string(name) + "\"" + suggestion(name, names) +
                   " (built in: " + list(names) + ")");
}

/// Why a spec without the prefix cannot be run, as far as its look tells.
[[noreturn]] void refuse_kind(std::string_view spec) {
  const std::string_view head = spec.substr(0, spec.find(','));
  for (const ModelEntry& entry : model_registry()) {
    if (entry.name == head) {
      throw UsageError("\"" + std::string(spec) + "\" is no model; write builtin:" + std::string(spec));
    }
  }
  throw UsageError(
      "\"" + std::string(spec) +
      "\" is no model that this version can run (it runs built-in models, libraries, sources, programs and C++ "
      "callables); write builtin:NAME[,key=value...], FILE.so, FILE.stan, FILE.cpp or exec:COMMAND");
}

}  // namespace

ModelSettings::ModelSettings(std::string spec, std::span<const ModelSetting> rows)
    : spec_(std::move(spec)), rows_(rows) {
  for (const ModelSetting& row : rows) values_.push_back(row.standard);
}

double ModelSettings::real(std::string_view key) const {
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const ModelSetting& each) { return each.key == key; });
  DOVETAIL_REQUIRE(row != rows_.end());  // else a built-in model asks for a setting that its row does not have
  return values_[static_cast<std::size_t>(row - rows_.begin())];
}

std::size_t ModelSettings::count(std::string_view key) const { return static_cast<std::size_t>(real(key)); }

std::string ModelSettings::identity() const {
  std::string text = spec_.substr(0, spec_.find(','));
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (values_[i] != rows_[i].standard) text += "," + std::string(rows_[i].key) + "=" + shortest(values_[i]);
  }
  return text;
}

std::string_view ModelSettings::set(std::string_view key, std::string_view text) {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (key.empty() || (rows_[i].key != key && rows_[i].other_key != key)) continue;
    values_[i] = read_setting(rows_[i], text);
    return rows_[i].key;
  }
  const auto keys = names_of(rows_, [](const ModelSetting& row) { return row.key; });
  throw UsageError("model " + spec_ + " has no setting \"" + std::string(key) + "\"" + suggestion(key, keys) +
                   (keys.empty() ? " (it has none)" : " (it has: " + list(keys) + ")"));
}

std::span<const ModelEntry> model_registry() {
  static const std::array entries{
      builtin::mvn_entry(),        builtin::unid_entry(),     builtin::galaxies_entry(), builtin::eight_schools_entry(),
      builtin::funnel_entry(),     builtin::banana_entry(),   builtin::modes_entry(),    builtin::ising_entry(),
      builtin::spike_slab_entry(), builtin::logistic_entry(), builtin::slopes_entry(),   builtin::rosenbrock_entry(),
      builtin::ark_entry(),        builtin::sky_entry(),      builtin::nested_entry(),   builtin::coal_entry()};
  return entries;
}

std::string_view builtin_name(std::string_view spec) {
  if (!spec.starts_with(kPrefix)) refuse_kind(spec);
  const std::string_view rest = spec.substr(kPrefix.size());
  return rest.substr(0, rest.find(','));
}

ModelSettings settings_of(std::string_view spec, std::span<const ModelSetting> rows) {
  std::string_view rest = spec.substr(kPrefix.size());
  const auto take = [&rest] {
    const std::size_t comma = rest.find(',');
    const std::string_view piece = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    return piece;
  };
  (void)take();
  ModelSettings settings{std::string(spec), rows};
  if (spec.ends_with(',')) {
    throw UsageError("model \"" + std::string(spec) + "\" ends with a comma; remove it, or write a setting after it");
  }
  std::vector<std::string_view> seen;
  while (!rest.empty()) {
    const std::string_view piece = take();
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos) {
      throw UsageError("model setting \"" + std::string(piece) + "\" has no value; write " + std::string(piece) +
                       "=VALUE");
    }
    const std::string_view key = settings.set(piece.substr(0, equals), piece.substr(equals + 1));
    for (const std::string_view earlier : seen) {
      if (earlier == key) throw UsageError("model setting " + std::string(key) + " is given twice; keep one");
    }
    seen.push_back(key);
  }
  return settings;
}

std::unique_ptr<Model> make_model(std::string_view spec) {
  const ModelEntry& entry = find_entry(builtin_name(spec));
  return entry.make(settings_of(spec, entry.settings));
}

}  // namespace dovetail
