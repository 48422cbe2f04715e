#include "dovetail/store/url.hpp"

#include <gtest/gtest.h>

#include "dovetail/core/error.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

std::string refusal(std::string_view url) {
  try {
    static_cast<void>(parse_store_url(url));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(taken)";
}

TEST(StoreUrl, EveryPartIsRead) {
  EXPECT_EQ(parse_store_url("memory").kind, StoreKind::memory);
  EXPECT_EQ(parse_store_url("dir:/a b/c").path, "/a b/c");
  EXPECT_EQ(parse_store_url("dir:relative").path, "relative");
  EXPECT_FALSE(parse_store_url("dir:relative").shared);
  const StoreUrl shared = parse_store_url("dir:/a b/c?shared=group");
  EXPECT_EQ(shared.path, "/a b/c");
  EXPECT_TRUE(shared.shared);
  const StoreUrl plain = parse_store_url("redis://localhost");
  EXPECT_EQ(plain.host, "localhost");
  EXPECT_EQ(plain.port, 6379);
  EXPECT_EQ(plain.database, 0U);
  const StoreUrl full = parse_store_url("redis://site-3:p%3Aa%40s@127.0.0.1:7000/12");
  EXPECT_EQ(full.user, "site-3");
  EXPECT_EQ(full.password, "p:a@s");
  EXPECT_EQ(full.host, "127.0.0.1");
  EXPECT_EQ(full.port, 7000);
  EXPECT_EQ(full.database, 12U);
  EXPECT_EQ(full.shown, "redis://127.0.0.1:7000/12") << "no user, no password";
  EXPECT_EQ(parse_store_url("redis://[::1]:7000").host, "::1");
  EXPECT_EQ(parse_store_url("redis://[::1]:7000").port, 7000);
  const StoreUrl socket = parse_store_url("redis+unix://:word@/run/redis.sock?db=2");
  EXPECT_EQ(socket.path, "/run/redis.sock");
  EXPECT_EQ(socket.password, "word");
  EXPECT_EQ(socket.database, 2U);
  EXPECT_TRUE(socket.host.empty());
}

TEST(StoreUrl, APlainWayToAnotherHostMustBeAskedFor) {
  EXPECT_NE(refusal("redis://example.org").find("stunnel"), std::string::npos);
  EXPECT_NE(refusal("redis://10.0.0.1:6379/0").find("insecure=yes"), std::string::npos);
  EXPECT_NE(refusal("redis://127.example.org").find("insecure=yes"), std::string::npos) << "a name, not a number";
  EXPECT_EQ(parse_store_url("redis://127.0.0.2").host, "127.0.0.2");
  EXPECT_EQ(parse_store_url("redis://example.org:1/0?insecure=yes").host, "example.org");
  EXPECT_NE(refusal("rediss://example.org").find("run stunnel here, which does, and give redis+unix://"),
            std::string::npos);
}

TEST(StoreUrl, APasswordComesFromAFileThatIsItsOwnersAlone) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "word";
  test::write_plainly(path, "secret\n");
  ::chmod(path.c_str(), 0600);
  const std::string url = "redis://site@localhost?password-file=" + path;
  EXPECT_EQ(parse_store_url(url).password, "secret");
  ::chmod(path.c_str(), 0644);
  EXPECT_NE(refusal(url).find("chmod 600"), std::string::npos);
  EXPECT_THROW(static_cast<void>(parse_store_url(url + "-missing")), FileError);
}

TEST(StoreUrl, WrongOnesAreRefusedWithWhatWouldBeRight) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "an address is"},
      {"dir:/tmp/x?shared=all", "only shared=group is understood"},
      {"dir:/tmp/x?", "only shared=group is understood"},
      {"dir:?shared=group", "it names no folder"},
      {"/tmp/x", "an address is"},
      {"Memory", "an address is"},
      {"http://localhost", "an address is"},
      {"dir:", "names no folder"},
      {"redis://", "names no host"},
      {"redis://:7000", "names no host"},
      {"redis://localhost:0", "is no port"},
      {"redis://localhost:65536", "is no port"},
      {"redis://localhost:70x", "is no port"},
      {"redis://localhost/x", "number of a database"},
      {"redis://localhost/-1", "number of a database"},
      {"redis://localhost?speed=2", "is not `db=NUMBER`"},
      {"redis://a:%4@localhost", "two hexadecimal digits"},
      {"redis://a:%zz@localhost", "two hexadecimal digits"},
      {"redis://user@localhost", "no password"},
      {"redis+unix://relative.sock", "whole path"},
      {"redis+unix:///a?insecure=no", "is not `db=NUMBER`"},
  };
  for (const auto& [url, words] : cases) EXPECT_NE(refusal(url).find(words), std::string::npos) << url << refusal(url);
}

TEST(StoreUrl, WithoutALoginEverythingElseStays) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"redis://u:a@b@host:1/2?password-file=/x@y", "redis://host:1/2?password-file=/x@y"},
      {"redis+unix://:secret@/a.sock?db=1", "redis+unix:///a.sock?db=1"},
      {"redis://u:a?b@host:1?db=2", "redis://host:1?db=2"},
      {"redis://host", "redis://host"},
      {"redis://host?password-file=/a@b", "redis://host?password-file=/a@b"},
      {"dir:/a@b", "dir:/a@b"},
      {"", ""},
  };
  for (const auto& [url, plain] : cases) EXPECT_EQ(without_login(url), plain) << url;
}

TEST(StoreUrl, NoRefusalShowsAPassword) {
  for (const char* url :
       {"redis://u:hidden@localhost:0", "redis://u:hidden@example.org", "ftp://u:hidden@localhost",
        "rediss://u:hidden@localhost", "redis://u:hidden@localhost?x=1", "redis://u:hidden%@localhost",
        "redis://u:x?hidden@localhost", "redis://u:hidden?x@localhost", "redis://u:hidden?db=1@localhost",
        "redis+unix://u:hidden?x@/a.sock", "ftp://u:hidden?x@localhost"}) {
    EXPECT_EQ(refusal(url).find("hidden"), std::string::npos) << refusal(url);
    EXPECT_NE(refusal(url), "(taken)");
  }
}

}  // namespace
}  // namespace dovetail
