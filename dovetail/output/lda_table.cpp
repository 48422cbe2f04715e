// The table of rounds of latent Dirichlet allocation on the terminal.
#include <fmt/format.h>

#include <array>

#include "dovetail/output/lda_row.hpp"
#include "dovetail/output/terminal_table.hpp"

namespace dovetail {
namespace {

constexpr std::array kTable{detail::TableColumn{"round", 5},       detail::TableColumn{"sweeps", 7},
                            detail::TableColumn{"time(s)", 8},     detail::TableColumn{"log joint/token", 15},
                            detail::TableColumn{"moved", 7},       detail::TableColumn{"topics", 7},
                            detail::TableColumn{"sum(alpha)", 10}, detail::TableColumn{"beta", 9}};

}  // namespace

std::string lda_table_header() { return detail::header_of(kTable); }

std::string table_line(const LdaRow& row) {
  return detail::line_of(kTable, {std::to_string(row.round), std::to_string(row.sweeps), three_digits(row.seconds),
                                  fmt::format("{:.4f}", row.log_joint_per_token), three_digits(row.moved),
                                  std::to_string(row.topics), three_digits(row.alpha_sum), three_digits(row.beta)});
}

}  // namespace dovetail
