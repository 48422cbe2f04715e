#include "dovetail/output/factors.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/detail/json.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 36;  ///< a matrix for each of up to a million sites

std::vector<double> reals(const detail::JsonField& list) {
  std::vector<double> values;
  for (const detail::JsonField& value : list.elements()) values.push_back(value.real());
  return values;
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& site, const char* what) {
  throw FileError(fmt::format("{}: site {} {}; restore the file from a copy", path.string(), site, what));
}

SiteFactor factor_in(const detail::JsonField& entry, std::size_t d, const std::filesystem::path& path) {
  SiteFactor factor{entry.at("site").text(), {}, reals(entry.at("shift"))};
  const auto rows = entry.at("precision").elements();
  if (factor.shift.size() != d || rows.size() != d) refuse(path, factor.site, "has not a number for each parameter");
  for (const detail::JsonField& row : rows) {
    const std::vector<double> values = reals(row);
    if (values.size() != d) refuse(path, factor.site, "has a precision that is not square");
    factor.precision.insert(factor.precision.end(), values.begin(), values.end());
  }
  for (std::size_t i = 0; i < d; ++i) {
    if (!std::isfinite(factor.shift[i])) refuse(path, factor.site, "has a shift that is not finite");
    for (std::size_t j = 0; j < d; ++j) {
      // Also where one of the two is no number.
      if (!(factor.precision[i * d + j] == factor.precision[j * d + i])) {
        refuse(path, factor.site, "has a precision that is not symmetric and finite");
      }
    }
  }
  return factor;
}

}  // namespace

void write_factors(const std::filesystem::path& path, const Factors& factors) {
  const std::size_t d = factors.parameters.size();
  detail::Json sites = detail::Json::array();
  for (const SiteFactor& factor : factors.sites) {
    DOVETAIL_REQUIRE(factor.shift.size() == d && factor.precision.size() == d * d);
    detail::Json rows = detail::Json::array();
    for (std::size_t i = 0; i < d; ++i) {
      rows.push_back(std::vector<double>(factor.precision.begin() + static_cast<std::ptrdiff_t>(i * d),
                                         factor.precision.begin() + static_cast<std::ptrdiff_t>((i + 1) * d)));
    }
    sites.push_back({{"site", factor.site}, {"shift", factor.shift}, {"precision", std::move(rows)}});
  }
  const detail::Json all = {{"parameters", factors.parameters}, {"sites", std::move(sites)}};
  replace_file(path, detail::json_text(all) + "\n");
}

Factors read_factors(const std::filesystem::path& path) {
  const detail::Json json = detail::read_json(path, kBytesMax);
  const detail::JsonField whole(json, path.filename().string());
  Factors factors;
  for (const detail::JsonField& name : whole.at("parameters").elements()) factors.parameters.push_back(name.text());
  std::set<std::string> names;
  for (const detail::JsonField& entry : whole.at("sites").elements()) {
    factors.sites.push_back(factor_in(entry, factors.parameters.size(), path));
    if (!names.insert(factors.sites.back().site).second) refuse(path, factors.sites.back().site, "is there twice");
  }
  return factors;
}

std::string sha256_of_factors(const std::vector<SiteFactor>& sites) { return to_hex(sha256(pack(sites))); }

}  // namespace dovetail
