// What the command carries is what the sources are.
#include "dovetail/compile/embedded.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail::test {
namespace {

TEST(EmbeddedFiles, AreTheSources) {
  bool plugin = false;
  for (const EmbeddedFile& file : embedded_files()) {
    EXPECT_EQ(file.text, read_text(std::filesystem::path(DOVETAIL_SOURCE) / file.name)) << file.name;
    plugin = plugin || file.name == "dovetail/model/plugin.hpp";
  }
  EXPECT_TRUE(plugin);
}

TEST(EmbeddedFiles, AreWrittenOnceAndMendedWhenTheyDiffer) {
  const TemporaryFolder folder;
  const CompileCache cache(folder / "cache");
  const auto include = write_embedded_files(cache);
  const auto header = include / "dovetail/model/plugin.hpp";
  const auto written = std::filesystem::last_write_time(header);
  EXPECT_EQ(write_embedded_files(cache), include);
  EXPECT_EQ(std::filesystem::last_write_time(header), written);
  write_plainly(header, "something else");
  EXPECT_EQ(write_embedded_files(cache), include);
  EXPECT_NE(read_text(header), "something else");
}

}  // namespace
}  // namespace dovetail::test
