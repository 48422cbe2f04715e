/// starts.json: the points that the chains of a run started from, where these were given rather than drawn. A run keeps
/// its own copy, since the file or run that they came from may change or go.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace dovetail {

/// Replaces the file by a list of objects, parameter name -> value, one for each point: the form that `--init` reads.
/// `points`: values in the order of `names`. A value that is not there (NaN) is null.
void write_starts(const std::filesystem::path& path, const std::vector<std::string>& names,
                  const std::vector<std::vector<double>>& points);

/// SHA-256 of the points' bits, as lower-case hex: `init_sha256` of the manifest.
[[nodiscard]] std::string sha256_of_starts(const std::vector<std::vector<double>>& points);

}  // namespace dovetail
