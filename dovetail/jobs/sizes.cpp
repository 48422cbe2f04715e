#include "dovetail/jobs/sizes.hpp"

#include <algorithm>
#include <cmath>

namespace dovetail {
namespace {

bool is_proposal(const ProposalTuning& tuning, const ProposalTuning& like) {
  const std::size_t k = like.scale.size();
  return tuning.form == like.form && tuning.scale.size() == k && tuning.factor.size() == like.factor.size() &&
         tuning.log_scale.size() == like.log_scale.size() &&
         (tuning.mean.size() == like.mean.size() || (like.mean.empty() && tuning.mean.size() == k)) &&
         tuning.covariance.size() == like.covariance.size() && tuning.deviation.size() == like.deviation.size() &&
         tuning.period.size() == like.period.size();
}

bool is_none_or(std::size_t size, std::size_t wanted) { return size == 0 || size == wanted; }

}  // namespace

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

bool is_state(const ChainState& state, std::size_t d) {
  const std::size_t reference = state.gradient_reference.size();
  const std::size_t energy = state.gradient_energy.size();
  const bool gradients = reference == d && energy == d;
  return state.x.size() == d && all_finite(state.x) && !std::isnan(state.potential.reference) &&
         !std::isnan(state.potential.energy) && (gradients || (!state.has_gradient && reference == 0 && energy == 0));
}

bool is_tuning(const Tuning& tuning, const Tuning& like) {
  return tuning.scale.size() == like.scale.size() && tuning.width.size() == like.width.size() &&
         tuning.metric.kind == like.metric.kind && tuning.metric.scale.size() == like.metric.scale.size() &&
         tuning.metric.factor.size() == like.metric.factor.size() && tuning.archive.size() == like.archive.size() &&
         std::equal(tuning.proposals.begin(), tuning.proposals.end(), like.proposals.begin(), like.proposals.end(),
                    is_proposal);
}

bool is_record(const KernelRecord& record, std::size_t d, const Tuning& tuning) {
  return is_none_or(record.error_point.size(), d) && is_none_or(record.width_sum.size(), d) &&
         record.width_count.size() == record.width_sum.size() &&
         is_none_or(record.by_proposal.size(), tuning.proposals.size());
}

}  // namespace dovetail
