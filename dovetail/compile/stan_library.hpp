/// From a Stan program to a shared library with BridgeStan's C interface.
#pragma once
#include <filesystem>

#include "dovetail/compile/cache.hpp"
#include "dovetail/compile/compile.hpp"

namespace dovetail {

/// The library of `source` in the cache. With BRIDGESTAN in the environment, its makefile makes it, of the newest
/// language; else Stan 2.21 of Debian 12 does. See compile_model() and docs/stan.md.
///
/// ModelError: the program holds something that Stan 2.21 lacks (each named with its line), Stan refuses it, or
/// packages are missing. UsageError: BRIDGESTAN is not the folder of one.
[[nodiscard]] std::filesystem::path compile_stan(const std::filesystem::path& source, const CompileCache& cache,
                                                 const CompileOptions& options);

}  // namespace dovetail
