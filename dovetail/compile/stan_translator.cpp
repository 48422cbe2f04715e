#include "dovetail/compile/stan_translator.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <sstream>

#include "dovetail/compile/embedded.hpp"
#include "dovetail/compile/process.hpp"
#include "dovetail/compile/toolchain.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr const char* kVersion = "2.21";
constexpr const char* kMain = "dovetail/compile/stan_shim/translator.cpp";
constexpr const char* kOtherRoute = "a program in a newer Stan needs BridgeStan: set BRIDGESTAN to its folder";

// ---- the translator's program ----

/// Its sources: what StanHeaders ships, and a main() of ours.
std::vector<std::filesystem::path> translator_sources(const StanHeaders& headers,
                                                      const std::filesystem::path& embedded) {
  std::vector<std::filesystem::path> sources;
  for (const auto& entry : std::filesystem::directory_iterator(headers.translator / "grammars")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("_inst.cpp")) sources.push_back(entry.path());
  }
  std::sort(sources.begin(), sources.end());
  sources.push_back(headers.translator / "ast_def.cpp");
  sources.push_back(headers.translator / "grammars" / "semantic_actions_def.cpp");
  sources.push_back(embedded / kMain);
  return sources;
}

class Translator {
 public:
  Translator(const StanHeaders& headers, const CompileCache& cache, const CompileOptions& options)
      : headers_(headers), cache_(cache), options_(options), compiler_(find_compiler(options.stopped)) {
    embedded_ = write_embedded_files(cache);
    // Without optimisation: it takes a third of the time to build, and translates in less than a second all the same.
    flags_ = {"-std=c++14", "-O0", "-w"};
    append(flags_, headers.includes);
    name_ = "stan-translator-" + cache_key(identity("program"));
  }

  [[nodiscard]] std::optional<std::filesystem::path> find() const { return cache_.find(name_); }

  /// Object by object, each kept as soon as it is whole: what an interruption leaves undone is little.
  std::filesystem::path build(const CompileCache::Lock& lock) const {
    return cache_.make(lock, name_, [&](const std::filesystem::path& piece) {
      const auto sources = translator_sources(headers_, embedded_);
      Words objects;
      for (const auto& source : sources) {
        options_.say("building Stan's translator, once for this machine (minutes): part " +
                     std::to_string(objects.size() + 1) + " of " + std::to_string(sources.size()));
        objects.push_back(object(source, lock).string());
      }
      Words words = {"-s", "-o", piece.string()};
      append(words, objects);
      run_compiler(compiler_, words, "Stan's translator", options_.stopped);
      std::filesystem::permissions(piece, std::filesystem::perms::owner_all);
      for (const std::string& each : objects) std::filesystem::remove(each);
    });
  }

 private:
  [[nodiscard]] Words identity(const std::string& part) const {
    Words parts = {part, headers_.identity, embedded_text(kMain)};
    append(parts, compiler_.identity());
    append(parts, flags_);
    return parts;
  }
  [[nodiscard]] std::filesystem::path object(const std::filesystem::path& source,
                                             const CompileCache::Lock& lock) const {
    return cache_.make(lock, cache_key(identity(source.filename().string())) + ".o",
                       [&](const std::filesystem::path& piece) {
                         Words words = flags_;
                         append(words, {"-c", source.string(), "-o", piece.string()});
                         run_compiler(compiler_, words, source.string(), options_.stopped);
                       });
  }

  const StanHeaders& headers_;
  const CompileCache& cache_;
  const CompileOptions& options_;
  Compiler compiler_;
  std::filesystem::path embedded_;
  Words flags_;
  std::string name_;
};

// ---- rstan ----

bool has_rstan(const StanHeaders& headers, const CompileOptions& options) {
  return package_version(headers.packages / "rstan").starts_with(kVersion) &&
         run_process({"Rscript", "--version"}, options.stopped).succeeded();
}

Words rstan_words(const std::filesystem::path& program, const std::filesystem::path& generated,
                  const std::string& name) {
  const std::string script =
      "given <- commandArgs(TRUE); suppressMessages(loadNamespace(\"rstan\")); "
      "result <- rstan::stanc(file = given[1], model_name = given[3], obfuscate_model_name = FALSE); "
      "cat(result$cppcode, file = given[2])";
  return {"Rscript", "--vanilla", "-e", script, program.string(), generated.string(), name};
}

