// `dovetail doctor`: what this build is and what it can do here; the first thing a bug report needs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/compile/stan_translator.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/execute/mpi.hpp"
#include "dovetail/jobs/decompress.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/netcdf.hpp"
#include "dovetail/output/text.hpp"

extern "C" int dovetail_has_avx2();  // math/processor.c
extern "C" int dovetail_has_avx512();

namespace dovetail::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What Dovetail can do without, and Debian's packages that bring it.
struct Part {
  const char* name;
  bool is_there;
  const char* serves;
  const char* packages;
  bool by_building;  ///< the packages are looked for when Dovetail is built, not when it runs
};

bool has_stan() {
  try {
    (void)find_stan_headers();
    return true;
  } catch (const ModelError&) {
    return false;
  }
}

std::vector<Part> parts() {
  return {{"mpi", has_mpi(), "runs over processes of mpirun and srun", "libopenmpi-dev openmpi-bin", true},
          {"zstd", has_zstd(), "corpora compressed by zstd", "libzstd-dev", true},
          {"netcdf", has_netcdf(), "dovetail export --to netcdf", "libnetcdf-dev", true},
          {"stan", has_stan(), "models that are Stan programs",
           "g++ r-cran-stanheaders r-cran-rcppeigen r-cran-bh libtbb-dev nlohmann-json3-dev", false}};
}

std::string cure_of(const Part& part) {
  return fmt::format("sudo apt-get install --no-install-recommends {}{}", part.packages,
                     part.by_building ? ", and build Dovetail anew" : "");
}

Json build_json() {
  return {{"compiler", build().compiler},
          {"type", build().type},
          {"flags", build().flags},
          {"sanitizers", build().sanitizers}};
}

Json doctor_json() {
  const Machine here = machine();
  Json report = {{"version", build().version},
                 {"build", build_json()},
                 {"processor", here.processor},
                 {"processor_features", here.features},
                 {"cores", here.cores},
                 {"rng_format", kRngFormat},
                 {"math_id", math_identity()},
                 {"executors", {"serial", "threads", "pool"}},
                 {"stores", {"memory", "dir", "redis"}},
                 {"mpi", mpi_version()},
                 {"netcdf", netcdf_version()},
                 {"machine_code",
                  {{"dense metrics", dovetail_has_avx2() != 0 ? "avx2" : "sse2"},
                   {"topics", dovetail_has_avx512() != 0 ? "avx512"
                              : dovetail_has_avx2() != 0 ? "avx2"
                                                         : "sse2"}}},
                 {"optional_parts", Json::object()},
                 {"missing", Json::array()},
                 {"kernels", Json::array()},
                 {"models", Json::array()}};
  if (has_mpi()) report["executors"].push_back("mpi");
  for (const Part& part : parts()) {
    report["optional_parts"][part.name] = part.is_there;
    if (!part.is_there) {
      report["missing"].push_back({{"part", part.name}, {"serves", part.serves}, {"cure", cure_of(part)}});
    }
  }
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
  row("netcdf", report["netcdf"]);
  std::string codes;
  for (const auto& [what, code] : report["machine_code"].items()) {
    codes += fmt::format("{}{}: {}", codes.empty() ? "" : ", ", what, code.get<std::string>());
  }
  row("code", codes);
  row("kernels", joined(report["kernels"]));
  row("models", joined(report["models"]));
  for (const Json& part : report["missing"]) {
    row("without", fmt::format("{} ({}): {}", part["part"].get<std::string>(), part["serves"].get<std::string>(),
                               part["cure"].get<std::string>()));
  }
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
          "print version, build, processor, models and kernels, what is missing and how to get it",
          "dovetail doctor --json",
          TakesSettings::none,
          {{"--json", 0, "", "as JSON"}},
          run};
}

}  // namespace dovetail::cli
