#include "dovetail/output/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 16;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The indices of `name[1,2]` as `.1.2`; nothing when the name has no such ending.
std::optional<std::string> dotted(std::string_view name) {
  const auto open = name.rfind('[');
  if (open == std::string_view::npos || open == 0 || !name.ends_with(']')) return std::nullopt;
  std::string out(name.substr(0, open));
  out += '.';
  for (const char c : name.substr(open + 1, name.size() - open - 2)) {
    if (c == ' ') continue;
    if (!is_digit(c) && c != ',') return std::nullopt;
    out += c == ',' ? '.' : c;
  }
  return out;
}

std::string stan_name(std::string_view name) {
  std::string out = dotted(name).value_or(std::string(name));
  for (char& c : out) {
    if (!is_letter(c) && !is_digit(c) && c != '_' && c != '.' && c != ':') c = '_';
  }
  if (out.empty() || !is_letter(out[0])) out = fmt::format("x{}", out);
  if (out.ends_with("__")) out += "x";
  return out;
}

/// A value of a `key = value` comment: one line, no further `=`, printable, since readers split there.
std::string comment_value(std::string_view text) {
  std::string out = printable(text);
  std::replace(out.begin(), out.end(), '=', ':');
  return out;
}

/// The comments that readers take their settings from. `save_warmup` and `thin` as numbers suit all their versions.
std::string comment_block(const CsvHeader& header, std::size_t chain, std::uint64_t draws) {
  std::string out = fmt::format(
      "# stan_version_major = 2\n# stan_version_minor = 36\n# stan_version_patch = 0\n"
      "# model = {}\n"
      "# written by Dovetail in the layout of the Stan version above\n"
      "# dovetail_version = {}\n# dovetail_command = {}\n# dovetail_seed = {}\n"
      "# method = sample (Default)\n#   sample\n#     num_samples = {}\n#     num_warmup = {}\n"
      "#     save_warmup = 0 (Default)\n#     thin = 1 (Default)\n"
      "#     algorithm = fixed_param\n#     num_chains = 1 (Default)\n",
      comment_value(header.model), comment_value(header.version), comment_value(header.command), header.seed, draws,
      header.warmup);
  // cmdstanpy before 1.3 looks the metric up before it notices that there was no HMC.
  out += fmt::format("#     metric = unit_e\n# id = {}\n", chain);
  // Stan's reader gives up on seeds beyond 32 bits; the whole seed stands above.
  if (header.seed <= std::numeric_limits<std::uint32_t>::max()) {
    out += fmt::format("# random\n#   seed = {}\n", header.seed);
  }
  return out;
}

/// cmdstanpy finds the end of the draws by a comment line that is followed by another line.
constexpr std::string_view kEnd =
    "# \n#  Elapsed Time: not in this file, so that equal runs give equal files (see summary.json)\n# \n";

/// What a kernel shows of itself, in CmdStan's order, and how CmdStan calls it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kSamplerColumns{
    {{"accept_stat", "accept_stat__"},
     {"step_size", "stepsize__"},
     {"tree_depth", "treedepth__"},
     {"leapfrogs", "n_leapfrog__"},
     {"divergent", "divergent__"},
     {"energy", "energy__"}}};

/// Columns in the order of the file, after lp__.
struct Layout {
  std::vector<std::size_t> columns;
  std::vector<std::string> names;
};

/// The kernel's columns first, as in CmdStan's files. They come after log_likelihood: before it a model may call its
/// outputs the same.
Layout layout_of(const std::vector<std::string>& names) {
  const auto outputs_end = std::find(names.rbegin(), names.rend(), "log_likelihood").base();
  const auto first =
      static_cast<std::size_t>((outputs_end == names.begin() ? names.end() : outputs_end) - names.begin());
  Layout layout;
  std::vector<std::string> others;
  std::vector<std::size_t> where;
  for (const auto& [own, stan] : kSamplerColumns) {
    const auto found = std::find(names.begin() + static_cast<std::ptrdiff_t>(first), names.end(), own);
    if (found == names.end()) continue;
    layout.columns.push_back(static_cast<std::size_t>(found - names.begin()));
    layout.names.emplace_back(stan);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(layout.columns.begin(), layout.columns.end(), i) != layout.columns.end()) continue;
    where.push_back(i);
    others.push_back(names[i]);
  }
  const std::vector<std::string> safe = stan_names(others);
  layout.columns.insert(layout.columns.end(), where.begin(), where.end());
  layout.names.insert(layout.names.end(), safe.begin(), safe.end());
  return layout;
}

