/// The one list of kernels: a new kernel is one source file and one row in registry.cpp; the law tests pick it up.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "dovetail/kernel/kernel.hpp"

namespace dovetail {

struct KernelEntry {
  std::string_view name;     ///< as in `--kernel NAME`
  std::string_view summary;  ///< one line for `dovetail help kernels`
  std::unique_ptr<Kernel> (*make)();
};

[[nodiscard]] std::span<const KernelEntry> kernel_registry();

/// The kernel called `name`; UsageError names the nearest one that exists. `a+b` is the cycle of a and b in that order.
[[nodiscard]] std::unique_ptr<Kernel> make_kernel(std::string_view name);

/// The name of the kernel that suits `path` best, and why, in one clause: shown to the user.
struct KernelChoice {
  std::string_view name;
  std::string_view reason;
};
[[nodiscard]] KernelChoice default_kernel(const Path& path);

}  // namespace dovetail
