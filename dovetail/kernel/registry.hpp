/// The one list of kernels: a new kernel is one source file and one row in registry.cpp; the law tests pick it up.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/kernel/proposal/moved_elsewhere.hpp"
#include "dovetail/kernel/proposal/specification.hpp"

namespace dovetail {

/// Settings that kernels are made with; each reads what concerns it.
struct KernelSettings {
  double adapt_delta = 0.8;               ///< Hamiltonian: acceptance that the step size is adapted to, in (0, 1)
  unsigned depth_max = 10;                ///< NUTS: doublings of a trajectory, 1 to 20
  unsigned leapfrogs = 16;                ///< static HMC: mean number of leapfrog steps
  std::uint64_t adapt_until = 1000;       ///< Metropolis: adaptation gains are exactly 0 from this move on
  std::vector<ProposalSpec> proposals{};  ///< Metropolis: empty for one that suits the coordinates
};

/// What a kernel is made for.
struct KernelContext {
  std::span<const Coordinate> coordinates;
  const KernelSettings& settings;
  MovedElsewhere elsewhere{};  ///< by the other parts of a cycle or mixture
};

struct KernelEntry {
  std::string_view name;     ///< as in `--kernel NAME`
  std::string_view summary;  ///< one line for `dovetail help kernels`
  std::unique_ptr<Kernel> (*make)(const KernelContext&);
};

[[nodiscard]] std::span<const KernelEntry> kernel_registry();

/// The kernel called `name` for these coordinates; UsageError names the nearest one that exists. `a+b` is the cycle of
/// a and b in that order; `0.7*a|0.3*b` the mixture of a and b with these weights, which add up to 1 (`a|b`: equal
/// ones), whose parts may be cycles. Two different parts that adapt the step size are refused, since a chain has one.
[[nodiscard]] std::unique_ptr<Kernel> make_kernel(std::string_view name, std::span<const Coordinate> coordinates = {},
                                                  const KernelSettings& settings = {});

/// The name of the kernel that suits `path` best, and why, in one clause: shown to the user.
struct KernelChoice {
  std::string_view name;
  std::string_view reason;
};
/// Under tempering, where a kernel is interrupted by swaps.
[[nodiscard]] KernelChoice default_kernel(const Path& path);
/// For chains of the target alone.
[[nodiscard]] KernelChoice default_sampling_kernel(const Path& path);

}  // namespace dovetail
