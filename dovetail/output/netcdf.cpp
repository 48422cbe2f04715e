#include "dovetail/output/netcdf.hpp"

#ifdef DOVETAIL_HAVE_NETCDF
#include <netcdf.h>
#endif

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kNameBytes = 200;  // of 256: the endings of dimensions come after it

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool may_begin(char c) {
  return !is_ascii(c) || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::atomic<bool> stuck{false};

#ifdef DOVETAIL_HAVE_NETCDF
class File final : public NetcdfFile {
 public:
  explicit File(const std::filesystem::path& path) : path_(path), replacement_(path) {
    // Truncates the file that is there, so that its mode stays 0600.
    check(nc_create(replacement_.temporary().c_str(), NC_NETCDF4 | NC_CLOBBER, &root_));
    open_ = true;
  }
  /// A file that could not be written is left open: closed, HDF5 would write once more, and crash.
  ~File() override {
    if (open_ && !stuck) (void)nc_abort(root_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  Group add_group(const std::string& name) override {
    Group group = 0;
    check(nc_def_grp(root_, name.c_str(), &group));
    return group;
  }

  void add_dimension(Group group, const std::string& name, std::size_t size) override {
    DOVETAIL_REQUIRE(size > 0);  // 0 means without an end
    int id = 0;
    check(nc_def_dim(group, name.c_str(), size, &id), name);
  }

  Id add_variable(Group group, const NetcdfVariable& variable) override {
    std::vector<int> dimensions;
    for (const std::string& name : variable.dimensions) {
      check(nc_inq_dimid(group, name.c_str(), &dimensions.emplace_back()), name);
    }
    Id id = 0;
    const auto rank = static_cast<int>(dimensions.size());
    check(nc_def_var(group, variable.name.c_str(), type_of(variable.type), rank, dimensions.data(), &id),
          variable.name);
    if (variable.type == NetcdfType::boolean) add_text(group, id, "dtype", "bool");  // as xarray marks them
    if (variable.type != NetcdfType::words) check(nc_def_var_fill(group, id, NC_NOFILL, nullptr));
    if (!variable.chunk.empty()) {
      check(nc_def_var_chunking(group, id, NC_CHUNKED, variable.chunk.data()));
      check(nc_def_var_deflate(group, id, 1, 1, 1));  // bytes of like places together; least effort
      // Each chunk is written once and whole: what a cache kept of it would stay in memory until the file is closed.
      check(nc_set_var_chunk_cache(group, id, 0, 1, 0));
    }
    return id;
  }

  void add_text(Group group, Id variable, const std::string& name, const std::string& text) override {
    check(nc_put_att_text(group, variable == kGroupItself ? NC_GLOBAL : variable, name.c_str(), text.size(),
                          text.data()));
  }

  void put(Group group, Id variable, std::span<const std::size_t> start, std::span<const std::size_t> count,
           std::span<const double> values) override {
    errno = 0;
    check(nc_put_vara_double(group, variable, start.data(), count.data(), values.data()));
  }

  void put_words(Group group, Id variable, const std::vector<std::string>& words) override {
    std::vector<const char*> texts;
    texts.reserve(words.size());
    for (const std::string& word : words) texts.push_back(word.c_str());
    check(nc_put_var_string(group, variable, texts.data()));
  }

  void finish() override {
    errno = 0;
    check(nc_close(root_));
    open_ = false;
    replacement_.finish();
  }

 private:
  static nc_type type_of(NetcdfType type) {
    switch (type) {
      case NetcdfType::real:
        return NC_DOUBLE;
      case NetcdfType::whole:
        return NC_INT64;
      case NetcdfType::boolean:
        return NC_BYTE;
      case NetcdfType::words:
        return NC_STRING;
    }
    return NC_NAT;
  }

  void check(int status, const std::string& name = {}) const {
    if (status == NC_NOERR) return;
    if (status == NC_ENAMEINUSE) {
      throw ModelError(fmt::format(
          "cannot write {}: \"{}\" stands twice (netCDF takes names that differ in their Unicode normalisation alone "
          "for one); rename one of the model's outputs",
          path_.string(), printable(name)));
    }
    const int cause = errno;
    stuck = true;
    // HDF5 says of a full disk no more than that writing failed.
    if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG || cause == EIO) throw_file_failure("write", path_, cause);
    throw FileError(fmt::format(
        "cannot write {}: {}{} (netCDF gave up, and the file is as it was); see that its folder can be written to and "
        "has room",
        path_.string(), nc_strerror(status), name.empty() ? "" : ", at \"" + printable(name) + "\""));
  }

  std::filesystem::path path_;
  ReplacementFile replacement_;
  int root_ = 0;
  bool open_ = false;
};
#endif

}  // namespace

bool netcdf_is_stuck() { return stuck; }

bool has_netcdf() {
#ifdef DOVETAIL_HAVE_NETCDF
  return true;
#else
  return false;
#endif
}

std::string netcdf_version() {
#ifdef DOVETAIL_HAVE_NETCDF
  const std::string words = nc_inq_libvers();  // "4.9.0 of Jul 8 2022 ..."
  return words.substr(0, words.find(' '));
#else
  return "not in this build";
#endif
}

std::unique_ptr<NetcdfFile> make_netcdf_file([[maybe_unused]] const std::filesystem::path& path) {
#ifdef DOVETAIL_HAVE_NETCDF
  return std::make_unique<File>(path);
#else
  throw UsageError(
      "this build cannot write netCDF (it was made without netCDF-C); install libnetcdf-dev and build anew with "
      "-DDOVETAIL_NETCDF=ON, or export --to stan-csv");
#endif
}

std::string netcdf_name(const std::string& name) {
  std::string out = is_utf8(name) ? name : printable(name);
  if (out.size() > kNameBytes) {
    std::size_t end = kNameBytes;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80) --end;  // not inside a character
    out.resize(end);
  }
  for (char& c : out) {
    if (c == '/' || c == 0x7F || (is_ascii(c) && c < ' ')) c = '_';
  }
  if (out.ends_with(' ')) out.back() = '_';
  if (out.empty() || !may_begin(out.front())) out.insert(0, 1, 'x');
  return out;
}

}  // namespace dovetail
