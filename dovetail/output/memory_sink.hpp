/// Draws kept in memory, for library use without a run's folder.
#pragma once
#include <map>
#include <utility>
#include <vector>

#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/sink.hpp"

namespace dovetail {

/// Holds every draw of the rounds that were not dropped. "Durable" means until the object ends.
class MemorySink final : public Sink, public KeptDraws {
 public:
  void begin(std::span<const std::string> columns) override;
  void write(const DrawBlock& block) override;
  [[nodiscard]] std::uint64_t commit() override;
  void rewind(std::uint64_t position) override;
  void drop_before(Round round) override;

  [[nodiscard]] const std::vector<std::string>& columns() const override { return columns_; }
  [[nodiscard]] std::vector<Round> rounds() const override;
  [[nodiscard]] std::vector<ItemId> sources(Round round) const override;
  [[nodiscard]] std::uint64_t rows(Round round, ItemId source) const override;
  void visit_column(Round round, ItemId source, std::size_t column, const ColumnVisitor& visit) const override;

  /// Draws of the round as [source][draw * columns + column], sources ascending.
  [[nodiscard]] std::vector<std::vector<double>> draws(Round round) const;

 private:
  /// Rows of a block in the order of writing; a position is a count of such entries.
  struct Written {
    Round round{};
    ItemId source{};
    std::size_t rows = 0;
  };
  std::vector<std::string> columns_;
  std::vector<Written> log_;
  std::map<Round, std::map<ItemId, std::vector<double>>> values_;  // row-major
};

}  // namespace dovetail
