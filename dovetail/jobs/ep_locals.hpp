/// Draws of local parameters given draws of the shared ones: made where a site's rows are, and told nobody.
///
/// Draw s of every site belongs to draw s of the shared parameters, so the draws of several sites, put side by side,
/// are joint ones. docs/maths/ep.md section 14.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail {

/// Draws of the shared parameters' coordinates, row-major count x d: those of the corrected answer, in the order of the
/// run's draws, where it is certified, else of the normal approximation. UsageError: more than a corrected answer has.
[[nodiscard]] std::vector<double> answer_draws(const EpJob& job, const EpShared& shared, std::size_t count);

/// Local draws of one site, in coordinates u: row-major count x locals(site). `points`: count x d. A function of model,
/// seed, points and nothing else, the first k rows of the first k points.
///
/// A chain of NUTS goes from point to point, some steps on the law of u given each, which it leaves invariant. Errors:
/// ModelError where the site has no density at its start.
[[nodiscard]] std::vector<double> draw_locals(const DividedModel& model, std::size_t site,
                                              const std::vector<double>& points, const EpOptions& options);

/// A table: draws in rows, the shared parameters and what the sites show of their local ones in columns.
struct LocalDraws {
  std::vector<std::string> columns;
  std::size_t rows = 0;
  std::vector<double> values;  ///< row-major
};

/// Of a run in its folder, for `sites` in the order given; not of sites that keep their rows. Errors: CheckpointError
/// (no checkpoint, or of another run), UsageError (no round was finished; more draws than there are).
[[nodiscard]] LocalDraws local_draws(const DividedModel& model, const EpOptions& options, const RunFolder& folder,
                                     const std::vector<std::size_t>& sites, std::size_t count);

}  // namespace dovetail
