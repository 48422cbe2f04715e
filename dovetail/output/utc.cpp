#include "dovetail/output/utc.hpp"

#include <array>
#include <ctime>

namespace dovetail {
namespace {

/// `format`: as for std::strftime; at most 31 characters of numbers, so that no locale shows.
std::string now_as(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

std::string utc_now() { return now_as("%Y-%m-%dT%H:%M:%SZ"); }

std::string utc_now_in_file_name() { return now_as("%Y%m%d-%H%M%S"); }

}  // namespace dovetail
