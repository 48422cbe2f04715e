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

#include "dovetail/output/chain_draws.hpp"
#include "dovetail/output/kept_draws.hpp"

namespace dovetail {

/// What the comment lines say, the same for every chain but for its number.
struct CsvHeader {
  std::string version;  ///< of Dovetail
  std::string model;
  std::string command;
  std::uint64_t seed = 1;
  std::uint64_t warmup = 0;  ///< steps before these draws
};

struct StanCsvFiles {
  std::size_t chains;
  std::uint64_t draws;  ///< of the chain with the fewest
};

/// What becomes of chain_*.csv of a set with more chains in the folder: readers would take both sets for one.
enum class OtherChains : std::uint8_t { remove, refuse };

/// Writes `folder`/chain_1.csv, chain_2.csv, ..., one for each chain of `sources`, each in one step. The first column
/// is lp__ = log_prior + log_likelihood (NaN without those columns), then come what the kernel shows and all other
/// columns of `draws`, under names that Stan's readers take. Holds a chain's columns of one round in memory. UsageError
/// where others are refused; FileError; after either none of these files is left half done.
StanCsvFiles write_stan_csv_files(const std::filesystem::path& folder, const KeptDraws& draws,
                                  const ChainSources& sources, const CsvHeader& header,
                                  OtherChains others = OtherChains::remove);

/// Removes such files, from chain `first` on, where they are there.
void remove_stan_csv_files(const std::filesystem::path& folder, std::size_t first = 1);

/// Names as Stan's CSV has them: `theta[1,2]` becomes `theta.1.2`; every character but letters, digits,
/// underscore, point and colon becomes an underscore; a name that would end in two of them (as columns of Stan's
/// sampler do), begin with no letter or occur twice is changed by an ending or beginning.
[[nodiscard]] std::vector<std::string> stan_names(const std::vector<std::string>& names);

}  // namespace dovetail
