// summary.json and the tables for people.
#include "dovetail/output/summary.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

const std::string kHostile = "a\"b\\c\nd\x1b[31m=,\xff{}";

Summary full_summary() {
  Summary s;
  s.command = "temper";
  s.model = "builtin:mvn,d=2";
  s.seed = 18446744073709551615ULL;
  s.version = "0.1.0";
  s.status = "warnings";
  s.parameters.push_back({"theta[1]", 0.1, 1.0 / 3, 0.0123, -1.5, -0.0, 1e22, 812.5, 5e-324, 1.0042});
  s.parameters.push_back({"constant", 3, 0, std::nullopt, 3, 3, 3, std::nullopt, std::nullopt, std::nullopt});
  s.sampling = {2, 1024, 1022, 0, 123456789012ULL, 17, 1.25};
  TemperingSummary t;
  t.replicas = 12;
  t.copies = 2;
  t.legs = 1;
  t.rounds = 10;
  t.scans = 2046;
  t.log_evidence = -4.974552;
  t.log_evidence_se = 0.0123;
  t.log_evidence_forward = -4.98;
  t.log_evidence_backward = -4.97;
  t.global_barrier = 1.15129;
  t.rejection_sum = 1.25;
  t.restarts = 87;
  t.round_trips = 80;
  t.swap_acceptance_min = 0.75;
  t.swap_acceptance_mean = 0.875;
  t.schedule = {0, 0.1, 1};
  t.reference = "prior";
  t.kernel = "slice";
  s.tempering = t;
  s.warnings.push_back({"W104", "R-hat of theta[1] is 1.02", "run more rounds"});
  s.digest = "abc";
  s.rounds_sha256 = "def";
  return s;
}

Summary through_file(const Summary& summary) {
  const test::TemporaryFolder folder;
  test::write_plainly(folder / "summary.json", to_json(summary));
  return read_summary(folder / "summary.json");
}

TEST(SummaryJson, ReadsBackExactly) {
  const Summary one = full_summary();
  const Summary two = through_file(one);
  EXPECT_EQ(to_json(two), to_json(one));
  EXPECT_EQ(two.seed, one.seed);
  EXPECT_EQ(two.parameters[0].sd, 1.0 / 3);
  EXPECT_TRUE(std::signbit(two.parameters[0].q50));
  EXPECT_EQ(two.parameters[0].ess_tail, 5e-324);
  EXPECT_FALSE(two.parameters[1].rhat.has_value());
  EXPECT_EQ(two.sampling.density_evaluations, 123456789012ULL);
  EXPECT_EQ(two.tempering->schedule, one.tempering->schedule);
  EXPECT_EQ(two.tempering->kernel, "slice");
  EXPECT_EQ(two.warnings[0].fix, "run more rounds");
}

TEST(SummaryJson, TellsWhatComesAndGoes) {
  Summary one = full_summary();
  one.parameters[1].there = ThereSummary{0.25, 0.01};
  one.transdimensional = TransdimensionalSummary{{{"count", {{0, 0.75, 0.02}, {3, 0.25, std::nullopt}}}, {"on", {}}}};
  const std::string text = to_json(one);
  EXPECT_NE(text.find(R"("rhat": null, "there": {"share": 0.25, "mcse": 0.01}})"), std::string::npos) << text;
  EXPECT_NE(text.find(R"({"by": "count", "counts": [{"count": 0, "probability": 0.75, "mcse": 0.02}, )"
                      R"({"count": 3, "probability": 0.25, "mcse": null}]})"),
            std::string::npos)
      << text;
  const Summary two = through_file(one);
  EXPECT_EQ(to_json(two), text);
  EXPECT_EQ(two.parameters[1].there->share, 0.25);
  EXPECT_FALSE(two.parameters[0].there);
  EXPECT_EQ(two.transdimensional->components[0].counts[1].count, 3U);
}