void write_round(ReplacementFile& file, std::string& piece, const KeptDraws& draws, const ChainSources& sources,
                 std::size_t chain, Round round, const Layout& layout) {
  const std::vector<std::string>& names = draws.columns();
  std::vector<std::vector<double>> columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns.push_back(chain_column(draws, sources, chain, round, i));
  }
  const std::size_t rows = columns.front().size();
  // the last of its name: the job's own, whatever a model calls its outputs
  const auto find = [&](std::string_view name) {
    const auto last = std::find(names.rbegin(), names.rend(), name);
    return last == names.rend() ? names.size() : static_cast<std::size_t>(last.base() - names.begin()) - 1;
  };
  const std::size_t prior = find("log_prior");
  const std::size_t likelihood = find("log_likelihood");
  const bool known = prior < names.size() && likelihood < names.size();
  for (std::size_t row = 0; row < rows; ++row) {
    piece +=
        shortest(known ? columns[prior][row] + columns[likelihood][row] : std::numeric_limits<double>::quiet_NaN());
    for (const std::size_t column : layout.columns) {
      piece += ',';
      piece += shortest(columns[column][row]);
    }
    piece += '\n';
    if (piece.size() >= kPieceBytes) {
      file.append(piece);
      piece.clear();
    }
  }
}

}  // namespace

std::vector<std::string> stan_names(const std::vector<std::string>& names) {
  std::set<std::string> taken{"lp__"};
  std::vector<std::string> out;
  for (const std::string& name : names) {
    const std::string base = stan_name(name);
    std::string unique = base;
    for (unsigned n = 2; !taken.insert(unique).second; ++n) unique = fmt::format("{}_{}", base, n);
    out.push_back(std::move(unique));
  }
  return out;
}

namespace {

std::filesystem::path chain_file(const std::filesystem::path& folder, std::size_t chain) {
  return folder / fmt::format("chain_{}.csv", chain);
}

/// Chains from 0; returns how many draws it has.
std::uint64_t write_chain(const std::filesystem::path& folder, const KeptDraws& draws, const ChainSources& sources,
                          std::size_t chain, const CsvHeader& header) {
  std::uint64_t total = 0;
  for (const Round round : sources.rounds) total += draws_in_round(draws, sources, chain, round);
  ReplacementFile file(chain_file(folder, chain + 1));
  std::string piece = comment_block(header, chain + 1, total) + "lp__";
  const Layout layout = layout_of(draws.columns());
  for (const std::string& name : layout.names) {
    piece += ',';
    piece += name;
  }
  piece += '\n';
  for (const Round round : sources.rounds) write_round(file, piece, draws, sources, chain, round, layout);
  piece += kEnd;
  file.append(piece);
  file.finish();
  return total;
}

}  // namespace

void remove_stan_csv_files(const std::filesystem::path& folder, std::size_t first) {
  for (std::size_t chain = first; std::filesystem::exists(chain_file(folder, chain)); ++chain) {
    remove_file(chain_file(folder, chain));
  }
}

StanCsvFiles write_stan_csv_files(const std::filesystem::path& folder, const KeptDraws& draws,
                                  const ChainSources& sources, const CsvHeader& header, OtherChains others) {
  make_private_folder(folder);
  const std::filesystem::path next = chain_file(folder, sources.chains + 1);
  if (others == OtherChains::refuse && std::filesystem::exists(next)) {
    throw UsageError(
        fmt::format("{} is there, of another run with more chains (readers would take both for one); remove it and "
                    "those after it, or name another folder",
                    next.string()));
  }
  StanCsvFiles written{0, std::numeric_limits<std::uint64_t>::max()};
  try {
    for (; written.chains < sources.chains; ++written.chains) {
      written.draws = std::min(written.draws, write_chain(folder, draws, sources, written.chains, header));
    }
  } catch (...) {
    remove_stan_csv_files(folder);
    throw;
  }
  remove_stan_csv_files(folder, written.chains + 1);
  if (written.chains == 0) written.draws = 0;
  return written;
}

}  // namespace dovetail
