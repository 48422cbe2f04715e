/// Draws that a run has kept, wherever they are: what summaries, exports and the digest read.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "dovetail/core/ids.hpp"

namespace dovetail {

class KeptDraws {
 public:
  virtual ~KeptDraws() = default;
  [[nodiscard]] virtual const std::vector<std::string>& columns() const = 0;
  /// Rounds with draws, ascending.
  [[nodiscard]] virtual std::vector<Round> rounds() const = 0;
  /// Sources with draws in the round, ascending.
  [[nodiscard]] virtual std::vector<ItemId> sources(Round round) const = 0;
  [[nodiscard]] virtual std::uint64_t rows(Round round, ItemId source) const = 0;
  using ColumnVisitor = std::function<void(std::span<const double>)>;
  /// Hands over one column of one source in pieces, in the order of draws.
  virtual void visit_column(Round round, ItemId source, std::size_t column, const ColumnVisitor& visit) const = 0;

  /// One column of one round as chains: [source][draw], sources ascending.
  [[nodiscard]] std::vector<std::vector<double>> chains(Round round, std::size_t column) const;
};

}  // namespace dovetail
