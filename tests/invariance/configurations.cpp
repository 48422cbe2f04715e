#include "tests/invariance/configurations.hpp"

#include <algorithm>
#include <cctype>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/registry.hpp"

namespace dovetail::test {
namespace {

std::string as_name(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return text;
}

bool is_allowed(const std::string& model, const TemperOptions& options) {
  try {
    check_options(options, *make_model(model));
    return true;
  } catch (const UsageError&) {
    return false;
  }
}

const std::vector<std::string>& models() {
  static const std::vector<std::string> all = {"builtin:modes", "builtin:ising,L=4", "builtin:spike_slab",
                                               "builtin:galaxies,k=2", "builtin:mvn,d=5"};
  return all;
}

/// Settings for models whose data would take seconds: layouts do not depend on how many rows a density sums.
std::string small_data(std::string_view model) {
  if (model == "logistic") return ",n=40,p=3";
  return model == "slopes" ? ",groups=4,rows=5" : "";
}

/// One option apart from its default. Seven rungs divide by none of the numbers of threads.
std::vector<std::pair<std::string, TemperOptions>> variations() {
  TemperOptions plain;
  plain.rounds = 6;
  plain.replicas = 7;
  std::vector<std::pair<std::string, TemperOptions>> all;
  const auto add = [&](const char* name, auto change) {
    TemperOptions options = plain;
    change(options);
    all.emplace_back(name, options);
  };
  add("three_copies", [](TemperOptions& o) { o.copies = 3; });
  add("forty_copies", [](TemperOptions& o) { o.copies = 40, o.rounds = 4, o.replicas = 3; });
  add("automatic_replicas", [](TemperOptions& o) { o.replicas = 0, o.copies = 2; });
  add("fixed_schedule", [](TemperOptions& o) { o.schedule = {0, 0.01, 0.1, 0.3, 1}, o.replicas = 0; });
  add("all_rounds_every_rung", [](TemperOptions& o) { o.keep = Keep::all_rounds, o.every_rung = true, o.copies = 2; });
  add("swap_every_three", [](TemperOptions& o) { o.swap_every = 3; });
  add("swap_history", [](TemperOptions& o) { o.swap_history = true, o.copies = 3, o.replicas = 0; });
  add("variational", [](TemperOptions& o) { o.reference = ReferenceKind::variational, o.rounds = 7; });
  add("two_legs", [](TemperOptions& o) { o.reference = ReferenceKind::variational, o.legs = 2, o.rounds = 7; });
  add("two_legs_three_copies", [](TemperOptions& o) {
    o.reference = ReferenceKind::variational, o.legs = 2, o.copies = 3, o.rounds = 7, o.every_rung = true;
  });
  add("errors_rejected", [](TemperOptions& o) { o.on_error = OnError::reject; });
  add("two_rungs", [](TemperOptions& o) { o.replicas = 2, o.copies = 5; });
  return all;
}

}  // namespace

std::vector<Configuration> configurations() {
  std::vector<Configuration> all;
  const auto add = [&](const std::string& model, const std::string& variation, const TemperOptions& options) {
    if (is_allowed(model, options)) all.push_back({as_name(model.substr(8)) + "_" + variation, model, options});
  };
  for (const std::string& model : models()) {
    for (const KernelEntry& kernel : kernel_registry()) {
      TemperOptions options;
      options.rounds = 6;
      options.replicas = 7;
      options.kernel = kernel.name;
      add(model, as_name(options.kernel), options);
    }
    TemperOptions cycle;
    cycle.rounds = 5;
    cycle.replicas = 4;
    cycle.kernel = "slice+automala+slice";
    add(model, "cycle", cycle);
    for (const auto& [name, options] : variations()) add(model, name, options);
  }
  for (const ModelEntry& entry : model_registry()) {
    TemperOptions options;
    options.rounds = 4;
    add("builtin:" + std::string(entry.name) + small_data(entry.name), "defaults", options);
  }
  return all;
}

}  // namespace dovetail::test
