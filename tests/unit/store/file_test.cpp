// Files as declared: appended, cut, replaced and read, private, and never through a link.
#include "dovetail/store/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "dovetail/core/error.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::TemporaryFolder;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

/// The message of the FileError that `act` throws; "" when it throws none.
template <class Act>
std::string failure_of(Act act) {
  try {
    act();
  } catch (const FileError& failure) {
    return failure.what();
  }
  return "";
}

TEST(AppendFile, GrowsIsCutAndIsFoundAgain) {
  const TemporaryFolder folder;
  {
    AppendFile file(folder / "file");
    EXPECT_EQ(file.size(), 0U);
    file.append("one");
    file.append("two");
    file.cut(4);
    file.append("!");
    file.sync();
    EXPECT_EQ(file.size(), 5U);
    file.close();
  }
  AppendFile again(folder / "file");
  EXPECT_EQ(again.size(), 5U);
  again.append("?");
  EXPECT_EQ(read_text(folder / "file"), "onet!?");
}

TEST(AppendFile, CanBeMoved) {
  const TemporaryFolder folder;
  AppendFile first(folder / "file");
  first.append("1");
  AppendFile second(std::move(first));
  second.append("2");
  AppendFile third(folder / "other");
  third = std::move(second);
  third.append("3");
  EXPECT_EQ(read_text(folder / "file"), "123");
}

TEST(AppendFileDeath, CutsToItsOwnSizeAtMost) {
  const TemporaryFolder folder;
  EXPECT_EXIT(AppendFile(folder / "file").cut(1), ::testing::ExitedWithCode(1), "size <= size_");
}

TEST(Files, ArePrivateWhateverTheUmask) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  make_private_folder(folder / "private");
  AppendFile file(folder / "private/appended");
  replace_file(folder / "private/replaced", "text");
  ::umask(before);
  EXPECT_EQ(mode_of(folder / "private"), 0700U);
  EXPECT_EQ(mode_of(folder / "private/appended"), 0600U);
  EXPECT_EQ(mode_of(folder / "private/replaced"), 0600U);
}

TEST(Files, ALinkInPlaceOfTheFileIsNeverFollowed) {
  const TemporaryFolder folder;
  replace_file(folder / "precious", "precious");
  std::filesystem::create_symlink(folder / "precious", folder / "link");
  EXPECT_NE(failure_of([&] { AppendFile(folder / "link").append("x"); }).find("symbolic link"), std::string::npos);
  EXPECT_NE(failure_of([&] { static_cast<void>(read_text(folder / "link")); }).find("symbolic link"),
            std::string::npos);
  EXPECT_EQ(read_text(folder / "link", 100, Links::follow), "precious");
  replace_file(folder / "link", "new");
  EXPECT_EQ(read_text(folder / "precious"), "precious");
  EXPECT_EQ(read_text(folder / "link"), "new");
  // A dangling link must not be created through either.
  std::filesystem::create_symlink(folder / "nowhere", folder / "dangling");
  EXPECT_NE(failure_of([&] { AppendFile file(folder / "dangling"); }), "");
  EXPECT_FALSE(std::filesystem::exists(folder / "nowhere"));
}

TEST(Files, APipeOrFolderInPlaceOfTheFileIsRefusedAtOnce) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(folder / "folder");
  EXPECT_NE(failure_of([&] { AppendFile file(folder / "pipe"); }), "");
  EXPECT_NE(failure_of([&] { static_cast<void>(read_text(folder / "pipe")); }), "");
  EXPECT_NE(failure_of([&] { AppendFile file(folder / "folder"); }).find("it is a folder"), std::string::npos);
  EXPECT_NE(failure_of([&] { static_cast<void>(read_text(folder / "folder")); }).find("it is a folder"),
            std::string::npos);
  EXPECT_NE(failure_of([&] { replace_file(folder / "folder", "x"); }), "");
  EXPECT_NE(failure_of([&] { AppendFile file("/dev/full"); }).find("not a regular file"), std::string::npos);
}

TEST(Files, ErrorsNameFileCauseAndCure) {
  const TemporaryFolder folder;
  const std::string absent = failure_of([&] { static_cast<void>(read_text(folder / "absent/file")); });
  EXPECT_NE(absent.find((folder / "absent/file").string()), std::string::npos) << absent;
  EXPECT_NE(absent.find("does not exist"), std::string::npos) << absent;
  EXPECT_NE(absent.find("check the name"), std::string::npos) << absent;
  const std::string full = file_failure("write", "draws", ENOSPC);
  EXPECT_EQ(full,
            "cannot write draws: the disk is full (what was committed before is intact); free some space, then "
            "`dovetail resume` goes on from the last checkpoint.");
}

TEST(Files, AReadOnlyFolderIsNamed) {
  if (::geteuid() == 0) {  // permissions stop nobody here; the fault tests inject EROFS and EACCES instead
    EXPECT_NE(file_failure("open", "run", EACCES).find("permission denied"), std::string::npos);
    EXPECT_NE(file_failure("open", "run", EROFS).find("read-only"), std::string::npos);
    return;
  }
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0500), 0);
  const std::string failure = failure_of([&] { replace_file(folder / "file", "x"); });
  ::chmod(folder.path().c_str(), 0700);
  EXPECT_NE(failure.find("permission denied"), std::string::npos) << failure;
}

TEST(Files, ReadersTakeNoMoreThanAllowed) {
  const TemporaryFolder folder;
  replace_file(folder / "file", "12345");
  EXPECT_EQ(read_text(folder / "file", 5), "12345");
  EXPECT_NE(failure_of([&] { static_cast<void>(read_text(folder / "file", 4)); }).find("5 bytes"), std::string::npos);
}

TEST(Files, AreReadInPieces) {
  const TemporaryFolder folder;
  replace_file(folder / "file", "0123456789");
  const InputFile file(folder / "file");
  std::array<std::byte, 4> piece{};
  EXPECT_EQ(file.size(), 10U);
  EXPECT_EQ(file.read_at(2, piece), 4U);
  EXPECT_EQ(piece[0], std::byte{'2'});
  EXPECT_EQ(file.read_at(8, piece), 2U);
  EXPECT_EQ(file.read_at(10, piece), 0U);
}

TEST(ReplacementFile, ChangesNothingUntilItIsFinished) {
  const TemporaryFolder folder;
  replace_file(folder / "file", "old");
  {
    ReplacementFile file(folder / "file");
    file.append("half");
    EXPECT_EQ(read_text(folder / "file"), "old");
  }
  EXPECT_EQ(read_text(folder / "file"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  ReplacementFile file(folder / "file");
  file.append("ne");
  file.append("w");
  file.finish();
  EXPECT_EQ(read_text(folder / "file"), "new");
}

TEST(Folders, AreMadeWithTheirParentsAndKeptWhenThere) {
  const TemporaryFolder folder;
  make_private_folder(folder / "a/b/c");
  make_private_folder(folder / "a/b/c");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b/c"));
  replace_file(folder / "file", "x");
  EXPECT_NE(failure_of([&] { make_private_folder(folder / "file"); }), "");
  EXPECT_NE(failure_of([&] { make_private_folder(folder / "file/below"); }), "");
}

TEST(Files, AreRemovedOnceAndForAll) {
  const TemporaryFolder folder;
  replace_file(folder / "file", "x");
  remove_file(folder / "file");
  remove_file(folder / "file");
  EXPECT_FALSE(std::filesystem::exists(folder / "file"));
}

}  // namespace
}  // namespace dovetail
