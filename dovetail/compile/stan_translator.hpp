/// From a Stan program to C++, by the translator of Stan 2.21 that Debian 12 packages.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/compile/cache.hpp"
#include "dovetail/compile/compile.hpp"
#include "dovetail/compile/stan_source.hpp"

namespace dovetail {

/// The headers of Stan 2.21: package r-cran-stanheaders, with those it stands on.
struct StanHeaders {
  std::string identity;               ///< hash of what the packages say of themselves
  std::vector<std::string> includes;  ///< compiler flags that lead to them
  std::filesystem::path packages;     ///< folder of the packages
  std::filesystem::path translator;   ///< folder of the translator's sources
  std::filesystem::path library;      ///< solvers of differential equations
};

/// Looks in `r_library` (empty: /usr/lib/R/site-library). ModelError names the packages and the command that installs
/// them, or the version that is there when it is another.
[[nodiscard]] StanHeaders find_stan_headers(const std::filesystem::path& r_library = {});

/// Writes the C++ of `program`, which is the text of `source` for Stan 2.21, to `generated`. Its class is called
/// model_`name`, whoever writes it. Goes by a translator that was built earlier, else by rstan in a process of its own
/// when r-cran-rstan 2.21 is installed, else builds the translator, which takes minutes and happens once for a cache.
/// ModelError: Stan refuses the program, with its words, or the translator was killed.
void translate_stan(const StanSource& source, const std::string& program, const std::string& name,
                    const std::filesystem::path& generated, const StanHeaders& headers, const CompileCache& cache,
                    const CompileCache::Lock& lock, const CompileOptions& options);

/// The generated code for the shim: its line counter is one for each thread, and its checks of data go to the shim,
/// which says what is wrong in our words. ModelError when the code does not look as expected.
[[nodiscard]] std::string adapt_generated(std::string generated);

}  // namespace dovetail
