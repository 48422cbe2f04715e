// Damage is always noticed, and a checkpoint of another run is refused by name.
#include "dovetail/run/checkpoint.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace dovetail {
namespace {

namespace fs = std::filesystem;

Checkpoint sample(std::uint32_t round) {
  Checkpoint checkpoint;
  checkpoint.identity = {{"model", "builtin:mvn,d=2"}, {"seed", "7"}};
  checkpoint.round = round;
  checkpoint.sink_position = 123;
  checkpoint.state = pack(std::vector<double>{1.5, -2.25, 1e300});
  return checkpoint;
}

/// A fresh folder under the test's working folder, removed at the end.
class CheckpointFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::current_path() /
              ("checkpoint_test_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  void flip_bit(const char* name) {
    std::fstream file(folder_ / name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(40);
    const int byte = file.get();
    file.seekp(40);
    file.put(static_cast<char>(byte ^ 4));
  }
  fs::path folder_;
};

TEST(CheckpointBytes, ComeBackAsTheyWere) {
  const Checkpoint found = decode_checkpoint(encode_checkpoint(sample(3)), "a");
  EXPECT_EQ(pack(found), pack(sample(3)));
}

TEST(CheckpointBytes, EveryTruncationIsRefused) {
  const Bytes whole = encode_checkpoint(sample(3));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW((void)decode_checkpoint(std::span(whole).first(size), "a"), CheckpointError) << size;
  }
}

TEST(CheckpointBytes, EveryFlippedBitIsRefused) {
  const Bytes whole = encode_checkpoint(sample(3));
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_THROW((void)decode_checkpoint(damaged, "a"), CheckpointError) << bit;
  }
}

TEST(CheckpointBytes, AddedBytesAreRefused) {
  Bytes longer = encode_checkpoint(sample(3));
  longer.push_back(std::byte{0});
  EXPECT_THROW((void)decode_checkpoint(longer, "a"), CheckpointError);
}

TEST(CheckpointIdentity, TheFirstDifferentFieldIsNamed) {
  RunIdentity wanted = sample(3).identity;
  EXPECT_NO_THROW(require_same_identity(wanted, sample(3).identity, "a"));
  wanted[1].second = "8";
  try {
    require_same_identity(wanted, sample(3).identity, "a");
    FAIL() << "another seed was accepted";
  } catch (const CheckpointError& error) {
    EXPECT_NE(std::string(error.what()).find("seed is 7, this run's is 8"), std::string::npos) << error.what();
  }
}

TEST_F(CheckpointFiles, TheNewestOfTwoGenerationsIsLoaded) {
  CheckpointFolder folder(folder_);
  EXPECT_FALSE(CheckpointFolder(folder_).load().has_value());
  for (std::uint32_t round = 1; round <= 3; ++round) {
    Checkpoint checkpoint = sample(round);
    folder.save(checkpoint);
    EXPECT_EQ(CheckpointFolder(folder_).load()->round, round);
  }
  EXPECT_EQ(CheckpointFolder(folder_).load(CheckpointFolder::Generation::previous)->round, 2U);
}

TEST_F(CheckpointFiles, ARunKilledBeforeItsFirstCheckpointCanSaveAfterLooking) {
  CheckpointFolder folder(folder_);
  EXPECT_FALSE(folder.load().has_value());
  Checkpoint first = sample(1);
  folder.save(first);
  EXPECT_EQ(folder.load()->round, 1U);
}

TEST_F(CheckpointFiles, ADamagedNewestIsAnErrorThatNamesTheWholePrevious) {
  for (std::uint32_t round = 1; round <= 2; ++round) {
    Checkpoint checkpoint = sample(round);
    CheckpointFolder(folder_).save(checkpoint);
  }
  flip_bit("a");
  try {
    (void)CheckpointFolder(folder_).load();
    FAIL() << "a damaged checkpoint was loaded or taken for none";
  } catch (const CheckpointError& error) {
    EXPECT_NE(std::string(error.what()).find("fails its checksum"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("round 1"), std::string::npos) << error.what();
  }
  CheckpointFolder folder(folder_);
  EXPECT_EQ(folder.load(CheckpointFolder::Generation::previous)->round, 1U);
  Checkpoint next = sample(5);
  folder.save(next);  // replaces the damaged one
  EXPECT_EQ(CheckpointFolder(folder_).load()->round, 5U);
}

TEST_F(CheckpointFiles, TwoDamagedGenerationsAreAnErrorNotAFreshStart) {
  for (std::uint32_t round = 1; round <= 2; ++round) {
    Checkpoint checkpoint = sample(round);
    CheckpointFolder(folder_).save(checkpoint);
  }
  flip_bit("a");
  flip_bit("b");
  EXPECT_THROW((void)CheckpointFolder(folder_).load(), CheckpointError);
  EXPECT_THROW((void)CheckpointFolder(folder_).load(CheckpointFolder::Generation::previous), CheckpointError);
}

}  // namespace
}  // namespace dovetail
