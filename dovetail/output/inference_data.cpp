#include "dovetail/output/inference_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <set>

#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/output/variables.hpp"

namespace dovetail {
namespace {

/// Draws of all columns that are in memory at once. What is written of a variable at a time is one chunk.
constexpr std::size_t kPieceBytes = std::size_t{1} << 23;

/// What a kernel shows of itself, how ArviZ calls it, and its type.
struct KernelColumn {
  const char* own;
  const char* arviz;
  NetcdfType type;
};
constexpr std::array<KernelColumn, 5> kKernelColumns{{{"accept_stat", "acceptance_rate", NetcdfType::real},
                                                      {"tree_depth", "tree_depth", NetcdfType::whole},
                                                      {"leapfrogs", "n_steps", NetcdfType::whole},
                                                      {"divergent", "diverging", NetcdfType::boolean},
                                                      {"replica", "replica", NetcdfType::whole}}};

/// The names of a group so far: of dimensions, which are variables too, and of other variables.
class GroupNames {
 public:
  /// A free name for an array of that rank, whose dimensions have free names too.
  std::string take(const std::string& wanted, std::size_t rank) {
    const std::string base = wanted == "chain" || wanted == "draw" ? wanted + "_" : netcdf_name(wanted);
    std::string name = base;
    for (unsigned n = 2; !is_free(name, rank); ++n) name = fmt::format("{}_{}", base, n);
    taken_.insert(name);
    for (std::size_t d = 0; d < rank; ++d) taken_.insert(dimension(name, d));
    return name;
  }
  static std::string dimension(const std::string& name, std::size_t d) { return fmt::format("{}_dim_{}", name, d); }

 private:
  [[nodiscard]] bool is_free(const std::string& name, std::size_t rank) const {
    bool free = !taken_.contains(name);
    for (std::size_t d = 0; d < rank; ++d) free = free && !taken_.contains(dimension(name, d));
    return free;
  }
  std::set<std::string> taken_{"chain", "draw"};
};

void add_texts(NetcdfFile& file, NetcdfFile::Group group, const NamedTexts& attributes) {
  for (const auto& [name, text] : attributes) file.add_text(group, NetcdfFile::kGroupItself, name, text);
}

/// One group of draws: first what it has is declared, then it is filled, a piece of all variables at a time.
class DrawsGroup {
 public:
  DrawsGroup(NetcdfFile& file, const std::string& name, std::size_t chains, std::size_t draws, std::size_t piece)
      : file_(file), group_(file.add_group(name)), piece_(piece) {
    sizes_ = {{"chain", chains}, {"draw", draws}};
    for (const auto& [dimension, size] : sizes_) {
      file_.add_dimension(group_, dimension, size);
      counts_.push_back(file_.add_variable(group_, {dimension, NetcdfType::whole, {dimension}, {}}));
    }
  }

  void add(const Variable& variable, const std::string& wanted, NetcdfType type) {
    const std::string name = names_.take(wanted, variable.axes.size());
    NetcdfVariable described{name, type, {"chain", "draw"}, {1, piece_}};
    Placed placed{variable, type, 0, {}};
    for (std::size_t d = 0; d < variable.axes.size(); ++d) {
      const Axis& axis = variable.axes[d];
      const std::string dimension = GroupNames::dimension(name, d);
      file_.add_dimension(group_, dimension, axis.labels.size());
      const NetcdfType labels = axis.numbers() ? NetcdfType::whole : NetcdfType::words;
      placed.axes.push_back(file_.add_variable(group_, {dimension, labels, {dimension}, {}}));
      described.dimensions.push_back(dimension);
      described.chunk.push_back(axis.labels.size());
    }
    placed.id = file_.add_variable(group_, described);
    if (name != wanted) {
      file_.add_text(group_, placed.id, "dovetail_name", is_utf8(wanted) ? wanted : printable(wanted));
    }
    variables_.push_back(std::move(placed));
  }

  void write_coordinates(const NamedTexts& attributes) {
    add_texts(file_, group_, attributes);
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      std::vector<double> count(sizes_[i].second);
      std::iota(count.begin(), count.end(), 0.0);
      put_all(counts_[i], count);
    }
    for (const Placed& placed : variables_) {
      for (std::size_t d = 0; d < placed.axes.size(); ++d) {
        const Axis& axis = placed.variable.axes[d];
        if (const auto numbers = axis.numbers()) {
          put_all(placed.axes[d], std::vector<double>(numbers->begin(), numbers->end()));
        } else {
          file_.put_words(group_, placed.axes[d], axis.labels);
        }
      }
    }
  }

  /// Draws `first`, ... of a chain: `rows` of them, in a piece whose columns are `stride` long.
  void write_piece(std::size_t chain, std::size_t first, std::size_t rows, std::span<const double> piece,
                   std::size_t stride) {
    for (const Placed& placed : variables_) {
      const auto& columns = placed.variable.columns;
      std::vector<std::size_t> start{chain, first}, count{1, rows};
      for (const Axis& axis : placed.variable.axes) {
        start.push_back(0);
        count.push_back(axis.labels.size());
      }
      values_.resize(rows * columns.size());
      for (std::size_t j = 0; j < columns.size(); ++j) {
        const double* column = &piece[columns[j] * stride];
        for (std::size_t i = 0; i < rows; ++i) values_[i * columns.size() + j] = column[i];
      }
      if (placed.type == NetcdfType::boolean) {
        for (double& value : values_) value = value != 0 ? 1 : 0;
      }
      file_.put(group_, placed.id, start, count, values_);
    }
  }

