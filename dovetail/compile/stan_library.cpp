#include "dovetail/compile/stan_library.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include "dovetail/compile/embedded.hpp"
#include "dovetail/compile/process.hpp"
#include "dovetail/compile/stan_program.hpp"
#include "dovetail/compile/stan_source.hpp"
#include "dovetail/compile/stan_translator.hpp"
#include "dovetail/compile/toolchain.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr const char* kFormat = "stan 2";  // raised when equal parts would make another library

/// A C++ name that stands nowhere in the program `text`: a model and its variables must not share one.
std::string class_name(const std::filesystem::path& source, const std::string& text) {
  std::string name = "dovetail_";
  for (const char c : source.stem().string()) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += fits ? c : '_';
  }
  while (text.find(name) != std::string::npos) name += '_';
  return name;
}

// ---- a BridgeStan of the user's ----

std::filesystem::path bridgestan_folder() {
  const char* value = std::getenv("BRIDGESTAN");
  const std::filesystem::path folder = value == nullptr ? "" : value;
  if (!folder.empty() && !std::filesystem::is_regular_file(folder / "Makefile"))
    throw UsageError("BRIDGESTAN is " + folder.string() +
                     ", which holds no Makefile (it should be the folder of a BridgeStan); correct or unset it");
  return folder.empty() ? folder : std::filesystem::absolute(folder);
}

/// The makefile's compiler, as far as the environment names it.
Words identity_of_compiler(const CompileOptions& options) {
  try {
    return find_compiler(options.stopped).identity();
  } catch (const ModelError&) {
    return compiler_environment();  // the makefile may know a compiler all the same
  }
}

