#include "dovetail/output/chain_draws.hpp"

#include <algorithm>
#include <limits>

#include "dovetail/core/error.hpp"

namespace dovetail {
namespace {

ItemId source_of(const ChainSources& sources, std::size_t chain, std::size_t leg) {
  return ItemId(static_cast<std::uint32_t>(chain * sources.legs + leg));
}

}  // namespace

std::uint64_t draws_in_round(const KeptDraws& draws, const ChainSources& sources, std::size_t chain, Round round) {
  const auto there = draws.sources(round);
  auto fewest = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t leg = 0; leg < sources.legs; ++leg) {
    const ItemId source = source_of(sources, chain, leg);
    const bool has = std::binary_search(there.begin(), there.end(), source);
    fewest = std::min(fewest, has ? draws.rows(round, source) : 0);
  }
  return fewest * sources.legs;
}

std::vector<double> chain_column(const KeptDraws& draws, const ChainSources& sources, std::size_t chain, Round round,
                                 std::size_t column) {
  std::vector<double> values(static_cast<std::size_t>(draws_in_round(draws, sources, chain, round)));
  for (std::size_t leg = 0; leg < sources.legs && !values.empty(); ++leg) {
    std::size_t place = leg;
    draws.visit_column(round, source_of(sources, chain, leg), column, [&](std::span<const double> piece) {
      for (std::size_t i = 0; i < piece.size() && place < values.size(); ++i, place += sources.legs) {
        values[place] = piece[i];
      }
    });
  }
  return values;
}

std::uint64_t common_draws(const KeptDraws& draws, const ChainSources& sources) {
  if (sources.chains == 0) return 0;
  auto fewest = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t chain = 0; chain < sources.chains; ++chain) {
    std::uint64_t own = 0;
    for (const Round round : sources.rounds) own += draws_in_round(draws, sources, chain, round);
    fewest = std::min(fewest, own);
  }
  return fewest;
}

ChainReader::ChainReader(const DrawsReader& draws, const ChainSources& sources, std::size_t chain)
    : draws_(draws), sources_(sources), chain_(chain) {}

bool ChainReader::enter_next_round() {
  if (next_round_ == sources_.rounds.size()) return false;
  round_ = sources_.rounds[next_round_++];
  at_ = 0;
  all_ = draws_in_round(draws_, sources_, chain_, round_);
  legs_.clear();
  for (std::size_t leg = 0; leg < sources_.legs; ++leg) legs_.push_back({source_of(sources_, chain_, leg), 0, {}});
  return true;
}

std::size_t ChainReader::read(std::size_t rows, std::span<double> out) {
  DOVETAIL_REQUIRE(out.size() >= rows * draws_.columns().size());
  std::size_t filled = 0;
  while (filled < rows) {
    if (at_ == all_) {
      if (!enter_next_round()) break;
      continue;
    }
    const std::uint64_t to = std::min(all_, at_ + (rows - filled));
    for (std::size_t leg = 0; leg < legs_.size(); ++leg) copy(leg, to, rows, filled, out);
    filled += static_cast<std::size_t>(to - at_);
    at_ = to;
  }
  return filled;
}

/// Draws at_ to `to` of the round that are of this leg. Draw t of a round is row t / legs of leg t % legs.
void ChainReader::copy(std::size_t leg, std::uint64_t to, std::size_t rows, std::size_t filled, std::span<double> out) {
  Leg& from = legs_[leg];
  const std::uint64_t legs = legs_.size();
  std::uint64_t row = (at_ + legs - 1 - leg) / legs;
  const std::uint64_t end = (to + legs - 1 - leg) / legs;
  while (row < end) {
    DrawsReader::BlockOfDraws& block = from.block;
    if (row >= block.first + block.rows) {
      block = draws_.read_block(round_, from.source, from.next++);
      continue;
    }
    const auto first = static_cast<std::size_t>(row - block.first);
    const std::size_t count = std::min(block.rows - first, static_cast<std::size_t>(end - row));
    const std::size_t place = filled + static_cast<std::size_t>(row * legs + leg - at_);
    for (std::size_t column = 0; column < draws_.columns().size(); ++column) {
      const double* values = &block.values[column * block.rows + first];
      double* target = &out[column * rows + place];
      for (std::size_t i = 0; i < count; ++i) target[i * legs] = values[i];
    }
    row += count;
  }
}

}  // namespace dovetail
