// The key of a library is a hash of all that went into it. Which headers those are is known only after the preprocessor
// has run once; a list beside the library remembers them, so that a second call runs no compiler.
#include "dovetail/compile/plugin_library.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/compile/embedded.hpp"
#include "dovetail/compile/toolchain.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

using Paths = std::vector<std::filesystem::path>;

constexpr const char* kFormat = "plugin 2";  // raised when equal parts would make another library

/// Of Debian's r-cran-stanheaders and r-cran-rcppeigen: Stan Math and Eigen.
constexpr std::array kStanMathPackages = {"StanHeaders", "RcppEigen"};

/// For those that are there.
Words stan_math_flags() {
  Words flags;
  for (const char* package : kStanMathPackages) {
    const std::filesystem::path path = std::filesystem::path(kRLibrary) / package / "include";
    if (std::filesystem::is_directory(path)) append(flags, {"-isystem", path.string()});
  }
  if (!flags.empty()) append(flags, {"-DSTAN_THREADS", "-DBOOST_DISABLE_ASSERTS"});
  return flags;
}

struct Compilation {
  Compiler compiler;
  std::filesystem::path source;   ///< absolute
  std::filesystem::path include;  ///< folder of the embedded files
  Words flags;
  Words libraries;  ///< last words of the linker's command line
};

Compilation plan(const std::filesystem::path& source, const CompileCache& cache, const CompileOptions& options) {
  Compilation c{find_compiler(options.stopped), std::filesystem::absolute(source), write_embedded_files(cache), {}, {}};
  // No contraction and no flags for this processor alone: docs/determinism.md.
  c.flags = {"-std=c++20",
             "-O2",
             "-fPIC",
             "-pthread",
             "-ffp-contract=off",
             "-fvisibility=hidden",
             "-fvisibility-inlines-hidden",
             "-I",
             c.include.string()};
  append(c.flags, stan_math_flags());
  append(c.flags, variable_words("CXXFLAGS"));
  c.libraries = variable_words("LDLIBS");
  return c;
}

/// Hash of everything but the contents of the headers; of those that the system keeps, which are thousands, versions.
std::string recipe_key(const Compilation& c) {
  Words parts = {kFormat, c.source.string(), read_text(c.source, 1U << 26U, Links::follow)};
  append(parts, c.compiler.identity());
  append(parts, c.flags);
  append(parts, c.libraries);
  for (const char* package : kStanMathPackages) {
    parts.push_back(package_version(std::filesystem::path(kRLibrary) / package));
  }
  return cache_key(parts);
}

/// Name of the library made from these files; nothing when one is not there any more.
std::optional<std::string> library_name(const std::string& recipe, const Paths& files) {
  Words parts = {recipe};
  for (const std::filesystem::path& file : files) {
    if (!std::filesystem::is_regular_file(file)) return std::nullopt;
    parts.push_back(file.string());
    parts.push_back(to_hex(sha256_of_file(file)));
  }
  return cache_key(parts) + ".so";
}

/// The library of an earlier compilation, if its files are still what they were.
std::optional<std::filesystem::path> find_library(const CompileCache& cache, const std::string& recipe) {
  const auto list = cache.find(recipe + ".files");
  if (!list) return std::nullopt;
  std::istringstream lines(read_text(*list));
  Paths files;
  for (std::string line; std::getline(lines, line);) files.emplace_back(line);
  const auto name = library_name(recipe, files);
  return name ? cache.find(*name) : std::nullopt;
}

/// The source and the headers that are not the system's. The compiler writes them to a file of its own, since warnings
/// would stand among its output.
Paths files_of(const Compilation& c, const CompileCache& cache, const std::string& what,
               const CompileOptions& options) {
  const std::filesystem::path rule = cache.folder() / "making.rule";  // the lock is held, and removes it after a crash
  Words words = c.flags;
  append(words, {"-MM", "-MT", "model", "-MF", rule.string(), c.source.string()});
  run_compiler(c.compiler, words, what, options.stopped);
  Paths files = files_of_rule(read_text(rule));
  std::filesystem::remove(rule);
  for (std::filesystem::path& file : files) {
    file = std::filesystem::absolute(file);
    if (!std::filesystem::is_regular_file(file))
      throw ModelError(what + " reads " + file.string() +
                       ", as the compiler says, and there is no such file (a header that changes meanwhile, or a name "
                       "that the compiler writes in another way); rename or restore it");
  }
  return files;
}

