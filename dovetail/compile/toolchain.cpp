#include "dovetail/compile/toolchain.hpp"

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "dovetail/compile/process.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr int kNoSuchProgram = 127;

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

void append(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

Words variable_words(const char* name) {
  const char* value = std::getenv(name);
  std::istringstream text(value == nullptr ? "" : value);
  Words words;
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

Words compiler_environment() {
  Words values;
  for (const char* name : {"CPATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH"}) {
    const char* value = std::getenv(name);
    values.emplace_back(value == nullptr ? "" : value);
  }
  return values;
}

Words Compiler::identity() const {
  Words parts = {version};
  append(parts, words);
  append(parts, compiler_environment());
  return parts;
}

Compiler find_compiler(const std::function<bool()>& stopped) {
  if (const auto chosen = variable_words("CXX"); !chosen.empty()) {
    Words words = chosen;
    words.emplace_back("--version");
    const ProcessResult answer = run_process(words, stopped);
    if (answer.succeeded()) return {chosen, answer.output};
    throw UsageError("CXX is `" + joined(chosen) + "`, which cannot be run (it should be a C++ compiler, as `g++`): " +
                     answer.ending() + "; correct or unset it");
  }
  for (const char* name : {"g++", "clang++"}) {
    const ProcessResult answer = run_process({name, "--version"}, stopped);
    if (answer.succeeded()) return {{name}, answer.output};
  }
  throw ModelError(
      "there is no C++ compiler (a model's source has to be compiled); install one, as by `sudo apt-get install g++`, "
      "or name yours in CXX");
}

std::string run_compiler(const Compiler& compiler, const Words& arguments, const std::string& what,
                         const std::function<bool()>& stopped) {
  Words words = compiler.words;
  append(words, arguments);
  ProcessResult result = run_process(words, stopped);
  if (result.succeeded()) return std::move(result.output);
  if (result.exit_code == kNoSuchProgram) throw ModelError(what + ": " + joined(compiler.words) + " is gone");
  // The driver reports a compiler that the kernel killed for its memory in words of its own.
  const bool starved = result.signal == SIGKILL ||
                       result.output.find("signal terminated program") != std::string::npos ||
                       result.output.find("Killed signal") != std::string::npos ||
                       result.output.find("virtual memory exhausted") != std::string::npos;
  throw ModelError(what + " does not compile (" + joined(compiler.words) + " ended with " + result.ending() + "); " +
                   (starved ? "it was killed, most likely for want of memory: free some 2 GB and try again"
                            : "correct what the compiler names:") +
                   "\n" + result.output);
}

std::string package_version(const std::filesystem::path& package) {
  if (!std::filesystem::is_regular_file(package / "DESCRIPTION")) return "";
  std::istringstream lines(read_text(package / "DESCRIPTION", std::uint64_t{1} << 20U, Links::follow));
  const std::string field = "Version: ";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(field)) return line.substr(field.size());
  }
  return "unknown";
}

std::vector<std::filesystem::path> files_of_rule(const std::string& rule) {
  std::vector<std::filesystem::path> files;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) files.emplace_back(std::exchange(word, {}));
  };
  const std::size_t colon = rule.find(": ");
  for (std::size_t i = colon == std::string::npos ? rule.size() : colon + 1; i < rule.size(); ++i) {
    const char next = i + 1 < rule.size() ? rule[i + 1] : '\0';
    if (rule[i] == '\\' && next == '\n') {
      end_word();
      ++i;
    } else if (rule[i] == '\\' && (next == ' ' || next == '#')) {
      word += next;
      ++i;
    } else if (rule[i] == '$' && next == '$') {
      word += '$';
      ++i;
    } else if (rule[i] == ' ' || rule[i] == '\n' || rule[i] == '\t') {
      end_word();
    } else {
      word += rule[i];
    }
  }
  end_word();
  return files;
}

}  // namespace dovetail
