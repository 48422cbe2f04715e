// Compiling Stan programs as far as it goes without Stan: includes, refusals, a BridgeStan that is a makefile.
#include "dovetail/compile/stan_library.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "dovetail/compile/stan_source.hpp"
#include "dovetail/compile/stan_translator.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

/// BRIDGESTAN for the length of a test.
class WithBridgeStan {
 public:
  explicit WithBridgeStan(const std::filesystem::path& folder) { ::setenv("BRIDGESTAN", folder.c_str(), 1); }
  ~WithBridgeStan() { ::unsetenv("BRIDGESTAN"); }
  WithBridgeStan(const WithBridgeStan&) = delete;
  WithBridgeStan& operator=(const WithBridgeStan&) = delete;
};

template <class Failure, class Body>
std::string message_of(Body body) {
  try {
    body();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "nothing was refused";
}

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

TEST(StanSource, PutsIncludedFilesInTheirPlace) {
  const test::TemporaryFolder folder;
  test::write_plainly(folder / "a.stan", "functions {\n#include b.stan\n}\nmodel { }\n");
  test::write_plainly(folder / "b.stan", "real f() {\n  return 1;\n}\n");
  const StanSource source = read_stan_source(folder / "a.stan");
  EXPECT_EQ(source.text, "functions {\nreal f() {\n  return 1;\n}\n}\nmodel { }\n");
  EXPECT_TRUE(source.has_includes());
  EXPECT_EQ(source.place(3), (folder / "b.stan").string() + ":2");
  EXPECT_EQ(source.place(6), (folder / "a.stan").string() + ":4");
}

TEST(StanSource, NamesIncludesThatAreMissingOrEndless) {
  const test::TemporaryFolder folder;
  test::write_plainly(folder / "a.stan", "\n#include absent.stan\n");
  EXPECT_TRUE(says(message_of<ModelError>([&] { static_cast<void>(read_stan_source(folder / "a.stan")); }),
                   "a.stan:2: there is no file "));
  test::write_plainly(folder / "c.stan", "#include c.stan\n");
  EXPECT_TRUE(says(message_of<ModelError>([&] { static_cast<void>(read_stan_source(folder / "c.stan")); }),
                   "c.stan includes itself"));
}

TEST(StanSource, AnIncludeSharesItsLineWithNothing) {
  const test::TemporaryFolder folder;
  test::write_plainly(folder / "b.stan", "real x;\n");
  for (const std::string line : {"real y; #include b.stan", "parameters {\t#include b.stan", "/* a */ #include b.stan",
                                 "/* a\n*/ #include b.stan"}) {
    test::write_plainly(folder / "a.stan", line + "\n");
    const std::string message = message_of<ModelError>([&] { static_cast<void>(read_stan_source(folder / "a.stan")); });
    EXPECT_TRUE(says(message, "#include must stand on a line of its own")) << line << ": " << message;
    EXPECT_TRUE(says(message, line.find('\n') == std::string::npos ? "a.stan:1: " : "a.stan:2: ")) << message;
  }
  test::write_plainly(folder / "a.stan", " \t#include b.stan  // the coordinate");
  EXPECT_EQ(read_stan_source(folder / "a.stan").text, "real x;\n");
  for (const std::string line : {"#include b.stan real y;", "#include b.stan #include b.stan"}) {
    test::write_plainly(folder / "a.stan", line);
    EXPECT_TRUE(says(message_of<ModelError>([&] { static_cast<void>(read_stan_source(folder / "a.stan")); }),
                     "a.stan:1: there is no file"));
  }
}

TEST(StanLibrary, NamesEveryConstructThatStan221LacksWithItsPlace) {
  const test::TemporaryFolder folder;
  test::write_plainly(folder / "a.stan", "#include b.stan\nmodel {\n  target += reduce_sum(f, x, 1);\n}\n");
  test::write_plainly(folder / "b.stan", "data {\n  complex z;\n}\n");
  const CompileCache cache(folder / "cache");
  const std::string message =
      message_of<ModelError>([&] { static_cast<void>(compile_stan(folder / "a.stan", cache, {})); });
  EXPECT_TRUE(says(message, "b.stan:2: Stan 2.21 lacks complex")) << message;
  EXPECT_TRUE(says(message, "a.stan:3: Stan 2.21 lacks reduce_sum; sum in one call")) << message;
  EXPECT_TRUE(says(message, "set BRIDGESTAN")) << message;
}

TEST(StanLibrary, IsMadeByTheUsersBridgeStan) {
  const test::TemporaryFolder folder;
  test::write_plainly(folder / "a b.stan", "model { target += reduce_sum(f, x, 1); }\n");
  std::filesystem::create_directory(folder / "bridgestan");
  // Counts its calls, and makes libraries of the programs' own text.
  test::write_plainly(folder / "bridgestan/Makefile",
                      "%_model.so: %.stan\n\ttest '$(STAN_THREADS)' = true\n\tcp $< $@\n\techo >> calls\n");
  const WithBridgeStan environment(folder / "bridgestan");
  const CompileCache cache(folder / "cache");
  const auto library = compile_stan(folder / "a b.stan", cache, {});
  EXPECT_EQ(read_text(library), read_text(folder / "a b.stan"));
  EXPECT_EQ(compile_stan(folder / "a b.stan", cache, {}), library);
  EXPECT_EQ(read_text(folder / "bridgestan/calls"), "\n");

  ::setenv("CPATH", "/somewhere", 1);
  EXPECT_NE(compile_stan(folder / "a b.stan", cache, {}), library);
  ::unsetenv("CPATH");
  ::setenv("CPPFLAGS", "-DA", 1);
  EXPECT_NE(compile_stan(folder / "a b.stan", cache, {}), library);
  ::unsetenv("CPPFLAGS");
  EXPECT_EQ(compile_stan(folder / "a b.stan", cache, {}), library);

  test::write_plainly(folder / "a b.stan", "model { }\n");
  EXPECT_NE(compile_stan(folder / "a b.stan", cache, {}), library);
}

TEST(StanLibrary, ShowsWhatBridgeStanSays) {
  const test::TemporaryFolder folder;
  test::write_plainly(folder / "a.stan", "model { }\n");
  const CompileCache cache(folder / "cache");
  std::filesystem::create_directory(folder / "bridgestan");
  const WithBridgeStan environment(folder / "bridgestan");
  EXPECT_TRUE(says(message_of<UsageError>([&] { static_cast<void>(compile_stan(folder / "a.stan", cache, {})); }),
                   "which holds no Makefile"));
  test::write_plainly(folder / "bridgestan/Makefile", "%_model.so: %.stan\n\t@echo semantic error in line 1; false\n");
  EXPECT_TRUE(says(message_of<ModelError>([&] { static_cast<void>(compile_stan(folder / "a.stan", cache, {})); }),
                   "semantic error in line 1"));
}

TEST(StanHeaders, AreFoundOrTheirPackagesNamed) {
  const test::TemporaryFolder folder;
  const auto look = [&] {
    return message_of<ModelError>([&] { static_cast<void>(find_stan_headers(folder.path())); });
  };
  EXPECT_TRUE(says(look(), "install r-cran-stanheaders"));
  EXPECT_TRUE(says(look(), "make deps-stan"));
  std::filesystem::create_directory(folder / "StanHeaders");
  test::write_plainly(folder / "StanHeaders/DESCRIPTION", "Package: StanHeaders\nVersion: 2.32.10\n");
  EXPECT_TRUE(says(look(), "are version 2.32.10"));
  test::write_plainly(folder / "StanHeaders/DESCRIPTION", "Package: StanHeaders\nVersion: 2.21.0-7\n");
  EXPECT_TRUE(says(look(), "RcppEigen is not in"));
  std::filesystem::create_directory(folder / "RcppEigen");
  test::write_plainly(folder / "RcppEigen/DESCRIPTION", "Version: 0.3\n");
  const StanHeaders headers = find_stan_headers(folder.path());
  EXPECT_EQ(headers.includes.size(), 6U);
  EXPECT_EQ(headers.translator, folder / "StanHeaders/include/src/stan/lang");
}

/// What translate_stan() says where `script` is Rscript.
std::string translation_with(const std::string& script) {
  const test::TemporaryFolder folder;
  for (const char* name : {"StanHeaders", "RcppEigen", "rstan"}) {
    std::filesystem::create_directory(folder / name);
    test::write_plainly(folder / name / "DESCRIPTION", "Version: 2.21.0\n");
  }
  std::filesystem::create_directories(folder / "StanHeaders/include/src/stan/lang/grammars");
  std::filesystem::create_directory(folder / "bin");
  test::write_plainly(folder / "bin/c++", "#!/bin/sh\n[ \"$1\" = --version ]\n");
  test::write_plainly(folder / "bin/Rscript", "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n" + script + "\n");
  for (const char* name : {"bin/c++", "bin/Rscript"})
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
  if (script.empty()) std::filesystem::remove(folder / "bin/Rscript");
  test::write_plainly(folder / "a\"b.stan", "model { }\n");
  const CompileCache cache(folder / "cache");
  const CompileCache::Lock lock(cache, "", {});
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", (folder / "bin").c_str(), 1);
  ::setenv("CXX", (folder / "bin/c++").c_str(), 1);
  const std::string message = message_of<ModelError>([&] {
    translate_stan(read_stan_source(folder / "a\"b.stan"), "model { }\n", "dovetail_a_b", folder / "a.cpp",
                   find_stan_headers(folder.path()), cache, lock, {});
  });
  ::setenv("PATH", path.c_str(), 1);
  ::unsetenv("CXX");
  return message;
}

TEST(StanTranslation, TellsARefusalFromATranslatorThatWasKilled) {
  const std::string refused = translation_with("echo \"SYNTAX ERROR in 'model_$6' at line 1\"; exit 1");
  EXPECT_TRUE(says(refused, "Stan 2.21 refuses the program")) << refused;
  EXPECT_TRUE(says(refused, "a\"b.stan' at line 1")) << refused;
  const std::string killed = translation_with("kill -9 $$");
  EXPECT_TRUE(says(killed, "rstan ended with signal 9")) << killed;
  EXPECT_FALSE(says(killed, "refuses")) << killed;
  const std::string built = translation_with("");  // by the compiler above, which compiles nothing
  EXPECT_TRUE(says(built, "ast_def.cpp does not compile")) << built;
}

TEST(StanGenerated, CountsLinesByThreadAndAsksTheShimAboutData) {
  const std::string adapted = adapt_generated(
      "#include <stan/model/model_header.hpp>\nnamespace a {\nstatic int current_statement_begin__;\n"
      "context__.validate_dims(\"data initialization\", \"N\", \"int\", context__.to_vec());\n"
      "context__.validate_dims(\"data initialization\", \"y\", \"double\", context__.to_vec(N));\n}\n");
  EXPECT_TRUE(says(adapted, "\nstatic thread_local int current_statement_begin__;\n"));
  EXPECT_TRUE(says(adapted, "dovetail_stan::check_variable(context__, \"data initialization\", \"N\""));
  EXPECT_TRUE(says(adapted, "dovetail_stan::check_variable(context__, \"data initialization\", \"y\""));
  EXPECT_FALSE(says(adapted, "validate_dims"));
  EXPECT_LT(adapted.find("void check_variable("), adapted.find("namespace a"));
}

TEST(StanGenerated, IsRefusedWhenItIsNotWhatStan221Writes) {
  EXPECT_THROW(static_cast<void>(adapt_generated("#include <stan/model/model_header.hpp>\n")), ModelError);
  EXPECT_THROW(static_cast<void>(adapt_generated("static int current_statement_begin__;\n")), ModelError);
}

}  // namespace
}  // namespace dovetail
