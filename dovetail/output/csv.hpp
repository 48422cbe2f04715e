/// Draws in the layout of CmdStan's CSV files, for the programs that read those: cmdstanpy, cmdstanr and posterior,
/// ArviZ, stansummary.
///
/// The header says `algorithm = fixed_param`: readers then expect no comments of Stan's adaptation, which these draws
/// do not have. What a kernel shows of itself stands under CmdStan's names and in its order (accept_stat__, stepsize__,
/// treedepth__, n_leapfrog__, divergent__, energy__), where readers look for it whatever the header says. No times are
/// written, so that equal runs give equal files.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/output/kept_draws.hpp"

namespace dovetail {

/// What the comment lines say, the same for every chain but for its number.
struct CsvHeader {
  std::string version;  ///< of Dovetail
  std::string model;
  std::string command;
  std::uint64_t seed = 1;
  std::uint64_t warmup = 0;  ///< steps before the kept draws
  Round first{};             ///< rounds before it are warm-up that was saved, which these files leave out
};

/// Writes the kept draws of one source, all rounds from header.first on in turn, to `path` in one step; FileError.
/// `chain` is 1-based. The first column is lp__ = log_prior + log_likelihood (NaN without those columns), then come
/// what the kernel shows and all other columns of `draws`, under names that Stan's readers take. Holds a source's
/// columns of one round in memory.
void write_stan_csv(const std::filesystem::path& path, const KeptDraws& draws, ItemId source, unsigned chain,
                    const CsvHeader& header);

/// Writes `folder`/chain_1.csv, chain_2.csv, ... for all sources and returns how many.
unsigned write_stan_csv_files(const std::filesystem::path& folder, const KeptDraws& draws, const CsvHeader& header);

/// Names as Stan's CSV has them: `theta[1,2]` becomes `theta.1.2`; every character but letters, digits,
/// underscore, point and colon becomes an underscore; a name that would end in two of them (as columns of Stan's
/// sampler do), begin with no letter or occur twice is changed by an ending or beginning.
[[nodiscard]] std::vector<std::string> stan_names(const std::vector<std::string>& names);

}  // namespace dovetail
