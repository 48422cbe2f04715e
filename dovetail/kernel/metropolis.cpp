#include "dovetail/kernel/metropolis.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/evaluate.hpp"

namespace dovetail {
namespace {

// Rows of the workspace.
constexpr std::size_t kProposed = 0;
constexpr std::size_t kScratch = 1;
constexpr std::size_t kTrial = 2;
constexpr std::size_t kAlone = 3;

/// Whether the proposal leads nowhere, on purpose.
bool stays(const Proposal& proposal, Point from, Point to) {
  const auto stays_at = [&](std::size_t at) { return to[at] == from[at]; };
  return proposal.may_stay() && std::all_of(proposal.block().begin(), proposal.block().end(), stays_at);
}

}  // namespace

/// What one step works on. `adapting`: the tunings to write, null when they are frozen.
struct MetropolisKernel::Call {
  ChainState& state;
  const Density& density;
  std::span<const ProposalTuning> tunings;
  ProposalTuning* adapting;
  Rng& rng;
  Workspace& workspace;
  KernelRecord& record;
  std::span<double> proposed;
  std::span<double> scratch;
  double acceptance_sum = 0;
  std::size_t decisions = 0;
};

/// l at `x`, -inf where the model failed.
double MetropolisKernel::look(Call& call, Point x, Potential& found) {
  ++call.record.evaluations;
  found = call.density.path.evaluate(x);
  return detail::log_or_refuse(call.density, found, x, call.record);
}

MetropolisKernel::MetropolisKernel(std::vector<Group> groups) : groups_(std::move(groups)) {
  for (const Group& group : groups_) {
    block_count_ += group.size();
    for (const MovingBlock& block : group) {
      DOVETAIL_REQUIRE(!block.births || group.size() == 1);
      block_size_max_ = std::max(block_size_max_, block.proposal->size());
    }
  }
}

KernelNeeds MetropolisKernel::needs() const {
  KernelNeeds needs{.moments = true, .knows_absence = true};
  for (const Group& group : groups_) {
    for (const MovingBlock& block : group) needs.births = needs.births || block.births;
  }
  return needs;
}

/// The same before and after the decision of its group: no block of a group with others moves a switch.
bool MetropolisKernel::takes_part(const Call& call, const MovingBlock& block) {
  const auto& presence = block.presence;
  if (presence && call.state.x[presence->by] < presence->from) return false;
  return block.schedule.moves_at(call.rng.step());
}

void MetropolisKernel::begin_tuning(Tuning& tuning, std::span<const Coordinate>) const {
  tuning.proposals.clear();
  for (const Group& group : groups_) {
    for (const MovingBlock& block : group) tuning.proposals.push_back(block.start);
  }
}

void MetropolisKernel::step(ChainState& state, const Density& density, const Tuning& tuning, Rng& rng,
                            Workspace& workspace, KernelRecord& record) const {
  DOVETAIL_REQUIRE(tuning.proposals.empty() || tuning.proposals.size() == block_count_);
  Call call{state, density, tuning.proposals, nullptr, rng, workspace, record, {}, {}};
  move_all(call);
}

void MetropolisKernel::adapting_step(ChainState& state, const Density& density, Tuning& tuning, Rng& rng,
                                     Workspace& workspace, KernelRecord& record) const {
  if (tuning.proposals.empty()) begin_tuning(tuning, density.path.coordinates());
  DOVETAIL_REQUIRE(tuning.proposals.size() == block_count_);
  Call call{state, density, tuning.proposals, tuning.proposals.data(), rng, workspace, record, {}, {}};
  move_all(call);
}

void MetropolisKernel::end_round(Tuning& tuning, const KernelRecord& record) const {
  if (record.by_proposal.empty()) return;
  if (tuning.proposals.empty()) begin_tuning(tuning, {});
  DOVETAIL_REQUIRE(tuning.proposals.size() == block_count_ && record.by_proposal.size() == block_count_);
  std::size_t at = 0;
  for (const Group& group : groups_) {
    for (const MovingBlock& block : group) {
      const ProposalCount& count = record.by_proposal[at];
      const double acceptance = count.acceptance_sum / static_cast<double>(count.moves);
      if (count.moves > 0) {
        const std::span<const double> scale = block.presence ? std::span<const double>() : tuning.scale;
        adapt_between_rounds(block.adaptation, *block.proposal, acceptance, scale, tuning.proposals[at]);
      }
      ++at;
    }
  }
}

void MetropolisKernel::move_all(Call& call) const {
  if (is_error(call.density.log(call.state.potential))) return record_error(call.record, call.state.x);
  call.proposed = call.workspace.row(kProposed, call.state.x.size());
  call.scratch = call.workspace.row(kScratch, 2 * block_size_max_);
  call.record.by_proposal.resize(block_count_);
  std::copy(call.state.x.begin(), call.state.x.end(), call.proposed.begin());
  std::size_t first = 0;
  for (const Group& group : groups_) {
    for (std::uint64_t n = 0; n < group.front().repeats; ++n) move_group(call, group, first);
    first += group.size();
  }
  if (call.decisions > 0) {
    call.record.last = {.acceptance = call.acceptance_sum / static_cast<double>(call.decisions)};
    call.record.proposals += call.decisions;
    call.record.acceptance_sum += call.acceptance_sum;
  }
}

/// On entry and exit `proposed` equals the state.
void MetropolisKernel::move_group(Call& call, const Group& group, std::size_t first) const {
  ChainState& state = call.state;
  bool moves = false;
  const double h = propose(call, group, first, moves);
  const double u = call.rng.uniform();
  if (!moves) return;
  const double before = call.density.log(state.potential);
  Potential potential;
  const double acceptance =
      h > -kInfinity ? detail::metropolis_acceptance(look(call, call.proposed, potential) - before + h) : 0;
  const bool accepted = u < acceptance;
  call.acceptance_sum += acceptance;
  ++call.decisions;
  for (std::size_t b = 0; b < group.size(); ++b) {
    if (!takes_part(call, group[b])) continue;
    ProposalCount& count = call.record.by_proposal[first + b];
    ++count.moves;
    count.accepted += accepted ? 1 : 0;
    count.acceptance_sum += acceptance;
  }
  if (call.adapting != nullptr) {
    learn(call, group, first, before, {state.x, call.proposed, accepted, acceptance, {}});
  }
  if (accepted) {
    std::copy(call.proposed.begin(), call.proposed.end(), state.x.begin());
    state.potential = potential;
    state.has_gradient = false;
  } else {
    std::copy(state.x.begin(), state.x.end(), call.proposed.begin());
  }
}

double MetropolisKernel::propose(Call& call, const Group& group, std::size_t first, bool& moves) const {
  double h = 0;
  for (std::size_t b = 0; b < group.size(); ++b) {
    const MovingBlock& block = group[b];
    if (!takes_part(call, block)) continue;
    const ProposalTuning& tuning = call.tunings.empty() ? block.start : call.tunings[first + b];
    h += block.proposal->propose(call.state.x, tuning, call.rng, call.scratch, call.proposed);
    moves = moves || !stays(*block.proposal, call.state.x, call.proposed);
  }
  return h;
}

void MetropolisKernel::learn(Call& call, const Group& group, std::size_t first, double before,
                             const Decision& decision) const {
  for (std::size_t b = 0; b < group.size(); ++b) {
    const MovingBlock& block = group[b];
    if (!takes_part(call, block)) continue;
    ProposalTuning& tuning = call.adapting[first + b];
    Decision told = decision;
    if (asks_alone(block.adaptation, tuning)) told.alone = alone(call, block, tuning, before, decision);
    adapt(block.adaptation, *block.proposal, told, call.scratch, tuning);
  }
}

/// min(1, ratio) of each coordinate of the block moving alone, from the point before the decision.
std::span<const double> MetropolisKernel::alone(Call& call, const MovingBlock& block, const ProposalTuning& tuning,
                                                double before, const Decision& decision) const {
  const std::span<double> trial = call.workspace.row(kTrial, decision.before.size());
  const std::span<double> acceptances = call.workspace.row(kAlone, block_size_max_);
  std::copy(decision.before.begin(), decision.before.end(), trial.begin());
  Potential potential;
  for (std::size_t i = 0; i < block.proposal->size(); ++i) {
    const std::size_t at = block.proposal->block()[i];
    acceptances[i] = 1;
    if (block.proposal->may_stay() && decision.proposed[at] == decision.before[at]) continue;
    trial[at] = decision.proposed[at];
    const double h = block.proposal->hastings_alone(i, decision.before, trial, tuning);
    acceptances[i] = h > -kInfinity ? detail::metropolis_acceptance(look(call, trial, potential) - before + h) : 0;
    trial[at] = decision.before[at];
  }
  return acceptances.first(block.proposal->size());
}

}  // namespace dovetail
