// manifest.json and events.jsonl.
#include "dovetail/output/manifest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "dovetail/core/error.hpp"
#include "dovetail/output/events.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::TemporaryFolder;

Manifest full_manifest() {
  Manifest m;
  m.identity = {"temper",
                "builtin:mvn,d=2",
                "builtin",
                "m",
                "d",
                18446744073709551615ULL,
                {{"rounds", "10"}, {"kernel", "slice"}},
                "0.1.0",
                "build",
                "gcc 12.2",
                "-O3",
                1,
                "musl-1.2.3/abc",
                2,
                "8",
                "avx2"};
  m.environment = {"host", "processor", "mpi", 8, 3, "2026-11-21T03:44:05Z", "", 1, 2.5};
  m.status = "running";
  m.status_reason = "why \"not\"\n";
  m.exceptions = {{"math", "a -> b"}};
  return m;
}

TEST(Manifest, ReadsBackExactly) {
  const TemporaryFolder folder;
  const Manifest one = full_manifest();
  write_manifest(folder / "manifest.json", one);
  const Manifest two = read_manifest(folder / "manifest.json");
  EXPECT_EQ(fields_of(two.identity), fields_of(one.identity));
  EXPECT_EQ(two.identity.options, one.identity.options);
  EXPECT_EQ(two.status_reason, one.status_reason);
  EXPECT_EQ(two.exceptions, one.exceptions);
  EXPECT_EQ(two.environment.threads, 8U);
  EXPECT_EQ(two.environment.ranks, 3U);
  EXPECT_EQ(two.environment.started, one.environment.started);
  EXPECT_EQ(two.environment.seconds, 2.5);
  write_manifest(folder / "again.json", two);
  EXPECT_EQ(read_text(folder / "again.json"), read_text(folder / "manifest.json"));
}

TEST(Manifest, EveryFieldOfTheIdentityIsCompared) {
  const Manifest one = full_manifest();
  const NamedTexts fields = fields_of(one.identity);
  std::size_t changed = 0;
  const auto differs = [&](auto change, const std::string& field) {
    ManifestIdentity other = one.identity;
    change(other);
    const NamedTexts others = fields_of(other);
    std::set<std::string> different;  // changed, absent or new
    const auto note_missing = [&](const NamedTexts& here, const NamedTexts& there) {
      for (const auto& named : here) {
        if (std::find(there.begin(), there.end(), named) == there.end()) different.insert(named.first);
      }
    };
    note_missing(fields, others);
    note_missing(others, fields);
    EXPECT_EQ(different, std::set<std::string>{field});
    ++changed;
  };
  differs([](auto& i) { i.command += "x"; }, "command");
  differs([](auto& i) { i.model += "x"; }, "model");
  differs([](auto& i) { i.model_kind += "x"; }, "model_kind");
  differs([](auto& i) { i.model_sha256 += "x"; }, "model_sha256");
  differs([](auto& i) { i.data_sha256 += "x"; }, "data_sha256");
  differs([](auto& i) { --i.seed; }, "seed");
  differs([](auto& i) { i.options[0].second = "11"; }, "options.rounds");
  differs([](auto& i) { i.options.pop_back(); }, "options.kernel");
  differs([](auto& i) { i.options.emplace_back("legs", "2"); }, "options.legs");
  differs([](auto& i) { i.version += "x"; }, "version");
  differs([](auto& i) { i.build += "x"; }, "build");
  differs([](auto& i) { i.compiler += "x"; }, "compiler");
  differs([](auto& i) { i.flags += "x"; }, "flags");
  differs([](auto& i) { ++i.rng_format; }, "rng_format");
  differs([](auto& i) { i.math_id += "x"; }, "math_id");
  differs([](auto& i) { ++i.codec_version; }, "codec_version");
  differs([](auto& i) { i.lane_rule += "x"; }, "lane_rule");
  differs([](auto& i) { i.cpu_features += "x"; }, "cpu_features");
  EXPECT_EQ(changed, 18U);
  EXPECT_EQ(fields.size(), 17U);
}

TEST(Manifest, OfANewerFormatOrDamagedIsRefusedByName) {
  const TemporaryFolder folder;
  const auto path = folder / "manifest.json";
  write_manifest(path, full_manifest());
  const std::string good = read_text(path);
  std::string newer = good;
  newer.replace(newer.find("\"format\": 1"), 11, "\"format\": 2");
  test::write_plainly(path, newer);
  try {
    static_cast<void>(read_manifest(path));
    FAIL();
  } catch (const FileError& failure) {
    EXPECT_NE(std::string(failure.what()).find("has format 2 and this Dovetail knows 1"), std::string::npos);
  }
  for (std::size_t size = 0; size + 2 < good.size(); ++size) {
    test::write_plainly(path, std::string_view(good).substr(0, size));
    EXPECT_THROW(static_cast<void>(read_manifest(path)), FileError) << size;
  }
}

TEST(EventLog, ReadsBackAndForgetsACutLastLine) {
  const TemporaryFolder folder;
  const auto path = folder / "events.jsonl";
  const Event hostile{"2026-11-21T03:44:05Z",
                      "warning",
                      {{"text", std::string("line\nbreak \"q\" \x1b[0m")},
                       {"n", std::uint64_t{18446744073709551615ULL}},
                       {"x", 0.1},
                       {"flag", true}}};
  {
    EventLog log(path);
    log.add(hostile);
    log.add({"t", "end", {}});
    log.sync();
  }
  const std::string whole = read_text(path);
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 2);
  const auto events = read_events(path);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].fields, hostile.fields);
  EXPECT_EQ(events[1].kind, "end");
  const std::size_t first = whole.find('\n') + 1;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    test::write_plainly(path, std::string_view(whole).substr(0, size));
    EXPECT_EQ(read_events(path).size(), size >= first ? 1U : 0U);
    EventLog(path).add({"t", "again", {}});
    EXPECT_EQ(read_events(path).back().kind, "again");
    EXPECT_EQ(read_events(path).size(), size >= first ? 2U : 1U);
  }
  test::write_plainly(path, "garbage\n");
  EXPECT_THROW(static_cast<void>(read_events(path)), FileError);
}

TEST(EventLog, NumbersThatJsonLacksAreNull) {
  const TemporaryFolder folder;
  EventLog log(folder / "events.jsonl");
  log.add({"t", "k", {{"x", std::nan("")}, {"y", -std::numeric_limits<double>::infinity()}}});
  EXPECT_NE(read_text(folder / "events.jsonl").find("\"x\": null, \"y\": null}"), std::string::npos);
}

TEST(EventLog, ALineIsReadableTheMomentItIsAdded) {
  const TemporaryFolder folder;
  EventLog log(folder / "events.jsonl");
  for (std::size_t n = 1; n < 5; ++n) {
    log.add({"t", "progress", {{"steps", std::uint64_t{n}}}});
    EXPECT_EQ(read_events(folder / "events.jsonl").size(), n);
  }
}

}  // namespace
}  // namespace dovetail
