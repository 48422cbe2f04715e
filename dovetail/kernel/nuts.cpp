#include "dovetail/kernel/nuts.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

/// Consecutive states of a trajectory. `first` and `last` are in the order of their making, except in the whole
/// trajectory, where they are in the order of time. Of a single state only `first` is there.
struct Tree {
  std::span<double> momentum_sum;  ///< m
  std::span<double> first;         ///< m: momentum of the first state
  std::span<double> last;          ///< m
  detail::Candidate chosen;        ///< drawn from the states in proportion to exp(-H)
  double log_weight = 0;           ///< log of the sum of exp(H0 - H)
};

class Trajectory {
 public:
  Trajectory(detail::Hamiltonian& hamiltonian, double step_size, unsigned depth_max, Rng& rng, Workspace& workspace,
             StepFigures& figures);
  /// Doubles until the trajectory turns, diverges or meets the cap, and moves the chain to the state drawn.
  void run();
  [[nodiscard]] bool met_cap() const { return met_cap_; }

 private:
  [[nodiscard]] Tree take_tree(detail::Rows& rows) const;
  void start();
  bool grow(bool forward);
  bool add_state(detail::PhasePoint& end, double step, Tree& state);
  bool join(Tree& a, Tree& b, bool single);
  bool take_in(Tree& added, bool forward);

  detail::Hamiltonian& hamiltonian_;
  double step_size_;
  unsigned depth_max_;
  Rng& rng_;
  StepFigures& figures_;
  std::array<detail::PhasePoint, 2> ends_;  ///< earliest and latest state
  Tree whole_;
  std::array<Tree, NutsKernel::kDepthMax> finished_;  ///< subtrees of the half that grows, the largest first
  double joint_start_ = 0;
  double joint_min_ = 0;  ///< over the trajectory and the half that grows
  double joint_max_ = 0;
  double acceptance_sum_ = 0;
  bool moved_ = false;
  bool met_cap_ = false;
};

Trajectory::Trajectory(detail::Hamiltonian& hamiltonian, double step_size, unsigned depth_max, Rng& rng,
                       Workspace& workspace, StepFigures& figures)
    : hamiltonian_(hamiltonian), step_size_(step_size), depth_max_(depth_max), rng_(rng), figures_(figures) {
  const std::size_t d = hamiltonian.dimension();
  const std::size_t m = hamiltonian.moving();
  // all at once, whatever this trajectory needs, so that a longer one later allocates nothing
  const std::size_t trees = depth_max + std::size_t{1};
  detail::Rows rows(workspace.row(0, trees * (3 * d + 3 * m) + 2 * (d + 2 * m)));
  for (auto& end : ends_) end = rows.phase_point(d, m);
  whole_ = take_tree(rows);
  for (unsigned i = 0; i < depth_max; ++i) finished_[i] = take_tree(rows);
}

Tree Trajectory::take_tree(detail::Rows& rows) const {
  const std::size_t m = hamiltonian_.moving();
  Tree tree;
  tree.momentum_sum = rows.take(m);
  tree.first = rows.take(m);
  tree.last = rows.take(m);
  tree.chosen = rows.candidate(hamiltonian_.dimension());
  return tree;
}

void copy(std::span<const double> from, std::span<double> to) { std::copy(from.begin(), from.end(), to.begin()); }

/// x . (a + b) > 0
bool goes_along(std::span<const double> x, std::span<const double> a, std::span<const double> b) {
  return math::sum_lanes(
             x.size(), [x = x.data(), a = a.data(), b = b.data()](std::size_t i) { return x[i] * (a[i] + b[i]); }) > 0;
}

/// Whether `a` followed by `b` has not turned: at the ends, and at those of each half extended by the nearest state of
/// the other. For two single states the last four comparisons would repeat the first two.
bool goes_on(const Tree& a, const Tree& b, bool single) {
  if (single) return goes_along(a.first, a.first, b.first) && goes_along(b.first, a.first, b.first);
  if (!goes_along(a.first, a.momentum_sum, b.momentum_sum)) return false;
  if (!goes_along(b.last, a.momentum_sum, b.momentum_sum)) return false;
  return goes_along(a.first, a.momentum_sum, b.first) && goes_along(b.first, a.momentum_sum, b.first) &&
         goes_along(a.last, b.momentum_sum, a.last) && goes_along(b.last, b.momentum_sum, a.last);
}

/// `a` becomes `a` followed by `b`, but for the weight and the state chosen.
void append(Tree& a, Tree& b, bool single) {
  if (single) {
    for (std::size_t k = 0; k < a.first.size(); ++k) a.momentum_sum[k] = a.first[k] + b.first[k];
    std::swap(a.last, b.first);
    return;
  }
  for (std::size_t k = 0; k < a.momentum_sum.size(); ++k) a.momentum_sum[k] += b.momentum_sum[k];
  std::swap(a.last, b.last);
}

