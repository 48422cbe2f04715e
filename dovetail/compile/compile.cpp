#include "dovetail/compile/compile.hpp"

#include <sys/stat.h>

#include <system_error>

#include "dovetail/compile/cache.hpp"
#include "dovetail/compile/plugin_library.hpp"
#include "dovetail/compile/stan_library.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

bool is_cpp(const std::filesystem::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".cpp" || ending == ".cc" || ending == ".cxx";
}

/// What a compiler would have left there, but never writable by others: such libraries are refused.
void copy_library(const std::filesystem::path& library, const std::filesystem::path& to) {
  replace_file(to, read_file(library));
  const mode_t mask = ::umask(0);
  ::umask(mask);
  constexpr mode_t kAll = 0755;
  std::filesystem::permissions(to, static_cast<std::filesystem::perms>(kAll & ~mask));
}

/// A library never takes the place of a source, by whatever name.
void require_no_source(const std::filesystem::path& output, const std::filesystem::path& source) {
  std::error_code error;
  if (!is_model_source(output) && !std::filesystem::equivalent(output, source, error)) return;
  throw UsageError("--output: " + output.string() +
                   " is a source (the library would be written over it); give a name that ends in .so");
}

}  // namespace

bool is_model_source(const std::filesystem::path& path) { return is_cpp(path) || path.extension() == ".stan"; }

std::filesystem::path compile_model(const std::filesystem::path& source, const CompileOptions& options) {
  if (!is_model_source(source)) {
    throw UsageError(source.string() + " is no source of a model (its name ends neither in .cpp nor in .stan)");
  }
  if (!std::filesystem::exists(source)) {
    throw ModelError("there is no file " + source.string() + " (nothing was compiled); check the name");
  }
  require_no_source(options.output, source);
  const CompileCache cache(options.cache);
  std::filesystem::path library =
      is_cpp(source) ? compile_plugin(source, cache, options) : compile_stan(source, cache, options);
  if (options.output.empty()) return library;
  copy_library(library, options.output);
  return options.output;
}

}  // namespace dovetail
