/// What a kernel sees of a model: a path of densities l_beta = l0 + beta V on one coordinate space.
///
/// Every evaluation returns the pair (l0, V), so a state that caches it can be looked at from any temperature without
/// another evaluation (docs/maths/tempering.md section 1). A run without tempering is a path looked at from beta = 1.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dovetail/core/rng.hpp"

namespace dovetail {

using Point = std::span<const double>;
using PointOut = std::span<double>;

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The law of the value of a coordinate that comes to be. What may be chosen as proposals of births.
enum class BirthKind : std::uint8_t {
  uniform,    ///< between the value's bounds, or along its circle
  normal,     ///< mean and sd, truncated to the value's bounds; reals alone
  lognormal,  ///< of a real with a lower bound a and no upper one: log(x - a) is normal, x has this mean and sd
};
struct BirthLaw {
  BirthKind kind = BirthKind::uniform;
  double mean = 0;
  double sd = 1;  ///< > 0
  friend bool operator==(const BirthLaw&, const BirthLaw&) = default;
};

/// A coordinate is there at the points where the integer coordinate number `by`, its *switch*, is at least `from`.
/// Coordinates with the same two form a *component*: they come and go together. The density is one of (which components
/// are there, the coordinates that are there); elsewhere a coordinate holds any number, and the density never reads it.
struct Presence {
  std::size_t by = 0;
  double from = 1;
  BirthLaw birth{};  ///< default of birth proposals; has nothing to do with the prior, but is best near it
};

/// How a kernel may move one coordinate.
enum class CoordinateKind : std::uint8_t {
  real,     ///< any finite value; bounded parameters were transformed before
  integer,  ///< an integer held exactly in a double, lower <= x <= upper
  cyclic,   ///< a real on [lower, upper) whose ends are joined
};

/// Bounds of a real coordinate are those of the *value* that it stands for, coordinate u itself being unbounded:
/// none: x = u; lower: x = lower + exp u; upper: x = upper - exp u; both: x = lower + (upper - lower) logistic u.
/// The log-Jacobian of that map is part of l0. Kernels that move u need not look; those that move x do.
struct Coordinate {
  CoordinateKind kind = CoordinateKind::real;
  double lower = -kInfinity;
  double upper = kInfinity;
  std::string name{};  ///< of the value ("theta[2]"), for settings and messages; coordinates may share none
  std::optional<Presence> presence{};  ///< empty: always there
  bool switches = false;               ///< some coordinate has its presence by this one, which is always there then
};

/// Whether coordinate `c` of the point `x` is there.
[[nodiscard]] inline bool is_there(const Coordinate& c, Point x) {
  return !c.presence || x[c.presence->by] >= c.presence->from;
}

/// The log densities at one point, in nats. -inf is an expected value (outside the support); NaN and +inf mark an
/// *error event*: the model returned them or threw. A kernel counts an error event and never accepts it.
struct Potential {
  double reference = 0;  ///< l0, normalised when the path has a proper reference
  double energy = 0;     ///< V = l1 - l0
  double log_prior = 0;  ///< the model's own parts, kept for output and for a change of reference;
  double log_likelihood =
      0;  ///< log_prior + log_likelihood = l1; all of it is the likelihood when the model has no parts

  template <class Archive>
  void describe(Archive& archive) {
    archive(reference);
    archive(energy);
    archive(log_prior);
    archive(log_likelihood);
  }
};

/// l_beta from the pair. At the ends only the side that has weight is looked at, so 0 * inf never arises.
[[nodiscard]] inline double log_at(const Potential& p, double beta) {
  if (beta == 0) return p.reference;
  if (beta == 1) return p.log_prior + p.log_likelihood;
  return p.reference + beta * p.energy;
}

/// A family of densities on one coordinate space. Pure: no files, clocks or threads; safe to call from several threads.
class Path {
 public:
  virtual ~Path() = default;
  [[nodiscard]] virtual std::span<const Coordinate> coordinates() const = 0;
  [[nodiscard]] std::size_t dimension() const { return coordinates().size(); }

  /// `x`: d coordinates. Counts as one density evaluation.
  [[nodiscard]] virtual Potential evaluate(Point x) const = 0;

  [[nodiscard]] virtual bool has_gradient() const { return false; }
  /// Writes d l0/dx and d V/dx (d each) and returns the pair. Counts as one gradient evaluation. Integer coordinates
  /// get 0. Only when has_gradient().
  virtual Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const;

  /// Draws x from the density at `beta` exactly and returns true, or returns false: no exact draws there. At beta = 0
  /// this is the reference's sampler. Does not evaluate the density.
  virtual bool draw_exact(double beta, Rng& rng, PointOut x) const;
};

/// One density of a path: what a kernel leaves invariant.
struct Density {
  const Path& path;
  double beta = 1;
  [[nodiscard]] double log(const Potential& p) const { return log_at(p, beta); }
};

}  // namespace dovetail
