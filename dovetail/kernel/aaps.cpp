#include "dovetail/kernel/aaps.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

class SegmentedPath {
 public:
  SegmentedPath(detail::Hamiltonian& hamiltonian, double step_size, std::uint32_t leapfrogs_max, Rng& rng,
                Workspace& workspace, StepFigures& figures);
  void start();
  /// `segments` whole ones after the end of the start's own, or before its beginning; false where the point must stay.
  bool walk(bool forward, std::int64_t segments);
  /// Moves the chain to the state drawn.
  void settle() const;
  [[nodiscard]] bool met_cap() const { return met_cap_; }
  [[nodiscard]] double variance() const { return square_sum_ / static_cast<double>(states_); }

 private:
  bool look(double joint);
  void add_state(double joint);

  detail::Hamiltonian& hamiltonian_;
  double step_size_;
  std::uint32_t leapfrogs_max_;
  Rng& rng_;
  StepFigures& figures_;
  detail::PhasePoint start_;
  detail::PhasePoint place_;
  detail::Candidate next_;
  detail::Candidate chosen_;
  double joint_start_ = 0;
  double joint_min_ = 0;
  double joint_max_ = 0;
  double log_weight_ = 0;  ///< log of the sum of exp(H0 - H) over the states so far
  double mean_ = 0;        ///< of H0 - H (Welford 1962)
  double square_sum_ = 0;
  std::uint64_t states_ = 1;
  bool moved_ = false;
  bool met_cap_ = false;
};

SegmentedPath::SegmentedPath(detail::Hamiltonian& hamiltonian, double step_size, std::uint32_t leapfrogs_max, Rng& rng,
                             Workspace& workspace, StepFigures& figures)
    : hamiltonian_(hamiltonian), step_size_(step_size), leapfrogs_max_(leapfrogs_max), rng_(rng), figures_(figures) {
  const std::size_t d = hamiltonian.dimension();
  const std::size_t m = hamiltonian.moving();
  detail::Rows rows(workspace.row(0, 8 * d + 4 * m));
  start_ = rows.phase_point(d, m);
  place_ = rows.phase_point(d, m);
  next_ = rows.candidate(d);
  chosen_ = rows.candidate(d);
}

void SegmentedPath::start() {
  hamiltonian_.start(start_, rng_);
  joint_start_ = joint_min_ = joint_max_ = hamiltonian_.joint_at_start(start_);
  figures_.energy = -joint_start_;
}

bool SegmentedPath::walk(bool forward, std::int64_t segments) {
  std::copy(start_.x.begin(), start_.x.end(), place_.x.begin());
  std::copy(start_.momentum.begin(), start_.momentum.end(), place_.momentum.begin());
  std::copy(start_.force.begin(), start_.force.end(), place_.force.begin());
  const double step = forward ? step_size_ : -step_size_;
  double climb = math::dot(place_.momentum, place_.force);  // d l_beta / dt
  for (;;) {
    if (figures_.leapfrogs == leapfrogs_max_) {
      met_cap_ = true;
      return false;
    }
    const double joint = hamiltonian_.leapfrog(place_, step, next_);
    ++figures_.leapfrogs;
    if (!look(joint)) return false;
    const double before = std::exchange(climb, math::dot(place_.momentum, place_.force));
    const bool apogee = forward ? before < 0 && climb >= 0 : climb < 0 && before >= 0;
    if (apogee && segments-- == 0) return true;
    add_state(joint);
  }
}

/// False where the path diverges.
bool SegmentedPath::look(double joint) {
  joint_min_ = std::min(joint_min_, joint);
  joint_max_ = std::max(joint_max_, joint);
  figures_.divergent = !std::isfinite(joint) || joint_max_ - joint_min_ > detail::kEnergyErrorMax;
  if (!figures_.divergent) figures_.acceptance += math::exp(std::min(0.0, joint - joint_start_));
  return !figures_.divergent;
}

/// One more state to choose from, kept with its share of the weight so far.
void SegmentedPath::add_state(double joint) {
  const double log_weight = joint - joint_start_;
  log_weight_ = math::log_add(log_weight_, log_weight);
  if (rng_.uniform() < math::exp(log_weight - log_weight_)) {
    std::swap(next_, chosen_);
    moved_ = true;
  }
  const double distance = log_weight - mean_;
  mean_ += distance / static_cast<double>(++states_);
  square_sum_ += distance * (log_weight - mean_);
}

void SegmentedPath::settle() const {
  if (moved_) hamiltonian_.move_to(chosen_);
}

}  // namespace

double AapsKernel::draw(detail::Hamiltonian& hamiltonian, double step_size, Rng& rng, Workspace& workspace,
                        KernelRecord& record) const {
  StepFigures& figures = record.last;
  figures.acceptance = 0;
  SegmentedPath path(hamiltonian, step_size, leapfrogs_max_, rng, workspace, figures);
  path.start();
  // Uniform, so that a path is as likely from each of its segments; segments put at a random end, one after the other,
  // would make this binomial, and the kernel would have another law.
  const std::int64_t after = math::draw_integer(rng, 0, kSegments);
  const bool whole = path.walk(true, after) && path.walk(false, kSegments - after);
  figures.acceptance /= static_cast<double>(figures.leapfrogs);
  record.depth_hits += path.met_cap() ? 1 : 0;
  // In warm-up there is no law to keep, and what there is of a path brings in a chain that started far out.
  if (whole || hamiltonian.adapting()) path.settle();
  if (path.met_cap()) return 1;  // longer steps need fewer
  return whole ? 1 / (1 + 4 * path.variance()) : 0;
}

}  // namespace dovetail
