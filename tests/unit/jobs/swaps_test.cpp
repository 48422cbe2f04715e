// Fixed ladders, several kernel steps between swaps, the history of swaps, population kernels on a ladder.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/columns.hpp"
#include "dovetail/jobs/swap_history.hpp"
#include "dovetail/jobs/verify.hpp"
#include "dovetail/output/digest.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/memory_sink.hpp"
#include "dovetail/tempering/schedule.hpp"
#include "dovetail/tempering/swap.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/tempering_runs.hpp"

namespace dovetail::test {
namespace {

TemperResult run_in(const RunFolder& folder, const Model& model, const TemperOptions& options) {
  TemperObserver quiet;
  return temper(model, options, serial_layout(), quiet, {folder, "", false, 0, RunFiles::Start::anew});
}

RunFolder make_folder(const TemporaryFolder& place) {
  return RunFolder::create(place.path() / "r", "r", Existing::refuse);
}

// A population kernel looks once a step: N steps a scan of every rung but the reference, which draws afresh once.
TEST(SwapEvery, IsTheNumberOfKernelStepsOfEveryScan) {
  const auto model = make_model("builtin:modes");
  for (const std::uint32_t every : {1U, 3U}) {
    TemperOptions options = own_options(6);
    options.kernel = "de";
    options.schedule = tempering::geometric_schedule(30, 4);
    options.swap_every = every;
    options.copies = 2;
    for (const TemperingRow& row : run_temper(*model, options).rounds) {
      EXPECT_EQ(row.density_evaluations, row.scans * 2 * (1 + 4 * every)) << "round " << row.round;
    }
  }
}

// Left to itself the engine gives rungs that hardly move more steps; a number is taken as it is.
TEST(SwapEvery, IsNotAdapted) {
  const auto model = make_model("builtin:modes");
  TemperOptions options = own_options(8);
  options.kernel = "mh";
  options.kernel_settings.proposals = {{{"x[1]", "x[2]"}, "normal", {{"scale", {0.01}}}}};
  options.replicas = 4;
  const auto passes = [&](std::uint32_t every) {
    options.swap_every = every;
    const TemperJob job(*model, options);
    State<TemperJob> state = begin_from(job, job.begin_shared());
    Observer quiet;
    run_job(job, state, quiet);
    return std::set<std::uint32_t>(state.shared.passes.begin(), state.shared.passes.end());
  };
  EXPECT_EQ(passes(2), (std::set<std::uint32_t>{2}));
  EXPECT_GT(*passes(0).rbegin(), 1U);
}

/// swaps.csv: by (round, copy, scan) the replicas, empty fields left out.
std::map<std::array<std::size_t, 3>, std::vector<std::uint32_t>> read_history(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::map<std::array<std::size_t, 3>, std::vector<std::uint32_t>> history;
  std::string line, field;
  std::getline(file, line);
  EXPECT_TRUE(line.starts_with("round,copy,scan,rung_0,rung_1")) << line;
  const auto commas = std::count(line.begin(), line.end(), ',');
  while (std::getline(file, line)) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), commas);
    std::istringstream fields(line);
    std::array<std::size_t, 3> key{};
    for (std::size_t& part : key) {
      std::getline(fields, field, ',');
      part = std::stoul(field);
    }
    auto& replicas = history[key];
    while (std::getline(fields, field, ',') && !field.empty()) {
      replicas.push_back(static_cast<std::uint32_t>(std::stoul(field)));
    }
  }
  return history;
}

