#include "dovetail/cli/starts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/jobs/ep_start.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/factors.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/starts.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

using Json = nlohmann::json;
using Named = std::map<std::string, double>;

std::vector<double> in_order(const Named& values, const Model& model, const std::string& where) {
  std::vector<double> point;
  const auto parameters = model.description().parameter_names();
  for (const std::string& name : parameters) {
    const auto found = values.find(name);
    if (found == values.end()) {
      const bool is_list = values.contains(name + "[1]");
      throw UsageError(is_list ? fmt::format("{}: the parameter {} is one number, and a list is given", where, name)
                               : fmt::format("{}: the parameter {} is missing; give all of them", where, name));
    }
    point.push_back(found->second);
  }
  const std::vector<std::string> known(parameters.begin(), parameters.end());
  for (const auto& [name, value] : values) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw UsageError(fmt::format("{}: the model has no parameter {}{}", where, name, suggestion(name, known)));
    }
  }
  return point;
}

constexpr int kIndicesMax = 8;

/// A number under its name, or those of a list under "name[1]", of lists of lists under "name[1,2]", as outputs are.
void add_values(const std::string& name, const std::string& indices, const Json& value, int depth,
                const std::string& where, Named& values) {
  const std::string full = indices.empty() ? name : fmt::format("{}[{}]", name, indices);
  if (value.is_array() && depth < kIndicesMax) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      add_values(name, fmt::format("{}{}{}", indices, indices.empty() ? "" : ",", i + 1), value[i], depth + 1, where,
                 values);
    }
    return;
  }
  if (!value.is_number() && !value.is_null()) throw UsageError(fmt::format("{}: {} is no number", where, full));
  if (!values.emplace(full, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>()).second) {
    throw UsageError(fmt::format("{}: {} is given twice; leave one out", where, full));
  }
}

Named named(const Json& object, const std::string& where) {
  if (!object.is_object()) throw UsageError(where + ": a starting point is an object {\"parameter\": number, ...}");
  Named values;
  for (const auto& [name, value] : object.items()) add_values(name, "", value, 0, where, values);
  return values;
}

/// JSON of which no name in an object may stand twice: the parser would keep the last.
Json parse_strictly(const std::string& text, const std::string& file) {
  std::vector<std::set<std::string>> names;
  const auto look = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key && !names.back().insert(parsed.get<std::string>()).second) {
      throw UsageError(fmt::format("{}: {} is given twice; leave one out", file, parsed.get<std::string>()));
    }
    return true;
  };
  try {
    return Json::parse(text, look);
  } catch (const Json::out_of_range&) {
    throw UsageError(file + ": a number in it is too large; numbers end at 1.8e308");
  } catch (const Json::parse_error& error) {
    const std::string_view words = error.what();
    const auto begin = std::min(words.find("at line"), words.size());
    throw UsageError(fmt::format("{}: this is not JSON{}{}; a starting point is {{\"parameter\": number, ...}}", file,
                                 begin < words.size() ? " " : "", words.substr(begin, words.find(':', begin) - begin)));
  }
}

std::vector<std::vector<double>> from_json(const std::filesystem::path& file, const Model& model) {
  const Json json = parse_strictly(read_text(file, std::uint64_t{1} << 28, Links::follow), file.string());
  std::vector<std::vector<double>> points;
  if (!json.is_array()) return {in_order(named(json, file.string()), model, file.string())};
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string where = fmt::format("{}: point {}", file.string(), i + 1);
    points.push_back(in_order(named(json[i], where), model, where));
  }
  if (points.empty()) throw UsageError(fmt::format("{}: there is no starting point in it", file.string()));
  return points;
}

std::vector<std::vector<double>> from_run(const std::filesystem::path& path, const Model& model) {
  const DrawsReader draws(RunFolder::open(path).draws());
  const auto rounds = draws.rounds();
  if (rounds.empty()) throw UsageError(fmt::format("{} has no draws to start from", path.string()));
  const Round last = rounds.back();
  std::vector<std::vector<double>> points;
  for (const ItemId source : draws.sources(last)) {
    Named values;
    for (const std::string& name : model.description().parameter_names()) {
      const auto column = std::find(draws.columns().begin(), draws.columns().end(), name);
      if (column == draws.columns().end()) continue;
      draws.visit_column(last, source, static_cast<std::size_t>(column - draws.columns().begin()),
                         [&](std::span<const double> piece) { values[name] = piece.back(); });
    }
    points.push_back(in_order(values, model, path.string()));
  }
  return points;
}

