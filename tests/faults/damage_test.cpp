// Damaged checkpoints and manifests: refused with a word on what and why, or harmless; the generation before goes on to
// the same digest.
#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/jobs/temper.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "dovetail/store/file.hpp"
#include "tests/faults/command.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;

std::map<std::string, Bytes> content_of(const fs::path& folder) {
  std::map<std::string, Bytes> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) content[entry.path().lexically_relative(folder)] = read_file(entry.path());
  }
  return content;
}

class Damage : public CommandTest {
 protected:
  std::uint64_t draw(std::uint64_t below) { return rng_.bits64() % below; }

  /// A finished tiny run in `r`, through the library.
  void SetUp() override {
    options_.rounds = 2;
    options_.replicas = 2;
    const RunFolder folder = RunFolder::create(*this / "r", "r", Existing::refuse);
    temper_in(folder, RunFiles::Start::anew);
    expected_ = dovetail::digest(folder);
  }
  TemperResult temper_in(const RunFolder& folder, RunFiles::Start start) const {
    TemperObserver observer;
    return temper(*model_, options_, {"serial", 1}, observer, RunFiles{folder, "# as it was", false, 60, start});
  }
  /// What a resume of `r` ends with: its digest, or the words of its refusal.
  [[nodiscard]] std::string resume(ExitCode& code) const {
    try {
      const RunFolder folder = RunFolder::resume(*this / "r");
      temper_in(folder, RunFiles::Start::from_checkpoint);
      code = ExitCode::done;
      return dovetail::digest(folder);
    } catch (const Error& error) {
      code = error.code();
      return error.what();
    }
  }
  void expect_refused(const std::string& what) {
    ExitCode code{};
    const std::string words = resume(code);
    ASSERT_EQ(code, ExitCode::checkpoint) << what << ": " << words;
    const std::array<const char*, 4> causes = {"ends early", "is not a checkpoint", "fails its checksum", "in format"};
    const auto* cause =
        std::find_if(causes.begin(), causes.end(), [&](const char* c) { return words.find(c) != std::string::npos; });
    ASSERT_NE(cause, causes.end()) << what << ": " << words;
    ASSERT_NE(words.find((*this / "r" / "checkpoint").string()), std::string::npos) << words;
  }

  const std::unique_ptr<Model> model_ = make_model("builtin:mvn,d=1");
  TemperOptions options_;
  std::string expected_;
  Rng rng_{{seed_from_name(), Purpose::test, ItemId(0), Step(0)}};
};

TEST_F(Damage, OfACheckpointInAnyByteOrBitIsRefusedAndNothingIsTouched) {
  const fs::path a = *this / "r" / "checkpoint" / "a";
  const fs::path b = *this / "r" / "checkpoint" / "b";
  const Bytes whole_a = read_file(a);
  const Bytes whole_b = read_file(b);
  const auto before = content_of(*this / "r");
  const auto damage = [&](const std::string& what, const auto& change) {
    Bytes damaged = whole_b;
    change(damaged);
    overwrite(b, damaged);
    expect_refused("one, " + what);
    damaged = whole_a;
    change(damaged);
    overwrite(a, damaged);
    expect_refused("both, " + what);
    overwrite(a, whole_a);
  };
  for (std::size_t size = 0; size < whole_a.size() && !HasFatalFailure(); size += DOVETAIL_DAMAGE_STRIDE) {
    damage("cut to " + std::to_string(size), [&](Bytes& bytes) { bytes.resize(size); });
  }
  for (std::size_t bit = 0; bit < 8 * whole_a.size() && !HasFatalFailure(); bit += DOVETAIL_DAMAGE_STRIDE) {
    damage("bit " + std::to_string(bit),
           [&](Bytes& bytes) { bytes[bit / 8] ^= static_cast<std::byte>(1U << bit % 8); });
  }
  overwrite(b, whole_b);
  EXPECT_TRUE(content_of(*this / "r") == before);
  ExitCode code{};
  EXPECT_EQ(resume(code), expected_);
}

TEST_F(Damage, OfACheckpointInAnyBitIsRefusedByItsLoader) {
  CheckpointFolder folder(*this / "r" / "checkpoint");
  const fs::path a = *this / "r" / "checkpoint" / "a";
  const Bytes whole = read_file(a);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    overwrite(a, damaged);
    ASSERT_THROW((void)folder.load(), CheckpointError) << bit;
    ASSERT_EQ(folder.load(CheckpointFolder::Generation::previous)->round, 2U) << bit;
  }
}

TEST_F(Damage, OfAManifestInAnyBitIsRefusedOrHarmless) {
  const fs::path manifest = *this / "r" / "manifest.json";
  const auto before = content_of(*this / "r");
  unsigned refused = 0;
  const std::uint64_t bits = 8 * fs::file_size(manifest);
  for (std::uint64_t bit = draw(DOVETAIL_DAMAGE_STRIDE); bit < bits; bit += 5 * DOVETAIL_DAMAGE_STRIDE) {
    flip_bit(manifest, bit);
    ExitCode code{};
    const std::string words = resume(code);
    if (code == ExitCode::done) {
      ASSERT_EQ(words, expected_) << bit;
    } else {
      ASSERT_EQ(code, ExitCode::checkpoint) << bit << ": " << words;
      ++refused;
    }
    for (const auto& [name, bytes] : before) overwrite(*this / "r" / name, bytes);
  }
  EXPECT_GT(refused, bits / DOVETAIL_DAMAGE_STRIDE / 10);
}

