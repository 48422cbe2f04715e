// When the compiler is run and when not, and what is left when it fails. The compiler is a script that writes down how
// it was called; real ones are run by tests/cli.
#include "dovetail/compile/compile.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "dovetail/compile/cache.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail::test {
namespace {

using std::filesystem::perms;

/// Sets a variable of the environment for a scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

// $1 ... are the compiler's words. The "library" holds the words and the source; `#include "header.hpp"` in the source
// makes the header a file of it; a line `fail`, `hang` or `grow` makes the compiler do so. An object has a first line
// of its own, with the symbol that makes a library a model, unless the source has a line `no model`.
constexpr const char* kCompiler = R"sh(#!/bin/sh
here=$(dirname "$0")
for word in "$@"; do last=$word; done
case " $* " in
  *" --version "*) cat "$here/version"; exit 0 ;;
  *" -MM "*)
    echo "c++: warning: colon: that flag is for another language" >&2
    while [ "$1" != -MF ]; do shift; done
    printf 'model: %s' "$(printf '%s' "$last" | sed 's/ /\\ /g')" >"$2"
    grep -q header.hpp "$last" && printf ' \\\n %s/header.hpp' "$(dirname "$last" | sed 's/ /\\ /g')" >>"$2"
    echo >>"$2"; exit 0 ;;
  *" -shared "*) end=: change='sed 1d' ;;
  *)
    end=echo change='sed 1ibs_model_construct'
    echo "begin $last" >>"$here/log"
    if grep -q '^fail' "$last"; then echo "$last:1: error: 'fail' is no word"; exit 1; fi
    if grep -q '^hang' "$last"; then sleep 1000 & echo $! >"$here/hanging"; wait; fi
    if grep -q '^no model' "$last"; then change=cat; fi
    if grep -q '^grow' "$last"; then echo '// more' >>"$last"; fi ;;
esac
while [ "$1" != -o ]; do shift; done
$change "$last" >"$2"
$end "end $last" >>"$here/log"
)sh";

class CompileModel : public ::testing::Test {
 protected:
  CompileModel() {
    write_plainly(folder / "c++", kCompiler);
    std::filesystem::permissions(folder / "c++", perms::owner_all);
    write_plainly(folder / "version", "fake 1\n");
    write_plainly(folder / "model.cpp", "// a model\n");
  }
  [[nodiscard]] std::filesystem::path compile(const std::string& name = "model.cpp") const {
    return compile_model(folder / name, options);
  }
  [[nodiscard]] std::string error_of(const std::string& name, ExitCode code) const {
    try {
      static_cast<void>(compile(name));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    ADD_FAILURE() << name << " compiled";
    return "";
  }
  /// How often a source was compiled.
  [[nodiscard]] long compilations() const {
    std::istringstream lines(std::filesystem::exists(folder / "log") ? read_text(folder / "log") : "");
    long count = 0;
    for (std::string line; std::getline(lines, line);) count += line.starts_with("begin") ? 1 : 0;
    return count;
  }
  /// Names in the cache that are neither the lock nor the embedded sources.
  [[nodiscard]] std::vector<std::string> kept() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "cache")) {
      const std::string name = entry.path().filename();
      if (name != "lock" && !name.starts_with("include-")) names.push_back(name);
    }
    return names;
  }
  TemporaryFolder folder;
  Variable compiler{"CXX", (folder / "c++").string()};
  CompileOptions options{.output = {}, .cache = folder / "cache", .note = {}, .stopped = {}};
};

TEST_F(CompileModel, ASecondCallRunsNoCompiler) {
  const auto library = compile();
  EXPECT_EQ(read_text(library), "// a model\n");
  EXPECT_EQ(compilations(), 1);
  EXPECT_EQ(compile(), library);
  EXPECT_EQ(compilations(), 1);
}

TEST_F(CompileModel, AChangedSourceIsCompiledAgainAndTheFormerIsStillThere) {
  const auto first = compile();
  write_plainly(folder / "model.cpp", "// another\n");
  EXPECT_NE(compile(), first);
  EXPECT_EQ(compilations(), 2);
  write_plainly(folder / "model.cpp", "// a model\n");
  EXPECT_EQ(compile(), first);
  EXPECT_EQ(compilations(), 2);
}

TEST_F(CompileModel, AChangedHeaderIsCompiledAgain) {
  write_plainly(folder / "model.cpp", "#include \"header.hpp\"\n");
  write_plainly(folder / "header.hpp", "one");
  const auto first = compile();
  EXPECT_EQ(compile(), first);
  EXPECT_EQ(compilations(), 1);
  write_plainly(folder / "header.hpp", "two");
  EXPECT_NE(compile(), first);
  EXPECT_EQ(compilations(), 2);
  write_plainly(folder / "header.hpp", "one");
  EXPECT_EQ(compile(), first);
  EXPECT_EQ(compilations(), 2);
}

