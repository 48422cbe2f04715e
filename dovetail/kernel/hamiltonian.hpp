/// Leapfrog steps of Hamiltonian kernels, in whitened momentum, over the real coordinates of a path.
#pragma once
#include <span>

#include "dovetail/kernel/kernel.hpp"

namespace dovetail::detail {

/// Where a trajectory goes on from. d coordinates, m of them real.
struct PhasePoint {
  PointOut x;                  ///< d
  std::span<double> momentum;  ///< m: y, whose law is N(0, I)
  std::span<double> force;     ///< m: A^T grad l_beta(x)
};

/// Trajectories whose energy H spreads over more than this are divergent: the integrator has left the energy surface.
inline constexpr double kEnergyErrorMax = 1000;

/// What a chain needs to stay at a point that a trajectory visited. All spans have d elements.
struct Candidate {
  PointOut x;
  PointOut gradient_reference;
  PointOut gradient_energy;
  Potential potential;
};

/// Hands out parts of one workspace row, so that a step asks the workspace once.
class Rows {
 public:
  explicit Rows(std::span<double> all) : rest_(all) {}
  [[nodiscard]] std::span<double> take(std::size_t n);
  [[nodiscard]] PhasePoint phase_point(std::size_t d, std::size_t m);
  [[nodiscard]] Candidate candidate(std::size_t d);

 private:
  std::span<double> rest_;
};

/// H(x, y) = |y|^2/2 - l_beta(x) with the flow dx/dt = A y, dy/dt = A^T grad l_beta, A the metric's factor
/// (docs/maths/kernels.md section 9). Integer and cyclic coordinates stay. So do reals that are not there: their
/// elements of y are 0, which is the flow of the others alone, for every metric but a dense one (refused then). One per
/// step; allocates nothing.
class Hamiltonian {
 public:
  /// `state` gets room for its gradients. The metric must have the sizes that its kind asks for. Uses the workspace's
  /// singles().
  Hamiltonian(ChainState& state, const Density& density, const Metric& metric, Workspace& workspace,
              KernelRecord& record);

  [[nodiscard]] std::size_t dimension() const { return coordinates_.size(); }
  [[nodiscard]] std::size_t moving() const { return moving_; }
  /// This step is one of warm-up, whose draws are dropped: it need not keep the law.
  void begin_adapting() { adapting_ = true; }
  [[nodiscard]] bool adapting() const { return adapting_; }

  /// Brings the cached gradients up to date; false when nothing can move from here: no real coordinate is there, a
  /// failing model (counted) or no density (counted as stuck).
  [[nodiscard]] bool prepare();
  /// Sets x and force to those of the state, and draws the momentum: 2 m words.
  void start(PhasePoint& place, Rng& rng) const;
  /// -H at a point with log density `log_density`.
  [[nodiscard]] static double joint(double log_density, std::span<const double> momentum);
  [[nodiscard]] double joint_at_start(const PhasePoint& place) const;

  /// y += (step/2) f; x += step A y; y += (step/2) f', with one gradient evaluation. Negative steps go back in time.
  /// Returns -H there; -inf or NaN where the trajectory left the support, overflowed, or the model failed (counted).
  /// `place` and `end` are complete only when the result is finite. `end.x` may be `place.x` itself.
  [[nodiscard]] double leapfrog(PhasePoint& place, double step, Candidate& end) const;

  void move_to(const Candidate& chosen) const;

 private:
  [[nodiscard]] bool moves(std::size_t i) const { return coordinates_[i].kind == CoordinateKind::real; }
  void hold_absent(std::span<double> values) const;
  void drift(PhasePoint& place, double step) const;
  void set_force(std::span<const double> gradient_reference, std::span<const double> gradient_energy,
                 std::span<double> force) const;
  template <class Take>
  void for_each_moving(Take&& take) const;

  ChainState& state_;
  const Density& density_;
  const Metric& metric_;
  KernelRecord& record_;
  std::span<const Coordinate> coordinates_;
  std::size_t moving_ = 0;
  std::size_t absent_ = 0;  ///< of the moving ones
  bool adapting_ = false;
  std::span<float> from_;  ///< padded(m), zeros beyond m: what the dense factor is multiplied with
  std::span<float> to_;    ///< padded(m): and the product
};

}  // namespace dovetail::detail
