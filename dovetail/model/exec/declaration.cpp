// The first line of each side: read once for each process, so clarity of messages comes before speed.
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/model/exec/protocol.hpp"

namespace dovetail::exec {
namespace {

using nlohmann::json;
constexpr int kDepthMax = 8;

[[noreturn]] void refuse(const std::string& field, const std::string& found, const std::string& expected) {
  throw ProtocolError("\"" + field + "\" is " + found + "; expected " + expected);
}

std::string shown(const json& value) {
  constexpr std::size_t kShown = 60;
  const std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

/// The whole line as one value; what a lenient reader would pass over (a key given twice, deep nesting) is refused.
json read_strictly(std::string_view line) {
  std::vector<std::vector<std::string>> keys;
  const auto look = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDepthMax)
      throw ProtocolError("its values are nested more than " + std::to_string(kDepthMax) + " deep");
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event != json::parse_event_t::key) return true;
    const auto& key = parsed.get_ref<const std::string&>();
    if (std::find(keys.back().begin(), keys.back().end(), key) != keys.back().end()) {
      throw ProtocolError("\"" + key + "\" is given twice");
    }
    keys.back().push_back(key);
    return true;
  };
  try {
    return json::parse(line, look);
  } catch (const json::exception&) {
    throw ProtocolError("it is no JSON");
  }
}

[[noreturn]] void refuse_unknown(const std::string& name, const std::string& key,
                                 std::initializer_list<std::string_view> known) {
  std::string list;
  for (const std::string_view each : known) list += (list.empty() ? "" : ", ") + std::string(each);
  throw ProtocolError("\"" + name + "\" is unknown" + suggestion(key, known) + " (known: " + list + ")");
}

void require_known(const json& object, const std::string& where, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) refuse_unknown(where + key, key, known);
  }
}

std::string text_of(const json& object, const std::string& where, const char* key) {
  if (!object.contains(key)) return {};
  if (!object[key].is_string()) refuse(where + key, shown(object[key]), "a text");
  return object[key].get<std::string>();
}

bool switch_of(const json& object, const char* key) {
  if (!object.contains(key)) return false;
  if (!object[key].is_boolean()) refuse(key, shown(object[key]), "true or false");
  return object[key].get<bool>();
}

double bound_of(const json& object, const std::string& where, const char* key, double none) {
  if (!object.contains(key)) return none;
  if (!object[key].is_number())
    refuse(where + key, shown(object[key]), "a number; leave it out where there is no bound");
  return object[key].get<double>();
}

std::size_t size_of(const json& object, const std::string& where) {
  if (!object.contains("size")) return 1;
  const json& size = object["size"];
  if (!size.is_number_unsigned() || size.get<std::uint64_t>() < 1 || size.get<std::uint64_t>() > kValuesMax) {
    refuse(where + "size", shown(size), "a whole number from 1 to " + std::to_string(kValuesMax));
  }
  return size.get<std::size_t>();
}

constexpr std::array<std::pair<std::string_view, Constraint>, 7> kDomains = {
    {{"real", Constraint::real},
     {"integer", Constraint::integer},
     {"cyclic", Constraint::cyclic},
     {"ordered", Constraint::ordered},
     {"positive_ordered", Constraint::positive_ordered},
     {"simplex", Constraint::simplex},
     {"unit_vector", Constraint::unit_vector}}};

Domain domain_of(const json& object, const std::string& where) {
  const std::string word = object.contains("domain") ? text_of(object, where, "domain") : "real";
  const auto row = std::find_if(kDomains.begin(), kDomains.end(), [&](const auto& each) { return each.first == word; });
  if (row == kDomains.end()) {
    std::string list;
    for (const auto& [name, constraint] : kDomains) list += (list.empty() ? "" : ", ") + std::string(name);
    refuse(where + "domain", "\"" + word + "\"", "one of " + list);
  }
  const double lower = bound_of(object, where, "lower", -kInfinity);
  const double upper = bound_of(object, where, "upper", kInfinity);
  switch (row->second) {
    case Constraint::integer:
      return integers(lower, upper);
    case Constraint::cyclic:
      return cyclic(lower, upper);
    case Constraint::real:
      if (std::isfinite(lower) && std::isfinite(upper)) return between(lower, upper);
      if (std::isfinite(lower)) return above(lower);
      return std::isfinite(upper) ? below(upper) : real();
    case Constraint::ordered:
      if (!object.contains("lower") && !object.contains("upper")) return ordered();
      break;
    case Constraint::positive_ordered:
      if (!object.contains("lower") && !object.contains("upper")) return positive_ordered();
      break;
    case Constraint::simplex:
      if (!object.contains("lower") && !object.contains("upper")) return simplex();
      break;
    default:
      if (!object.contains("lower") && !object.contains("upper")) return unit_vector();
      break;
  }
  throw ProtocolError("\"" + where + "domain\" is \"" + word + R"(", which takes no "lower" and "upper")");
}

Parameter parameter_of(const json& entry, const std::string& where) {
  if (entry.is_string()) return {entry.get<std::string>()};
  if (!entry.is_object()) {
    throw ProtocolError("\"" + where + "\" is " + shown(entry) + "; expected a name, or an object with \"name\"");
  }
  const std::string inside = where + ".";
  require_known(entry, inside, {"name", "size", "domain", "lower", "upper"});
  if (!entry.contains("name")) throw ProtocolError("\"" + inside + "name\" is missing; expected a text");
  return {text_of(entry, inside, "name"), domain_of(entry, inside), size_of(entry, inside)};
}

}  // namespace

std::string hello_line(const std::string& data) {
  const json path = data.empty() ? json(nullptr) : json(data);
  try {
    return R"({"dovetail":1,"data":)" + path.dump() + "}\n";
  } catch (const json::exception&) {
    throw UsageError("the name of the data file is not UTF-8 (programs are told it in JSON); rename the file");
  }
}

Declaration read_declaration(std::string_view line) {
  const json object = read_strictly(line);
  if (!object.is_object()) throw ProtocolError("it is no JSON object");
  require_known(object, "", {"dovetail", "name", "version", "parameters", "gradient", "parts"});
  if (!object.contains("dovetail")) throw ProtocolError("\"dovetail\" is missing; expected 1, the protocol's version");
  if (object["dovetail"] != json(1)) refuse("dovetail", shown(object["dovetail"]), "1, the protocol's version");
  if (!object.contains("parameters") || !object["parameters"].is_array() || object["parameters"].empty()) {
    throw ProtocolError(R"("parameters" is no list of at least one parameter; expected, for example, ["x", "y"])");
  }
  Declaration declaration{text_of(object, "", "name"), text_of(object, "", "version")};
  declaration.gradient = switch_of(object, "gradient");
  declaration.parts = switch_of(object, "parts");
  for (const json& entry : object["parameters"]) {
    const std::string where = "parameters[" + std::to_string(declaration.parameters.size()) + "]";
    declaration.parameters.push_back(parameter_of(entry, where));
    declaration.values += declaration.parameters.back().size;
    if (declaration.values > kValuesMax) {
      throw ProtocolError("\"parameters\" have more than " + std::to_string(kValuesMax) + " values together");
    }
  }
  declaration.text = object.dump();
  return declaration;
}

}  // namespace dovetail::exec
