#include "dovetail/jobs/export_draws.hpp"

#include <fmt/format.h>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/compare.hpp"
#include "dovetail/jobs/export_tables.hpp"
#include "dovetail/output/inference_data.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail {
namespace {

/// What ArviZ asks for, and what tells runs apart. The time of the export is not among it: the same folder gives the
/// same bytes.
NamedTexts attributes_of(const Manifest& manifest, const RunFolder& run) {
  const ManifestIdentity& identity = manifest.identity;
  NamedTexts attributes{{"inference_library", "dovetail"},
                        {"inference_library_version", identity.version},
                        {"command", identity.command},
                        {"model", is_utf8(identity.model) ? identity.model : printable(identity.model)},
                        {"seed", std::to_string(identity.seed)},  // up to 2^64 - 1, which not all readers take
                        {"status", manifest.status}};
  if (manifest.status != "running" && std::filesystem::exists(run.summary())) {
    attributes.emplace_back("digest", read_summary(run.summary()).digest);
  }
  return attributes;
}

}  // namespace

ExportedDraws export_netcdf(const RunFolder& run, const std::filesystem::path& file) {
  const RecordedDraws recorded(run);
  const auto netcdf = make_netcdf_file(file);
  const NamedTexts attributes = attributes_of(recorded.manifest, run);
  ExportedDraws exported;
  exported.notes = recorded.draws.notes();
  exported.draws = common_draws(recorded.draws, recorded.posterior);
  const auto add_draws = [&](const std::string& prefix, const ChainSources& sources) {
    if (common_draws(recorded.draws, sources) == 0) return;
    write_draws(*netcdf, prefix, recorded.draws, sources, attributes);
    exported.written.insert(exported.written.end(), {prefix + "posterior", prefix + "sample_stats"});
  };
  add_draws("", recorded.posterior);
  add_draws("warmup_", recorded.warmup);
  if (exported.draws > 0) exported.chains = recorded.posterior.chains;
  for (const TableGroup& table : tables_of(run, recorded, exported.notes)) {
    write_table(*netcdf, table, attributes);
    exported.written.push_back(table.name);
  }
  if (exported.written.empty()) {
    throw UsageError(run.path().string() +
                     " has no draws and no finished round yet, so there is nothing to export; let it run on");
  }
  netcdf->finish();
  return exported;
}

StanCsvFiles write_posterior_csv(const RecordedDraws& recorded, const SamplingSummary& summary,
                                 const std::filesystem::path& folder, OtherChains others) {
  const ManifestIdentity& identity = recorded.manifest.identity;
  return write_stan_csv_files(folder, recorded.draws, recorded.posterior,
                              {identity.version, identity.model, identity.command, identity.seed, summary.warmup},
                              others);
}

ExportedDraws export_stan_csv(const RunFolder& run, const std::filesystem::path& folder) {
  const Summary summary = summary_of(run);
  const RecordedDraws recorded(run);
  if (recorded.posterior.rounds.empty()) throw UsageError(run.path().string() + " has no draws to export");
  ExportedDraws exported;
  exported.notes = recorded.draws.notes();
  const StanCsvFiles files = write_posterior_csv(recorded, summary.sampling, folder,
                                                 folder == run.csv() ? OtherChains::remove : OtherChains::refuse);
  exported.chains = files.chains;
  exported.draws = files.draws;
  for (std::uint64_t chain = 1; chain <= exported.chains; ++chain) {
    exported.written.push_back(fmt::format("chain_{}.csv", chain));
  }
  return exported;
}

}  // namespace dovetail
