/// report.html: one page for one run, which needs no network and no other file.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "dovetail/report/reported_run.hpp"

namespace dovetail::report {

/// What the caller knows about a run that its files do not say.
struct Words {
  std::vector<std::pair<std::string, std::string>> commands;  ///< what it does, and a command line that does it
  std::string config;                                         ///< text of config.toml
};

/// All that the page shows, as JSON of printable ASCII. FileError or CheckpointError where a file of the run is
/// damaged.
[[nodiscard]] std::string report_json(const ReportedRun& run, const Words& words);

/// The page around `json`, which stands in it as data: `<`, `>` and `&` are escaped, so no text in it can end it or
/// become markup. A policy in its head lets nothing run but its own two scripts, by their hashes, and loads nothing.
[[nodiscard]] std::string report_page(const std::string& json);

}  // namespace dovetail::report
