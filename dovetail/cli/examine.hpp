/// All that `dovetail check` finds out about a model in its own process: model/check.hpp, threads, speed, memory, and
/// what the model changes around it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "dovetail/model/check.hpp"

namespace dovetail::cli {

struct CheckReport {
  ModelCheck check;  ///< its findings hold those of the rest too
  /// Values and gradients of several threads at once have the bits of one; empty: the model says that it serves one
  /// thread only, or was lost before.
  std::optional<bool> same_on_threads;
  double evaluation_ns = 0;
  std::optional<double> gradient_ns;
  double bytes_per_evaluation = 0;  ///< by which the process grew while it was timed
  std::uint64_t printed_bytes = 0;  ///< to standard output; a run sends them to standard error
};

/// The finding of each kind is the first: see the ids in model/check.hpp. Takes some tenths of a second, or 1500
/// evaluations and more of a slow model.
[[nodiscard]] CheckReport examine(const Model& model, const ModelCheckOptions& options);

[[nodiscard]] std::string report_text(const ModelDescription& about, const CheckReport& report);
/// Keys stay; new ones may come.
[[nodiscard]] std::string report_json(const ModelDescription& about, const CheckReport& report);
/// The same of a model whose process ended, of which nothing else is known.
[[nodiscard]] std::string end_text(const std::string& model, const ModelFinding& finding);
[[nodiscard]] std::string end_json(const std::string& model, const ModelFinding& finding);

}  // namespace dovetail::cli
