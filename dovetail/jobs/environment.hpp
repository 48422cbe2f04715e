/// What computes a run: this build, its mathematics, this machine. For manifests, checkpoints' identity and `doctor`.
#pragma once
#include <string>
#include <string_view>

namespace dovetail {

/// Facts fixed when the library was built.
struct Build {
  std::string_view version;     ///< "0.1.0"
  std::string_view compiler;    ///< "GNU 12.2.0"
  std::string_view type;        ///< "Release"
  std::string_view flags;       ///< those of every translation unit
  std::string_view sanitizers;  ///< "none", "address" or "thread"
};
[[nodiscard]] const Build& build();

/// Source and digest of the elementary functions: "musl:" and 64 hexadecimal digits, SHA-256 over their values at a
/// fixed table of points. Two builds with the same identity compute the same mathematics. Computed once, some
/// milliseconds.
[[nodiscard]] const std::string& math_identity();

/// What the machine is. Never part of a result.
struct Machine {
  std::string processor;  ///< as the kernel names it; "unknown" where it does not
  std::string features;   ///< instruction sets that code may choose by: "sse4_2 avx avx2 fma avx512f", as present
  unsigned cores = 1;
};
[[nodiscard]] Machine machine();
/// Empty where the system does not say.
[[nodiscard]] std::string host_name();

/// What the results of code that was not built with this program may depend on: instruction sets, which a mathematical
/// library chooses by, and the system's mathematics.
[[nodiscard]] std::string foreign_arithmetic();

}  // namespace dovetail
