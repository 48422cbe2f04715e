/// The C++ compiler, and what to say when it fails.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace dovetail {

struct Compiler {
  std::vector<std::string> words;  ///< how it is called: {"g++"}, {"ccache", "g++"}
  std::string version;             ///< what it prints of itself
};

/// $CXX (split at blanks), else g++, else clang++. UsageError when $CXX cannot be run, ModelError when there is none.
[[nodiscard]] Compiler find_compiler(const std::function<bool()>& stopped);

/// Runs the compiler with `arguments`; returns its output. `what` names the work in messages: "model.cpp". ModelError
/// with the compiler's words when it fails.
std::string run_compiler(const Compiler& compiler, const std::vector<std::string>& arguments, const std::string& what,
                         const std::function<bool()>& stopped);

/// An environment variable's words, split at blanks; none when it is not set.
[[nodiscard]] std::vector<std::string> variable_words(const char* name);

/// Values of the environment's variables that compilers read unasked, which belong in the key of what they make.
[[nodiscard]] std::vector<std::string> compiler_environment();

/// The files that a compiler's rule for make (-M, -MM) names after the colon.
[[nodiscard]] std::vector<std::filesystem::path> files_of_rule(const std::string& rule);

}  // namespace dovetail
