/// Names of arrays and of their elements. Pure.
#pragma once
#include <string_view>

namespace dovetail {

/// The array that an element belongs to: mu of mu[3], mu[a,b] and mu.3; of anything else its own name.
[[nodiscard]] inline std::string_view array_of(std::string_view name) {
  return name.substr(0, name.find_first_of("[."));
}

}  // namespace dovetail
