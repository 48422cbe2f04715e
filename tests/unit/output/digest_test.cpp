// The digest covers every result and nothing else.
#include "dovetail/output/digest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "dovetail/output/draws.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "tests/faults/small_run.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::small_block;
using test::TemporaryFolder;

const std::vector<std::string> kColumns{"a", "b", "c"};

std::vector<TemperingRow> two_rounds() {
  std::vector<TemperingRow> rounds(2);
  for (std::uint32_t i = 0; i < 2; ++i) {
    rounds[i].round = i + 1;
    rounds[i].log_evidence = i == 0 ? -0.0 : -1.5;
    rounds[i].seconds = 0.5;
    rounds[i].state_sha256 = "00ff";
  }
  return rounds;
}

std::optional<TemperingSummary> evidence() {
  TemperingSummary t;
  t.log_evidence = -3.25;
  t.schedule = {0, 0.5, 1};
  t.kernel = "slice";
  return t;
}

void write_draws(Sink& sink, std::size_t block) {
  sink.begin(kColumns);
  for (std::size_t first = 0; first < 6; first += block) {
    for (const std::uint32_t source : {0U, 1U}) {
      sink.write(small_block(Round(2), ItemId(source), first, std::min<std::size_t>(block, 6 - first), 3));
    }
  }
  static_cast<void>(sink.commit());
}

struct Parts {
  std::string model = "builtin:mvn,d=2";
  std::string model_sha256 = "m";
  std::string data_sha256 = "d";
  std::uint64_t seed = 7;
  std::vector<TemperingRow> rounds = two_rounds();
  std::optional<TemperingSummary> tempering = evidence();
  MemorySink draws;
  Parts() { write_draws(draws, 6); }
  [[nodiscard]] std::vector<RowFields> rows() const {
    std::vector<RowFields> fields;
    for (const TemperingRow& row : rounds) fields.push_back(without_seconds(fields_of(row)));
    return fields;
  }
  [[nodiscard]] std::string digest() const {
    return dovetail::digest(DigestParts{model, model_sha256, data_sha256, seed, rows(), tempering, draws});
  }
};

TEST(Digest, DoesNotDependOnWhereBlocksEndOrWhereDrawsAre) {
  const std::string expected = Parts().digest();
  for (const std::size_t block : {1U, 2U, 4U, 5U, 6U}) {
    Parts parts;
    parts.draws = MemorySink();
    write_draws(parts.draws, block);
    EXPECT_EQ(parts.digest(), expected) << block;
    const TemporaryFolder folder;
    DrawsSink sink(folder / "draws");
    write_draws(sink, block);
    const DrawsReader reader(folder / "draws");
    EXPECT_EQ(digest(DigestParts{parts.model, parts.model_sha256, parts.data_sha256, parts.seed, parts.rows(),
                                 parts.tempering, reader}),
              expected)
        << block;
  }
}

TEST(Digest, ChangesWithEveryResult) {
  const std::string expected = Parts().digest();
  const auto changes = [&](auto change, const char* what) {
    Parts parts;
    change(parts);
    EXPECT_NE(parts.digest(), expected) << what;
  };
  changes([](Parts& p) { p.model += "x"; }, "model");
  changes([](Parts& p) { p.model_sha256 += "x"; }, "model hash");
  changes([](Parts& p) { p.data_sha256 += "x"; }, "data hash");
  changes([](Parts& p) { std::swap(p.model_sha256, p.data_sha256); }, "hashes swapped");
  changes([](Parts& p) { ++p.seed; }, "seed");
  changes([](Parts& p) { p.rounds.pop_back(); }, "rounds");
  changes([](Parts& p) { p.rounds[0].log_evidence = 0.0; }, "sign of zero");
  changes([](Parts& p) { p.rounds[0].error_events = 1; }, "error events");
  changes([](Parts& p) { p.rounds[1].state_sha256 = "00fe"; }, "state hash");
  changes([](Parts& p) { p.tempering.reset(); }, "no evidence");
  changes([](Parts& p) { p.tempering->log_evidence = std::nextafter(-3.25, 0); }, "evidence");
  changes([](Parts& p) { p.tempering->log_evidence_se = 0.1; }, "evidence error");
  changes([](Parts& p) { p.tempering->schedule[1] = 0.25; }, "schedule");
  changes([](Parts& p) { p.tempering->round_trips = 1; }, "round trips");
}

