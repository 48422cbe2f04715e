#include "dovetail/output/memory_sink.hpp"

#include "dovetail/core/error.hpp"

namespace dovetail {

void MemorySink::begin(std::span<const std::string> columns) { columns_.assign(columns.begin(), columns.end()); }

void MemorySink::write(const DrawBlock& block) {
  DOVETAIL_REQUIRE(block.columns == columns_.size());
  if (block.values.empty()) return;
  DOVETAIL_REQUIRE(block.values.size() % block.columns == 0);
  DOVETAIL_REQUIRE(log_.empty() || block.round >= log_.back().round);
  std::vector<double>& rows = values_[block.round][block.source];
  DOVETAIL_REQUIRE(block.first * block.columns == rows.size());
  rows.insert(rows.end(), block.values.begin(), block.values.end());
  log_.push_back({block.round, block.source, block.values.size() / block.columns});
}

std::uint64_t MemorySink::commit() { return log_.size(); }

void MemorySink::rewind(std::uint64_t position) {
  DOVETAIL_REQUIRE(position <= log_.size());
  while (log_.size() > position) {
    const Written last = log_.back();
    log_.pop_back();
    const auto round = values_.find(last.round);
    if (round == values_.end()) continue;  // dropped since
    const auto source = round->second.find(last.source);
    if (source == round->second.end()) continue;
    source->second.resize(source->second.size() - last.rows * columns_.size());
    if (source->second.empty()) round->second.erase(source);
    if (round->second.empty()) values_.erase(round);
  }
}

void MemorySink::drop_before(Round round) { values_.erase(values_.begin(), values_.lower_bound(round)); }

std::vector<Round> MemorySink::rounds() const {
  std::vector<Round> all;
  for (const auto& [round, sources] : values_) all.push_back(round);
  return all;
}

std::vector<ItemId> MemorySink::sources(Round round) const {
  std::vector<ItemId> all;
  if (const auto found = values_.find(round); found != values_.end()) {
    for (const auto& [source, rows] : found->second) all.push_back(source);
  }
  return all;
}

std::uint64_t MemorySink::rows(Round round, ItemId source) const {
  return values_.at(round).at(source).size() / columns_.size();
}

void MemorySink::visit_column(Round round, ItemId source, std::size_t column, const ColumnVisitor& visit) const {
  DOVETAIL_REQUIRE(column < columns_.size());
  const std::vector<double>& rows = values_.at(round).at(source);
  std::vector<double> values;
  values.reserve(rows.size() / columns_.size());
  for (std::size_t i = column; i < rows.size(); i += columns_.size()) values.push_back(rows[i]);
  visit(values);
}

std::vector<std::vector<double>> MemorySink::draws(Round round) const {
  std::vector<std::vector<double>> all;
  if (const auto found = values_.find(round); found != values_.end()) {
    for (const auto& [source, rows] : found->second) all.push_back(rows);
  }
  return all;
}

}  // namespace dovetail
