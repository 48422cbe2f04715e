#include "dovetail/store/crash_point.hpp"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dovetail/core/error.hpp"

namespace dovetail::detail {
namespace {

struct Target {
  std::string name;
  std::uint64_t passage = 0;  // 0: not armed
};

Target target_from_environment() {
  const char* text = std::getenv("DOVETAIL_CRASH_AT");
  if (text == nullptr || *text == '\0') return {};
  const std::string_view value(text);
  const auto colon = value.rfind(':');
  Target target;
  if (colon != std::string_view::npos && colon > 0) {
    target.name = value.substr(0, colon);
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data() + colon + 1, end, target.passage);
    if (parsed.ec == std::errc() && parsed.ptr == end && target.passage > 0) return target;
  }
  // A fault test that silently injects nothing would pass without testing anything.
  std::fprintf(stderr, "dovetail: DOVETAIL_CRASH_AT must be NAME:N with N >= 1\n");
  std::_Exit(static_cast<int>(ExitCode::usage));
}

const Target& target() {
  static const Target value = target_from_environment();
  return value;
}

std::atomic<std::uint64_t> passages{0};

}  // namespace

const bool kCrashPointsArmed = target().passage != 0;

void pass_crash_point(const char* name) {
  if (target().name != "any" && target().name != name) return;
  if (passages.fetch_add(1) + 1 == target().passage) std::raise(SIGKILL);
}

}  // namespace dovetail::detail
