/// From names of sites and files to a model of sites that keep their rows.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dovetail/model/divided.hpp"

namespace dovetail {

inline constexpr std::uint64_t kSiteRowsMin = 50;

struct PrivateSource {
  std::string spec;  ///< "builtin:NAME,key=value..."
  std::vector<SiteEntry> sites;
  /// The rows that are in this process: NAME=FILE, several with commas between them, or a folder that has a NAME.csv of
  /// each; empty: none.
  std::string data;
  Division division;                      ///< `by` may be empty: a site is then one group
  std::uint64_t rows_min = kSiteRowsMin;  ///< of a site whose rows are here
  bool elsewhere = false;                 ///< rows may be missing here: others do the work of their sites
};

/// What everybody may know of the rows in `file`, as site `name`. FileError, ModelError as of read_table(); UsageError
/// for a name that is none. `by`: the column that divides the site's rows into groups, which may hold texts; or empty.
[[nodiscard]] SiteEntry site_entry(const std::filesystem::path& file, const std::string& name, const std::string& by);

/// UsageError says what is wrong with a list of sites: none, a name twice or none at all, the same rows twice.
void require_sites(const std::vector<SiteEntry>& sites);
/// UsageError: too few.
void require_rows(const SiteEntry& site, std::uint64_t rows_min);

/// `data` of a PrivateSource with absolute paths.
[[nodiscard]] std::string absolute_site_files(const std::string& data);

/// Errors: UsageError (a list of sites or files that cannot be meant, rows that are not those of their site),
/// ModelError, FileError.
[[nodiscard]] std::unique_ptr<DividedModel> open_private_model(const PrivateSource& source);

}  // namespace dovetail
