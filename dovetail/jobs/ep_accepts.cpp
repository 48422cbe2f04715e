// Whether what came from elsewhere can be a site of a run: its sizes, at every step of every phase.
#include <algorithm>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/jobs/ep_job.hpp"
#include "dovetail/jobs/sizes.hpp"

namespace dovetail {
namespace {

bool is_natural(const ep::Natural& factor, std::size_t d) {
  return factor.shift.size() == d && factor.precision.size() == d * d && all_finite(factor.shift) &&
         all_finite(factor.precision);
}

/// One vector for each of `chains`, of that size.
bool have_size(const std::vector<std::vector<double>>& rows, std::size_t chains, std::size_t size) {
  return rows.size() == chains && std::all_of(rows.begin(), rows.end(), [size](const std::vector<double>& of_chain) {
           return of_chain.size() == size;
         });
}

/// `learns`: positions and gradients are gathered, at most one row in each of `done` steps.
bool is_chain(const SiteChain& chain, const Tuning& like, bool began, bool learns, std::uint64_t done) {
  const std::size_t n = like.scale.size();
  const bool no_state = chain.state.x.empty() && chain.state.gradient_reference.empty() &&
                        chain.state.gradient_energy.empty() && !chain.state.has_gradient;
  const std::size_t rows = chain.positions.size() / n;
  return chain.point.size() == n && all_finite(chain.point) && (is_state(chain.state, n) || (!began && no_state)) &&
         is_tuning(chain.tuning, like) && chain.positions.size() == rows * n &&
         chain.gradients.size() == chain.positions.size() && rows <= (learns ? done : 0);
}

}  // namespace

bool EpJob::accepts(const Shared& shared, ItemId item, const Local& site, const Record& record, Step next) const {
  const EpCorrection& correction = shared.correction;
  if (correction.phase == EpPhase::importance && correction.proposed.empty()) return false;
  if (next.value < shared.first_step || next.value - shared.first_step > steps(shared)) return false;
  const std::uint64_t done = next.value - shared.first_step;
  const std::size_t d = prior_.dimension();
  const bool in_rounds = correction.phase == EpPhase::rounds;
  const std::size_t chains = draws_nothing() ? 0 : options_.chains;

  Tuning like = initial_tuning(std::vector<Coordinate>(d + model_.locals(item.value)));
  like.metric = diagonal_metric(like.scale);
  if (site.chains.size() != chains || !is_record(record.kernel, like.scale.size(), like)) return false;
  if (!is_natural(site.cavity, d) && (in_rounds || !(site.cavity == ep::Natural()))) return false;
  for (const SiteChain& chain : site.chains) {
    if (!is_chain(chain, like, in_rounds, in_rounds && done < warmup_, done)) return false;
  }
  return in_rounds ? has_drawn(shared, item, record, done) : has_evaluated(shared, item, record, done);
}

/// Whether `record` is of so many steps of a round of expectation propagation.
bool EpJob::has_drawn(const Shared& shared, ItemId item, const Record& record, std::uint64_t done) const {
  const std::uint64_t drawn =
      draws_nothing() || done < warmup_ ? 0 : std::min(done - warmup_, shared.planned[item.value] / options_.chains);
  const std::size_t size = drawn * prior_.dimension();
  const SiteEstimator by = options_.estimator;
  const bool own = by == SiteEstimator::score || by == SiteEstimator::lap || by == SiteEstimator::own;
  const bool plain = by == SiteEstimator::score || by == SiteEstimator::gradient;
  const bool target = !record.target || (draws_nothing() && done > 0 && is_natural(*record.target, prior_.dimension()));
  return have_size(record.points, options_.chains, size) &&
         std::all_of(record.points.begin(), record.points.end(), all_finite) &&
         have_size(record.scores, options_.chains, own ? size : 0) &&
         have_size(record.gradients, options_.chains, plain ? size : 0) && target && record.integrals.empty() &&
         record.variances.empty() && record.answer.empty();
}

/// Whether `record` is of so many steps of a round of the correction.
bool EpJob::has_evaluated(const Shared& shared, ItemId item, const Record& record, std::uint64_t done) const {
  const EpCorrection& correction = shared.correction;
  std::uint64_t integrals = 0;
  std::uint64_t variances = 0;
  if (correction.phase == EpPhase::marginals) integrals = done;
  if (correction.phase == EpPhase::importance) {
    integrals = std::min<std::uint64_t>(done * kPointsPerStep, correction.proposed.back().lattice.points);
  }
  if (correction.phase == EpPhase::integrals) {
    integrals = variances = std::min<std::uint64_t>(done * kPointsPerStep, correction.checked.size());
  }
  const bool draws = correction.phase == EpPhase::draws && item.value == 0 && done > 0;
  const bool answer =
      draws ? record.answer.size() % prior_.dimension() == 0 && all_finite(record.answer) : record.answer.empty();
  return record.points.empty() && record.scores.empty() && record.gradients.empty() && !record.target &&
         record.integrals.size() == integrals && record.variances.size() == variances && answer;
}

}  // namespace dovetail