TEST(SummaryText, HasAColumnAndATableForWhatComesAndGoes) {
  Summary s = full_summary();
  EXPECT_EQ(to_text(s).find("there"), std::string::npos);
  s.parameters[1].there = ThereSummary{0.251234, 0.01};
  s.transdimensional = TransdimensionalSummary{{{"count", {{0, 0.751234, 0.02}, {3, 0.25, std::nullopt}}}}};
  const std::string text = to_text(s);
  EXPECT_NE(text.find("rhat  there\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1.004      1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("-   0.25\n"), std::string::npos) << text;
  EXPECT_NE(text.find("components by count  probability  mcse\n"), std::string::npos) << text;
  EXPECT_NE(text.find("0                           0.75  0.02\n"), std::string::npos) << text;
}

// Writing and reading share a list, so that reading back proves nothing about which figure stands under which key.
TEST(SummaryJson, EveryFigureStandsUnderItsKey) {
  EXPECT_EQ(to_json(full_summary()), R"({
  "command": "temper",
  "model": "builtin:mvn,d=2",
  "seed": 18446744073709551615,
  "version": "0.1.0",
  "status": "warnings",
  "status_reason": "",
  "parameters": [
    {"name": "theta[1]", "mean": 0.1, "sd": 0.3333333333333333, "mcse_mean": 0.0123, "q5": -1.5, "q50": -0.0, "q95": 1e+22, "ess_bulk": 812.5, "ess_tail": 5e-324, "rhat": 1.0042},
    {"name": "constant", "mean": 3.0, "sd": 0.0, "mcse_mean": null, "q5": 3.0, "q50": 3.0, "q95": 3.0, "ess_bulk": null, "ess_tail": null, "rhat": null}
  ],
  "sampling": {
    "chains": 2,
    "draws": 1024,
    "warmup": 1022,
    "divergences": 0,
    "density_evaluations": 123456789012,
    "gradient_evaluations": 17,
    "seconds": 1.25
  },
  "tempering": {
    "replicas": 12,
    "copies": 2,
    "legs": 1,
    "rounds": 10,
    "scans": 2046,
    "log_evidence": -4.974552,
    "log_evidence_se": 0.0123,
    "log_evidence_forward": -4.98,
    "log_evidence_backward": -4.97,
    "global_barrier": 1.15129,
    "rejection_sum": 1.25,
    "restarts": 87,
    "round_trips": 80,
    "swap_acceptance_min": 0.75,
    "swap_acceptance_mean": 0.875,
    "schedule": [0.0, 0.1, 1.0],
    "reference": "prior",
    "kernel": "slice"
  },
  "warnings": [
    {"id": "W104", "text": "R-hat of theta[1] is 1.02", "fix": "run more rounds"}
  ],
  "notes": [],
  "rounds_sha256": "def",
  "digest": "abc",
  "checksum": "c91309b8bcdd17f2879a28e5eae443cb91a6f52b23b7ac523e9fc19d2d22e1ab"
}
)");
}

TEST(SummaryJson, KeysStandInTheOrderOfTheContractAndTimesUnderSeconds) {
  const std::string text = to_json(full_summary());
  std::size_t at = 0;
  for (const char* key : {"command",
                          "model",
                          "seed",
                          "version",
                          "status",
                          "parameters",
                          "name",
                          "mean",
                          "sd",
                          "mcse_mean",
                          "q5",
                          "q50",
                          "q95",
                          "ess_bulk",
                          "ess_tail",
                          "rhat",
                          "sampling",
                          "chains",
                          "draws",
                          "warmup",
                          "divergences",
                          "density_evaluations",
                          "gradient_evaluations",
                          "seconds",
                          "tempering",
                          "replicas",
                          "rounds",
                          "scans",
                          "log_evidence",
                          "log_evidence_se",
                          "global_barrier",
                          "restarts",
                          "round_trips",
                          "swap_acceptance_min",
                          "swap_acceptance_mean",
                          "warnings",
                          "id",
                          "text",
                          "fix",
                          "digest",
                          "checksum"}) {
    const auto found = text.find("\"" + std::string(key) + "\": ", at);
    ASSERT_NE(found, std::string::npos) << key;
    at = found;
  }
}

TEST(SummaryJson, NeverHoldsNanOrInfinity) {
  Summary s = full_summary();
  s.parameters[0].mean = std::nan("");
  s.parameters[0].q95 = std::numeric_limits<double>::infinity();
  s.parameters[0].mcse_mean = std::nan("");
  s.tempering->log_evidence = -std::numeric_limits<double>::infinity();
  const std::string text = to_json(s);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
  EXPECT_NE(text.find("\"mean\": null"), std::string::npos);
  const Summary back = through_file(s);
  EXPECT_TRUE(std::isnan(back.parameters[0].mean));
  EXPECT_FALSE(back.tempering->log_evidence.has_value());
}

TEST(SummaryJson, HostileNamesAreEscaped) {
  Summary s = full_summary();
  s.parameters[0].name = kHostile;
  s.model = kHostile;
  s.warnings[0].text = kHostile;
  const std::string text = to_json(s);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
  const Summary back = through_file(s);
  EXPECT_EQ(back.parameters[0].name, "a\"b\\c\nd\x1b[31m=,\xEF\xBF\xBD{}");  // the stray byte became U+FFFD
  const std::string shown = to_text(s);
  for (const char c : shown) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
}

TEST(ReadSummary, NamesFileAndField) {
  const test::TemporaryFolder folder;
  const auto path = folder / "summary.json";
  const auto failure_of = [&](const std::string& text) -> std::string {
    test::write_plainly(path, text);
    try {
      static_cast<void>(read_summary(path));
    } catch (const FileError& failure) {
      return failure.what();
    }
    return "";
  };
  const std::string good = to_json(full_summary());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  EXPECT_EQ(failure_of(good), "");
  EXPECT_NE(failure_of(with("\"mean\": 0.1", "\"mean\": \"x\"")).find("parameters[0].mean"), std::string::npos);
  EXPECT_NE(failure_of(with("\"scans\": 2046", "\"scans\": -1")).find("tempering.scans"), std::string::npos);
  EXPECT_NE(failure_of(with("\"rounds\": 10", "\"rounds\": 4294967296")).find("tempering.rounds"), std::string::npos);
  EXPECT_NE(failure_of(with("\"seed\"", "\"seeed\"")).find("seed is missing"), std::string::npos);
  EXPECT_NE(failure_of(with("\"warmup\": 1022", "\"warmup\": 1e400")), "");
  EXPECT_NE(failure_of("[]").find("an object"), std::string::npos);
  EXPECT_NE(failure_of(std::string(100000, '[')).find("summary.json"), std::string::npos);
  for (std::size_t size = 0; size + 2 < good.size(); ++size) {
    EXPECT_NE(failure_of(good.substr(0, size)).find(path.string()), std::string::npos) << size;
  }
}

TEST(ReadSummary, NoticesEveryEditedFigureAndWordButTimes) {
  const test::TemporaryFolder folder;
  const std::string good = to_json(full_summary());
  const auto is_taken = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    test::write_plainly(folder / "summary.json", text);
    try {
      static_cast<void>(read_summary(folder / "summary.json"));
    } catch (const CheckpointError& failure) {
      EXPECT_NE(std::string(failure.what()).find("was edited after the run wrote it"), std::string::npos);
      return false;
    }
    return true;
  };
  EXPECT_TRUE(is_taken("\"seconds\": 1.25", "\"seconds\": 99.5"));
  EXPECT_TRUE(is_taken("{\n", "{\n\n"));
  for (const auto& [from, to] : {std::pair("\"mean\": 0.1", "\"mean\": 0.2"),
                                 {"\"rhat\": 1.0042", "\"rhat\": 1.0041"},
                                 {"\"status\": \"warnings\"", "\"status\": \"ok\""},
                                 {"R-hat of", "R-hat off"},
                                 {"\"ess_bulk\": 812.5", "\"ess_bulk\": null"},
                                 {"\"seed\": 18446744073709551615", "\"seed\": 2"},
                                 {"\"digest\": \"abc\"", "\"digest\": \"abd\""},
                                 {"\"restarts\": 87", "\"restarts\": 88"}}) {
    EXPECT_FALSE(is_taken(from, to)) << to;
  }
}

