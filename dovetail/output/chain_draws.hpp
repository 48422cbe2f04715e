/// Kept draws as chains, a stretch of all columns at a time: what exports read with memory that does not grow with the
/// number of draws.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dovetail/output/draws.hpp"

namespace dovetail {

/// Which draws are a run's chains.
struct ChainSources {
  std::vector<Round> rounds;  ///< ascending; their draws follow each other
  std::size_t chains = 0;
  /// Chain c takes the draws of sources c * legs, c * legs + 1, ... in turn, as many of each in every round.
  std::size_t legs = 1;
};

/// Draws of each chain: as many as the one with the fewest has, which differ while a run goes on.
[[nodiscard]] std::uint64_t common_draws(const KeptDraws& draws, const ChainSources& sources);

/// Draws of one chain in one of the rounds, of all legs: as many of each as the leg with the fewest has.
[[nodiscard]] std::uint64_t draws_in_round(const KeptDraws& draws, const ChainSources& sources, std::size_t chain,
                                           Round round);

/// One column of them.
[[nodiscard]] std::vector<double> chain_column(const KeptDraws& draws, const ChainSources& sources, std::size_t chain,
                                               Round round, std::size_t column);

/// Reads the draws of one chain from its beginning. Holds a block of each leg in memory. Keeps references.
class ChainReader {
 public:
  ChainReader(const DrawsReader& draws, const ChainSources& sources, std::size_t chain);

  /// The next draws, at most `rows`: column c of draw i goes to out[c * rows + i]. Returns how many there were, fewer
  /// than `rows` only at the end. Requires out.size() >= rows * columns. FileError where draws are damaged.
  [[nodiscard]] std::size_t read(std::size_t rows, std::span<double> out);

 private:
  struct Leg {
    ItemId source{};
    std::size_t next = 0;  ///< block after the one that is held
    DrawsReader::BlockOfDraws block;
  };
  [[nodiscard]] bool enter_next_round();
  void copy(std::size_t leg, std::uint64_t to, std::size_t rows, std::size_t filled, std::span<double> out);

  const DrawsReader& draws_;
  const ChainSources& sources_;
  std::size_t chain_;
  std::size_t next_round_ = 0;
  Round round_{};
  std::uint64_t at_ = 0;   ///< draws of the round that were read
  std::uint64_t all_ = 0;  ///< that it has
  std::vector<Leg> legs_;
};

}  // namespace dovetail
