// What a user writes of shared parameters, and what a site's rows are to a model.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/model/divided/site_models.hpp"

namespace dovetail {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

[[noreturn]] void fail(std::string_view part, const std::string& what) {
  throw UsageError("--shared: \"" + std::string(trimmed(part)) + "\" " + what +
                   "; write NAME ~ normal(MEAN, SD), or NAME ~ lognormal(MEAN, SD) with mean and sd of the logarithm, "
                   "of each with a comma between");
}

double number_of(std::string_view text, std::string_view part) {
  const auto value = parse_number(trimmed(text));
  if (!value || !std::isfinite(*value)) fail(part, "has \"" + std::string(trimmed(text)) + "\" for a number");
  return *value;
}

/// One declaration, up to its closing bracket.
SharedPrior prior_of(std::string_view part) {
  const std::size_t tilde = part.find('~');
  if (tilde == std::string_view::npos) fail(part, "has no prior");
  const std::string_view name = trimmed(part.substr(0, tilde));
  const std::string_view law = trimmed(part.substr(tilde + 1));
  const std::size_t open = law.find('(');
  const std::size_t comma = law.find(',');
  if (name.empty() || open == std::string_view::npos || comma == std::string_view::npos || comma < open ||
      !law.ends_with(')')) {
    fail(part, "is no declaration");
  }
  const std::string_view family = trimmed(law.substr(0, open));
  if (family != "normal" && family != "lognormal") {
    fail(part, "has the prior " + std::string(family) + ", which is none of normal and lognormal");
  }
  SharedPrior prior{std::string(name), family == "lognormal", number_of(law.substr(open + 1, comma - open - 1), part),
                    number_of(law.substr(comma + 1, law.size() - comma - 2), part)};
  if (!(prior.sd > 0)) fail(part, "has an sd that is not above 0");
  return prior;
}

std::string quoted(const std::string& name) {
  return nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_whole(const TableColumn& column) {
  constexpr double kIntMax = 2147483647;
  return std::all_of(column.numbers.begin(), column.numbers.end(),
                     [](double value) { return value == std::floor(value) && std::fabs(value) <= kIntMax; });
}

}  // namespace

std::vector<SharedPrior> parse_shared(std::string_view text) {
  std::vector<SharedPrior> shared;
  while (!trimmed(text).empty()) {
    const std::size_t close = std::min(text.find(')'), text.size() - 1);
    const SharedPrior prior = prior_of(text.substr(0, close + 1));
    const bool twice =
        std::any_of(shared.begin(), shared.end(), [&](const SharedPrior& each) { return each.name == prior.name; });
    if (twice) fail(text.substr(0, close + 1), "declares " + prior.name + " a second time");
    shared.push_back(prior);
    text = trimmed(text.substr(close + 1));
    if (text.empty()) break;
    if (text.front() != ',') fail(text, "does not begin with a comma");
    text.remove_prefix(1);
    if (trimmed(text).empty()) fail(",", "is followed by nothing");
  }
  return shared;
}

std::string words(const std::vector<SharedPrior>& shared) {
  std::string text;
  for (const SharedPrior& prior : shared) {
    text += (text.empty() ? "" : ", ") + prior.name + " ~ " + (prior.positive ? "lognormal(" : "normal(") +
            shortest(prior.mean) + ", " + shortest(prior.sd) + ")";
  }
  return text;
}

std::string name_of_site(const std::vector<RowGroup>& groups, const std::vector<std::size_t>& members) {
  const std::string& first = groups[members.front()].name;
  return members.size() == 1 ? first : first + ".." + groups[members.back()].name;
}

std::string site_data(const Table& table, const std::string& by, const std::vector<RowGroup>& groups,
                      const std::vector<std::size_t>& members) {
  std::vector<std::size_t> rows;
  std::string group;
  for (std::size_t j = 0; j < members.size(); ++j) {
    for (const std::size_t row : groups[members[j]].rows) {
      rows.push_back(row);
      group += (group.empty() ? "" : ", ") + std::to_string(j + 1);
    }
  }
  std::string json = "{\"N\": " + std::to_string(rows.size()) + ",\n \"J\": " + std::to_string(members.size()) +
                     ",\n " + quoted(by) + ": [" + group + "]";
  for (const TableColumn& column : table.columns) {
    if (column.name == "N" || column.name == "J") {
      throw ModelError(table.file + ":1: a column is called " + column.name +
                       ", which a site's data have for the number of its " + (column.name == "N" ? "rows" : "groups") +
                       "; rename it");
    }
    if (column.name == by) continue;
    if (!column.numeric) {
      throw ModelError(table.file + ": column \"" + column.name +
                       "\" holds texts, and data of models are numbers; leave the column out, or code it as numbers");
    }
    const bool whole = is_whole(column);
    std::string values;
    for (const std::size_t row : rows) {
      const double value = column.numbers[row];
      values += values.empty() ? "" : ", ";
      values += whole ? std::to_string(static_cast<long>(value)) : shortest(value);
    }
    json += ",\n " + quoted(column.name) + ": [" + values + "]";
  }
  return json + "}\n";
}

}  // namespace dovetail
