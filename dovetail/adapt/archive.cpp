#include "dovetail/adapt/archive.hpp"

#include <algorithm>

namespace dovetail {

std::vector<double> make_archive(std::span<const std::span<const double>> histories, std::size_t d) {
  std::size_t points = 0;
  for (const auto history : histories) points += history.size() / d;
  const std::size_t stride = std::max<std::size_t>((points + kArchivePoints - 1) / kArchivePoints, 1);
  std::vector<double> archive;
  std::size_t number = 0;
  for (const auto history : histories) {
    for (std::size_t row = 0; row + d <= history.size(); row += d, ++number) {
      if (number % stride != 0) continue;
      const auto point = history.subspan(row, d);
      archive.insert(archive.end(), point.begin(), point.end());
    }
  }
  return archive;
}

}  // namespace dovetail
