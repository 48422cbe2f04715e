/// A site's factor without draws: the normal factor that has the value, slope and curvature of its likelihood at the
/// mode of the tilted distribution.
///
/// No Monte Carlo error; a bias of its own where the likelihood is not normal. docs/maths/ep.md section 3. Pure; thread
/// safe when the look is.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dovetail/ep/family.hpp"
#include "dovetail/ep/gaussian.hpp"

namespace dovetail::ep {

/// A site's log likelihood of x, local parameters integrated out, and its gradient, which is written.
using SiteLook = std::function<double(std::span<const double> x, std::span<double> gradient)>;

/// The target of a site of power `power` in (0, 1] in this cavity. Second derivatives are central differences of the
/// gradient over a thousandth of a standard deviation: exact but for rounding where the likelihood is normal. Newton
/// steps from the cavity's mean, halved while they lead down: 2 d + 1 looks a step. Of a family of several blocks: the
/// projection (family.hpp). Empty where the cavity is not proper or no mode is found.
[[nodiscard]] std::optional<Natural> laplace_target(const SiteLook& look, const Natural& cavity, double power,
                                                    const Family& family);

}  // namespace dovetail::ep