/// What its libraries depend on beside the program, as far as files and the environment tell.
Words bridgestan_identity(const std::filesystem::path& folder, const CompileOptions& options) {
  Words parts = {folder.string()};
  append(parts, identity_of_compiler(options));
  for (const char* name : {"CXX", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LDLIBS"}) {  // make takes these for its variables
    parts.push_back("of " + std::string(name));
    append(parts, variable_words(name));
  }
  for (const char* name : {"Makefile", "make/local", "src/version.hpp", "src/bridgestan.h"}) {
    const std::filesystem::path file = folder / name;
    parts.push_back(std::filesystem::is_regular_file(file) ? read_text(file, std::uint64_t{1} << 24U, Links::follow)
                                                           : "");
  }
  return parts;
}

std::filesystem::path compile_by_bridgestan(const std::filesystem::path& folder, const StanSource& source,
                                            const CompileCache& cache, const CompileOptions& options) {
  const std::string what = source.file.string();
  const std::string name = class_name(source.file, source.text);
  Words parts = {kFormat, "bridgestan", name, source.text};
  append(parts, bridgestan_identity(folder, options));
  const std::string library = cache_key(parts) + ".so";
  if (const auto found = cache.find(library)) return *found;
  const CompileCache::Lock lock(cache, what, options);
  return cache.make(lock, library, [&](const std::filesystem::path& piece) {
    options.say("compiling " + what + " by the BridgeStan in " + folder.string());
    const std::filesystem::path workshop = piece.parent_path();
    replace_file(workshop / (name + ".stan"), source.text);
    const std::filesystem::path made = workshop / (name + "_model.so");
    const ProcessResult result =
        run_process({"make", "-C", folder.string(), "STAN_THREADS=true", made.string()}, options.stopped);
    if (!result.succeeded() || !std::filesystem::is_regular_file(made))
      throw ModelError(what + ": BridgeStan in " + folder.string() + " makes no library of it (make ended with " +
                       result.ending() + "); correct what it names" +
                       (source.has_includes() ? ", counting lines after every #include" : "") + ":\n" + result.output);
    std::filesystem::rename(made, piece);
  });
}

// ---- Stan 2.21 ----

void refuse_newer(const StanSource& source, const StanProgram& program) {
  if (program.newer.empty()) return;
  std::string message;
  for (const NewerConstruct& each : program.newer)
    message += source.place(each.line) + ": Stan 2.21 lacks " + each.construct +
               (each.cure.empty() ? "" : "; " + each.cure) + "\n";
  throw ModelError(message + "(a program in a newer Stan needs BridgeStan: set BRIDGESTAN to its folder)");
}

/// Everything that makes objects of sources.
class Workbench {
 public:
  Workbench(const CompileCache& cache, const CompileOptions& options)
      : cache_(cache), options_(options), headers_(find_stan_headers()), compiler_(find_compiler(options.stopped)) {
    embedded_ = write_embedded_files(cache);
    // -O0 code is 14 times slower. No contraction, no flags for this processor alone: docs/determinism.md.
    flags_ = {"-std=c++17",
              "-O3",
              "-fPIC",
              "-pthread",
              "-w",
              "-ffp-contract=off",
              "-fvisibility=hidden",
              "-fvisibility-inlines-hidden",
              "-DSTAN_THREADS",
              "-DBOOST_DISABLE_ASSERTS"};
    append(flags_, headers_.includes);
    append(flags_, variable_words("CXXFLAGS"));
    libraries_ = {headers_.library.string(), "-ltbb", "-Wl,--exclude-libs,ALL", "-Wl,--no-undefined"};
    append(libraries_, variable_words("LDLIBS"));
  }

  /// Hash of all that goes into a library beside the files named in `more`.
  [[nodiscard]] std::string key(const Words& more) const {
    Words parts = {kFormat, headers_.identity, embedded_text("dovetail/compile/stan_shim/"),
                   embedded_text("dovetail/model/data"), embedded_text("dovetail/model/bridgestan/")};
    append(parts, compiler_.identity());
    for (const Words* words : {&flags_, &libraries_, &more}) append(parts, *words);
    return cache_key(parts);
  }

  [[nodiscard]] const StanHeaders& headers() const { return headers_; }

  void compile(const std::filesystem::path& source, const std::filesystem::path& object,
               const std::string& what) const {
    Words words = flags_;
    append(words, {"-I", embedded_.string(), "-c", source.string(), "-o", object.string()});
    run_compiler(compiler_, words, what, options_.stopped);
  }

  void link(const Words& objects, const std::filesystem::path& library, const std::string& what) const {
    Words words = {"-shared", "-pthread", "-o", library.string()};
    append(words, objects);
    append(words, libraries_);
    run_compiler(compiler_, words, what, options_.stopped);
  }

  /// The C interface, which knows no program: compiled once.
  [[nodiscard]] Words shim(const CompileCache::Lock& lock) const {
    Words objects;
    for (const char* source :
         {"dovetail/compile/stan_shim/shim.cpp", "dovetail/compile/stan_shim/variables.cpp", "dovetail/model/data.cpp"})
      objects.push_back(cache_.make(lock, key({source}) + ".o", [&](const std::filesystem::path& piece) {
        options_.say("compiling " + std::string(source) + ", once for all Stan programs");
        compile(embedded_ / source, piece, source);
      }));
    return objects;
  }

 private:
  const CompileCache& cache_;
  const CompileOptions& options_;
  StanHeaders headers_;
  Compiler compiler_;
  std::filesystem::path embedded_;
  Words flags_;
  Words libraries_;
};

}  // namespace

std::filesystem::path compile_stan(const std::filesystem::path& file, const CompileCache& cache,
                                   const CompileOptions& options) {
  const StanSource source = read_stan_source(file);
  if (const auto folder = bridgestan_folder(); !folder.empty())
    return compile_by_bridgestan(folder, source, cache, options);

  const StanProgram program = for_stan_2_21(source.text);
  refuse_newer(source, program);
  const Workbench bench(cache, options);
  const std::string what = file.string();
  const std::string name = class_name(file, program.text);
  const std::string library = bench.key({name, program.text}) + ".so";
  if (const auto found = cache.find(library)) return *found;

  const CompileCache::Lock lock(cache, what, options);
  return cache.make(lock, library, [&](const std::filesystem::path& piece) {
    const std::filesystem::path generated = piece.parent_path() / (name + ".cpp");
    translate_stan(source, program.text, name, generated, bench.headers(), cache, lock, options);
    replace_file(generated, adapt_generated(read_text(generated)));
    Words objects = bench.shim(lock);
    options.say("compiling " + what + " (half a minute or so; the library is kept in " + cache.folder().string() + ")");
    const std::filesystem::path object = piece.parent_path() / (name + ".o");
    bench.compile(generated, object, what);
    objects.insert(objects.begin(), object.string());
    bench.link(objects, piece, what);
  });
}

}  // namespace dovetail
