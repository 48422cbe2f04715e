/// Draws and tables as groups of InferenceData, the form that ArviZ and xarray read: dimensions `chain` and `draw`,
/// then those of each variable (`theta_dim_0`, ...), with coordinates from the columns' names. The package in python/
/// makes the same arrays of the same files. Source of the names: https://python.arviz.org/en/stable/schema/schema.html
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "dovetail/output/chain_draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/netcdf.hpp"

namespace dovetail {

/// An array of a table: `values` in the order of its dimensions, the last one fastest, or `words`.
struct TableArray {
  NetcdfVariable variable;
  std::vector<double> values{};
  std::vector<std::string> words{};
};

/// A group that is small enough for memory. An array called like one of the dimensions holds its coordinates.
struct TableGroup {
  std::string name;
  std::vector<std::pair<std::string, std::size_t>> dimensions;
  std::vector<TableArray> arrays;
};

/// Writes the groups `prefix`posterior and `prefix`sample_stats: columns up to the last one called `log_prior`, and the
/// others, of which `lp` is the sum of log_prior and log_likelihood, and those of kernels have ArviZ's names. Names
/// that netCDF does not take are changed, and stand whole beside the variable as `dovetail_name`. Memory does not grow
/// with the number of draws. Requires draws in every chain.
void write_draws(NetcdfFile& file, const std::string& prefix, const DrawsReader& draws, const ChainSources& sources,
                 const NamedTexts& attributes);

void write_table(NetcdfFile& file, const TableGroup& table, const NamedTexts& attributes);

}  // namespace dovetail
