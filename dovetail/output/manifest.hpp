/// manifest.json: what a run is a function of, where it ran, and how it stands. There before work starts.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace dovetail {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

/// What the results are a function of (docs/determinism.md). Resume refuses a run whose identity differs.
struct ManifestIdentity {
  std::string command;       ///< "temper"
  std::string model;         ///< "builtin:mvn,d=100": one text for all spellings of a model
  std::string model_kind;    ///< "builtin", "c++", "library" or "exec"
  std::string model_sha256;  ///< of the model's file or description
  std::string data_sha256;   ///< of the data file; empty without one
  std::uint64_t seed = 1;
  NamedTexts options;   ///< every setting that describes the statistics, as resolved, in a fixed order
  std::string version;  ///< release
  std::string build;    ///< build id of the binary
  std::string compiler;
  std::string flags;
  std::uint32_t rng_format = 0;
  std::string math_id;  ///< source and digest of the mathematics
  std::uint32_t codec_version = 0;
  std::string lane_rule;     ///< order of sums: "8"
  std::string cpu_features;  ///< and of libraries, the system's mathematics: their results may depend on both
};

/// Where and when: never hashed, never compared.
struct RunEnvironment {
  std::string host;
  std::string processor;
  std::string executor;
  std::uint32_t threads = 0;  ///< in each process
  std::uint32_t ranks = 1;    ///< processes
  std::string started;        ///< UTC
  std::string finished;       ///< UTC; empty while it runs
  std::uint32_t resumes = 0;
  double seconds = 0;
};

struct Manifest {
  ManifestIdentity identity;
  RunEnvironment environment;
  std::string status;  ///< "running", "ok", "warnings", "incomplete" or "failed"
  std::string status_reason;
  NamedTexts exceptions;  ///< promises given up: {"math", "old -> new"} and {"cpu", ...} on resume, {"workers", ...}
                          ///< that differed
};

/// The run has a summary, and its files are those of its end ("ok", "warnings") or stop ("incomplete").
[[nodiscard]] bool has_ended(const Manifest& manifest);

/// Replaces the file in one step.
void write_manifest(const std::filesystem::path& path, const Manifest& manifest);
/// FileError names file and field; a manifest of a newer format is refused by name.
[[nodiscard]] Manifest read_manifest(const std::filesystem::path& path);

/// Names and texts of every field, options as "options.NAME", in a fixed order.
[[nodiscard]] NamedTexts fields_of(const ManifestIdentity& identity);

}  // namespace dovetail
