#include "dovetail/jobs/recorded_draws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "dovetail/core/error.hpp"
#include "dovetail/output/digest.hpp"

namespace dovetail {
namespace {

std::uint64_t whole(const std::string& text, const std::string& name) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    throw FileError(
        fmt::format("`{}` of the run is \"{}\" and not a whole number (its files are damaged); restore them from a "
                    "copy",
                    name, text));
  }
  return number;
}

std::string field(const RowFields& row, const std::string& name) {
  const auto found = std::find_if(row.begin(), row.end(), [&](const auto& column) { return column.first == name; });
  return found == row.end() ? "" : found->second;
}

/// The first round of the posterior's draws; rounds before it are warm-up.
Round first_of_posterior(const Manifest& manifest, const std::vector<RowFields>& rows,
                         const std::vector<Round>& there) {
  const Round after_all(there.empty() ? 1 : there.back().value + 1);
  if (manifest.identity.command == "temper") {
    const auto ended = std::find_if(there.rbegin(), there.rend(), [&](Round r) { return r.value <= rows.size(); });
    if (ended != there.rend()) return *ended;
    return there.empty() ? after_all : there.back();
  }
  if (manifest.identity.command != "sample") return Round(0);
  std::uint64_t iterations = 0;
  std::uint32_t windows = 0;
  for (const RowFields& row : rows) {
    iterations += whole(field(row, "iterations"), "iterations");
    if (field(row, "phase") == "warmup") ++windows;
  }
  const bool begun = iterations >= whole(option_of(manifest, "warmup"), "warmup");
  return begun ? Round(windows + 1) : after_all;
}

std::vector<RowFields> rows_of(const RunFolder& run) {
  return std::filesystem::exists(run.rounds()) ? read_round_fields(run.rounds()) : std::vector<RowFields>();
}

}  // namespace

const std::string& option_of(const Manifest& manifest, const std::string& name) {
  for (const auto& [key, value] : manifest.identity.options) {
    if (key == name) return value;
  }
  throw FileError(
      fmt::format("manifest.json lacks the option `{}` (the file is damaged); restore it from a copy", name));
}

// Rows before draws: the draws of a round that has ended by then are all there.
RecordedDraws::RecordedDraws(const RunFolder& run)
    : manifest(read_manifest(run.manifest())), rows(rows_of(run)), draws(run.draws()) {
  if (has_ended(manifest)) static_cast<void>(digest(run));  // an error unless its files are those of the run's end
  const std::vector<Round> there = draws.rounds();
  const Round first = first_of_posterior(manifest, rows, there);
  const bool is_ladder = manifest.identity.command == "temper";
  for (const Round round : there) {
    if (round < first) {
      warmup.rounds.push_back(round);
    } else if (!is_ladder || round == first) {
      posterior.rounds.push_back(round);
    }
  }
  for (ChainSources* sources : {&posterior, &warmup}) {
    if (is_ladder) {
      sources->chains = whole(option_of(manifest, "copies"), "copies");
      sources->legs = whole(option_of(manifest, "legs"), "legs");
    } else if (manifest.identity.command == "sample") {
      sources->chains = whole(option_of(manifest, "chains"), "chains");
    } else {
      for (const Round round : sources->rounds) {
        sources->chains = std::max(sources->chains, draws.sources(round).size());
      }
    }
  }
}

}  // namespace dovetail
