/// The draws of a run as its folder has them now: which are of the posterior, and which of warm-up. Of ended runs and
/// of those that go on. The package in python/ has the same rules.
#pragma once
#include <vector>

#include "dovetail/output/chain_draws.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail {

struct RecordedDraws {
  /// FileError, CheckpointError where a file is damaged, or, of a run that has ended, is not that of its end.
  explicit RecordedDraws(const RunFolder& run);

  Manifest manifest;
  std::vector<RowFields> rows;  ///< of rounds.csv
  DrawsReader draws;
  ChainSources posterior;  ///< of a ladder: its last complete round, the first one while that goes on
  ChainSources warmup;     ///< that was saved; of a ladder: earlier rounds that were kept
};

/// An option of the manifest; FileError when it is not there.
[[nodiscard]] const std::string& option_of(const Manifest& manifest, const std::string& name);

}  // namespace dovetail