/// Replaces every `from`; returns how many there were.
std::size_t replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t count = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()), ++count)
    text.replace(at, from.size(), to);
  return count;
}

}  // namespace

StanHeaders find_stan_headers(const std::filesystem::path& r_library) {
  const std::filesystem::path library = r_library.empty() ? std::filesystem::path(kRLibrary) : r_library;
  const std::string install =
      "install r-cran-stanheaders, r-cran-rcppeigen, r-cran-bh and libtbb-dev of Debian 12, as "
      "`make deps-stan` does, or set BRIDGESTAN to the folder of a BridgeStan of your own";
  const std::string version = package_version(library / "StanHeaders");
  if (version.empty())
    throw ModelError("Stan's headers are not in " + library.string() + " (a Stan program needs them); " + install);
  if (!version.starts_with(kVersion))
    throw ModelError("StanHeaders in " + library.string() + " are version " + version +
                     " (Stan programs are translated by that of 2.21); " + install);
  const std::string eigen = package_version(library / "RcppEigen");
  if (eigen.empty()) throw ModelError("RcppEigen is not in " + library.string() + " (Stan stands on it); " + install);

  const std::filesystem::path include = library / "StanHeaders" / "include";
  StanHeaders headers;
  headers.packages = library;
  headers.identity = "StanHeaders " + version + ", RcppEigen " + eigen + " in " + library.string();
  for (const auto& folder : {include / "src", include, library / "RcppEigen" / "include"})
    headers.includes.insert(headers.includes.end(), {"-isystem", folder.string()});
  headers.translator = include / "src" / "stan" / "lang";
  headers.library = library / "StanHeaders" / "lib" / "libStanHeaders.a";
  return headers;
}

void translate_stan(const StanSource& source, const std::string& program, const std::string& name,
                    const std::filesystem::path& generated, const StanHeaders& headers, const CompileCache& cache,
                    const CompileCache::Lock& lock, const CompileOptions& options) {
  const std::filesystem::path written = generated.parent_path() / (name + ".stan");
  replace_file(written, program);
  const Translator translator(headers, cache, options);
  const bool by_rstan = !translator.find() && has_rstan(headers, options);
  // rstan calls class and program model_NAME. So does the other route: the same program is the same C++, and no path
  // of the user's stands in it.
  const std::string model = "model_" + name;
  const Words words = by_rstan
                          ? rstan_words(written, generated, name)
                          : Words{translator.build(lock).string(), written.string(), generated.string(), model, model};
  ProcessResult result = run_process(words, options.stopped);
  if (result.succeeded() && std::filesystem::is_regular_file(generated)) return;
  if (result.signal != 0 || result.output.empty())
    throw ModelError(source.file.string() + " is not translated: " + (by_rstan ? "rstan" : "Stan's translator") +
                     " ended with " + result.ending() +
                     " (killed, most likely for want of memory, or broken off; the program is not to blame); free some "
                     "memory and run the command again");
  replace_all(result.output, "'" + model + "'", "'" + source.file.string() + "'");
  throw ModelError(source.file.string() + ": Stan 2.21 refuses the program (" + kOtherRoute + "); it says" +
                   (source.has_includes() ? ", counting lines after every #include" : "") + ":\n" + result.output);
}

std::string adapt_generated(std::string generated) {
  const std::string header = "#include <stan/model/model_header.hpp>\n";
  const bool as_expected =
      replace_all(generated, "static int current_statement_begin__;",
                  "static thread_local int current_statement_begin__;") == 1 &&
      replace_all(generated, header,
                  header +
                      "namespace dovetail_stan { void check_variable(const stan::io::var_context&, const char*, const "
                      "char*, const char*, const std::vector<std::size_t>&); }\n") == 1;
  if (!as_expected)
    throw ModelError(
        "Stan's translator wrote something else than Stan 2.21 does (the model cannot be joined to "
        "Dovetail); install r-cran-stanheaders of Debian 12, as `make deps-stan` does");
  replace_all(generated, "context__.validate_dims(", "dovetail_stan::check_variable(context__, ");
  return generated;
}

}  // namespace dovetail
