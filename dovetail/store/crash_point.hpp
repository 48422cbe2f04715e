/// Named places where a test may kill the process: `DOVETAIL_CRASH_AT=name:n` raises SIGKILL at the n-th passage of
/// `name`; the name `any` counts the passages of all points together. Unset, a point costs one load and one branch.
#pragma once

namespace dovetail {
namespace detail {
/// Set before main() when the environment names a point.
extern const bool kCrashPointsArmed;
void pass_crash_point(const char* name);
}  // namespace detail

/// Marks a place. The names of file points are before_ and after_ open, write, cut, fsync, rename, folder_fsync.
inline void crash_point(const char* name) {
  if (detail::kCrashPointsArmed) [[unlikely]]
    detail::pass_crash_point(name);
}

}  // namespace dovetail
