/// The points that population kernels move along, taken from what chains or copies went through.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace dovetail {

inline constexpr std::size_t kArchivePoints = 1000;  ///< most points of an archive

/// Rows of `d` > 0 numbers from all histories, one history after the other, thinned evenly to at most kArchivePoints.
/// Pure: the same whoever ran which history.
[[nodiscard]] std::vector<double> make_archive(std::span<const std::span<const double>> histories, std::size_t d);

}  // namespace dovetail
