#include "dovetail/kernel/proposal/pooling.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/core/fold.hpp"

namespace dovetail {
namespace {

using Numbers = std::vector<double>;

Numbers sum(Numbers left, const Numbers& right) {
  DOVETAIL_REQUIRE(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
  return left;
}

Numbers mean_of(std::span<const ProposalTuning> chains, Numbers ProposalTuning::*member) {
  std::vector<Numbers> leaves;
  for (const ProposalTuning& chain : chains) leaves.push_back(chain.*member);
  Numbers mean =
      fold_tree(std::move(leaves), [](Numbers left, const Numbers& right) { return sum(std::move(left), right); });
  for (double& value : mean) value /= static_cast<double>(chains.size());
  return mean;
}

}  // namespace

ProposalTuning pooled(std::span<const ProposalTuning> chains) {
  DOVETAIL_REQUIRE(!chains.empty());
  ProposalTuning one = chains.front();
  const auto is_first = [&](const ProposalTuning& chain) { return chain == one; };
  if (std::all_of(chains.begin(), chains.end(), is_first)) return one;
  std::vector<ProposalTuning> moved;
  for (const ProposalTuning& chain : chains) {
    if (chain.moves > 0) moved.push_back(chain);  // the others never left their start
  }
  DOVETAIL_REQUIRE(!moved.empty());
  one = moved.front();
  one.log_scale = mean_of(moved, &ProposalTuning::log_scale);
  one.covariance = mean_of(moved, &ProposalTuning::covariance);
  one.window = one.accepted = one.failures = 0;
  for (const ProposalTuning& chain : moved) {
    DOVETAIL_REQUIRE(chain.form == one.form && chain.scale.size() == one.scale.size());
    one.moves = std::max(one.moves, chain.moves);
    one.failures += chain.failures;
  }
  refresh(one);
  return one;
}

void pool_proposals(std::span<Tuning> chains) {
  if (chains.empty()) return;
  for (std::size_t p = 0; p < chains.front().proposals.size(); ++p) {
    std::vector<ProposalTuning> tunings;
    for (const Tuning& chain : chains) tunings.push_back(chain.proposals.at(p));
    const ProposalTuning one = pooled(tunings);
    for (Tuning& chain : chains) {
      // in the middle between two modes no chain would ever be, and covariances would be taken about it
      Numbers own = std::move(chain.proposals[p].mean);
      chain.proposals[p] = one;
      chain.proposals[p].mean = std::move(own);
    }
  }
}

}  // namespace dovetail
