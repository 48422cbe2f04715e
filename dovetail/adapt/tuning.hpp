/// How tuning moves between rounds: from what the kernels of a rung recorded to what they read next.
///
/// Called at round ends alone, on statistics merged over all copies of a rung; inside a round tuning is frozen.
/// Pure; no random numbers; O(d) each. Rules and limits: docs/maths/kernels.md sections 1 and 2, tempering.md
/// section 10.
#pragma once
#include <span>
#include <vector>

#include "dovetail/adapt/moments.hpp"
#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

/// Before anything is known: step size 1, scales 1, widths 10 (integers: no more than their range).
[[nodiscard]] Tuning initial_tuning(std::span<const Coordinate> coordinates);

/// The tuning of the next round, from the frozen one of this round and what came of it.
///
/// Width: mean bracket length at acceptance / 1.5, within a factor of 4; integers rounded to a whole number from 1 to
/// their range. Scale of real coordinates: square root of (n S + 5 s^2) / (n + 5), S the variance of the n draws and s
/// the scale before.
/// Coordinates that come and go keep their scale: the moments count what stands in their place as well.
/// What was not observed stays as it was; figures that are not finite change nothing.
[[nodiscard]] Tuning adapt_tuning(const Tuning& before, const KernelRecord& pooled, const Moments& moments,
                                  std::span<const Coordinate> coordinates);

/// Multiplies the step size by `factor`, Kernel::step_factor() of the round, but no less than 1/4 and no more than 4; a
/// result that is not finite and positive changes nothing.
void adapt_step_size(Tuning& tuning, double factor);

/// Adds up two records, the first error point of the left one first. For fold_tree over copies.
[[nodiscard]] KernelRecord merge_records(KernelRecord left, const KernelRecord& right);

/// The tunings at new places on the ladder: logarithms of step size, scales, widths and scales of proposals linear in u
/// between neighbours, constant beyond the ends. All else (metric, what proposals learnt of shapes, archive) is that of
/// the nearer neighbour, the upper one half-way. A place that did not move keeps its tuning bit by bit.
///
/// `old_tunings`, `old_u`: one per old rung, u = Lambda(beta) / Lambda non-decreasing. `new_u`: one per new rung.
/// Widths of integer coordinates may leave the whole numbers; kernels round them.
[[nodiscard]] std::vector<Tuning> move_tunings(std::span<const Tuning> old_tunings, std::span<const double> old_u,
                                               std::span<const double> new_u);

/// Smooths log step size over neighbouring rungs with weights 1/4, 1/2, 1/4; a missing neighbour is replaced by the
/// rung itself. Pass the rungs that have a kernel.
void smooth_step_sizes(std::span<Tuning> rungs);

}  // namespace dovetail