TEST(Digest, ChangesWithEveryBitOfEveryDraw) {
  const std::string expected = Parts().digest();
  for (std::size_t source = 0; source < 2; ++source) {
    for (std::size_t at = 0; at < 6 * 3; ++at) {
      Parts parts;
      parts.draws = MemorySink();
      parts.draws.begin(kColumns);
      for (std::uint32_t s = 0; s < 2; ++s) {
        DrawBlock block = small_block(Round(2), ItemId(s), 0, 6, 3);
        if (s == source) block.values[at] = std::bit_cast<double>(std::bit_cast<std::uint64_t>(block.values[at]) ^ 1U);
        parts.draws.write(block);
      }
      EXPECT_NE(parts.digest(), expected) << source << " " << at;
    }
  }
}

TEST(Digest, ChangesWithNamesOrderAndShapeOfDraws) {
  const std::string expected = Parts().digest();
  const auto changes = [&](const std::vector<std::string>& columns, std::size_t rows, ItemId first, Round round) {
    Parts parts;
    parts.draws = MemorySink();
    parts.draws.begin(columns);
    for (const ItemId source : {first, ItemId(1)}) {
      DrawBlock block = small_block(Round(2), source == first ? ItemId(0) : source, 0, rows, columns.size());
      block.source = source;
      block.round = round;
      parts.draws.write(block);
    }
    return parts.digest() != expected;
  };
  EXPECT_FALSE(changes(kColumns, 6, ItemId(0), Round(2)));
  EXPECT_TRUE(changes({"a", "b", "d"}, 6, ItemId(0), Round(2)));
  EXPECT_TRUE(changes(kColumns, 5, ItemId(0), Round(2)));
  EXPECT_TRUE(changes(kColumns, 6, ItemId(2), Round(2)));
  EXPECT_TRUE(changes(kColumns, 6, ItemId(0), Round(3)));
}

TEST(Digest, OfARunsFilesLeavesOutTimesHostsAndLayout) {
  const TemporaryFolder folder;
  const Parts parts;
  const auto digest_of = [&](const std::string& name, const std::string& host, double seconds, std::size_t block) {
    const RunFolder run = RunFolder::create(folder / name, "run", Existing::refuse);
    Manifest manifest;
    manifest.identity.model = parts.model;
    manifest.identity.model_sha256 = parts.model_sha256;
    manifest.identity.data_sha256 = parts.data_sha256;
    manifest.identity.seed = parts.seed;
    manifest.environment.host = host;
    manifest.environment.executor = host;
    manifest.environment.threads = static_cast<std::uint32_t>(block);
    manifest.environment.seconds = seconds;
    write_manifest(run.manifest(), manifest);
    RoundsFile rounds(run.rounds(), fields_of(TemperingRow()));
    for (TemperingRow row : parts.rounds) {
      row.seconds = seconds;
      rounds.append(fields_of(row));
    }
    DrawsSink sink(run.draws());
    write_draws(sink, block);
    Summary summary;
    summary.tempering = parts.tempering;
    summary.sampling.seconds = seconds;
    summary.digest = host;
    replace_file(run.summary(), to_json(summary));
    return digest(run);
  };
  EXPECT_EQ(digest_of("one", "here", 1, 2), parts.digest());
  EXPECT_EQ(digest_of("two", "there", 99, 5), parts.digest());
}

TEST(Digest, SectionsNameThePlaceOfADifference) {
  Parts one;
  Parts two;
  two.draws = MemorySink();
  two.draws.begin(kColumns);
  for (const std::uint32_t source : {0U, 1U}) {
    DrawBlock block = small_block(Round(2), ItemId(source), 0, 6, 3);
    if (source == 1) block.values[4] += 1;
    two.draws.write(block);
  }
  const auto sections = [](const Parts& p) {
    return digest_sections(DigestParts{p.model, p.model_sha256, p.data_sha256, p.seed, p.rows(), p.tempering, p.draws});
  };
  const auto a = sections(one);
  const auto b = sections(two);
  ASSERT_EQ(a.size(), 6U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_EQ(a[i] == b[i], a[i].first != "draws/round 2/source 1") << a[i].first;
  }
}

}  // namespace
}  // namespace dovetail
