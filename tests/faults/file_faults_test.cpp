// Full disks, failing devices, interrupted and short calls: old state or new state, a clean error, and no false trust.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"
#include "tests/faults/file_calls.hpp"
#include "tests/faults/small_run.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::Call;
using test::TemporaryFolder;

struct NamedError {
  int number;
  const char* words;
};
const NamedError kErrors[] = {{ENOSPC, "disk is full"},       {EIO, "input/output error"}, {EDQUOT, "quota"},
                              {EROFS, "read-only"},           {EACCES, "permission"},      {EMFILE, "too many files"},
                              {ESTALE, "network file system"}};

/// Disarms at the end of a scope, whatever an assertion does.
struct Armed {
  explicit Armed(const test::Fault& fault) { test::arm(fault); }
  ~Armed() { test::disarm(); }
};

bool has_temporaries(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (is_temporary_name(entry.path().filename().string())) return true;
  }
  return false;
}

class FileFaults : public ::testing::Test {
 protected:
  void SetUp() override { test::pretend_to_sync(); }
  void TearDown() override {
    test::disarm();
    test::leave_alone();
  }
  TemporaryFolder folder_;
};

TEST_F(FileFaults, EveryFailingCallOfReplaceFileLeavesTheOldOrTheNewFileAndSaysWhy) {
  const auto path = folder_ / "file";
  unsigned failures = 0;
  for (const Call call : test::kCalls) {
    for (const NamedError& error : kErrors) {
      for (std::uint64_t nth = 1;; ++nth) {
        replace_file(path, "old");
        std::string message;
        std::uint64_t passages = 0;
        {
          const Armed armed({call, nth, error.number});
          try {
            replace_file(path, "new");
          } catch (const FileError& failure) {
            message = failure.what();
            EXPECT_EQ(failure.code(), ExitCode::files);
          }
          passages = test::count(call);
        }
        if (passages < nth) {
          EXPECT_EQ(message, "") << test::name_of(call);
          break;
        }
        const std::string now = read_text(path);
        EXPECT_FALSE(has_temporaries(folder_.path())) << test::name_of(call) << nth;
        EXPECT_TRUE(now == "old" || now == "new") << now;
        // The folder's descriptor closes unchecked: nothing of the file hangs on it.
        if (message.empty() && call == Call::close) continue;
        ++failures;
        EXPECT_NE(message.find(error.words), std::string::npos) << test::name_of(call) << ": " << message;
        EXPECT_NE(message.find(folder_.path().string()), std::string::npos) << message;
      }
    }
  }
  // 2 opens (folder, file), 1 write, 2 fsyncs (file, folder), 1 rename, 1 close, each with every error.
  EXPECT_EQ(failures, 7 * std::size(kErrors));
}

TEST_F(FileFaults, AFailedAppendLeavesTheFileAtItsSizeBefore) {
  const auto path = folder_ / "file";
  AppendFile file(path);
  file.append("kept");
  test::disturb(3);  // "lost" goes out in pieces of 3, so the failing piece comes after a written one
  {
    const Armed armed({Call::write, 2, ENOSPC});
    EXPECT_THROW(file.append("lost"), FileError);
  }
  test::leave_alone();
  EXPECT_EQ(file.size(), 4U);
  EXPECT_EQ(read_text(path), "kept");
  file.append(" more");
  file.sync();
  EXPECT_EQ(read_text(path), "kept more");
}

TEST_F(FileFaults, AFailedSyncIsFinalForItsFile) {
  AppendFile file(folder_ / "file");
  file.append("text");
  {
    const Armed armed({Call::fsync, 1, EIO});
    EXPECT_THROW(file.sync(), FileError);
  }
  EXPECT_THROW(file.sync(), FileError);  // the device would say yes now, and the pages are gone
  EXPECT_THROW(file.append("more"), FileError);
}

TEST_F(FileFaults, InterruptedCallsAndShortWritesLoseNothing) {
  test::disturb(1);
  const std::string text(1000, 'x');
  replace_file(folder_ / "whole", text);
  AppendFile file(folder_ / "appended");
  file.append(text);
  file.append("end");
  file.cut(1001);
  file.sync();
  test::leave_alone();
  EXPECT_EQ(read_text(folder_ / "whole"), text);
  EXPECT_EQ(read_text(folder_ / "appended"), text + "e");
}

TEST_F(FileFaults, ARealLimitOnFileSizeIsAnErrorAndLeavesWholeBlocks) {
  const auto path = folder_ / "file";
  AppendFile(path).append("kept");
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      AppendFile(path).append(std::string(10000, 'x'));
      ::_exit(1);
    } catch (const FileError& failure) {
      ::_exit(std::string(failure.what()).find("size limit") != std::string::npos ? 0 : 2);
    }
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(read_text(path), "kept");
}

TEST_F(FileFaults, ARunWhoseNthCallFailsEndsWithTheSameFilesOnceTheCauseIsGone) {
  test::run_small(folder_ / "undisturbed");
  const auto expected = test::content_of(folder_ / "undisturbed");
  unsigned failures = 0;
  for (const Call call : {Call::open, Call::write, Call::cut, Call::fsync, Call::rename, Call::unlink}) {
    for (std::uint64_t nth = 1;; ++nth) {
      const auto run = folder_ / ("run-" + std::string(test::name_of(call)) + std::to_string(nth));
      std::uint64_t passages = 0;
      {
        // The disk stays full: cleaning up after the error fails as well.
        const Armed armed({call, nth, ENOSPC, true});
        try {
          test::run_small(run);
        } catch (const FileError&) {
          ++failures;
        }
        passages = test::count(call);
      }
      test::run_small(run);
      ASSERT_EQ(test::difference(test::content_of(run), expected), "") << test::name_of(call) << " " << nth;
      std::filesystem::remove_all(run);
      if (passages < nth) break;
    }
  }
  EXPECT_GT(failures, 100U);
}

TEST_F(FileFaults, ReadersNameTheCause) {
  replace_file(folder_ / "file", "text");
  const Armed armed({Call::open, 1, EIO});
  try {
    static_cast<void>(read_text(folder_ / "file"));
    FAIL();
  } catch (const FileError& failure) {
    EXPECT_NE(std::string(failure.what()).find("cannot read"), std::string::npos);
    EXPECT_NE(std::string(failure.what()).find("input/output error"), std::string::npos);
  }
}

}  // namespace
}  // namespace dovetail