/// The object of one of the embedded sources, compiled once for all models.
std::filesystem::path embedded_object(const Compilation& c, const CompileCache& cache, const CompileCache::Lock& lock,
                                      const std::string& source, const CompileOptions& options) {
  Words parts = {kFormat, source};
  append(parts, c.compiler.identity());
  append(parts, c.flags);  // they name the folder of the embedded files, and so their contents
  return cache.make(lock, cache_key(parts) + ".o", [&](const std::filesystem::path& piece) {
    Words words = c.flags;
    append(words, {"-c", "-o", piece.string(), (c.include / source).string()});
    run_compiler(c.compiler, words, "the reader of data, which needs Debian's package nlohmann-json3-dev,",
                 options.stopped);
  });
}

/// Among its symbols, say.
bool holds(const std::filesystem::path& object, const char* words) {
  return read_text(object, std::uint64_t{1} << 32U).find(words) != std::string::npos;
}

bool is_named(const Paths& files, const std::string& name) {
  return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.filename() == name; });
}

void compile_and_link(const Compilation& c, const Paths& files, const std::filesystem::path& library,
                      const CompileCache& cache, const CompileCache::Lock& lock, const std::string& what,
                      const CompileOptions& options) {
  const std::filesystem::path object = library.parent_path() / "model.o";
  Words words = c.flags;
  append(words, {"-c", "-o", object.string(), c.source.string()});
  run_compiler(c.compiler, words, what, options.stopped);
  if (!holds(object, "bs_model_construct")) {
    throw ModelError(what +
                     " says of no struct that it is the model, which the macro DOVETAIL_MODEL does; add "
                     "DOVETAIL_MODEL(YourStruct) after the struct");
  }

  words = c.flags;
  append(words, {"-shared", "-Wl,--no-undefined", "-o", library.string(), object.string()});
  if (holds(object, "8dovetail6plugin4Data")) {
    for (const char* source : {"dovetail/model/plugin_data.cpp", "dovetail/model/data.cpp"}) {
      words.push_back(embedded_object(c, cache, lock, source, options).string());
    }
  }
  if (is_named(files, "plugin_stan_math.hpp")) words.emplace_back("-ltbb");
  append(words, c.libraries);
  run_compiler(c.compiler, words, what, options.stopped);
}

}  // namespace

std::filesystem::path compile_plugin(const std::filesystem::path& source, const CompileCache& cache,
                                     const CompileOptions& options) {
  const std::string what = source.string();
  const Compilation c = plan(source, cache, options);
  const std::string recipe = recipe_key(c);
  if (const auto found = find_library(cache, recipe)) return *found;
  const CompileCache::Lock lock(cache, what, options);
  if (const auto found = find_library(cache, recipe)) return *found;  // it was this one

  options.say("compiling " + what + " (the library is kept in " + cache.folder().string() + ")");
  const Paths files = files_of(c, cache, what, options);
  const auto name = library_name(recipe, files);
  const auto check_unchanged = [&] {
    if (name && library_name(recipe, files) == name && recipe_key(c) == recipe) return;
    throw ModelError(what +
                     " or a header of it changed while it was compiled (the library would be neither's); "
                     "run the command again");
  };
  check_unchanged();
  std::filesystem::path library = cache.make(lock, *name, [&](const std::filesystem::path& piece) {
    compile_and_link(c, files, piece, cache, lock, what, options);
    check_unchanged();
  });
  std::string list;
  for (const std::filesystem::path& file : files) list += file.string() + "\n";
  replace_file(cache.folder() / (recipe + ".files"), list);
  return library;
}

}  // namespace dovetail
