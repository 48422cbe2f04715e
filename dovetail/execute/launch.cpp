#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "dovetail/execute/mpi.hpp"

namespace dovetail {
namespace {

std::optional<std::uint32_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view digits(text);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // Slurm writes "4(x2)" or "4,3" for tasks by node: those of the first
  const bool whole = end == digits.data() + digits.size() || *end == '(' || *end == ',';
  if (error != std::errc() || !whole) return std::nullopt;
  return value;
}

struct Variables {
  const char* rank;
  const char* ranks;
  const char* ranks_here;
};
// Slurm's last: mpirun inside an allocation sets its own, and only a step of srun has these three.
constexpr std::array<Variables, 3> kLaunchers = {
    {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"},
     {"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"},
     {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_TASKS_PER_NODE"}}};

}  // namespace

Launched launched() {
  for (const Variables& variables : kLaunchers) {
    const auto rank = number_in(variables.rank);
    const auto ranks = number_in(variables.ranks);
    if (!rank || !ranks || *rank >= *ranks) continue;
    return {*rank, *ranks, number_in(variables.ranks_here).value_or(*ranks)};
  }
  return {};
}

}  // namespace dovetail
