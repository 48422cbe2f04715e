// The table of rounds on the terminal.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "dovetail/output/rounds.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail {
namespace {

struct Column {
  std::string_view name;
  std::size_t width;
};

constexpr std::array kTable{Column{"round", 5},    Column{"scans", 8},     Column{"restarts", 8},
                            Column{"Lambda", 8},   Column{"time(s)", 9},   Column{"log(Z1/Z0)", 12},
                            Column{"+-", 8},       Column{"min(swap)", 9}, Column{"mean(swap)", 10},
                            Column{"max|rho|", 8}, Column{"mean|rho|", 9}};

std::string line_of(const std::array<std::string, kTable.size()>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ' ';
    line += right_aligned(cells[i], kTable[i].width);
  }
  line += '\n';
  return line;
}

}  // namespace

std::string table_header() {
  std::array<std::string, kTable.size()> names;
  std::array<std::string, kTable.size()> rules;
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    names[i] = kTable[i].name;
    rules[i] = std::string(kTable[i].width, '-');
  }
  return line_of(names) + line_of(rules);
}

std::string table_line(const RoundRow& row) {
  return line_of({std::to_string(row.round), std::to_string(row.scans), std::to_string(row.restarts),
                  three_digits(row.barrier), three_digits(row.seconds),
                  row.log_evidence ? up_to_error(*row.log_evidence, row.log_evidence_se) : "-",
                  row.log_evidence_se ? fmt::format("{:.2g}", *row.log_evidence_se) : "-",
                  three_digits(row.swap_acceptance_min), three_digits(row.swap_acceptance_mean),
                  three_digits(row.energy_autocorrelation_max), three_digits(row.energy_autocorrelation_mean)});
}

}  // namespace dovetail
