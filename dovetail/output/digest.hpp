/// The digest of a run: one SHA-256 over what was computed, none over when, where and how fast.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/summary.hpp"

namespace dovetail {

/// What the digest covers.
struct DigestParts {
  std::string model;         ///< as in the manifest's identity
  std::string model_sha256;  ///< empty when there is no such file
  std::string data_sha256;
  std::uint64_t seed = 1;
  const std::vector<RowFields>& rounds;              ///< without their seconds; none where draws say it all
  const std::optional<TemperingSummary>& tempering;  ///< the evidence results
  const KeptDraws& draws;                            ///< bits of every kept draw, NaN canonical
};

/// Sections and their SHA-256, in a fixed order: "model", "seed", "rounds", "evidence", then "draws/round R/source S".
/// Two runs that differ are told apart by the first section that does.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> digest_sections(const DigestParts& parts);

/// SHA-256 over rows without their times.
[[nodiscard]] std::string rounds_sha256(const std::vector<RowFields>& rows);

/// SHA-256 over the sections: 64 hexadecimal digits.
[[nodiscard]] std::string digest(const DigestParts& parts);
/// The same from the files of a run: manifest.json, rounds.csv, summary.json (while it runs: when there) and draws/.
/// FileError when the run has ended and its files have changed since, by summary.json; CheckpointError when that was
/// edited itself.
[[nodiscard]] std::string digest(const RunFolder& run);
[[nodiscard]] std::vector<std::pair<std::string, std::string>> digest_sections(const RunFolder& run);

/// FileError when the files are not those of the summary that is there: damage must not become part of a longer run. An
/// edited summary says nothing about them and is passed over; going on writes it anew.
void require_as_summarised(const RunFolder& run);

}  // namespace dovetail
