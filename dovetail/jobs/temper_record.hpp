/// What a tempering run says about itself on disk: identity, manifest, and the fields a checkpoint must agree with.
#pragma once
#include <filesystem>
#include <vector>

#include "dovetail/jobs/temper.hpp"
#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/rounds.hpp"
#include "dovetail/run/checkpoint.hpp"

namespace dovetail {

[[nodiscard]] Manifest manifest_of(const Model& model, const TemperOptions& options, const Layout& layout,
                                   const std::string& kernel);

/// The fields of the identity that going on must not change: all but the number of rounds, and the facts about build
/// and processor that do not bind built-in mathematics.
[[nodiscard]] RunIdentity binding_identity(const ManifestIdentity& identity);

/// Checks that every draw of the rounds in `rows` is in `draws`, for a run that keeps all rounds: a file cut between
/// two blocks looks whole to its reader. `folder` is for the message. CheckpointError names the first that is missing.
void require_all_draws(const KeptDraws& draws, const std::vector<RoundRow>& rows, const TemperOptions& options,
                       const std::filesystem::path& folder);

}  // namespace dovetail
