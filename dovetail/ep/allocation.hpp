/// How many draws each site makes in the next round: more where they take away most Monte Carlo error for what they
/// cost.
#pragma once
#include <cstdint>
#include <vector>

namespace dovetail::ep {

/// A site in the round before.
struct Effort {
  std::uint64_t draws = 0;
  double noise = 0;  ///< nats that its draws left in the answer, which falls as 1 / draws; 0: not known
  double cost = 0;   ///< gradient evaluations of a draw
};

struct DrawLimits {
  std::uint64_t least = 0;     ///< of a site
  std::uint64_t most = 0;      ///< likewise
  std::uint64_t multiple = 1;  ///< draws are shared out among so many chains
};

/// Draws n_k that make the sum of v_k / n_k least, v_k = noise * draws, where the sum of n_k c_k is what `even` draws
/// at every site would cost: n_k in proportion to sqrt(v_k / c_k). Then at most twice and at least half of the draws
/// before, within the limits, rounded up; so the cost is met but for these. Sites of which nothing is known keep their
/// draws. docs/maths/ep.md section 15.
[[nodiscard]] std::vector<std::uint64_t> allocate(const std::vector<Effort>& sites, std::uint64_t even,
                                                  const DrawLimits& limits);

}  // namespace dovetail::ep
