/// Counts the allocations of the executable that links counting_new.cpp.
#pragma once
#include <cstddef>

namespace dovetail::test {

[[nodiscard]] std::size_t allocations();

}  // namespace dovetail::test
