#include "dovetail/kernel/population.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/evaluate.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

constexpr double kBestScale = 2.38;            // over sqrt(m): Roberts, Gelman and Gilks 1997; sqrt(2m) for differences
constexpr double kWholeDifferenceShare = 0.1;  // of DE moves that take a - b as it is: from mode to mode
constexpr double kNoise = 1e-4;                // standard deviation of what is added to each jump, in scales
constexpr double kSnookerLeast = 1.2;
constexpr double kSnookerMost = 2.2;
constexpr double kStretchMost = 2;      // a of Goodman and Weare
constexpr double kWalkShare = 0.5;      // of the steps of a warm-up
constexpr double kWalkShortest = 1e-4;  // of the longest walk

// Rows of the workspace.
constexpr std::size_t kProposed = 0;
constexpr std::size_t kNormals = 1;

/// What a proposal is made from. Only real coordinates are looked at and written.
class Jump {
 public:
  Jump(const ChainState& state, std::span<const Coordinate> coordinates, const Tuning& tuning, Rng& rng,
       Workspace& workspace)
      : x_(state.x),
        coordinates_(coordinates),
        scale_(tuning.scale),
        archive_(tuning.archive),
        rng_(rng),
        proposed_(workspace.row(kProposed, x_.size())),
        normals_(workspace.row(kNormals, x_.size())) {
    DOVETAIL_REQUIRE(archive_.size() % x_.size() == 0 && scale_.size() == x_.size());
    for (std::size_t i = 0; i < x_.size(); ++i) reals_ += moves(i) ? 1 : 0;
    std::copy(x_.begin(), x_.end(), proposed_.begin());
  }

  [[nodiscard]] std::size_t reals() const { return reals_; }
  [[nodiscard]] bool has_archive() const { return points() >= archive_least(reals_); }
  [[nodiscard]] Point proposed() const { return proposed_; }

  /// Each writes the proposal and returns h = log q(x|x') - log q(x'|x).
  double propose(PopulationMove move) {
    switch (move) {
      case PopulationMove::differential_evolution:
        return evolve();
      case PopulationMove::snooker:
        return snooker();
      case PopulationMove::stretch:
        return stretch();
    }
    return -kInfinity;
  }

  double walk() {
    const double decades = math::exp(math::log(kWalkShortest) * rng_.uniform());
    add_normals(kBestScale / std::sqrt(dimension()) * decades);
    return 0;
  }

 private:
  [[nodiscard]] bool moves(std::size_t i) const { return coordinates_[i].kind == CoordinateKind::real; }
  [[nodiscard]] double dimension() const { return static_cast<double>(reals_); }
  [[nodiscard]] std::size_t points() const { return archive_.size() / x_.size(); }
  [[nodiscard]] Point point(std::size_t index) const { return archive_.subspan(index * x_.size(), x_.size()); }

  /// k different indices of the archive, every order equally likely.
  template <std::size_t k>
  std::array<std::size_t, k> draw_different() {
    std::array<std::size_t, k> drawn{};
    for (std::size_t n = 0; n < k; ++n) {
      const auto last = static_cast<std::int64_t>(points() - 1 - n);
      drawn[n] = static_cast<std::size_t>(math::draw_integer(rng_, 0, last));
      auto before = drawn;
      std::sort(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(n));
      for (std::size_t m = 0; m < n; ++m) drawn[n] += drawn[n] >= before[m] ? 1 : 0;
    }
    return drawn;
  }

  void add_normals(double size) {
    math::draw_normals(rng_, normals_);
    for (std::size_t i = 0; i < x_.size(); ++i) {
      if (moves(i)) proposed_[i] += size * scale_[i] * normals_[i];
    }
  }

  /// (a, b) and (b, a) are equally likely and the noise is symmetric: h = 0.
  double evolve() {
    const auto [a, b] = draw_different<2>();
    const bool whole = rng_.uniform() < kWholeDifferenceShare;
    const double gamma = whole ? 1 : kBestScale / std::sqrt(2 * dimension());
    for (std::size_t i = 0; i < x_.size(); ++i) {
      if (moves(i)) proposed_[i] += gamma * (point(a)[i] - point(b)[i]);
    }
    add_normals(kNoise);
    return 0;
  }

  /// On the line through z the law of the signed distance r has the density pi |r|^(m-1), and r's jump is symmetric.
  /// Distances are in units of the scales; their ratio along one line is the same in any.
  double snooker() {
    const auto [z, a, b] = draw_different<3>();
    double square = 0;
    double projection = 0;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      if (!moves(i)) continue;
      const double along = (x_[i] - point(z)[i]) / scale_[i];
      square += along * along;
      projection += along * (point(a)[i] - point(b)[i]) / scale_[i];
    }
    const double gamma = kSnookerLeast + (kSnookerMost - kSnookerLeast) * rng_.uniform();
    const double noise = kNoise * math::draw_normal(rng_);
    if (square == 0) return 0;  // x is z: there is no line
    const double r = std::sqrt(square);
    return move_from(z, (r + gamma * (projection / r) + noise) / r);
  }

  /// zeta has density prop. to zeta^(-1/2) on [1/a, a]; on the ray from z the factor is zeta^(m-1).
  double stretch() {
    const auto [z] = draw_different<1>();
    const double root = (kStretchMost - 1) * rng_.uniform() + 1;
    return move_from(z, root * root / kStretchMost);
  }

  /// x' = z + factor (x - z); h = (m - 1) log |factor|.
  double move_from(std::size_t z, double factor) {
    for (std::size_t i = 0; i < x_.size(); ++i) {
      if (moves(i)) proposed_[i] = point(z)[i] + factor * (x_[i] - point(z)[i]);
    }
    return reals_ > 1 ? (dimension() - 1) * math::log(std::fabs(factor)) : 0;
  }

  Point x_;
  std::span<const Coordinate> coordinates_;
  Point scale_;
  Point archive_;
  Rng& rng_;
  PointOut proposed_;
  PointOut normals_;
  std::size_t reals_ = 0;
};

/// One evaluation, one decision.
void decide(ChainState& state, const Density& density, Point proposed, double h, Rng& rng, KernelRecord& record) {
  const double u = rng.uniform();
  double acceptance = 0;
  Potential potential;
  if (h > -kInfinity) {
    ++record.evaluations;
    potential = density.path.evaluate(proposed);
    const double after = detail::log_or_refuse(density, potential, proposed, record);
    acceptance = detail::metropolis_acceptance(after - density.log(state.potential) + h);
  }
  ++record.proposals;
  record.acceptance_sum += acceptance;
  record.last.acceptance = acceptance;
  if (u >= acceptance) return;
  std::copy(proposed.begin(), proposed.end(), state.x.begin());
  state.potential = potential;
  state.has_gradient = false;
}

void move(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng, Workspace& workspace,
          KernelRecord& record, PopulationMove kind, bool walks) {
  record.last = {};
  if (is_error(density.log(state.potential))) return record_error(record, state.x);
  Jump jump(state, density.path.coordinates(), tuning, rng, workspace);
  if (jump.reals() == 0) return;
  const double h = walks || !jump.has_archive() ? jump.walk() : jump.propose(kind);
  decide(state, density, jump.proposed(), h, rng, record);
}

}  // namespace

void PopulationKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng,
                            Workspace& workspace, KernelRecord& record) const {
  move(state, density, tuning, rng, workspace, record, move_, false);
}

void PopulationKernel::adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng,
                                     Workspace& workspace, KernelRecord& record) const {
  const bool walks = rng.uniform() < kWalkShare;
  move(state, density, tuning, rng, workspace, record, move_, walks);
}

}  // namespace dovetail
