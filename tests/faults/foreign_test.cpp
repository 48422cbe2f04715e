// Files of another run, or edited by hand: refused by the name of the field that differs.
#include <array>

#include "dovetail/store/file.hpp"
#include "tests/faults/command.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

class Foreign : public CommandTest {
 protected:
  void SetUp() override {
    const auto begin = [&](const std::string& out, std::vector<std::string> words) {
      words.insert(words.end(), {"--out", out, "-q"});
      ASSERT_EQ(run(Call{words}).exit_code, 0);
    };
    begin("r", {"temper", "builtin:mvn,d=2", "--rounds", "3", "--kernel", "slice"});
    begin("seed", {"temper", "builtin:mvn,d=2", "--rounds", "3", "--kernel", "slice", "--seed", "2"});
    begin("model", {"temper", "builtin:mvn,d=3", "--rounds", "3", "--kernel", "slice"});
    begin("options.kernel", {"temper", "builtin:mvn,d=2", "--rounds", "3", "--kernel", "automala"});
    begin("options.copies", {"temper", "builtin:mvn,d=2", "--rounds", "3", "--kernel", "slice", "--copies", "2"});
  }
  void expect_refused(const std::string& field) const {
    const Ended refused = run({"resume", "r", "-q"});
    EXPECT_EQ(refused.exit_code, 7) << refused.err;
    EXPECT_NE(refused.err.find("its " + field), std::string::npos) << refused.err;
  }
};

TEST_F(Foreign, CheckpointsOfAnotherSeedModelOrKernelAreRefusedByName) {
  copy("r", "kept");
  for (const char* other : {"seed", "model", "options.kernel", "options.copies"}) {
    copy(std::string(other) + "/checkpoint", "r/checkpoint");
    expect_refused(other);
  }
  copy("kept/checkpoint", "r/checkpoint");
  EXPECT_EQ(run({"resume", "r", "-q"}).exit_code, 0);
  EXPECT_EQ(digest("r"), digest("kept"));
}

TEST_F(Foreign, ManifestsAreRefusedByName) {
  for (const char* other : {"seed", "model", "options.kernel"}) {
    fs::copy_file(*this / other / "manifest.json", *this / "r" / "manifest.json", fs::copy_options::overwrite_existing);
    expect_refused(other);
  }
}

TEST_F(Foreign, SettingsEditedInConfigTomlAreRefusedByName) {
  const fs::path config = *this / "r" / "config.toml";
  const std::vector<std::array<std::string, 3>> edits = {
      {"seed = 1", "seed = 2", "seed"},
      {"mvn,d=2", "mvn,d=4", "model"},
      {"kernel = \"slice\"", "kernel = \"automala\"", "options.kernel"},
      {"keep = \"last\"", "keep = \"all\"", "options.keep"},
      {"replicas = \"auto\"", "replicas = 5", "options.replicas"},
  };
  const std::string before = read_text(config);
  for (const auto& [from, to, field] : edits) {
    edit(config, from, to);
    expect_refused(field);
    overwrite(config, std::as_bytes(std::span(before)));
  }
  EXPECT_EQ(run({"resume", "r", "-q"}).exit_code, 0);
}

TEST_F(Foreign, TextThatIsNoConfigOrManifestIsRefusedWithItsName) {
  const std::string garbage = "{ this = is neither";
  for (const char* name : {"config.toml", "manifest.json"}) {
    const fs::path file = *this / "r" / name;
    const std::string before = read_text(file);
    for (const std::string& text : {garbage, std::string(), before.substr(0, before.size() / 2)}) {
      overwrite(file, std::as_bytes(std::span(text)));
      const Ended refused = run({"resume", "r", "-q"});
      EXPECT_EQ(refused.exit_code, 7) << name << ": " << refused.err;
      EXPECT_NE(refused.err.find(name), std::string::npos) << refused.err;
    }
    overwrite(file, std::as_bytes(std::span(before)));
  }
  fs::remove(*this / "r" / "config.toml");
  const Ended refused = run({"resume", "r", "-q"});
  EXPECT_EQ(refused.exit_code, 5) << refused.err;
  EXPECT_NE(refused.err.find("config.toml"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace dovetail::test