TEST(SummaryText, ShowsDigitsUpToTheMonteCarloError) {
  const std::string text = to_text(full_summary());
  EXPECT_NE(text.find("parameter"), std::string::npos);
  EXPECT_NE(text.find("0.10"), std::string::npos);   // mean 0.1 with an error of 0.0123
  EXPECT_NE(text.find("-1.50"), std::string::npos);  // quantiles end at the same decimal
  EXPECT_NE(text.find("-4.97 +- 0.012"), std::string::npos) << text;
  EXPECT_NE(text.find("W104  R-hat of theta[1] is 1.02\n      run more rounds\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\n1 warning\n")) << text;
}

TEST(SummaryText, EndsWithOneVerdict) {
  Summary s = full_summary();
  s.warnings.clear();
  s.status = "ok";
  EXPECT_TRUE(to_text(s).ends_with("\nno problems detected\n"));
  s.status = "incomplete";
  s.status_reason = "time limit after round 4";
  EXPECT_TRUE(to_text(s).ends_with("\nincomplete: time limit after round 4\n"));
}

TEST(SummaryText, TellsIdleRanksWhatThereIsTooLittleOf) {
  Summary s = full_summary();
  s.ranks = RanksSummary{5, 2, 1, 0, 0};
  EXPECT_NE(to_text(s).find("2 of them had nothing to do: there are more than chains or replicas (--chains"),
            std::string::npos);
  s.lda = LdaSummary{};
  EXPECT_NE(to_text(s).find("2 of them had nothing to do: there are more than shards (a run with a larger --shards"),
            std::string::npos);
  EXPECT_EQ(to_text(s).find("--chains"), std::string::npos);
}

TEST(SummaryText, LinesOfTheTableAreEquallyWide) {
  Summary s = full_summary();
  s.parameters[0].name = "β";
  const std::string text = to_text(s);
  const auto start = text.find("parameter ");
  const auto table = text.substr(start, text.find("\n\n", start) - start);
  std::size_t width = 0;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < table.size(); ++lines) {
    auto end = table.find('\n', at);
    if (end == std::string::npos) end = table.size();
    std::size_t columns = 0;
    for (const char c : table.substr(at, end - at)) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    if (lines > 0) {
      EXPECT_EQ(columns, width);
    }
    width = columns;
    at = end + 1;
  }
  EXPECT_EQ(lines, 3U);
}

}  // namespace
}  // namespace dovetail
