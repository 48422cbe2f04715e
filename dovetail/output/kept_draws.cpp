#include "dovetail/output/kept_draws.hpp"

namespace dovetail {

std::vector<std::vector<double>> KeptDraws::chains(Round round, std::size_t column) const {
  std::vector<std::vector<double>> all;
  for (const ItemId source : sources(round)) {
    std::vector<double>& chain = all.emplace_back();
    chain.reserve(static_cast<std::size_t>(rows(round, source)));
    visit_column(round, source, column,
                 [&](std::span<const double> piece) { chain.insert(chain.end(), piece.begin(), piece.end()); });
  }
  return all;
}

}  // namespace dovetail