TEST_F(CompileModel, AnotherCompilerOrOtherFlagsMakeAnotherLibrary) {
  const auto first = compile();
  write_plainly(folder / "version", "fake 2\n");
  const auto second = compile();
  EXPECT_NE(second, first);
  const Variable flags("CXXFLAGS", "-DA -DB");
  const auto third = compile();
  EXPECT_NE(third, second);
  const Variable libraries("LDLIBS", "-lgsl");
  const auto fourth = compile();
  EXPECT_NE(fourth, third);
  const Variable path("LIBRARY_PATH", "/opt/lib");
  EXPECT_NE(compile(), fourth);
  EXPECT_EQ(compilations(), 5);
}

TEST_F(CompileModel, AHeaderThatIsNotThereIsNamed) {
  write_plainly(folder / "model.cpp", "#include \"header.hpp\"\n");  // this compiler names it without looking
  EXPECT_NE(error_of("model.cpp", ExitCode::model).find("header.hpp, as the compiler says"), std::string::npos);
  EXPECT_TRUE(kept().empty());
}

TEST_F(CompileModel, FailureSaysWhatTheCompilerSaidAndLeavesNothing) {
  write_plainly(folder / "bad model.cpp", "fail\n");
  const std::string error = error_of("bad model.cpp", ExitCode::model);
  EXPECT_NE(error.find("bad model.cpp does not compile"), std::string::npos) << error;
  EXPECT_NE(error.find(":1: error: 'fail' is no word"), std::string::npos) << error;
  EXPECT_TRUE(kept().empty());
  static_cast<void>(error_of("bad model.cpp", ExitCode::model));
  EXPECT_EQ(compilations(), 2);  // a failure is not kept
}

TEST_F(CompileModel, ASourceWithoutAModelIsToldHowToStateOne) {
  write_plainly(folder / "model.cpp", "no model\n");
  EXPECT_NE(error_of("model.cpp", ExitCode::model).find("add DOVETAIL_MODEL(YourStruct) after the struct"),
            std::string::npos);
  EXPECT_TRUE(kept().empty());
}

TEST_F(CompileModel, NamesOfAnySortCompile) {
  for (const std::string name : {"it's my \"model\" $HOME.cpp", "-o.cpp", "a;b&c.cpp", "ä.cpp"}) {
    write_plainly(folder / name, "// " + name + "\n");
    EXPECT_EQ(read_text(compile(name)), "// " + name + "\n");
  }
}

TEST_F(CompileModel, InterruptedKillsTheCompilerAndLeavesNothing) {
  write_plainly(folder / "model.cpp", "hang\n");
  options.stopped = [&] { return std::filesystem::exists(folder / "hanging"); };
  EXPECT_NE(error_of("model.cpp", ExitCode::interrupted), "");
  EXPECT_TRUE(kept().empty());
}

TEST_F(CompileModel, ASourceThatChangesMeanwhileIsNoLibrary) {
  write_plainly(folder / "model.cpp", "grow\n");
  EXPECT_NE(error_of("model.cpp", ExitCode::model).find("changed while it was compiled"), std::string::npos);
  EXPECT_TRUE(kept().empty());
}

TEST_F(CompileModel, AtOnceIsOnce) {
  std::vector<std::filesystem::path> libraries(4);
  {
    std::vector<std::jthread> threads;
    for (auto& library : libraries) threads.emplace_back([&] { library = compile(); });
  }
  for (const auto& library : libraries) EXPECT_EQ(library, libraries.front());
  EXPECT_EQ(compilations(), 1);
}

TEST_F(CompileModel, OneCompilerAtATime) {
  const std::vector<std::string> names = {"a.cpp", "b.cpp", "c.cpp", "d.cpp"};
  for (const std::string& name : names) write_plainly(folder / name, name);
  {
    std::vector<std::jthread> threads;
    for (const std::string& name : names) threads.emplace_back([&] { static_cast<void>(compile(name)); });
  }
  std::istringstream lines(read_text(folder / "log"));
  int running = 0, begun = 0;
  for (std::string line; std::getline(lines, line);) {
    running += line.starts_with("begin") ? 1 : -1;
    begun += line.starts_with("begin") ? 1 : 0;
    EXPECT_TRUE(running == 0 || running == 1) << line;
  }
  EXPECT_EQ(begun, 4);
}

