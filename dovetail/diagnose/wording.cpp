// std::to_chars: correctly rounded and free of locale.
#include "dovetail/diagnose/wording.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace dovetail::diagnose {

namespace {
std::string text_of(double value, std::chars_format format, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 400> buffer;  // 309 digits before the point at most
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, digits);
  return {buffer.data(), result.ptr};
}
}  // namespace

std::string fixed(double value, int digits) { return text_of(value, std::chars_format::fixed, digits); }

std::string significant(double value, int digits) { return text_of(value, std::chars_format::general, digits); }

std::string percent(double share) {
  const double value = 100 * share;
  // two digits that count, and never an exponent
  return (value >= 10 ? fixed(value, 0) : significant(value, 2)) + " %";
}

std::string counted(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace dovetail::diagnose
