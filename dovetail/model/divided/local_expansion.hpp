/// What any density of shared parameters x and local ones u says about u at one x: the mode, the curvature there, and
/// from both a score with less noise and the integral over u. Gradients alone are asked for; second derivatives are
/// differences of them.
///
/// docs/maths/ep.md section 13. Pure, when the density is; thread safe.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dovetail/model/divided.hpp"

namespace dovetail::divided {

/// log p(rows, u | x) at an x that is fixed, with its gradients in x and in u, each with the other held fixed.
using LocalDensity = std::function<double(Point u, PointOut in_shared, PointOut in_local)>;

/// About the mode of u given x: a function of x alone.
struct LocalExpansion {
  double log = 0;              ///< at the mode
  std::vector<double> mode;    ///< m
  std::vector<double> factor;  ///< L, m x m: L L' is minus the Hessian in u
};

/// By Newton steps from u = 0, halved while they lead down. Empty where that finds no point with a negative definite
/// Hessian. Costs 2 m + 1 gradients a step.
[[nodiscard]] std::optional<LocalExpansion> expand(const LocalDensity& density, std::size_t shared, std::size_t locals);

/// The gradient in x at (x, u), u held fixed, less what its expansion about the mode says of its noise: the same mean
/// over u given x, by Stein's identity, whatever the expansion is. No noise is left where u given x is normal and the
/// gradient is a polynomial of second degree without mixed terms in whitened coordinates of u. Costs 2 m + 2 gradients.
void steady_score(const LocalDensity& density, const LocalExpansion& at, Point u, PointOut score);

/// log of the integral over u, by importance sampling from the normal law of the expansion, at points that depend on
/// the number of locals alone: smooth in x, and exact where u given x is normal. `worst_correction` is the relative
/// standard error of the integral.
[[nodiscard]] SiteMarginal integrate(const LocalDensity& density, const LocalExpansion& at, std::size_t shared);
/// How far that is off, by eight times as many points of `rng`'s.
[[nodiscard]] IntegralError integral_error(const LocalDensity& density, const LocalExpansion& at, std::size_t shared,
                                           Rng& rng);

}  // namespace dovetail::divided
