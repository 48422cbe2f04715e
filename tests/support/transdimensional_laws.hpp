/// Laws whose coordinates come and go, with exact draws. What is not there holds 0, or a circle's lower end.
#pragma once
#include <memory>
#include <string>

#include "tests/support/laws_with_draws.hpp"

namespace dovetail::test {

/// "signals": a count 0..3, a level that is always there, and for each component an amplitude above 0, a place between
/// -1 and 2 and a phase on [2, 5). Amplitudes depend on the level and on the label.
/// "shapes": the model builtin:nested, its likelihood to the power 0.4: three switches, three normals that are
/// correlated where they are there.
[[nodiscard]] std::unique_ptr<Law> make_transdimensional_law(const std::string& name);

}  // namespace dovetail::test
