// The table of windows and blocks on the terminal.
#include <fmt/format.h>

#include <array>

#include "dovetail/output/sampling_row.hpp"
#include "dovetail/output/terminal_table.hpp"

namespace dovetail {
namespace {

constexpr std::array kTable{detail::TableColumn{"round", 5},       detail::TableColumn{"phase", 7},
                            detail::TableColumn{"iterations", 10}, detail::TableColumn{"draws", 8},
                            detail::TableColumn{"time(s)", 8},     detail::TableColumn{"min(acc)", 8},
                            detail::TableColumn{"mean(acc)", 9},   detail::TableColumn{"step size", 9},
                            detail::TableColumn{"divergent", 9},   detail::TableColumn{"evaluations", 11}};

}  // namespace

std::string sampling_table_header() { return detail::header_of(kTable); }

std::string table_line(const SamplingRow& row) {
  return detail::line_of(
      kTable, {std::to_string(row.round), row.phase, std::to_string(row.iterations), std::to_string(row.draws),
               three_digits(row.seconds), three_digits(row.acceptance_min), three_digits(row.acceptance_mean),
               three_digits(row.step_size_min), std::to_string(row.divergences),
               std::to_string(row.density_evaluations + row.gradient_evaluations)});
}

}  // namespace dovetail
