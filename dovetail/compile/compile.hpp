/// Makes the shared library of a model from its source: what `dovetail compile` does, and what a command that is given
/// a source in place of a library does first.
///
/// Libraries are cached by content: the same source, headers, flags and compiler are compiled once, however many
/// processes ask at the same time. At most one compiler runs for a cache at any time, since one may need 2 GB; it ends
/// when its process does, also by SIGKILL.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

namespace dovetail {

struct CompileOptions {
  std::filesystem::path output{};  ///< the library is copied here; empty: it stays in the cache
  std::filesystem::path cache{};   ///< folder; empty: $DOVETAIL_CACHE, $XDG_CACHE_HOME/dovetail or ~/.cache/dovetail
  std::function<void(const std::string&)> note{};  ///< told in one line what takes time, before it does; may be empty
  std::function<bool()> stopped{};                 ///< asked some times a second; true kills the compiler

  void say(const std::string& line) const {
    if (note) note(line);
  }
};

/// Whether compile_model() takes a file of this name.
[[nodiscard]] bool is_model_source(const std::filesystem::path& path);

/// The library of `source` (.cpp or .stan; a relative path stays one of the working folder): options.output when that
/// is given, else a file of the cache, which must not be changed. Uses $CXX, else g++, else clang++; $CXXFLAGS and
/// $LDLIBS come last on its command lines.
///
/// ModelError: the source does not compile (with the compiler's words), there is no compiler, or a file of the source
/// changed meanwhile. UsageError: no source by its name, or a $CXX that cannot be run. FileError: files and folders.
/// Error with ExitCode::interrupted: `stopped` said so; no half file is left.
[[nodiscard]] std::filesystem::path compile_model(const std::filesystem::path& source,
                                                  const CompileOptions& options = {});

}  // namespace dovetail
