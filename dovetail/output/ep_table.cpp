// The table of rounds of expectation propagation on the terminal.
#include <array>

#include "dovetail/output/ep_row.hpp"
#include "dovetail/output/terminal_table.hpp"

namespace dovetail {
namespace {

constexpr std::array kTable{detail::TableColumn{"round", 5},     detail::TableColumn{"sites", 7},
                            detail::TableColumn{"time(s)", 8},   detail::TableColumn{"step", 6},
                            detail::TableColumn{"moved", 9},     detail::TableColumn{"distance", 9},
                            detail::TableColumn{"noise", 9},     detail::TableColumn{"averaged", 8},
                            detail::TableColumn{"divergent", 9}, detail::TableColumn{"gradients", 11}};

}  // namespace

std::string ep_table_header() { return detail::header_of(kTable); }

std::string table_line(const EpRow& row) {
  return detail::line_of(kTable, {std::to_string(row.round), std::to_string(row.answered), three_digits(row.seconds),
                                  three_digits(row.step), three_digits(row.moved), three_digits(row.distance),
                                  three_digits(row.noise), std::to_string(row.averaged),
                                  std::to_string(row.divergences), std::to_string(row.gradient_evaluations)});
}

}  // namespace dovetail
