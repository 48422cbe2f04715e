/// Counts the allocations of the executable that links counting_new.cpp, and the bytes that are out.
#pragma once
#include <cstddef>

namespace dovetail::test {

[[nodiscard]] std::size_t allocations();

/// Bytes allocated and not freed yet, as malloc counts them.
[[nodiscard]] std::size_t live_bytes();
/// The most there were since the last reset_peak().
[[nodiscard]] std::size_t peak_bytes();
void reset_peak();

}  // namespace dovetail::test
