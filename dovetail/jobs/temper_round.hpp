/// What a finished round says, before anything is planned from it: rungs merged over copies, legs with their barrier
/// and evidence, and the row of rounds.csv. Pure values; sums run in fixed trees over addresses.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/tempering/barrier.hpp"
#include "dovetail/tempering/evidence.hpp"
#include "dovetail/tempering/ladder.hpp"
#include "dovetail/tempering/pair_statistics.hpp"

namespace dovetail {

/// One leg's rungs from its reference to its target: N of each, merged over copies.
struct LegView {
  tempering::Leg leg;
  std::vector<std::size_t> addresses;  ///< within a copy
  std::vector<double> betas;
  std::vector<tempering::RungStatistics> statistics;
  tempering::Barrier barrier;
  tempering::LegEvidence evidence;
};

struct FinishedRound {
  std::vector<RungRecord> rungs;  ///< of one copy's ladder, by address, merged over copies
  std::vector<LegView> legs;      ///< the fixed leg first when there are two
};

/// `outcome`: a record for each address of the round that ran on `ladder`, copy after copy.
[[nodiscard]] FinishedRound view_round(const tempering::Ladder& ladder, const TemperJob::Outcome& outcome);

/// The row and the notes of the round that ran with `shared`, `scans` long. Its headline evidence pools the rounds
/// before that agree with it (docs/adr/0013).
[[nodiscard]] RoundResult report_round(const FinishedRound& finished, const TemperShared& shared, std::uint64_t scans,
                                       std::uint32_t copies);

}  // namespace dovetail
