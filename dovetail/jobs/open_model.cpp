#include "dovetail/jobs/open_model.hpp"

#include <fmt/format.h>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/read_table.hpp"
#include "dovetail/model/data.hpp"
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

std::unique_ptr<Model> open_library(const ModelSource& source) {
  LibraryRequest request;
  request.path = fs::absolute(source.spec).string();
  request.parts = source.parts;
  require_file(request.path, "model library", "check the name given as MODEL");
  request.sha256 = to_hex(sha256_of_file(request.path));
  request.name = source.called;
  const bool compiled = !source.called.empty() && source.called != source.spec;
  require_same_bytes(compiled ? source.called : request.path, request.sha256, source.file_sha256, compiled);
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

std::unique_ptr<DividedModel> open_divided_model(const std::string& spec, const fs::path& data, Division division,
                                                 const std::string& data_sha256) {
  if (data.empty()) throw UsageError("no rows are given; name a CSV file with --data");
  if (division.by.empty()) {
    throw UsageError("no column is given that divides the rows into groups; name one with --by");
  }
  require_file(data, "data file", "check the name given to --data");
  const ReadTable read = read_table(data, division.by);
  require_same_bytes(data, read.sha256, data_sha256);
  division.data_sha256 = read.sha256;
  return make_divided_model(spec, read.table, division);
}

}  // namespace dovetail
