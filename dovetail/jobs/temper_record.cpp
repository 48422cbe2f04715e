#include "dovetail/jobs/temper_record.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/environment.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/utc.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

const char* word(ReferenceKind kind) {
  switch (kind) {
    case ReferenceKind::automatic:
      return "auto";
    case ReferenceKind::prior:
      return "prior";
    case ReferenceKind::gaussian:
      return "gaussian";
    case ReferenceKind::variational:
      return "variational";
  }
  return "";
}

NamedTexts option_fields(const TemperOptions& options, const std::string& kernel) {
  std::string schedule;
  for (const double beta : options.schedule) schedule += fmt::format("{}{}", schedule.empty() ? "" : ",", beta);
  return {{"rounds", fmt::to_string(options.rounds)},
          {"replicas", options.replicas == 0 ? "auto" : fmt::to_string(options.replicas)},
          {"replicas_max", fmt::to_string(options.replicas_max)},
          {"kernel", kernel},
          {"reference", word(options.reference)},
          {"legs", fmt::to_string(options.legs)},
          {"copies", fmt::to_string(options.copies)},
          {"schedule", schedule.empty() ? "adapted" : schedule},
          {"keep", options.keep == Keep::last_round ? "last" : "all"},
          {"every_rung", options.every_rung ? "true" : "false"},
          {"on_error", options.on_error == OnError::stop ? "stop" : "reject"}};
}

const std::string& identity_of(const ModelDescription& model) {
  return model.identity.empty() ? model.name : model.identity;
}

/// A built-in model is its name and what it says about itself; there is no file to hash.
std::string model_sha256(const ModelDescription& model) {
  Hasher hasher;
  hasher.add(identity_of(model) + "\n" + model.source + "\n");
  for (const std::string& name : model.output_names) hasher.add(name + "\n");
  for (const Coordinate& c : model.coordinates) {
    hasher.add(fmt::format("{} {} {}\n", static_cast<int>(c.kind), c.lower, c.upper));
  }
  return to_hex(hasher.finish());
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

Manifest manifest_of(const Model& model, const TemperOptions& options, const Layout& layout,
                     const std::string& kernel) {
  const ModelDescription& description = model.description();
  const Machine here = machine();
  Manifest manifest;
  ManifestIdentity& identity = manifest.identity;
  identity.command = "temper";
  identity.model = identity_of(description);
  identity.model_kind = description.name.starts_with("builtin:") ? "builtin" : "c++";
  identity.model_sha256 = model_sha256(description);
  identity.seed = options.seed;
  identity.options = option_fields(options, kernel);
  identity.version = build().version;
  identity.compiler = build().compiler;
  identity.flags = build().flags;
  identity.rng_format = kRngFormat;
  identity.math_id = math_identity();
  identity.codec_version = kCodecVersion;
  identity.lane_rule = "8";
  identity.cpu_features = here.features;
  manifest.environment.host = host_name();
  manifest.environment.processor = here.processor;
  manifest.environment.executor = layout.executor;
  manifest.environment.threads = layout.threads != 0 ? layout.threads : here.cores;
  manifest.environment.started = utc_now();
  manifest.status = "running";
  return manifest;
}

RunIdentity binding_identity(const ManifestIdentity& identity) {
  constexpr std::array<std::string_view, 5> kFree = {"options.rounds", "build", "compiler", "flags", "cpu_features"};
  RunIdentity binding;
  for (const auto& [field, value] : fields_of(identity)) {
    if (std::find(kFree.begin(), kFree.end(), field) == kFree.end()) binding.emplace_back(field, value);
  }
  return binding;
}

void require_all_draws(const KeptDraws& draws, const std::vector<RoundRow>& rows, const TemperOptions& options,
                       const std::filesystem::path& folder) {
  const std::vector<Round> there = draws.rounds();
  for (const RoundRow& row : rows) {
    const std::uint64_t wanted = std::uint64_t{row.copies} * (options.every_rung ? row.replicas : options.legs);
    const Round round(row.round);
    bool whole = std::find(there.begin(), there.end(), round) != there.end();
    if (whole) {
      const std::vector<ItemId> sources = draws.sources(round);
      whole = sources.size() == wanted && std::all_of(sources.begin(), sources.end(), [&](ItemId source) {
                return draws.rows(round, source) == row.scans;
              });
    }
    if (!whole) {
      throw CheckpointError(
          fmt::format("cannot resume: {} lacks draws of round {} ({} scans of {} sources were kept, and "
                      "some were lost); restore the file, or run again with {}",
                      folder.string(), row.round, row.scans, wanted, run_again_command(folder.parent_path())));
    }
  }
}

}  // namespace dovetail