// From each scan's energies and streams the swaps can be worked out, and so who stands where in the next scan.
TEST(SwapHistory, IsWhatTheEnergiesOfEveryRungDecide) {
  const auto model = make_model("builtin:modes");
  TemperOptions options = own_options(7);
  options.kernel = "slice";
  options.schedule = tempering::geometric_schedule(30, 4);
  options.copies = 2;
  options.swap_history = true;
  const TemporaryFolder place;
  const RunFolder folder = make_folder(place);
  run_in(folder, *model, options);
  const DrawsReader draws(folder.draws());
  const auto& names = draws.columns();
  const auto energy_column = std::find(names.begin(), names.end(), "log_likelihood") - names.begin();
  constexpr std::size_t kRungs = 5;
  const std::uint64_t first_step = (1U << 7) - 2;  // scans of the rounds before the last
  auto history = read_history(folder.swaps());
  ASSERT_EQ(history.size(), 2U * 128);
  std::set<std::uint32_t> all;
  int swaps = 0;
  for (std::size_t copy = 0; copy < 2; ++copy) {
    std::vector<std::vector<double>> energies;
    for (std::size_t k = 0; k < kRungs; ++k) {
      const bool target = k + 1 == kRungs;
      const std::size_t source = target ? copy : 2 + copy * kRungs + k;
      auto& rung = energies.emplace_back();
      draws.visit_column(Round(7), ItemId(static_cast<std::uint32_t>(source)), static_cast<std::size_t>(energy_column),
                         [&](std::span<const double> piece) { rung.insert(rung.end(), piece.begin(), piece.end()); });
    }
    for (std::size_t scan = 0; scan + 1 < 128; ++scan) {
      std::vector<std::uint32_t> expected = history.at({7, copy + 1, scan + 1});
      all.insert(expected.begin(), expected.end());
      const std::uint64_t step = first_step + scan;
      for (std::size_t k = step % 2; k + 1 < kRungs; k += 2) {
        Rng rng({options.seed, Purpose::swap, ItemId(static_cast<std::uint32_t>(copy * kRungs + k)), Step(step)});
        const double ratio = tempering::log_swap_ratio(options.schedule[k], energies[k][scan], options.schedule[k + 1],
                                                       energies[k + 1][scan]);
        if (!tempering::accepts_swap(ratio, rng.uniform_open())) continue;
        std::swap(expected[k], expected[k + 1]);
        ++swaps;
      }
      ASSERT_EQ(history.at({7, copy + 1, scan + 2}), expected) << "copy " << copy + 1 << ", after scan " << scan + 1;
    }
  }
  EXPECT_EQ(all.size(), 2 * kRungs);  // every replica has a number of its own
  EXPECT_GT(swaps, 50);
}

// Two legs, a ladder that changes its length, all rounds: every line names each replica of its copy once.
TEST(SwapHistory, HasEveryReplicaOnceWhateverTheLadder) {
  const auto model = make_model("builtin:unid,n=100000,y=50000");
  TemperOptions options = own_options(6);
  options.reference = ReferenceKind::variational;
  options.copies = 2;
  options.keep = Keep::all_rounds;
  options.swap_history = true;
  const TemporaryFolder place;
  const RunFolder folder = make_folder(place);
  const TemperResult result = run_in(folder, *model, options);
  std::set<std::size_t> lengths;
  for (const auto& [key, replicas] : read_history(folder.swaps())) {
    EXPECT_EQ(replicas.size(), result.rounds[key[0] - 1].replicas);
    EXPECT_EQ(std::set<std::uint32_t>(replicas.begin(), replicas.end()).size(), replicas.size());
    lengths.insert(replicas.size());
  }
  EXPECT_GT(lengths.size(), 1U);
}

// A file that was cut holds fewer scans of some rungs, or lacks a rung.
TEST(SwapHistory, OfACutFileIsThatOfTheScansThatAllRungsHave) {
  MemorySink sink;
  sink.begin(std::vector<std::string>{"x", "replica"});
  const auto write = [&](std::uint32_t source, const std::vector<double>& replicas) {
    std::vector<double> rows;
    for (const double replica : replicas) rows.insert(rows.end(), {0.5, replica});
    sink.write({ItemId(source), Round(1), 0, 2, rows});
  };
  write(0, {2, 1, 0});  // the target of the one copy
  EXPECT_THROW(static_cast<void>(replicas_by_rung(sink, Round(1), 0, 1, 2)), FileError);
  write(1, {0, 2});
  write(2, {1, 0, 2, 1});
  const auto history = replicas_by_rung(sink, Round(1), 0, 1, 1);
  EXPECT_EQ(history, (std::vector<std::vector<std::uint32_t>>{{0, 2}, {1, 0}, {2, 1}}));
  EXPECT_EQ(interleaved_chains(sink, Round(1), 1, 1, 2), (std::vector<std::vector<double>>{{2, 0, 1, 2}}));
}

