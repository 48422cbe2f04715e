// rounds.csv and the table of rounds.
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/tempering_row.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

using test::TemporaryFolder;

TemperingRow full_row(std::uint32_t round) {
  TemperingRow row;
  row.round = round;
  row.scans = 1ULL << round;
  row.replicas = 10;
  row.copies = 2;
  row.restarts = 3;
  row.round_trips = 2;
  row.rejection_sum = 0.1 + 0.2;
  row.barrier = 1.0 / 3;
  row.barrier_variational = 0.5;
  row.log_evidence = -4.974552;
  row.log_evidence_se = 0.0123;
  row.log_evidence_forward = -0.0;
  row.log_evidence_backward = -std::numeric_limits<double>::infinity();
  row.swap_acceptance_min = 5e-324;
  row.swap_acceptance_mean = 0.875;
  row.energy_autocorrelation_max = 0.75;
  row.energy_autocorrelation_mean = 0.25;
  row.kernel_acceptance_min = 0.9;
  row.kernel_acceptance_mean = 0.95;
  row.reversible_min = 1;
  row.density_evaluations = 18446744073709551615ULL;
  row.gradient_evaluations = 7;
  row.error_events = 1;
  row.state_sha256 = std::string(64, 'a');
  row.seconds = 0.125;
  return row;
}

bool equal(const TemperingRow& a, const TemperingRow& b) {
  return without_seconds(fields_of(a)) == without_seconds(fields_of(b)) && a.seconds == b.seconds;
}

TEST(RoundsFile, ReadsBackExactlyWithAndWithoutOptionalFields) {
  const TemporaryFolder folder;
  TemperingRow bare;
  bare.round = 2;
  {
    RoundsFile file(folder / "rounds.csv", fields_of(TemperingRow()));
    file.append(fields_of(full_row(1)));
    file.append(fields_of(bare));
  }
  const auto rows = read_rounds<TemperingRow>(folder / "rounds.csv");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(equal(rows[0], full_row(1)));
  EXPECT_TRUE(equal(rows[1], bare));
  EXPECT_FALSE(rows[1].log_evidence.has_value());
  EXPECT_TRUE(read_text(folder / "rounds.csv").starts_with("round,scans,replicas,copies,restarts,"));
}

TEST(RoundsFile, IsCutBackAfterAnyRound) {
  const TemporaryFolder folder;
  std::string whole;
  {
    RoundsFile file(folder / "rounds.csv", fields_of(TemperingRow()));
    for (std::uint32_t round = 1; round <= 4; ++round) file.append(fields_of(full_row(round)));
    whole = read_text(folder / "rounds.csv");
  }
  for (std::uint32_t round = 0; round <= 4; ++round) {
    test::write_plainly(folder / "rounds.csv", whole);
    RoundsFile file(folder / "rounds.csv", fields_of(TemperingRow()));
    file.cut_after(round);
    EXPECT_EQ(read_rounds<TemperingRow>(folder / "rounds.csv").size(), round);
    for (std::uint32_t again = round + 1; again <= 4; ++again) file.append(fields_of(full_row(again)));
    EXPECT_EQ(read_text(folder / "rounds.csv"), whole);
  }
  RoundsFile file(folder / "rounds.csv", fields_of(TemperingRow()));
  EXPECT_THROW(file.cut_after(5), CheckpointError);
  EXPECT_EQ(read_text(folder / "rounds.csv"), whole);
}

TEST(RoundsFile, ACutLastLineIsForgottenAtEveryByte) {
  const TemporaryFolder folder;
  {
    RoundsFile file(folder / "rounds.csv", fields_of(TemperingRow()));
    for (std::uint32_t round = 1; round <= 2; ++round) file.append(fields_of(full_row(round)));
  }
  const std::string whole = read_text(folder / "rounds.csv");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    test::write_plainly(folder / "rounds.csv", std::string_view(whole).substr(0, size));
    const std::size_t rows = read_rounds<TemperingRow>(folder / "rounds.csv").size();
    EXPECT_LE(rows, 1U);
    RoundsFile file(folder / "rounds.csv", fields_of(TemperingRow()));
    for (auto round = static_cast<std::uint32_t>(rows + 1); round <= 2; ++round)
      file.append(fields_of(full_row(round)));
    ASSERT_EQ(read_text(folder / "rounds.csv"), whole) << size;
  }
}

TEST(ReadRounds, NamesLineAndField) {
  const TemporaryFolder folder;
  const auto path = folder / "rounds.csv";
  {
    RoundsFile file(path, fields_of(TemperingRow()));
    file.append(fields_of(full_row(1)));
  }
  const std::string good = read_text(path);
  const auto failure_of = [&](const std::string& text) -> std::string {
    test::write_plainly(path, text);
    try {
      static_cast<void>(read_rounds<TemperingRow>(path));
    } catch (const FileError& failure) {
      return failure.what();
    }
    return "";
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.rfind(from), from.size(), to);
    return text;
  };
  EXPECT_NE(failure_of(with("-4.974552", "x\x1b")).find(":2: `log_evidence` is \"x\\x1b\""), std::string::npos);
  EXPECT_NE(failure_of(with(",0.125", "")).find("`seconds` is missing"), std::string::npos);
  EXPECT_NE(failure_of(with(",0.125", ",0.125,9")).find("more fields"), std::string::npos);
  EXPECT_NE(failure_of(with("round,scans", "round,scan")).find(":1: the header"), std::string::npos);
  EXPECT_NE(failure_of(good + good.substr(good.find('\n') + 1)).find("do not ascend"), std::string::npos);
}

TEST(ResultFields, LeaveOutTimesAlone) {
  TemperingRow one = full_row(1);
  TemperingRow two = one;
  two.seconds = 99;
  EXPECT_EQ(without_seconds(fields_of(one)), without_seconds(fields_of(two)));
  EXPECT_EQ(without_seconds(fields_of(one)).size(), 24U);  // 25 fields but for `seconds`
  two.density_evaluations -= 1;
  EXPECT_NE(without_seconds(fields_of(one)), without_seconds(fields_of(two)));
}

TEST(RoundsTable, LinesUpUnderItsHeader) {
  const std::string header = table_header();
  const auto width = header.find('\n');
  EXPECT_EQ(header.size(), 2 * (width + 1));
  TemperingRow row = full_row(10);
  for (const double seconds : {0.0, 1e-5, 12345.678, 9.9e9}) {
    row.seconds = seconds;
    row.log_evidence = -123456.789;
    EXPECT_EQ(table_line(row).size(), width + 1) << table_line(row);
  }
  TemperingRow bare;
  EXPECT_EQ(table_line(bare).size(), width + 1);
  for (const char* name :
       {"scans", "restarts", "Lambda", "time(s)", "log(Z1/Z0)", "min(swap)", "mean(swap)", "max|rho|"}) {
    EXPECT_NE(header.find(name), std::string::npos) << name;
  }
}

TEST(RoundsTable, ShowsTheFiguresOfTheRound) {
  EXPECT_EQ(
      table_line(full_row(5)),
      "    5       32        3    0.333     0.125        -4.97    0.012 4.94e-324      0.875     0.75      0.25\n");
}

}  // namespace
}  // namespace dovetail
