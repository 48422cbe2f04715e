/// A netCDF-4 file of named arrays in groups, where the build has netCDF-C (-DDOVETAIL_NETCDF).
///
/// The file takes its place as a whole, by finish(): HDF5, which is below netCDF-4, cannot be read while it is written,
/// and not after a kill (docs/adr/0043).
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace dovetail {

enum class NetcdfType : std::uint8_t {
  real,     ///< 8 bytes, bit for bit
  whole,    ///< 64 bits with sign
  boolean,  ///< a byte that xarray shows as True or False
  words,    ///< texts of any length
};

struct NetcdfVariable {
  std::string name;
  NetcdfType type = NetcdfType::real;
  std::vector<std::string> dimensions;  ///< of its group; none: one value
  /// How much is written and compressed at a time, by dimension; empty: as a whole, not compressed.
  std::vector<std::size_t> chunk{};
};

/// Errors of all members: FileError; ModelError where a name is one that the group has. One thread at a time.
class NetcdfFile {
 public:
  using Group = int;
  using Id = int;
  static constexpr Id kGroupItself = -1;

  virtual ~NetcdfFile() = default;
  [[nodiscard]] virtual Group add_group(const std::string& name) = 0;
  /// `size` of at least 1.
  virtual void add_dimension(Group group, const std::string& name, std::size_t size) = 0;
  [[nodiscard]] virtual Id add_variable(Group group, const NetcdfVariable& variable) = 0;
  /// A text beside a variable, or beside a group (kGroupItself).
  virtual void add_text(Group group, Id variable, const std::string& name, const std::string& text) = 0;
  /// The part of `count` values by dimension from `start`, the last dimension fastest. Constant memory where parts are
  /// whole chunks. Of types but words.
  virtual void put(Group group, Id variable, std::span<const std::size_t> start, std::span<const std::size_t> count,
                   std::span<const double> values) = 0;
  /// All texts of a variable of one dimension.
  virtual void put_words(Group group, Id variable, const std::vector<std::string>& words) = 0;
  /// Durable under its name when it returns. Without it nothing changes.
  virtual void finish() = 0;
};

[[nodiscard]] bool has_netcdf();
/// A file could not be written, as on a full disk. HDF5 tries again when it ends, and crashes: the process has to leave
/// by _exit().
[[nodiscard]] bool netcdf_is_stuck();
/// Of the library, or "not in this build".
[[nodiscard]] std::string netcdf_version();
/// A file that is to take the place of `path`. UsageError with the cure where the build has no netCDF.
[[nodiscard]] std::unique_ptr<NetcdfFile> make_netcdf_file(const std::filesystem::path& path);

/// `name` as netCDF takes names: UTF-8 that begins with a letter, digit, `_` or what is not ASCII, without `/` and
/// control characters, with no space at its end, of at most 200 bytes. Others are replaced by `_`, or put after an x.
[[nodiscard]] std::string netcdf_name(const std::string& name);

}  // namespace dovetail
