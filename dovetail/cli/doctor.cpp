// `dovetail doctor`: what this build is and what it can do here; the first thing a bug report needs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/execute/mpi.hpp"
#include "dovetail/jobs/decompress.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/netcdf.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

using Json = nlohmann::ordered_json;

Json build_json() {
  return {{"compiler", build().compiler},
          {"type", build().type},
          {"flags", build().flags},
          {"sanitizers", build().sanitizers}};
}

Json doctor_json() {
  const Machine here = machine();
  Json report = {
      {"version", build().version},
      {"build", build_json()},
      {"processor", here.processor},
      {"processor_features", here.features},
      {"cores", here.cores},
      {"rng_format", kRngFormat},
      {"math_id", math_identity()},
      {"executors", {"serial", "threads", "pool"}},
      {"stores", {"memory", "dir", "redis"}},
      {"mpi", mpi_version()},
      {"optional_parts", Json::object({{"mpi", has_mpi()}, {"zstd", has_zstd()}, {"netcdf", has_netcdf()}, {"stan", false}})},
      {"kernels", Json::array()},
      {"models", Json::array()}};
  if (has_mpi()) report["executors"].push_back("mpi");
  for (const KernelEntry& entry : kernel_registry()) {
    report["kernels"].push_back({{"name", entry.name}, {"summary", entry.summary}});
  }
  for (const ModelEntry& entry : model_registry()) {
    report["models"].push_back({{"name", "builtin:" + std::string(entry.name)}, {"summary", entry.summary}});
  }
  return report;
}

std::string doctor_text(const Json& report) {
  std::string text;
  const auto row = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<12} {}\n", name, printable(value));
  };
  const auto joined = [](const Json& list) {
    std::string names;
    for (const Json& item : list) {
      names += (names.empty() ? "" : " ") + (item.is_object() ? item["name"] : item).get<std::string>();
    }
    return names;
  };
  const Json& build = report["build"];
  row("version", report["version"]);
  row("compiler", build["compiler"]);
  row("build",
      fmt::format("{}, sanitizers: {}", build["type"].get<std::string>(), build["sanitizers"].get<std::string>()));
  row("flags", build["flags"]);
  row("processor", report["processor"]);
  row("features", report["processor_features"]);
  row("cores", fmt::to_string(report["cores"].get<unsigned>()));
  row("rng_format", fmt::to_string(report["rng_format"].get<unsigned>()));
  row("math_id", report["math_id"]);
  row("executors", joined(report["executors"]));
  row("stores", joined(report["stores"]));
  row("mpi", report["mpi"]);
  std::string missing;
  for (const auto& [name, there] : report["optional_parts"].items()) {
    if (!there.get<bool>()) missing += (missing.empty() ? "" : " ") + name;
  }
  row("without", missing);
  row("kernels", joined(report["kernels"]));
  row("models", joined(report["models"]));
  return text;
}

ExitCode run(const Arguments& arguments) {
  const Json report = doctor_json();
  print_result(arguments.has("--json") ? report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                                       : doctor_text(report));
  return ExitCode::done;
}

}  // namespace

Command doctor_command() {
  return {"doctor",
          "",
          0,
          0,
          "print version, build, processor, number formats, models and kernels",
          "dovetail doctor --json",
          TakesSettings::none,
          {{"--json", 0, "", "as JSON"}},
          run};
}

}  // namespace dovetail::cli
