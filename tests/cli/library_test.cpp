// Runs on a model in a shared library: data, identity, threads, words.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/command.hpp"

namespace dovetail::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kNormal = C_MODELS "c_normal.so";

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

class LibraryRun : public CommandTest {
 protected:
  LibraryRun() { write("d.json", R"({"y": [1, 2.5, 0.5]})"); }

  /// A short run; what it said on standard error.
  std::string sample(const std::string& name, const std::string& library, const std::vector<std::string>& more = {},
                     const std::string& draws = "50") const {
    std::vector<std::string> words = {"sample",  library, "--data", "d.json", "--warmup",   "50",
                                      "--draws", draws,   "--out",  name,     "--progress", "none"};
    words.insert(words.end(), more.begin(), more.end());
    const CommandResult result = run(CommandCall{.words = words});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.err;
  }
  [[nodiscard]] std::string digest_of(const std::string& name) const { return run({"digest", name}).out; }
  [[nodiscard]] Json manifest_of(const std::string& name) const { return Json::parse(read(name + "/manifest.json")); }

  /// A folder for libraries: the test's own may be on a file system that runs no code.
  static fs::path folder_of_copies() {
    const fs::path folder = fs::path(C_MODELS) / "copies";
    fs::create_directories(folder);
    return folder;
  }
};

TEST_F(LibraryRun, IsIdentifiedByTheBytesOfLibraryAndData) {
  sample("a", kNormal);
  const Json identity = manifest_of("a")["identity"];
  EXPECT_EQ(identity["model"], "library:c_normal");
  EXPECT_EQ(identity["model_kind"], "library");
  EXPECT_EQ(identity["data_sha256"], "47f57aebb1e353a2480d9413c6e15748dd6e75066e4af698c478918a2238585a");
  const fs::path copy = folder_of_copies() / "renamed.so";
  fs::copy_file(kNormal, copy, fs::copy_options::overwrite_existing);
  sample("b", copy.string(), {"--threads", "4"});
  EXPECT_EQ(digest_of("a"), digest_of("b"));
  EXPECT_EQ(manifest_of("b")["identity"]["model_sha256"], identity["model_sha256"]);
}