/// Through the command: a run that was killed with checkpoints of different age, so that both matter.
class DamageOfAKilledRun : public CommandTest {
 protected:
  const std::vector<std::string> words_ = {"temper", "builtin:mvn,d=2",    "--rounds", "4", "--replicas",
                                           "3",      "--checkpoint-every", "0.0001s",  "-q"};
  void SetUp() override { expected_ = undisturbed_digest(words_); }
  /// False when the run ended before.
  bool kill_at(std::uint64_t n) {
    fs::remove_all(*this / "r");
    Call call{words_};
    call.words.insert(call.words.end(), {"--out", "r"});
    call.environment = {{"DOVETAIL_CRASH_AT", "any:" + std::to_string(n)}};
    return run(call).was_killed();
  }
  /// File of the newest checkpoint; empty when there are not two.
  [[nodiscard]] fs::path newest() const {
    const fs::path a = *this / "r" / "checkpoint" / "a";
    const fs::path b = *this / "r" / "checkpoint" / "b";
    if (!fs::exists(a) || !fs::exists(b)) return {};
    const auto generation = [](const fs::path& path) { return decode_checkpoint(read_file(path), path).generation; };
    return generation(a) > generation(b) ? a : b;
  }
  std::uint64_t draw(std::uint64_t below) { return rng_.bits64() % below; }
  std::string expected_;
  Rng rng_{{seed_from_name(), Purpose::test, ItemId(0), Step(0)}};
};

TEST_F(DamageOfAKilledRun, InTheNewestCheckpointIsRefusedAndThePreviousOneGivesTheSameDigest) {
  unsigned tried = 0;
  for (std::uint64_t n = 100; kill_at(n); n += DOVETAIL_CRASH_STRIDE) {
    const fs::path file = newest();
    if (file.empty()) continue;
    ++tried;
    const std::string round = std::to_string(decode_checkpoint(read_file(file), "").round);
    flip_bit(file, draw(8 * fs::file_size(file)));
    const Ended refused = run({"resume", "r", "-q"});
    ASSERT_EQ(refused.exit_code, 7) << refused.err;
    EXPECT_NE(refused.err.find(file.filename().string()), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("resume --previous-checkpoint"), std::string::npos) << refused.err;
    const Ended resumed = run({"resume", "r", "--previous-checkpoint", "--threads", std::to_string(1 + draw(4)), "-q"});
    ASSERT_EQ(resumed.exit_code, 0) << "killed at point " << n << " after round " << round << ": " << resumed.err;
    ASSERT_EQ(digest("r"), expected_) << "killed at point " << n;
    ASSERT_EQ(run({"verify", "r"}).exit_code, 0);
  }
  EXPECT_GE(tried, 5U);
}

TEST_F(DamageOfAKilledRun, InBothCheckpointsIsRefusedWithTheAdviceToStartAnew) {
  ASSERT_TRUE(kill_at(200));
  ASSERT_FALSE(newest().empty());
  for (const char* name : {"a", "b"}) flip_bit(*this / "r" / "checkpoint" / name, 1000);
  for (const bool previous : {false, true}) {
    Call call{{"resume", "r", "-q"}};
    if (previous) call.words.push_back("--previous-checkpoint");
    const Ended refused = run(call);
    EXPECT_EQ(refused.exit_code, 7);
    EXPECT_NE(refused.err.find("no whole checkpoint is left: start anew with --force"), std::string::npos)
        << refused.err;
  }
}

TEST_F(DamageOfAKilledRun, WithThePreviousCheckpointOfAWholeRunGivesTheSameDigestToo) {
  ASSERT_TRUE(kill_at(250));
  ASSERT_FALSE(newest().empty());
  ASSERT_EQ(run({"resume", "r", "--previous-checkpoint", "-q"}).exit_code, 0);
  EXPECT_EQ(digest("r"), expected_);
  ASSERT_EQ(run({"resume", "r", "--previous-checkpoint", "-q"}).exit_code, 0);
  EXPECT_EQ(digest("r"), expected_);
}

TEST_F(DamageOfAKilledRun, InTheNewestCheckpointIsMendedByGoingOnFromThePreviousOne) {
  ASSERT_TRUE(kill_at(250));
  ASSERT_EQ(run({"resume", "r", "-q"}).exit_code, 0);
  flip_bit(newest(), 1000);
  ASSERT_EQ(run({"verify", "r", "-q"}).exit_code, 7);
  ASSERT_EQ(run({"resume", "r", "-q"}).exit_code, 7);
  ASSERT_EQ(run({"resume", "r", "--previous-checkpoint", "-q"}).exit_code, 0);
  EXPECT_EQ(run({"verify", "r", "-q"}).exit_code, 0);
  EXPECT_EQ(run({"resume", "r", "-q"}).exit_code, 0);
  EXPECT_EQ(digest("r"), expected_);
}

}  // namespace
}  // namespace dovetail::test
