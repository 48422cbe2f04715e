/// From a C++ source that uses dovetail/model/plugin.hpp to a shared library.
#pragma once
#include <filesystem>

#include "dovetail/compile/cache.hpp"
#include "dovetail/compile/compile.hpp"

namespace dovetail {

/// The library of `source` in the cache. See compile_model().
[[nodiscard]] std::filesystem::path compile_plugin(const std::filesystem::path& source, const CompileCache& cache,
                                                   const CompileOptions& options);

}  // namespace dovetail
