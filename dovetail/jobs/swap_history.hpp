/// Who stood where: the history of swaps of a tempering run, from the draws that were kept of every rung.
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "dovetail/output/kept_draws.hpp"

namespace dovetail {

/// Writes swaps.csv in one step: a line for each scan of each copy, `round,copy,scan,rung_0,...` (round, copy and scan
/// from 1), with the number of the replica that explored each rung in that scan. Rungs run along the line of addresses
/// (tempering/ladder.hpp); rounds with fewer rungs than others leave the last fields empty.
///
/// `draws`: with the column `replica`, of every rung; numbered as TemperJob numbers its sources. FileError. Holds one
/// number for each rung and scan of one copy of one round in memory.
void write_swap_history(const std::filesystem::path& path, const KeptDraws& draws, std::uint32_t copies,
                        std::uint32_t legs);

/// By rung and scan, the number of the replica that explored the rung in that scan, in one copy (from 0) of one round.
/// Of files that were cut: the scans that all rungs have. FileError where they lack a rung.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> replicas_by_rung(const KeptDraws& draws, Round round,
                                                                       std::uint32_t copy, std::uint32_t copies,
                                                                       std::uint32_t legs);

}  // namespace dovetail