void Trajectory::start() {
  hamiltonian_.start(ends_[0], rng_);
  copy(ends_[0].x, ends_[1].x);
  copy(ends_[0].momentum, ends_[1].momentum);
  copy(ends_[0].force, ends_[1].force);
  copy(ends_[0].momentum, whole_.first);
  joint_start_ = joint_min_ = joint_max_ = hamiltonian_.joint_at_start(ends_[0]);
  figures_.energy = -joint_start_;
}

void Trajectory::run() {
  start();
  bool going = true;
  while (going && figures_.depth < depth_max_) {
    const bool forward = rng_.bits32() >> 31 != 0;
    if (!grow(forward)) break;
    going = take_in(finished_[0], forward);
    ++figures_.depth;
    met_cap_ = going && figures_.depth == depth_max_;
  }
  figures_.acceptance = acceptance_sum_ / static_cast<double>(figures_.leapfrogs);
  if (moved_) hamiltonian_.move_to(whole_.chosen);
}

/// As many new states as the trajectory has, in finished_[0]; false where they turn or diverge. Subtrees are joined as
/// soon as two of one size stand side by side: after state n, as often as n ends in ones.
bool Trajectory::grow(bool forward) {
  detail::PhasePoint& end = ends_[forward ? 1 : 0];
  const double step = forward ? step_size_ : -step_size_;
  std::size_t count = 0;
  for (std::uint32_t n = 0; n < std::uint32_t{1} << figures_.depth; ++n) {
    if (!add_state(end, step, finished_[count])) return false;
    ++count;
    for (int joined = 0; joined < std::countr_one(n); ++joined) {
      --count;
      if (!join(finished_[count - 1], finished_[count], joined == 0)) return false;
    }
  }
  return true;
}

/// The next state; false where the trajectory diverges.
bool Trajectory::add_state(detail::PhasePoint& end, double step, Tree& state) {
  const double joint = hamiltonian_.leapfrog(end, step, state.chosen);
  ++figures_.leapfrogs;
  state.log_weight = joint - joint_start_;
  if (!std::isfinite(joint)) {
    figures_.divergent = true;
    return false;
  }
  acceptance_sum_ += math::exp(std::min(0.0, state.log_weight));
  joint_min_ = std::min(joint_min_, joint);
  joint_max_ = std::max(joint_max_, joint);
  // Against all states, not the start alone: then the same trajectories end here wherever in them the chain began. In
  // warm-up there is no law to keep, and energy that the integrator loses brings in a chain that started far out.
  const double highest = hamiltonian_.adapting() ? joint_start_ : joint_max_;
  figures_.divergent = highest - joint_min_ > detail::kEnergyErrorMax;
  // a fall that ends the trajectory is a divergence, and no success, in what is told of the step
  if (figures_.divergent && joint == joint_max_) acceptance_sum_ = 0;
  if (figures_.divergent) return false;
  copy(end.momentum, state.first);
  return true;
}

/// `a` becomes both; false where they turn.
bool Trajectory::join(Tree& a, Tree& b, bool single) {
  if (!goes_on(a, b, single)) return false;
  append(a, b, single);
  const double total = math::log_add(a.log_weight, b.log_weight);
  if (rng_.uniform() < math::exp(b.log_weight - total)) std::swap(a.chosen, b.chosen);
  a.log_weight = total;
  return true;
}

/// The trajectory gets its new half; false where it has turned.
bool Trajectory::take_in(Tree& added, bool forward) {
  if (rng_.uniform() < math::exp(std::min(0.0, added.log_weight - whole_.log_weight))) {
    std::swap(whole_.chosen, added.chosen);
    moved_ = true;
  }
  const bool single = figures_.depth == 0;
  if (!forward && !single) std::swap(whole_.first, whole_.last);  // as if time ran the way that the new half was made
  const bool going = goes_on(whole_, added, single);
  append(whole_, added, single);
  if (!forward) std::swap(whole_.first, whole_.last);
  whole_.log_weight = math::log_add(whole_.log_weight, added.log_weight);
  return going;
}

}  // namespace

NutsKernel::NutsKernel(unsigned depth_max, double target) : HamiltonianKernel(target), depth_max_(depth_max) {
  if (depth_max < 1 || depth_max > kDepthMax) {
    throw UsageError("depth_max is not in 1..20 (a trajectory has up to 2^depth_max states)");
  }
}

double NutsKernel::draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
                        KernelRecord& record) const {
  Trajectory trajectory(hamiltonian, step_size, depth_max_, rng, workspace, record.last);
  trajectory.run();
  record.depth_hits += trajectory.met_cap() ? 1 : 0;
  return record.last.acceptance;
}

}  // namespace dovetail
