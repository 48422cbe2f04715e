#include "dovetail/cli/model.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "dovetail/cli/progress.hpp"
#include "dovetail/cli/signals.hpp"
#include "dovetail/compile/compile.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

bool is_source(std::string_view spec) {
  return !spec.starts_with("builtin:") && !spec.starts_with("exec:") && is_model_source(spec);
}

/// A prior_only program is asked for its prior when the user says so: its prior may be improper. A library that gives
/// its prior apart is always asked when a path may begin there.
Parts parts_of(const RunSettings& settings) {
  return settings.job == JobKind::temper && settings.temper.reference == ReferenceKind::prior ? Parts::apart
                                                                                              : Parts::together;
}

void say_one_thread(const RunSettings& settings, const Model& model) {
  if (settings.quiet || model.description().thread_safe) return;
  if (settings.layout.executor == "serial" || settings.layout.threads == 1) return;
  print_remark(settings, fmt::format("{} serves one thread only (it was built without STAN_THREADS=true): the run "
                                     "uses one; build it again with it to use more\n",
                                     printable(model.description().name)));
}

}  // namespace

std::string library_of(const std::string& spec, const std::function<void(const std::string&)>& note) {
  if (!is_source(spec)) return spec;
  CompileOptions options;
  options.note = note;
  const StopSignals signals;
  options.stopped = [] { return StopSignals::received() != StopReason::finished; };
  return compile_model(spec, options).string();
}

void make_files_absolute(RunSettings& settings) {
  namespace fs = std::filesystem;
  if (is_library(settings.model) || is_source(settings.model)) {
    settings.model = fs::absolute(settings.model).lexically_normal().string();
  }
  if (!settings.data.empty()) settings.data = fs::absolute(settings.data).lexically_normal().string();
}

std::unique_ptr<Model> model_of(const RunSettings& settings) {
  const auto note = [&](const std::string& line) {
    if (!settings.quiet) print_remark(settings, printable(line) + "\n");
  };
  auto model =
      open_model({library_of(settings.model, note), settings.data, parts_of(settings), settings.model_timeout_s});
  say_one_thread(settings, *model);
  return model;
}

}  // namespace dovetail::cli
