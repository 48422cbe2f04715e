#include "dovetail/jobs/swap_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/temper.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

/// By address, the sources of one copy. Targets come first in the numbering of sources and leave gaps in that of the
/// rungs: one gap, or two, of which the first belongs to the variational leg.
std::vector<ItemId> sources_of_copy(std::uint32_t copy, std::uint32_t copies, std::uint32_t legs,
                                    const std::vector<ItemId>& sources) {
  const auto rungs = static_cast<std::uint32_t>(sources.size() / copies);
  std::vector<ItemId> by_address;
  std::uint32_t targets = 0;
  for (std::uint32_t address = 0; address < rungs; ++address) {
    const ItemId rung(copies * legs + copy * rungs + address);
    const bool kept = std::binary_search(sources.begin(), sources.end(), rung);
    by_address.push_back(kept ? rung : ItemId(copy * legs + targets++));
  }
  const bool are_there = std::all_of(by_address.begin(), by_address.end(), [&](ItemId source) {
    return std::binary_search(sources.begin(), sources.end(), source);
  });
  if (targets != legs || !are_there) {
    throw FileError(
        "the draws lack those of some rungs (their file was cut, or is still written); `dovetail resume` of the run "
        "makes them anew");
  }
  return by_address;
}

std::size_t replica_column(const KeptDraws& draws) {
  const auto& columns = draws.columns();
  const auto found = std::find(columns.begin(), columns.end(), kReplicaColumn);
  DOVETAIL_REQUIRE(found != columns.end());
  return static_cast<std::size_t>(found - columns.begin());
}

}  // namespace

std::vector<std::vector<std::uint32_t>> replicas_by_rung(const KeptDraws& draws, Round round, std::uint32_t copy,
                                                         std::uint32_t copies, std::uint32_t legs) {
  const std::size_t column = replica_column(draws);
  std::vector<std::vector<std::uint32_t>> history;
  for (const ItemId source : sources_of_copy(copy, copies, legs, draws.sources(round))) {
    auto& rung = history.emplace_back();
    draws.visit_column(round, source, column, [&](std::span<const double> piece) {
      for (const double replica : piece) rung.push_back(static_cast<std::uint32_t>(replica));
    });
  }
  std::size_t scans = history.front().size();
  for (const auto& rung : history) scans = std::min(scans, rung.size());
  for (auto& rung : history) rung.resize(scans);
  return history;
}

void write_swap_history(const std::filesystem::path& path, const KeptDraws& draws, std::uint32_t copies,
                        std::uint32_t legs) {
  std::size_t rungs_most = 0;
  for (const Round round : draws.rounds()) rungs_most = std::max(rungs_most, draws.sources(round).size() / copies);
  std::string piece = "round,copy,scan";
  for (std::size_t k = 0; k < rungs_most; ++k) piece += fmt::format(",rung_{}", k);
  piece += '\n';
  ReplacementFile file(path);
  for (const Round round : draws.rounds()) {
    for (std::uint32_t copy = 0; copy < copies; ++copy) {
      const auto history = replicas_by_rung(draws, round, copy, copies, legs);
      for (std::size_t scan = 0; scan < history.front().size(); ++scan) {
        piece += fmt::format("{},{},{}", round.value, copy + 1, scan + 1);
        for (const auto& rung : history) piece += fmt::format(",{}", rung[scan]);
        piece.append(rungs_most - history.size(), ',');
        piece += '\n';
        if (piece.size() < kPieceBytes) continue;
        file.append(piece);
        piece.clear();
      }
    }
  }
  file.append(piece);
  file.finish();
}

}  // namespace dovetail
