#include "dovetail/output/digest.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

using Sections = std::vector<std::pair<std::string, std::string>>;

std::string hash_of(const Bytes& bytes) { return to_hex(sha256(bytes)); }

}  // namespace

std::string rounds_sha256(const std::vector<RowFields>& rounds) {
  Writer writer;
  for (const RowFields& row : rounds) {
    // Lengths go first, so that no two lists of texts give the same bytes. Numbers are shortest texts, hence exact.
    for (const auto& [name, text] : row) {
      writer(name);
      writer(text);
    }
  }
  return hash_of(writer.out);
}

namespace {

std::string hash_of_evidence(const std::optional<TemperingSummary>& tempering) {
  Writer writer;
  writer(static_cast<std::uint8_t>(tempering.has_value()));
  if (tempering) {
    const TemperingSummary& t = *tempering;
    writer(t.replicas);
    writer(t.copies);
    writer(t.legs);
    writer(t.rounds);
    writer(t.scans);
    writer(t.log_evidence);
    writer(t.log_evidence_se);
    writer(t.log_evidence_forward);
    writer(t.log_evidence_backward);
    writer(t.global_barrier);
    writer(t.rejection_sum);
    writer(t.restarts);
    writer(t.round_trips);
    writer(t.swap_acceptance_min);
    writer(t.swap_acceptance_mean);
    writer(t.schedule);
    writer(t.reference);
    writer(t.kernel);
  }
  return hash_of(writer.out);
}

/// Columns one after another, each in the order of draws: block boundaries leave no trace.
std::string hash_of_draws(const KeptDraws& draws, Round round, ItemId source) {
  Hasher hasher;
  Writer shape;
  shape(draws.columns());
  shape(draws.rows(round, source));
  hasher.add(shape.out);
  std::vector<std::uint64_t> bits;
  for (std::size_t column = 0; column < draws.columns().size(); ++column) {
    draws.visit_column(round, source, column, [&](std::span<const double> values) {
      bits.clear();
      for (const double value : values) {
        bits.push_back(
            std::bit_cast<std::uint64_t>(std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value));
      }
      hasher.add(std::as_bytes(std::span(bits)));
    });
  }
  return to_hex(hasher.finish());
}

std::string hash_of_sections(const Sections& sections) {
  Hasher hasher;
  for (const auto& [name, hash] : sections) {
    hasher.add(name);
    hasher.add(" ");
    hasher.add(hash);
    hasher.add("\n");
  }
  return to_hex(hasher.finish());
}

}  // namespace

Sections digest_sections(const DigestParts& parts) {
  Writer model;
  model(parts.model);
  model(parts.model_sha256);
  model(parts.data_sha256);
  Writer seed;
  seed(parts.seed);
  Sections sections{{"model", hash_of(model.out)},
                    {"seed", hash_of(seed.out)},
                    {"rounds", rounds_sha256(parts.rounds)},
                    {"evidence", hash_of_evidence(parts.tempering)}};
  for (const Round round : parts.draws.rounds()) {
    for (const ItemId source : parts.draws.sources(round)) {
      sections.emplace_back("draws/round " + std::to_string(round.value) + "/source " + std::to_string(source.value),
                            hash_of_draws(parts.draws, round, source));
    }
  }
  return sections;
}

std::string digest(const DigestParts& parts) { return hash_of_sections(digest_sections(parts)); }

namespace {

/// What a run's files say now.
struct Found {
  Manifest manifest;
  std::optional<Summary> summary;
  Sections sections;
  std::string rounds;  ///< rounds_sha256
};

Found read_run(const RunFolder& run) {
  Found found{read_manifest(run.manifest()), {}, {}, {}};
  std::vector<RowFields> rounds;
  if (std::filesystem::exists(run.rounds())) {
    for (RowFields& row : read_round_fields(run.rounds())) rounds.push_back(without_seconds(std::move(row)));
  }
  found.rounds = rounds_sha256(rounds);
  if (std::filesystem::exists(run.summary())) found.summary = read_summary(run.summary());
  const ManifestIdentity& identity = found.manifest.identity;
  if (identity.command == "sample") rounds.clear();
  found.sections =
      digest_sections(DigestParts{identity.model, identity.model_sha256, identity.data_sha256, identity.seed, rounds,
                                  found.summary ? found.summary->tempering : std::nullopt, DrawsReader(run.draws())});
  return found;
}

/// A file cut between two blocks is whole to its reader; only what was noted at the run's end knows better.
void require_same(const RunFolder& run, const Found& found) {
  const auto refuse = [&](const char* what, const std::string& before, const std::string& now) {
    throw FileError(run.path().string() + " is not what it was when it ended: its " + what + " was " + before +
                    " and is " + now +
                    " (rows, draws or results were lost or edited); restore its files, or run again with " +
                    run_again_command(run.path()));
  };
  const std::string digest = hash_of_sections(found.sections);
  if (found.summary->rounds_sha256 != found.rounds) {
    refuse("SHA-256 of rounds.csv without times", found.summary->rounds_sha256, found.rounds);
  }
  if (found.summary->digest != digest) refuse("digest", found.summary->digest, digest);
}

}  // namespace

void require_as_summarised(const RunFolder& run) {
  if (!std::filesystem::exists(run.summary())) return;
  try {
    static_cast<void>(read_summary(run.summary()));
  } catch (const Error&) {
    return;
  }
  require_same(run, read_run(run));
}

Sections digest_sections(const RunFolder& run) {
  const Found found = read_run(run);
  const std::array<std::string_view, 3> ended = {"ok", "warnings", "incomplete"};
  if (std::find(ended.begin(), ended.end(), found.manifest.status) == ended.end()) return found.sections;
  if (!found.summary) {
    throw FileError(run.path().string() +
                    " has ended and has no summary.json (a part of its results is lost); `dovetail resume " +
                    shell_path(run.path().string()) + "` writes it anew.");
  }
  require_same(run, found);
  return found.sections;
}

std::string digest(const RunFolder& run) { return hash_of_sections(digest_sections(run)); }

}  // namespace dovetail
