#include "dovetail/report/detail/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "dovetail/core/decimal.hpp"

namespace dovetail::report::detail {

Json figure(const std::optional<double>& value) { return value && std::isfinite(*value) ? Json(*value) : nullptr; }

Json number(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  const double rounded = parse_number(fmt::format("{:.6g}", *value)).value_or(*value);
  constexpr double kWholeMost = 1e15;
  if (std::floor(rounded) == rounded && std::fabs(rounded) < kWholeMost) return static_cast<std::int64_t>(rounded);
  return rounded;
}

Json numbers(std::span<const double> values) {
  Json all = Json::array();
  for (const double value : values) all.push_back(number(value));
  return all;
}

Json numbers(const std::vector<std::optional<double>>& values) {
  Json all = Json::array();
  for (const auto& value : values) all.push_back(number(value));
  return all;
}

Json levels(const std::vector<std::vector<double>>& lines) {
  constexpr double kLevels = 9999;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const auto& line : lines) {
    for (const double value : line) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  const double half = high / 2 - low / 2;  // the difference itself may overflow
  Json all = Json::array();
  for (const auto& line : lines) {
    Json points = Json::array();
    for (const double value : line) {
      if (!std::isfinite(value)) {
        points.push_back(nullptr);
      } else {
        const double share = half > 0 ? (value / 2 - low / 2) / half : 0;
        points.push_back(static_cast<int>(std::floor(share * kLevels + 0.5)));
      }
    }
    all.push_back(std::move(points));
  }
  return {{"low", std::isfinite(low) ? Json(low) : Json(nullptr)},
          {"high", std::isfinite(high) ? Json(high) : Json(nullptr)},
          {"lines", std::move(all)}};
}

}  // namespace dovetail::report::detail