 private:
  struct Placed {
    Variable variable;
    NetcdfType type = NetcdfType::real;
    NetcdfFile::Id id = 0;
    std::vector<NetcdfFile::Id> axes;
  };

  void put_all(NetcdfFile::Id variable, const std::vector<double>& values) {
    const std::size_t start = 0;
    const std::size_t count = values.size();
    file_.put(group_, variable, {&start, 1}, {&count, 1}, values);
  }

  NetcdfFile& file_;
  NetcdfFile::Group group_;
  std::size_t piece_;  ///< draws in a chunk
  std::vector<std::pair<std::string, std::size_t>> sizes_;
  std::vector<NetcdfFile::Id> counts_;
  GroupNames names_;
  std::vector<Placed> variables_;
  std::vector<double> values_;
};

std::optional<std::size_t> last_of(const std::vector<std::string>& names, const char* name) {
  const auto found = std::find(names.rbegin(), names.rend(), name);
  if (found == names.rend()) return std::nullopt;
  return static_cast<std::size_t>(names.rend() - found) - 1;
}

std::vector<Variable> variables_from(const std::vector<std::string>& names, std::size_t first, std::size_t end) {
  auto variables = variables_of(
      {names.begin() + static_cast<std::ptrdiff_t>(first), names.begin() + static_cast<std::ptrdiff_t>(end)});
  for (Variable& variable : variables) {
    for (std::size_t& column : variable.columns) column += first;
  }
  return variables;
}

}  // namespace

void write_draws(NetcdfFile& file, const std::string& prefix, const DrawsReader& draws, const ChainSources& sources,
                 const NamedTexts& attributes) {
  const std::vector<std::string>& names = draws.columns();
  const auto draws_each = static_cast<std::size_t>(common_draws(draws, sources));
  DOVETAIL_REQUIRE(draws_each > 0);
  const std::size_t row_bytes = (names.size() + 1) * sizeof(double);
  const std::size_t piece = std::clamp<std::size_t>(kPieceBytes / row_bytes, 1, draws_each);
  const auto prior = last_of(names, "log_prior");
  const auto likelihood = last_of(names, "log_likelihood");
  const std::size_t outputs = prior.value_or(names.size());

  DrawsGroup posterior(file, prefix + "posterior", sources.chains, draws_each, piece);
  for (const Variable& variable : variables_from(names, 0, outputs)) {
    posterior.add(variable, variable.name, NetcdfType::real);
  }
  DrawsGroup stats(file, prefix + "sample_stats", sources.chains, draws_each, piece);
  for (const Variable& variable : variables_from(names, outputs, names.size())) {
    const auto known = std::find_if(kKernelColumns.begin(), kKernelColumns.end(), [&](const KernelColumn& column) {
      return variable.axes.empty() && column.own == variable.name;
    });
    const bool is_known = known != kKernelColumns.end();
    stats.add(variable, is_known ? known->arviz : variable.name, is_known ? known->type : NetcdfType::real);
  }
  const bool has_density = prior && likelihood && *likelihood > *prior;
  if (has_density) stats.add({"lp", {}, {names.size()}}, "lp", NetcdfType::real);
  posterior.write_coordinates(attributes);
  stats.write_coordinates(attributes);

  std::vector<double> values((names.size() + 1) * piece);
  for (std::size_t chain = 0; chain < sources.chains; ++chain) {
    ChainReader reader(draws, sources, chain);
    for (std::size_t first = 0; first < draws_each; first += piece) {
      const std::size_t rows = std::min(piece, draws_each - first);
      DOVETAIL_REQUIRE(reader.read(piece, values) >= rows);
      for (std::size_t i = 0; has_density && i < rows; ++i) {
        values[names.size() * piece + i] = values[*prior * piece + i] + values[*likelihood * piece + i];
      }
      posterior.write_piece(chain, first, rows, values, piece);
      stats.write_piece(chain, first, rows, values, piece);
    }
  }
}

void write_table(NetcdfFile& file, const TableGroup& table, const NamedTexts& attributes) {
  const NetcdfFile::Group group = file.add_group(table.name);
  add_texts(file, group, attributes);
  for (const auto& [name, size] : table.dimensions) file.add_dimension(group, name, size);
  std::vector<NetcdfFile::Id> ids;
  for (const TableArray& array : table.arrays) ids.push_back(file.add_variable(group, array.variable));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const TableArray& array = table.arrays[i];
    if (array.variable.type == NetcdfType::words) {
      file.put_words(group, ids[i], array.words);
      continue;
    }
    std::vector<std::size_t> start, count;
    for (const std::string& dimension : array.variable.dimensions) {
      const auto found = std::find_if(table.dimensions.begin(), table.dimensions.end(),
                                      [&](const auto& named) { return named.first == dimension; });
      DOVETAIL_REQUIRE(found != table.dimensions.end());
      start.push_back(0);
      count.push_back(found->second);
    }
    file.put(group, ids[i], start, count, array.values);
  }
}

}  // namespace dovetail
