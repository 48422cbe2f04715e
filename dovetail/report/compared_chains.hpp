/// How pictures compare the chains of one quantity. Pure functions of the draws; NaN is "not there" and left out.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "dovetail/report/pictures.hpp"

namespace dovetail::report {

/// Positions of the `most` chains whose means lie furthest from the mean of all means, ascending; all of them when they
/// are no more.
[[nodiscard]] std::vector<std::size_t> furthest_chains(const Chains& chains, std::size_t most);

/// A chain compared with itself: its halves, without the middle draw of an odd number.
[[nodiscard]] Chains halves_of(const std::vector<double>& chain);

/// Effective draws of a chain by itself (bulk), the mean over chains. The effective size of all together falls where
/// chains disagree, and would excuse what ranks are looked at for. Empty where no chain moves.
[[nodiscard]] std::optional<double> effective_by_chain(const Chains& chains);

/// Standard deviation of a count of rank_counts() among `chains` chains of one law, of `draws` each: that of ranks
/// drawn without replacement from those of all (hypergeometric, but for 1 in draws * chains), as if each chain had
/// `effective` independent draws.
[[nodiscard]] double rank_count_sd(double draws, double effective, std::size_t chains, std::size_t bins);

/// Energies less their mean, and their differences from draw to draw: how far steps move the energy, against how far it
/// varies (Betancourt 2016, arXiv 1604.00695). Empty of fewer than 3 energies.
struct EnergyMoves {
  std::vector<double> centred, differences;
};
[[nodiscard]] std::optional<EnergyMoves> energy_moves(const Chains& energies);

}  // namespace dovetail::report