StartKind rule_of(const std::string& init) {
  if (init == "auto" || init == "uniform") return StartKind::uniform;
  return init == "prior" ? StartKind::prior : StartKind::values;
}

std::string option_of(const Manifest& manifest, std::string_view name) {
  for (const auto& [key, value] : manifest.identity.options) {
    if (key == name) return value;
  }
  return "nothing of it";
}

}  // namespace

void read_starts(RunSettings& settings, const Model& model) {
  settings.sample.start = rule_of(settings.init);
  if (settings.sample.start != StartKind::values) return;
  const std::filesystem::path path = find_run(settings.init);
  if (!std::filesystem::exists(path)) {
    throw UsageError(fmt::format("--init: {} is neither a rule (auto, uniform, prior) nor a file or run that exists",
                                 settings.init));
  }
  auto& points = settings.sample.start_values;
  points = looks_like_run(path) ? from_run(path, model) : from_json(path, model);
  if (looks_like_run(path) || points.size() <= settings.sample.chains) return;
  throw UsageError(fmt::format("{}: there are {} starting points for {} chains; leave some out, or give more --chains",
                               path.string(), points.size(), settings.sample.chains));
}

void read_start_factors(RunSettings& settings, const DividedModel& model) {
  settings.ep.start.clear();
  if (settings.init == "auto") return;
  const std::filesystem::path path = find_run(settings.init);
  const std::filesystem::path file = looks_like_run(path) ? RunFolder::open(path).factors() : path;
  if (!std::filesystem::is_regular_file(file)) {
    throw UsageError(fmt::format(
        "--init: {} is no run of `dovetail ep` that has ended or was stopped, nor the factors.json of one; give such a "
        "run, or auto",
        settings.init));
  }
  Factors factors = read_factors(file);
  if (factors.parameters != shared_names(model)) {
    throw UsageError(fmt::format("--init: the sites of {} share other parameters than this model's; begin without it",
                                 settings.init));
  }
  const std::size_t there = factors.sites.size();
  std::map<std::string, SiteFactor*> by_name;
  for (SiteFactor& factor : factors.sites) by_name.emplace(factor.site, &factor);
  for (std::size_t k = 0; k < model.sites(); ++k) {
    const auto found = by_name.find(model.site_name(k));
    if (found != by_name.end()) settings.ep.start.push_back(std::move(*found->second));
  }
  const std::size_t met = settings.ep.start.size();
  if (met == 0) {
    throw UsageError(
        fmt::format("--init: {} has no site of a name that this run has; begin without it", settings.init));
  }
  if (settings.quiet) return;
  print_remark(settings, fmt::format("{} of {} sites begin with their factors in {}; {} of its sites are left out\n",
                                     met, model.sites(), printable(settings.init), there - met));
}

namespace {

/// What the run began with, by `read`, which gives its SHA-256.
template <class Read>
void restore(const RunFolder& run, Read&& read) {
  const auto refuse = [&](const std::string& what) {
    throw CheckpointError(fmt::format(
        "{}: {} (the run cannot be repeated or resumed without what it started from); restore the file from a copy, or "
        "start a new run",
        run.starts().string(), what));
  };
  if (!std::filesystem::exists(run.starts())) refuse("the file is missing");
  std::string found;
  try {
    found = read();
  } catch (const UsageError& error) {
    refuse(error.what());
  } catch (const FileError& error) {
    refuse(error.what());
  }
  const std::string wanted = option_of(read_manifest(run.manifest()), "init_sha256");
  if (found != wanted) refuse(fmt::format("its content has SHA-256 {}, manifest.json says {}", found, wanted));
}

}  // namespace

void restore_starts(RunSettings& settings, const Model& model, const RunFolder& run) {
  settings.sample.start = rule_of(settings.init);
  if (settings.sample.start != StartKind::values) return;
  restore(run, [&] {
    settings.sample.start_values = from_json(run.starts(), model);
    return sha256_of_starts(settings.sample.start_values);
  });
}

void restore_start_factors(RunSettings& settings, const RunFolder& run) {
  if (settings.init == "auto") return;
  restore(run, [&] {
    settings.ep.start = read_factors(run.starts()).sites;
    return sha256_of_factors(settings.ep.start);
  });
}

}  // namespace dovetail::cli
