/// Starting points: one look of words and rules for every job.
#pragma once
#include <string>

#include "dovetail/kernel/path.hpp"

namespace dovetail {

/// How often a start is drawn anew before the run gives up.
inline constexpr int kStartTries = 100;

/// Of starts that no user chose, on the scale of the reals that samplers move in.
inline constexpr double kStartRadius = 2;

/// A start that asks nothing of the model: reals uniform on (-radius, radius), circles uniform, bounded integers
/// uniform, other integers near their bound or 0. `x` has one element per coordinate.
void draw_start(std::span<const Coordinate> coordinates, double radius, Rng& rng, PointOut x);

/// The point in words, for messages: at most 8 coordinates, as values within their bounds, with their names where they
/// have some.
[[nodiscard]] std::string point_words(std::span<const Coordinate> coordinates, Point x);

/// False for what a failing sampler leaves behind: some coordinate is not finite.
[[nodiscard]] bool is_point(Point x);

}  // namespace dovetail
