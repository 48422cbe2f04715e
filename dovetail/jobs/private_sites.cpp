#include "dovetail/jobs/private_sites.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/read_table.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;

struct SiteFile {
  std::string name;
  fs::path file;
};

/// NAME=FILE,NAME=FILE,...
std::vector<SiteFile> listed_files(const std::string& data) {
  std::vector<SiteFile> files;
  for (std::size_t at = 0; at <= data.size();) {
    const std::size_t end = std::min(data.find(',', at), data.size());
    const std::string one = data.substr(at, end - at);
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == one.size()) {
      throw UsageError(
          fmt::format("--data: \"{}\" is neither SITE=FILE nor a folder; say which site's rows a file holds, as in "
                      "--data north=north.csv,south=south.csv, or give a folder with a SITE.csv of each",
                      printable(one)));
    }
    files.push_back({one.substr(0, equals), one.substr(equals + 1)});
    at = end + 1;
  }
  return files;
}

std::vector<SiteFile> files_in(const fs::path& folder, const std::vector<SiteEntry>& sites) {
  std::vector<SiteFile> files;
  for (const SiteEntry& site : sites) {
    const fs::path file = folder / (site.name + ".csv");
    if (fs::exists(file)) files.push_back({site.name, file});
  }
  if (files.empty()) {
    throw UsageError(
        fmt::format("--data: {} has no file of a site of this run ({}.csv, ...)", folder.string(), sites.front().name));
  }
  return files;
}

std::vector<std::string> columns_of(const Table& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  return names;
}

/// The rows in `file`, which must be those of the site.
SiteRows rows_of(const SiteEntry& site, const fs::path& file, const std::string& by) {
  if (!fs::is_regular_file(file)) {
    throw ModelError(fmt::format("the rows of site {}, {}, are not there; check the name given to --data", site.name,
                                 file.string()));
  }
  ReadTable read = read_table(file, by);
  if (read.sha256 != site.sha256) {
    throw UsageError(fmt::format(
        "{} does not hold the rows of site {}: its SHA-256 is {}, and the run's is {}; give the file that `dovetail "
        "sites` was told of, or begin a run with the new one",
        file.string(), site.name, read.sha256, site.sha256));
  }
  if (read.table.rows != site.rows || columns_of(read.table) != site.columns) {
    throw UsageError(
        fmt::format("{} has other columns or another number of rows ({}) than the run says of site {} ({}); make its "
                    "entry by `dovetail sites`",
                    file.string(), read.table.rows, site.name, site.rows));
  }
  return {std::move(read.table), read.secret};
}

void require_all_here(const std::vector<SiteData>& sites) {
  for (const SiteData& site : sites) {
    if (site.rows) continue;
    throw UsageError(fmt::format(
        "the rows of site {} are not here; name them with --data {}=FILE, or let workers that have them do its work: "
        "--store",
        site.entry.name, site.entry.name));
  }
}

}  // namespace

SiteEntry site_entry(const fs::path& file, const std::string& name, const std::string& by) {
  if (!is_site_name(name)) {
    throw UsageError(
        fmt::format("\"{}\" is no name of a site: 1 to 32 characters of a-z, 0-9, - and _", printable(name)));
  }
  const ReadTable read = read_table(file, by);
  return {name, read.table.rows, read.sha256, columns_of(read.table)};
}

void require_sites(const std::vector<SiteEntry>& sites) {
  if (sites.empty()) throw UsageError("--sites: no [[site]] is there; make the file by `dovetail sites`");
  std::map<std::string, std::string> names, hashes;
  for (const SiteEntry& site : sites) {
    if (!is_site_name(site.name)) {
      throw UsageError(fmt::format("--sites: \"{}\" is no name of a site: 1 to 32 characters of a-z, 0-9, - and _",
                                   printable(site.name)));
    }
    if (!names.emplace(site.name, "").second) {
      throw UsageError(fmt::format("--sites: there are two sites {}; rename one", site.name));
    }
    const auto [same, is_new] = hashes.emplace(site.sha256, site.name);
    if (!is_new) {
      throw UsageError(fmt::format("--sites: {} and {} have the same rows, which would count twice; take one out",
                                   same->second, site.name));
    }
  }
}

void require_rows(const SiteEntry& site, std::uint64_t rows_min) {
  if (site.rows >= rows_min) return;
  throw UsageError(fmt::format(
      "site {} has {} rows, fewer than --min-rows {}: what it tells would say much of each of them; join it with "
      "another site, or lower the limit where its owner agrees",
      site.name, site.rows, rows_min));
}

std::string absolute_site_files(const std::string& data) {
  const auto absolute = [](const fs::path& path) { return fs::absolute(path).lexically_normal().string(); };
  if (data.empty() || fs::is_directory(data)) return data.empty() ? data : absolute(data);
  std::string text;
  for (const SiteFile& file : listed_files(data)) {
    text += (text.empty() ? "" : ",") + file.name + "=" + absolute(file.file);
  }
  return text;
}

std::unique_ptr<DividedModel> open_private_model(const PrivateSource& source) {
  require_sites(source.sites);
  std::vector<SiteData> sites;
  for (const SiteEntry& entry : source.sites) sites.push_back({entry, {}});
  if (!source.data.empty()) {
    const auto files = fs::is_directory(source.data) ? files_in(source.data, source.sites) : listed_files(source.data);
    for (const SiteFile& one : files) {
      const auto site =
          std::find_if(sites.begin(), sites.end(), [&](const SiteData& s) { return s.entry.name == one.name; });
      if (site == sites.end()) {
        throw UsageError(fmt::format("--data: the run has no site {} (its first is {})", printable(one.name),
                                     sites.front().entry.name));
      }
      require_rows(site->entry, source.rows_min);
      site->rows = rows_of(site->entry, one.file, source.division.by);
    }
  }
  if (!source.elsewhere) require_all_here(sites);
  Division division = source.division;
  division.data_sha256 = to_hex(sha256(pack(source.sites)));
  return make_private_model(source.spec, sites, division);
}

}  // namespace dovetail
