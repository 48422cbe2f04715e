/// The C++ compiler, and what to say when it fails.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace dovetail {

using Words = std::vector<std::string>;
void append(Words& words, const Words& more);

struct Compiler {
  Words words;          ///< how it is called: {"g++"}, {"ccache", "g++"}
  std::string version;  ///< what it prints of itself

  /// Parts of the key of whatever it makes: itself, and what it reads of the environment unasked.
  [[nodiscard]] Words identity() const;
};

/// $CXX (split at blanks), else g++, else clang++. UsageError when $CXX cannot be run, ModelError when there is none.
[[nodiscard]] Compiler find_compiler(const std::function<bool()>& stopped);

/// Runs the compiler with `arguments`; returns its output. `what` names the work in messages: "model.cpp". ModelError
/// with the compiler's words when it fails.
std::string run_compiler(const Compiler& compiler, const Words& arguments, const std::string& what,
                         const std::function<bool()>& stopped);

/// An environment variable's words, split at blanks; none when it is not set.
[[nodiscard]] Words variable_words(const char* name);

/// Values of the environment's variables that any compiler reads unasked.
[[nodiscard]] Words compiler_environment();

/// Where Debian keeps packages of R, of which some are headers.
inline constexpr const char* kRLibrary = "/usr/lib/R/site-library";

/// What an R package's DESCRIPTION says after `Version: `; empty when the package is not there.
[[nodiscard]] std::string package_version(const std::filesystem::path& package);

/// The files that a compiler's rule for make (-M, -MM) names after the colon.
[[nodiscard]] std::vector<std::filesystem::path> files_of_rule(const std::string& rule);

}  // namespace dovetail
