// Power loss, which kill -9 cannot show: the recorded calls of a run are replayed on a model of a disk that forgets or
// reorders what was not synced, and the run must go on from what is left.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "dovetail/core/rng.hpp"
#include "dovetail/store/file.hpp"
#include "tests/faults/file_calls.hpp"
#include "tests/faults/small_run.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

using test::Call;
using test::Operation;
using test::TemporaryFolder;

using FileId = std::size_t;
using Names = std::map<std::string, FileId>;

/// Which of the unsynced operations reached the disk before the power went.
enum class Luck { none, all, some };

/// Data of a file may reach the disk in any order until it is synced; changes of names in order, as journals keep them,
/// until their folder is synced.
class ModelDisk {
 public:
  void apply(const Operation& operation) {
    if (operation.call == Call::open) {
      ids_[operation.inode] = files_.size();  // a number may be used again after its file is gone
      files_.emplace_back();
      names_.pending.push_back({Change{operation.path, "", files_.size() - 1}});
    } else if (operation.call == Call::write || operation.call == Call::cut) {
      files_.at(ids_.at(operation.inode)).pending.push_back(operation);
    } else if (operation.call == Call::fsync) {
      const auto file = ids_.find(operation.inode);
      if (file != ids_.end()) {
        sync_data(files_.at(file->second));
      } else {
        sync_names(operation.path);
      }
    } else if (operation.call == Call::rename || operation.call == Call::unlink) {
      names_.pending.push_back({Change{operation.path, operation.target, 0}});
    }
  }

  /// Puts down what the disk holds after a loss of power now.
  void put_down(const std::filesystem::path& from, const std::filesystem::path& to, Luck luck, Rng& rng) const {
    Names names = names_.durable;
    std::size_t changes = luck == Luck::none ? 0 : names_.pending.size();
    if (luck == Luck::some && changes > 0)
      changes = static_cast<std::size_t>(rng.uniform() * static_cast<double>(changes + 1));
    for (std::size_t i = 0; i < changes; ++i) change(names, names_.pending[i]);
    for (const auto& [name, id] : names) {
      std::string bytes = files_.at(id).durable;
      for (const Operation& operation : files_.at(id).pending) {
        if (luck == Luck::all || (luck == Luck::some && rng.uniform() < 0.5)) change(bytes, operation);
      }
      const auto path = to / std::filesystem::path(name).lexically_relative(from);
      std::filesystem::create_directories(path.parent_path());
      replace_file(path, bytes);
    }
  }

 private:
  struct Change {
    std::string name;
    std::string target;  // empty: the name is created (with `id`) or, for an existing one, removed
    FileId id = 0;
  };
  struct File {
    std::string durable;
    std::vector<Operation> pending;
  };
  struct NameTable {
    Names durable;
    std::vector<Change> pending;
  };

  static void change(std::string& bytes, const Operation& operation) {
    if (operation.call == Call::cut) {
      bytes.resize(static_cast<std::size_t>(operation.offset));
      return;
    }
    const auto offset = static_cast<std::size_t>(operation.offset);
    if (bytes.size() < offset + operation.bytes.size()) bytes.resize(offset + operation.bytes.size());
    std::transform(operation.bytes.begin(), operation.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                   [](std::byte byte) { return static_cast<char>(byte); });
  }
  static void change(Names& names, const Change& change) {
    if (!change.target.empty()) {
      const auto found = names.find(change.name);
      if (found == names.end()) return;
      names[change.target] = found->second;
      names.erase(change.name);
    } else if (names.count(change.name) != 0) {
      names.erase(change.name);
    } else {
      names[change.name] = change.id;
    }
  }
  static void sync_data(File& file) {
    for (const Operation& operation : file.pending) change(file.durable, operation);
    file.pending.clear();
  }
  void sync_names(const std::string& folder) {
    std::vector<Change> left;
    for (const Change& pending : names_.pending) {
      if (std::filesystem::path(pending.name).parent_path() == folder) {
        change(names_.durable, pending);
      } else {
        left.push_back(pending);
      }
    }
    names_.pending = left;
  }

  std::map<std::uint64_t, FileId> ids_;
  std::vector<File> files_;
  NameTable names_;
};

unsigned segments_in(const std::filesystem::path& run) {
  unsigned segments = 0;
  if (std::filesystem::exists(run / "checkpoint")) std::istringstream(read_text(run / "checkpoint")) >> segments;
  return segments;
}

TEST(PowerLoss, ARunGoesOnFromEveryPrefixOfItsWritesToTheSameFiles) {
  test::pretend_to_sync();
  const TemporaryFolder folder;
  const auto run = folder / "run";
  test::start_recording(run.string());
  test::run_small(run);
  const std::vector<Operation> operations = test::stop_recording();
  const auto expected = test::content_of(run);
  ASSERT_GT(operations.size(), 80U);

  ModelDisk disk;
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  unsigned promised = 0;  // checkpoints whose replace_file has returned
  bool renamed = false;
  unsigned cases = 0;
  for (const Operation& operation : operations) {
    disk.apply(operation);
    if (operation.call == Call::rename && operation.target.ends_with("/checkpoint")) renamed = true;
    if (operation.call == Call::fsync && renamed && operation.path == run.string()) {
      ++promised;
      renamed = false;
    }
    for (const Luck luck : {Luck::none, Luck::all, Luck::some, Luck::some}) {
      const auto left = folder / "left";
      std::filesystem::create_directories(left / "draws");
      disk.put_down(run, left, luck, rng);
      ASSERT_GE(segments_in(left), promised) << "a checkpoint was forgotten, case " << cases;
      test::run_small(left);
      ASSERT_EQ(test::difference(test::content_of(left), expected), "") << "case " << cases;
      std::filesystem::remove_all(left);
      ++cases;
    }
  }
  EXPECT_EQ(promised, test::kSmallRounds * test::kSmallSegments);
}

}  // namespace
}  // namespace dovetail
