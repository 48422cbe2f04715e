#include "dovetail/report/compared_chains.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "dovetail/diagnose/ess.hpp"

namespace dovetail::report {
namespace {

/// Of what is finite.
struct Total {
  double sum = 0, count = 0;

  void add(const std::vector<double>& values) {
    for (const double value : values) {
      if (!std::isfinite(value)) continue;
      sum += value;
      ++count;
    }
  }
  [[nodiscard]] double mean() const { return count > 0 ? sum / count : 0; }
};

}  // namespace

std::vector<std::size_t> furthest_chains(const Chains& chains, std::size_t most) {
  std::vector<double> means;
  for (const auto& chain : chains) {
    Total total;
    total.add(chain);
    means.push_back(total.mean());
  }
  const double middle = std::accumulate(means.begin(), means.end(), 0.0) / static_cast<double>(means.size());
  std::vector<std::size_t> order(chains.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::fabs(means[a] - middle) > std::fabs(means[b] - middle);
  });
  order.resize(std::min(order.size(), most));
  std::sort(order.begin(), order.end());
  return order;
}

Chains halves_of(const std::vector<double>& chain) {
  const auto half = static_cast<std::ptrdiff_t>(chain.size() / 2);
  return {{chain.begin(), chain.begin() + half}, {chain.end() - half, chain.end()}};
}

std::optional<double> effective_by_chain(const Chains& chains) {
  Total total;
  for (const auto& chain : chains) {
    const std::span<const double> only[] = {chain};
    const auto ess = diagnose::ess_bulk({only, 1, 0}).optional();
    if (ess) total.add({*ess});
  }
  return total.count > 0 ? std::optional(total.mean()) : std::nullopt;
}

double rank_count_sd(double draws, double effective, std::size_t chains, std::size_t bins) {
  const double share = 1 / static_cast<double>(bins);
  const double others = 1 - 1 / static_cast<double>(chains);
  return draws * std::sqrt(share * (1 - share) * others / effective);
}

std::optional<EnergyMoves> energy_moves(const Chains& energies) {
  constexpr double kLeast = 3;
  Total total;
  for (const auto& chain : energies) total.add(chain);
  if (total.count < kLeast) return std::nullopt;
  EnergyMoves moves;
  for (const auto& chain : energies) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
      if (std::isfinite(chain[i])) moves.centred.push_back(chain[i] - total.mean());
      if (i > 0 && std::isfinite(chain[i] - chain[i - 1])) moves.differences.push_back(chain[i] - chain[i - 1]);
    }
  }
  return moves;
}

}  // namespace dovetail::report
