/// Laws of bounded values and of directions, with exact draws: for kernels that move values rather than coordinates.
#pragma once
#include <memory>
#include <string>

#include "tests/support/laws_with_draws.hpp"

namespace dovetail::test {

/// "bounded": a, above 1; b, between -2 and 3; c, below 4, whose scale depends on b.
/// "sphere": azimuth on [-1, 2 pi - 1), polar angle; "sphere_in_degrees": azimuth on [0, 360), latitude. Neither
/// uniform nor a product; polar angles reach both poles.
/// The others are those of make_law(), with coordinates called a, b, c, ... and their own bounds.
[[nodiscard]] std::unique_ptr<Law> make_named_law(const std::string& name);

}  // namespace dovetail::test
