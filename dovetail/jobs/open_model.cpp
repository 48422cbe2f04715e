#include "dovetail/jobs/open_model.hpp"

#include <fmt/format.h>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/read_table.hpp"
#include "dovetail/model/data.hpp"
#include "dovetail/model/divided/site_models.hpp"
#include "dovetail/model/exec/exec_model.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;

/// A file that the user named, links followed. What is not there is the user's slip, not the disk's.
void require_file(const fs::path& path, const char* what, const char* cure) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_regular_file(status)) return;
  throw ModelError(fmt::format("the {} {} {}; {}", what, path.string(),
                               fs::exists(status) ? "is not a regular file" : "does not exist", cure));
}

/// `compiled`: `path` is the source, of whose library the hashes are.
void require_same_bytes(const fs::path& path, const std::string& found, const std::string& wanted,
                        bool compiled = false) {
  if (wanted.empty() || found == wanted) return;
  if (compiled)
    throw CheckpointError(
        fmt::format("the library compiled from {} is another than the run began with: its SHA-256 was {} and is {} "
                    "(the source, its compiler or flags changed, and draws of two models must not mix); restore them, "
                    "or start a new run",
                    path.string(), wanted, found));
  throw CheckpointError(fmt::format(
      "{} has changed since the run began: its SHA-256 was {} and is {} (draws of two models must not mix); "
      "put the old file back, or start a new run",
      path.string(), wanted, found));
}

/// A library, whose bytes were looked at.
LibraryRequest request_of(const ModelSource& source) {
  LibraryRequest request;
  request.path = fs::absolute(source.spec).string();
  request.parts = source.parts;
  require_file(request.path, "model library", "check the name given as MODEL");
  request.sha256 = to_hex(sha256_of_file(request.path));
  request.name = source.called;
  const bool compiled = !source.called.empty() && source.called != source.spec;
  require_same_bytes(compiled ? source.called : request.path, request.sha256, source.file_sha256, compiled);
  return request;
}

std::unique_ptr<Model> open_library(const ModelSource& source) {
  LibraryRequest request = request_of(source);
  if (!source.data.empty()) {
    require_file(source.data, "data file", "check the name given to --data");
    request.data = read_text(source.data, kDataBytesMax, Links::follow);
    request.data_name = source.data.string();
    request.data_sha256 = to_hex(sha256(std::as_bytes(std::span(request.data))));
    require_same_bytes(source.data, request.data_sha256, source.data_sha256);
  }
  return make_library_model(request);
}

std::unique_ptr<Model> open_program(const ModelSource& source) {
  ExecOptions options;
  options.time_limit_s = source.time_limit_s;
  if (!source.data.empty()) {
    require_file(source.data, "data file", "check the name given to --data");
    options.data = source.data.string();
    options.data_sha256 = to_hex(sha256_of_file(source.data));
    require_same_bytes(source.data, options.data_sha256, source.data_sha256);
  }
  return make_exec_model(source.spec, options);
}

bool is_program(std::string_view spec) { return spec.starts_with("exec:"); }

}  // namespace

bool is_library(std::string_view spec) {
  return !spec.starts_with("builtin:") && !is_program(spec) && spec.ends_with(".so");
}

std::unique_ptr<Model> open_model(const ModelSource& source) {
  if (is_library(source.spec)) return open_library(source);
  if (is_program(source.spec)) return open_program(source);
  auto model = make_model(source.spec);
  if (source.data.empty()) return model;
  throw UsageError(
      fmt::format("model {} takes no data (what it needs is built in), and {} is given; leave the data out",
                  source.spec, source.data.string()));
}

namespace {

std::unique_ptr<Model> library_of_site(LibraryRequest request, const std::string& site, std::string data) {
  request.data = std::move(data);
  request.data_name = fmt::format("data of site \"{}\"", site);
  try {
    return make_library_model(request);
  } catch (const ModelLost&) {
    throw;
  } catch (const ModelError& error) {
    throw ModelError(fmt::format("site \"{}\": {}", site, error.what()));
  }
}

std::unique_ptr<DividedModel> divide_library(const ModelSource& source, const Table& table, const Division& division) {
  if (division.shared.empty()) {
    throw UsageError(fmt::format(
        "nothing says which parameters of {} the sites share; declare them with their priors, as in --shared "
        "'mu ~ normal(0, 4), tau ~ lognormal(0, 1)'",
        source.called.empty() ? source.spec : source.called));
  }
  const LibraryRequest request = request_of(source);
  const auto groups = groups_of(table, division.by);
  std::vector<SiteModel> sites;
  for (const auto& members : divide(groups, division.sites_max)) {
    const std::string name = name_of_site(groups, members);
    sites.push_back({name, library_of_site(request, name, site_data(table, division.by, groups, members))});
  }
  ModelDescription about;
  about.name = request.name.empty() ? request.path : request.name;
  about.identity =
      fmt::format("{} by={} sites={}", sites.front().model->description().identity, division.by, sites.size());
  about.source = "its file, SHA-256 " + request.sha256;
  about.kind = "library";
  about.file_sha256 = request.sha256;
  about.data_sha256 = division.data_sha256;
  return make_site_models(std::move(sites), division.shared, std::move(about));
}

}  // namespace

std::unique_ptr<DividedModel> open_divided_model(const ModelSource& source, Division division) {
  if (source.data.empty()) throw UsageError("no rows are given; name a CSV file with --data");
  if (division.by.empty()) {
    throw UsageError("no column is given that divides the rows into groups; name one with --by");
  }
  if (is_program(source.spec)) {
    throw UsageError(
        "programs (exec:) cannot be the model of a site, whose rows they have no way to be told; use a "
        "built-in model, a library, or a source that `dovetail compile` takes");
  }
  require_file(source.data, "data file", "check the name given to --data");
  const ReadTable read = read_table(source.data, division.by);
  require_same_bytes(source.data, read.sha256, source.data_sha256);
  division.data_sha256 = read.sha256;
  if (is_library(source.spec)) return divide_library(source, read.table, division);
  return make_divided_model(source.spec, read.table, division);
}

}  // namespace dovetail