// Who made a draw is no quantity with a mean; and what is recorded does not change what is drawn.
TEST(SwapHistory, ChangesNoDrawAndNoSummary) {
  const auto model = make_model("builtin:modes");
  TemperOptions options = own_options(6);
  const TemperResult without = run_temper(*model, options);
  options.swap_history = true;
  const TemperResult with = run_temper(*model, options);
  EXPECT_EQ(with.columns.back(), "replica");
  ASSERT_EQ(with.summary.parameters.size(), without.summary.parameters.size());
  for (std::size_t i = 0; i < with.summary.parameters.size(); ++i) {
    EXPECT_EQ(with.summary.parameters[i].mean, without.summary.parameters[i].mean);
  }
  EXPECT_EQ(with.rounds.back().state_sha256, without.rounds.back().state_sha256);
}

class PopulationOnALadder : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Temper, PopulationOnALadder, ::testing::Values("de", "snooker", "stretch"));

// Evidence and means of two far modes, within their own errors.
TEST_P(PopulationOnALadder, FindsEvidenceAndModes) {
  const auto model = make_model("builtin:modes");
  TemperOptions options = own_options(13);
  options.kernel = GetParam();
  options.swap_every = 3;
  const TemperResult result = run_temper(*model, options);
  const auto& tempering = result.summary.tempering;
  ASSERT_TRUE(tempering && tempering->log_evidence && tempering->log_evidence_se);
  EXPECT_LT(std::fabs(*tempering->log_evidence - closed_form_of(*model, "log_evidence")),
            z_limit(6) * *tempering->log_evidence_se);
  for (const ParameterSummary& row : result.summary.parameters) {
    if (row.name != "upper_mode") continue;
    ASSERT_TRUE(row.mcse_mean);
    EXPECT_LT(std::fabs(row.mean - closed_form_of(*model, "mean(upper_mode)")), z_limit(6) * *row.mcse_mean);
  }
}

TEST_P(PopulationOnALadder, GivesTheSameDigestForAnyLayout) {
  const auto model = make_model("builtin:modes");
  TemperOptions options = own_options(7);
  options.kernel = GetParam();
  options.copies = 2;
  options.swap_history = true;
  options.swap_every = 2;
  const TemporaryFolder place;
  const RunFolder folder = make_folder(place);
  const std::string whole = run_in(folder, *model, options).summary.digest;
  for (const unsigned threads : {2U, 3U, 8U}) {
    EXPECT_EQ(run_temper(*model, options, {"threads", threads}).summary.digest, whole);
  }
  TemperObserver quiet;
  EXPECT_TRUE(verify_temper(*model, options, folder, quiet).same);
}

// Points of all copies, as many as an archive holds, each of them a state of that rung.
TEST(PopulationOnALadder, ArchivesEveryRung) {
  const auto model = make_model("builtin:modes");
  TemperOptions options = own_options(10);
  options.kernel = "de";
  options.replicas = 4;
  options.copies = 3;
  const TemperJob job(*model, options);
  State<TemperJob> state = begin_from(job, job.begin_shared());
  Observer quiet;
  run_job(job, state, quiet, [&](const State<TemperJob>& at, double) {
    const std::uint64_t visited = 3 * (std::uint64_t{1} << at.round.value);
    for (const Tuning& tuning : at.shared.tuning) {
      const std::size_t points = tuning.archive.size() / model->dimension();
      EXPECT_EQ(tuning.archive.size() % model->dimension(), 0U);
      EXPECT_LE(points, 1000U);
      EXPECT_GE(points, std::min<std::uint64_t>(visited, 500));
    }
  });
}

// What a round gathers for the archive does not grow with its length.
TEST(PopulationOnALadder, GathersABoundedNumberOfPoints) {
  const auto model = make_model("builtin:modes");
  TemperOptions options = own_options(20);
  options.kernel = "de";
  options.replicas = 4;
  options.copies = 3;
  const TemperJob job(*model, options);
  TemperShared shared = job.begin_shared();
  shared.round = 12;
  TemperJob::Scratch scratch;
  Replica replica = job.begin_local(shared, ItemId(2), scratch);
  RungRecord record;
  job.begin_round(shared, ItemId(2), replica, record);
  for (std::uint64_t t = 0; t < job.steps(shared); ++t) {
    job.advance(shared, ItemId(2), replica, record, Step(t), scratch);
  }
  const std::size_t points = record.positions.size() / model->dimension();
  EXPECT_LE(points, 1000U / 3);
  EXPECT_GE(points, 300U);
}

}  // namespace
}  // namespace dovetail::test