TEST_F(LibraryRun, GoesOnWithOtherThreadsAndIsVerified) {
  sample("whole", kNormal, {}, "80");
  sample("r", kNormal);
  const CommandResult verified = run({"verify", "r", "-q"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  const CommandResult resumed = run({"resume", "r", "--draws", "80", "-q", "--threads", "3"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(digest_of("r"), digest_of("whole"));
}

TEST_F(LibraryRun, IsRefusedWhenItsFilesHaveChanged) {
  const fs::path copy = folder_of_copies() / "changing.so";
  fs::copy_file(kNormal, copy, fs::copy_options::overwrite_existing);
  sample("r", copy.string());
  write("d.json", R"({"y": [1, 2.5, 0.6]})");
  for (const std::string command : {"resume", "verify"}) {
    const CommandResult result = run({command, "r", "-q"});
    EXPECT_EQ(result.exit_code, 7);
    expect_contains(result.err, "d.json has changed since the run began: its SHA-256 was ");
  }
  write("d.json", R"({"y": [1, 2.5, 0.5]})");
  EXPECT_EQ(run({"verify", "r", "-q"}).exit_code, 0);
  fs::remove(copy);
  fs::copy_file(C_MODELS "c_with_prior.so", copy);
  const CommandResult result = run({"resume", "r", "-q"});
  EXPECT_EQ(result.exit_code, 7);
  expect_contains(result.err, "changing.so has changed since the run began");
  fs::remove(copy);
  EXPECT_EQ(run({"resume", "r", "-q"}).exit_code, 3);
}

TEST_F(LibraryRun, TakesItsDataFromFlagVariableOrFile) {
  sample("flag", kNormal);
  write("run.toml", std::string("model = \"") + kNormal + "\"\ndata = \"d.json\"\nwarmup = 50\ndraws = 50\n");
  EXPECT_EQ(run({"sample", "run.toml", "--out", "toml", "-q"}).exit_code, 0);
  EXPECT_EQ(run({.words = {"sample", kNormal, "--warmup", "50", "--draws", "50", "--out", "variable", "-q"},
                 .environment = {{"DOVETAIL_DATA", "d.json"}}})
                .exit_code,
            0);
  EXPECT_EQ(digest_of("toml"), digest_of("flag"));
  EXPECT_EQ(digest_of("variable"), digest_of("flag"));
  EXPECT_EQ(run({"sample", "--config", "flag/config.toml", "--out", "again", "-q"}).exit_code, 0);
  EXPECT_EQ(digest_of("again"), digest_of("flag"));
}

TEST_F(LibraryRun, SaysAloudThatItUsesOneThread) {
  const std::string said = sample("one", C_MODELS "c_one_thread.so", {"--threads", "4"});
  expect_contains(said, "serves one thread only, so the run uses one: it was built without STAN_THREADS=true");
  expect_contains(said, "build it again by `dovetail compile`, or by BridgeStan's `make STAN_THREADS=true`");
  const CommandResult tempered =
      run({"temper", C_MODELS "c_one_thread.so", "--data", "d.json", "--rounds", "3", "--threads", "2"});
  expect_contains(tempered.err, "serves one thread only, so the run uses one");
  EXPECT_EQ(manifest_of("one")["environment"]["executor"], "serial");
  EXPECT_EQ(manifest_of("one")["environment"]["threads"], 1);
  EXPECT_EQ(sample("serial", C_MODELS "c_one_thread.so", {"--executor", "serial"}).find("one thread"),
            std::string::npos);
  EXPECT_EQ(digest_of("one"), digest_of("serial"));
}

TEST_F(LibraryRun, PrintsOfAModelNeverReachTheResult) {
  write("d.json", R"({"y": [1], "prints": 1})");
  const CommandResult through = run({"sample", kNormal, "--data", "d.json", "--draws", "5", "--warmup", "5", "--json"});
  EXPECT_TRUE(Json::accept(through.out)) << through.out;
  expect_contains(through.err, "the program speaks");
  write("d.json", R"({"y": [1], "prints": 2})");
  const CommandResult direct = run({"sample", kNormal, "--data", "d.json", "--draws", "5", "--warmup", "5", "--json"});
  EXPECT_TRUE(Json::accept(direct.out)) << direct.out;
  expect_contains(direct.err, "the library writes");
}

TEST_F(LibraryRun, SaysWhatAModelRefused) {
  write("d.json", R"({"y": [1], "rejects_above": 1.5})");
  expect_contains(sample("r", kNormal), "of one of them it said: normal_lpdf: Scale parameter is 0");
  expect_contains(read("r/events.jsonl"), "\"model_rejections\"");
  write("d.json", R"({"y": [1], "rejects_above": -9})");
  const CommandResult never = run({"sample", kNormal, "--data", "d.json", "-q"});
  EXPECT_EQ(never.exit_code, 3);
  expect_contains(never.err, "it refuses points, and said of one of them: normal_lpdf: Scale parameter is 0");
  write("d.json", R"({"y": [1], "faults_above": 1.5})");
  const CommandResult faulty = run({"sample", kNormal, "--data", "d.json", "-q"});
  EXPECT_EQ(faulty.exit_code, 3);
  expect_contains(faulty.err, "threw: std::bad_alloc");
}

// Where the library exports a prior, draws of every job show it; densities of other meanings are not compared.
TEST_F(LibraryRun, ShowsThePriorThatALibraryExports) {
  write("d.json", R"({"y": [1, 2.5, 0.5], "prior_only": 0})");
  const std::string with_prior = C_MODELS "c_with_prior.so";
  const auto go = [&](const std::string& command, const std::string& library, const std::string& out,
                      const std::vector<std::string>& more) {
    std::vector<std::string> words = {command, library, "--data", "d.json", "--out", out, "-q"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(run(CommandCall{.words = words}).exit_code, 0) << out;
  };
  go("sample", with_prior, "s", {});
  go("temper", with_prior, "t", {"--seed", "2"});
  const CommandResult same = run({"compare", "s", "t"});
  EXPECT_EQ(same.exit_code, 0) << same.out;
  expect_contains(same.out, "log_prior");
  go("sample", kNormal, "whole", {});
  go("temper", kNormal, "apart", {"--seed", "2", "--reference", "prior"});
  const CommandResult other = run({"compare", "whole", "apart"});
  EXPECT_EQ(other.exit_code, 0) << other.out;
  EXPECT_EQ(other.out.find("log_prior"), std::string::npos) << other.out;
}

TEST_F(LibraryRun, TempersFromThePriorWhenTold) {
  write("d.json", R"({"y": [1, 2.5, 0.5], "prior_only": 0})");
  const auto temper = [&](const std::string& library, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"temper", library, "--data", "d.json", "--rounds", "4", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run(CommandCall{.words = words});
  };
  const std::string with_prior = C_MODELS "c_with_prior.so";
  const Json told = Json::parse(temper(kNormal, {"--reference", "prior"}).out);
  const Json exported = Json::parse(temper(with_prior, {}).out);
  EXPECT_EQ(told["tempering"]["log_evidence"], exported["tempering"]["log_evidence"]);  // the same parts to the bit
  EXPECT_EQ(told["parameters"], exported["parameters"]);
  const CommandResult without = temper(kNormal, {});
  const Json untold = Json::parse(without.out);
  expect_contains(without.err, "the data hold prior_only, which changes nothing by itself");
  EXPECT_EQ(temper(with_prior, {}).err.find("prior_only"), std::string::npos);
  expect_contains(untold["notes"].dump(), "prior and likelihood are not apart");
  EXPECT_EQ(told["notes"].dump().find("not apart"), std::string::npos);
  EXPECT_NE(untold["tempering"]["log_evidence"], told["tempering"]["log_evidence"]);
  write("d.json", R"({"y": [1, 2.5, 0.5]})");
  const CommandResult refused = temper(kNormal, {"--reference", "prior"});
  EXPECT_EQ(refused.exit_code, 2);
  expect_contains(refused.err, "prior_only");
}

TEST_F(LibraryRun, RecordsThatItWentOnWithOtherArithmetic) {
  sample("r", kNormal);
  std::string manifest = read("r/manifest.json");
  const auto at = manifest.find("; glibc ");
  ASSERT_NE(at, std::string::npos);
  manifest.insert(at, " another");
  write("r/manifest.json", manifest);
  const CommandResult result = run({"resume", "r", "--draws", "60", "--progress", "none"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_contains(result.err, "may compute other last bits here");
  expect_contains(manifest_of("r")["exceptions"]["cpu"].get<std::string>(), " another; glibc ");
}

TEST_F(LibraryRun, WrongCallsAreNamed) {
  const auto failure = [&](std::initializer_list<std::string> words, int code) {
    const CommandResult result = run(words);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_EQ(files(), (std::vector<std::string>{"d.json"}));
    return result.err;
  };
  expect_contains(failure({"sample", "builtin:mvn", "--data", "d.json"}, 2), "builtin:mvn takes no data");
  expect_contains(failure({"check", "builtin:mvn", "--data", "d.json"}, 2), "builtin:mvn takes no data");
  expect_contains(failure({"sample", "absent.so"}, 3), "absent.so does not exist");
  expect_contains(failure({"sample", kNormal, "--data", "absent.json"}, 3), "absent.json does not exist");
  expect_contains(failure({"sample", kNormal, "--data", "."}, 3), "is not a regular file");
  expect_contains(failure({"sample", kNormal}, 3), "give its data with --data FILE.json");
}

TEST_F(LibraryRun, IsLookedOverByCheck) {
  const CommandResult result = run({"check", kNormal, "--data", "d.json", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Json report = Json::parse(result.out);
  EXPECT_EQ(report["coordinates"], 4);
  EXPECT_EQ(report["same_on_threads"], true);
  EXPECT_EQ(report["parts"], false);
  const CommandResult one = run({"check", C_MODELS "c_one_thread.so", "--data", "d.json", "--json"});
  EXPECT_EQ(Json::parse(one.out)["same_on_threads"], nullptr);
  expect_contains(run({"check", C_MODELS "c_one_thread.so", "--data", "d.json"}).out,
                  "one only, and runs use one: it was built without STAN_THREADS=true");
}

}  // namespace
}  // namespace dovetail::test
