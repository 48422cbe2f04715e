// The table of rounds on the terminal.
#include <fmt/format.h>

#include <array>

#include "dovetail/output/tempering_row.hpp"
#include "dovetail/output/terminal_table.hpp"

namespace dovetail {
namespace {

constexpr std::array kTable{
    detail::TableColumn{"round", 5},    detail::TableColumn{"scans", 8},     detail::TableColumn{"restarts", 8},
    detail::TableColumn{"Lambda", 8},   detail::TableColumn{"time(s)", 9},   detail::TableColumn{"log(Z1/Z0)", 12},
    detail::TableColumn{"+-", 8},       detail::TableColumn{"min(swap)", 9}, detail::TableColumn{"mean(swap)", 10},
    detail::TableColumn{"max|rho|", 8}, detail::TableColumn{"mean|rho|", 9}};

}  // namespace

std::string table_header() { return detail::header_of(kTable); }

std::string table_line(const TemperingRow& row) {
  return detail::line_of(
      kTable,
      {std::to_string(row.round), std::to_string(row.scans), std::to_string(row.restarts), three_digits(row.barrier),
       three_digits(row.seconds), row.log_evidence ? up_to_error(*row.log_evidence, row.log_evidence_se) : "-",
       row.log_evidence_se ? fmt::format("{:.2g}", *row.log_evidence_se) : "-", three_digits(row.swap_acceptance_min),
       three_digits(row.swap_acceptance_mean), three_digits(row.energy_autocorrelation_max),
       three_digits(row.energy_autocorrelation_mean)});
}

}  // namespace dovetail