TEST_F(CompileModel, WhoWaitedTakesWhatTheOtherMade) {
  const CompileOptions others = options;
  std::optional<CompileCache::Lock> held(std::in_place, CompileCache(folder / "cache"), "", others);
  std::vector<std::string> notes;
  options.note = [&](const std::string& line) {
    notes.push_back(line);
    EXPECT_EQ(compilations(), 0);
    held.reset();
    static_cast<void>(compile_model(folder / "model.cpp", others));  // what it waited for
  };
  static_cast<void>(compile());
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes.front().find("waits for another"), std::string::npos);
  EXPECT_EQ(compilations(), 1);
}

TEST_F(CompileModel, WhatAKilledProcessLeftIsRemoved) {
  std::filesystem::create_directories(folder / "cache/making.half.so");
  std::filesystem::permissions(folder / "cache", perms::owner_all);
  write_plainly(folder / "cache/making.half.so/half.so", "half");
  static_cast<void>(compile());
  EXPECT_FALSE(std::filesystem::exists(folder / "cache/making.half.so"));
  EXPECT_EQ(kept().size(), 2U);  // the library and the list of its files
}

TEST_F(CompileModel, NobodyElseMayWriteToTheLibrary) {
  const mode_t before = ::umask(0002);
  const auto library = compile();
  ::umask(before);
  EXPECT_EQ(std::filesystem::status(library).permissions() & (perms::group_write | perms::others_write), perms::none);
}

TEST_F(CompileModel, OutputIsACopyThatOthersMayReadAndNotWrite) {
  const mode_t before = ::umask(0002);
  options.output = folder / "my model.so";
  EXPECT_EQ(compile(), options.output);
  ::umask(before);
  EXPECT_EQ(read_text(options.output), "// a model\n");
  EXPECT_EQ(std::filesystem::status(options.output).permissions(),
            perms::owner_all | perms::group_read | perms::group_exec | perms::others_read | perms::others_exec);
  options.output = folder / "nowhere/model.so";
  EXPECT_NE(error_of("model.cpp", ExitCode::files), "");
}

TEST_F(CompileModel, OtherFilesAreNoSources) {
  write_plainly(folder / "model.txt", "");
  EXPECT_NE(error_of("model.txt", ExitCode::usage).find(".cpp"), std::string::npos);
  EXPECT_NE(error_of("absent.cpp", ExitCode::model).find("there is no file"), std::string::npos);
  EXPECT_TRUE(is_model_source("a.cpp") && is_model_source("a.cc") && is_model_source("a.stan"));
  EXPECT_FALSE(is_model_source("a.so") || is_model_source("cpp") || is_model_source("builtin:mvn"));
}

TEST_F(CompileModel, WithoutACompilerSaysHowToGetOne) {
  {
    const Variable wrong("CXX", "no-such-compiler -x");
    EXPECT_NE(error_of("model.cpp", ExitCode::usage).find("`no-such-compiler -x`"), std::string::npos);
  }
  const Variable none("CXX", ""), empty_path("PATH", (folder / "nothing").string());
  EXPECT_NE(error_of("model.cpp", ExitCode::model).find("apt-get install g++"), std::string::npos);
}

TEST(CompileCacheFolder, IsTheUsersChoiceThenTheStandardOne) {
  const TemporaryFolder folder;
  const Variable chosen("DOVETAIL_CACHE", (folder / "a").string()), base("XDG_CACHE_HOME", (folder / "b").string()),
      home("HOME", (folder / "c").string());
  EXPECT_EQ(CompileCache({}).folder(), folder / "a");
  EXPECT_EQ(CompileCache(folder / "d").folder(), folder / "d");
  const Variable none("DOVETAIL_CACHE", "");
  EXPECT_EQ(CompileCache({}).folder(), folder / "b/dovetail");
  const Variable relative("XDG_CACHE_HOME", "b");  // which the standard says to ignore
  EXPECT_EQ(CompileCache({}).folder(), folder / "c/.cache/dovetail");
  EXPECT_EQ(std::filesystem::status(folder / "c/.cache/dovetail").permissions(), perms::owner_all);
}

TEST(CompileCacheFolder, ThatOthersMayWriteIsRefused) {
  const TemporaryFolder folder;
  for (const perms others : {perms::group_write, perms::others_write}) {
    std::filesystem::create_directory(folder / "cache");
    std::filesystem::permissions(folder / "cache", perms::owner_all | others);
    EXPECT_THROW(CompileCache(folder / "cache"), FileError);
    std::filesystem::remove(folder / "cache");
  }
}

TEST(CacheKey, TellsPartsApart) {
  const std::vector<std::string> a = {"ab", "c"}, b = {"a", "bc"}, c = {"abc"};
  EXPECT_NE(cache_key(a), cache_key(b));
  EXPECT_NE(cache_key(a), cache_key(c));
  EXPECT_EQ(cache_key(a), cache_key(a));
  EXPECT_EQ(cache_key(a).size(), 64U);
}

}  // namespace
}  // namespace dovetail::test
