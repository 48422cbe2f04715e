// Sites that keep their rows: the rounds of rows in one place, and nothing of rows or local parameters in what goes to
// others.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/private_ep_job.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/run/pool_task.hpp"
#include "dovetail/run/segment.hpp"
#include "tests/support/divided_tables.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

constexpr const char* kSpec = "builtin:hierarchical_logistic";
constexpr std::size_t kGroups = 4;
constexpr std::size_t kRows = 25;

Table table() { return test::logistic_groups(kGroups, kRows, 3); }

SiteSecret secret_of(std::size_t site) {
  SiteSecret secret{};
  secret.front() = static_cast<std::byte>(site + 1);
  return secret;
}

/// The rows of one group each; those of `held` are here.
std::unique_ptr<DividedModel> private_model(const std::vector<std::size_t>& held, std::size_t other_rows_of = kGroups) {
  const Table all = table();
  const auto groups = groups_of(all, "group");
  std::vector<SiteData> sites;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    SiteData site{{"site-" + std::to_string(k), kRows, std::string(64, static_cast<char>('0' + k)), {}}, {}};
    for (const TableColumn& column : all.columns) site.entry.columns.push_back(column.name);
    if (std::find(held.begin(), held.end(), k) != held.end()) {
      Table own{"own.csv", kRows, all.columns};
      for (TableColumn& column : own.columns) {
        std::vector<double> numbers;
        std::vector<std::string> texts;
        for (const std::size_t row : groups[k].rows) {
          if (!column.texts.empty()) texts.push_back(column.texts[row]);
          if (!column.numbers.empty()) numbers.push_back(column.numbers[row]);
        }
        column.numbers = numbers;
        column.texts = texts;
      }
      site.rows = SiteRows{std::move(own), secret_of(k == other_rows_of ? k + 100 : k)};
    }
    sites.push_back(std::move(site));
  }
  return make_private_model(kSpec, sites, {.by = "group"});
}

EpOptions options() {
  EpOptions options;
  options.seed = test::seed_from_name();
  options.rounds = 3;
  options.draws = 80;
  options.warmup = 40;
  options.tolerance = 1e-6;
  return options;
}

EpResult run_ep(const DividedModel& model, const EpOptions& options, const Layout& layout = {"serial"}) {
  EpObserver quiet;
  return expectation_propagation(model, options, layout, quiet);
}

RowFields without_hash(const EpRow& row) {
  RowFields fields = without_seconds(fields_of(row));
  std::erase_if(fields, [](const auto& field) { return field.first == "state_sha256"; });
  return fields;
}

TEST(PrivateEp, HasTheBlocksOfRowsInOnePlace) {
  EpOptions asked = options();
  asked.family = parse_family("blocks:mu,sigma");
  const EpResult expected = run_ep(*make_divided_model(kSpec, table(), {.by = "group"}), asked);
  const EpResult result = run_ep(*private_model({0, 1, 2, 3}), asked);
  EXPECT_EQ(result.summary.ep->family, expected.summary.ep->family);
  EXPECT_EQ(result.summary.ep->mean, expected.summary.ep->mean);
  EXPECT_EQ(result.summary.ep->covariance, expected.summary.ep->covariance);
}

TEST(PrivateEp, HasTheRoundsOfRowsInOnePlace) {
  const auto open = make_divided_model(kSpec, table(), {.by = "group"});
  const auto closed = private_model({0, 1, 2, 3});
  const EpResult expected = run_ep(*open, options());
  const EpResult result = run_ep(*closed, options());
  ASSERT_EQ(result.rounds.size(), expected.rounds.size());
  for (std::size_t r = 0; r < result.rounds.size(); ++r) {
    EXPECT_EQ(without_hash(result.rounds[r]), without_hash(expected.rounds[r])) << r;
    EXPECT_NE(result.rounds[r].state_sha256, expected.rounds[r].state_sha256) << "chains are not kept sealed";
  }
  EXPECT_EQ(result.summary.ep->mean, expected.summary.ep->mean);
  EXPECT_EQ(result.summary.ep->covariance, expected.summary.ep->covariance);
  for (const unsigned threads : {1U, 2U, 3U}) {
    EXPECT_EQ(run_ep(*closed, options(), {"threads", threads}).summary.digest, result.summary.digest) << threads;
  }
}

/// Everything that a round of a run consists of, by hand: a server without rows, and a process for each site.
class PrivateRound : public testing::Test {
 protected:
  PrivateRound() : server_model_(private_model({})), server_(*server_model_, options()) {
    state_.shared = server_.begin_shared();
    state_.locals.resize(kGroups);
    state_.records.resize(kGroups);
  }

  void begin_round() {
    for (std::uint32_t k = 0; k < kGroups; ++k) {
      server_.begin_round(state_.shared, ItemId(k), state_.locals[k], state_.records[k]);
    }
  }
  Segment<PrivateEpJob> segment() { return {server_, state_, std::span(scratch_)}; }
  /// The work of site k in a process that has its rows alone; what it puts into the store.
  Bytes work(std::uint32_t k) {
    const auto model = private_model({k});
    const PrivateEpJob job(*model, options());
    const auto task = pool_task(job);
    const Segment<PrivateEpJob> lends = segment();
    return *task(lends.shared_bytes(), k, lends.lend(k), Step(state_.shared.first_step), job.steps(state_.shared),
                 false);
  }
  [[nodiscard]] Step end() const { return Step(state_.shared.first_step + server_.steps(state_.shared)); }
  void end_round() {
    std::vector<EpOutcome> outcomes;
    for (std::uint32_t k = 0; k < kGroups; ++k) {
      outcomes.push_back(server_.report(state_.shared, ItemId(k), state_.locals[k], state_.records[k]));
    }
    EpOutcome all = outcomes[0];
    for (std::uint32_t k = 1; k < kGroups; ++k) all = server_.merge(std::move(all), outcomes[k]);
    state_.shared = server_.update(state_.shared, all);
  }

  std::unique_ptr<DividedModel> server_model_;
  PrivateEpJob server_;
  State<PrivateEpJob> state_;
  std::vector<PrivateEpJob::Scratch> scratch_{1};
};

bool has(const Bytes& bytes, double value) {
  std::array<std::byte, sizeof value> bits{};
  std::memcpy(bits.data(), &value, sizeof value);
  return std::search(bytes.begin(), bytes.end(), bits.begin(), bits.end()) != bytes.end();
}

TEST_F(PrivateRound, AServerWithoutRowsAndAProcessForEachSiteComeToTheSame) {
  const EpResult expected = run_ep(*private_model({0, 1, 2, 3}), options());
  for (const EpRow& row : expected.rounds) {
    begin_round();
    for (std::uint32_t k = 0; k < kGroups; ++k) segment().take_back(k, work(k), end());
    end_round();
    EXPECT_EQ(state_.shared.last->distance, row.distance);
    EXPECT_EQ(state_.shared.last->noise, row.noise);
    EXPECT_EQ(state_.shared.last->gradient_evaluations, row.gradient_evaluations);
  }
  EXPECT_EQ(ep::normal_of(state_.shared.answer)->mean, expected.summary.ep->mean);
}

/// Against the states of the same run in the open, which holds all that must not be seen.
TEST_F(PrivateRound, WhatIsSentHasNoLocalParametersNoDrawsAndNoOtherSite) {
  const auto open_model = make_divided_model(kSpec, table(), {.by = "group"});
  const EpJob open(*open_model, options());
  EpJob::Scratch scratch;
  std::vector<Site> sites;
  for (std::uint32_t k = 0; k < kGroups; ++k) {
    sites.push_back(open.begin_local(state_.shared, ItemId(k), scratch));
  }
  for (int round = 0; round < 2; ++round) {
    begin_round();
    std::vector<Bytes> sent, done;
    for (std::uint32_t k = 0; k < kGroups; ++k) sent.push_back(segment().lend(k));
    const Bytes shown = segment().shared_bytes();
    for (std::uint32_t k = 0; k < kGroups; ++k) done.push_back(work(k));
    std::size_t looked_for = 0;
    for (std::uint32_t k = 0; k < kGroups; ++k) {
      SiteRecord record;
      open.begin_round(state_.shared, ItemId(k), sites[k], record);
      for (std::uint64_t i = 0; i < open.steps(state_.shared); ++i) {
        open.advance(state_.shared, ItemId(k), sites[k], record, Step(state_.shared.first_step + i), scratch);
      }
      std::vector<double> hidden;
      for (const SiteChain& chain : sites[k].chains) {
        hidden.insert(hidden.end(), chain.point.begin(), chain.point.end());
        hidden.push_back(chain.tuning.step_size);
      }
      for (const auto& draws : {record.points, record.scores, record.gradients}) {
        for (const auto& chain : draws) hidden.insert(hidden.end(), chain.begin(), chain.end());
      }
      for (const double value : hidden) {
        EXPECT_FALSE(has(done[k], value) || has(sent[k], value) || has(shown, value)) << "site " << k;
        ++looked_for;
      }
      EXPECT_TRUE(has(done[k], open.report(state_.shared, ItemId(k), sites[k], record).sites[0].noise))
          << "what is told is not found either: the test shows nothing";
    }
    EXPECT_GT(looked_for, 4000U);
    for (std::uint32_t k = 0; k < kGroups; ++k) segment().take_back(k, done[k], end());
    end_round();
    for (std::uint32_t k = 0; k < kGroups; ++k) {  // factors that are on their way to their own sites now
      for (std::uint32_t other = 0; other < kGroups; ++other) {
        begin_round();
        EXPECT_EQ(has(segment().lend(k), state_.shared.sites[other].shift[0]), k == other);
      }
      EXPECT_FALSE(has(segment().shared_bytes(), state_.shared.sites[k].shift[0]));
      EXPECT_FALSE(has(segment().shared_bytes(), state_.shared.global.shift[0]));
    }
  }
}

TEST_F(PrivateRound, ASiteThatChangesItsProcessInTheMiddleIsMadeAgain) {
  begin_round();
  const Bytes expected = work(1);
  const auto model = private_model({1});
  const PrivateEpJob job(*model, options());
  const std::uint64_t steps = job.steps(state_.shared);
  for (const std::uint64_t at : {std::uint64_t{1}, steps / 2, steps - 1}) {
    Lent<PrivateEpJob> lent{state_.locals[1], state_.records[1]};
    for (std::uint64_t i = 0; i < at; ++i) {
      job.advance(state_.shared, ItemId(1), lent.local, lent.record, Step(i), scratch_[0]);
    }
    lent = unpack<Lent<PrivateEpJob>>(pack(lent));
    for (std::uint64_t i = at; i < steps; ++i) {
      job.advance(state_.shared, ItemId(1), lent.local, lent.record, Step(i), scratch_[0]);
    }
    EXPECT_EQ(pack(lent), expected) << at;
  }
}

TEST_F(PrivateRound, WhoHasNotTheRowsCannotGoOn) {
  begin_round();
  EXPECT_THROW(server_.advance(state_.shared, ItemId(0), state_.locals[0], state_.records[0], Step(0), scratch_[0]),
               StoreError);
  for (std::uint32_t k = 0; k < kGroups; ++k) segment().take_back(k, work(k), end());
  end_round();
  begin_round();
  const auto forged = private_model({2}, 2);
  const PrivateEpJob job(*forged, options());
  try {
    job.advance(state_.shared, ItemId(2), state_.locals[2], state_.records[2], Step(state_.shared.first_step),
                scratch_[0]);
    FAIL() << "chains were opened with a secret made of other rows";
  } catch (const StoreError& error) {
    EXPECT_NE(std::string(error.what()).find("was not made from its rows"), std::string::npos) << error.what();
  }
}

TEST(PrivateEp, WhatCannotBeAFactorIsASiteWithoutATarget) {
  const auto good = [] {
    EpOutcome told;
    told.sites.push_back({ep::flat(2), 0.1, 1.5});
    return told;
  };
  EXPECT_TRUE(usable(good(), ep::Family::dense(2)).sites[0].target);
  EXPECT_EQ(usable(good(), ep::Family::dense(2)).sites[0].noise, 0.1);
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::function<void(EpOutcome&)>> wrong = {
      [](EpOutcome& o) { o.sites.clear(); },
      [](EpOutcome& o) { o.sites.push_back(o.sites[0]); },
      [](EpOutcome& o) { o.sites[0].target = ep::flat(3); },
      [](EpOutcome& o) { o.sites[0].target->precision.pop_back(); },
      [&](EpOutcome& o) { o.sites[0].target->shift[1] = kNan; },
      [](EpOutcome& o) { o.sites[0].target->precision[3] = kInfinity; },
      [](EpOutcome& o) { o.sites[0].target->precision[1] = 1; },
      [&](EpOutcome& o) { o.sites[0].noise = kNan; },
      [](EpOutcome& o) { o.sites[0].noise = -1; },
      [&](EpOutcome& o) { o.sites[0].worst_z = kInfinity; },
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EpOutcome told = good();
    wrong[i](told);
    const EpOutcome taken = usable(told, ep::Family::dense(2));
    ASSERT_EQ(taken.sites.size(), 1U) << i;
    EXPECT_FALSE(taken.sites[0].target) << i;
    EXPECT_EQ(taken.sites[0].noise, 0) << i;
  }
  EpOutcome correlated = good();
  correlated.sites[0].target->precision = {2, 1, 1, 2};
  EXPECT_TRUE(usable(correlated, ep::Family::dense(2)).sites[0].target);
  EXPECT_FALSE(usable(correlated, ep::Family::diagonal(2)).sites[0].target);
  EpOutcome more = good();
  more.integrals = {1};
  more.variances = {1};
  EXPECT_TRUE(usable(more, ep::Family::dense(2)).integrals.empty());
}

TEST(PrivateEp, WhatTellsMoreThanAFactorIsRefusedWhereverTheRowsAre) {
  for (const std::vector<std::size_t>& held : {std::vector<std::size_t>{}, std::vector<std::size_t>{0, 1, 2, 3}}) {
    const auto model = private_model(held);
    EXPECT_NO_THROW(check_options(options(), *model));
    EpOptions asked = options();
    asked.correct = 0.1;
    EXPECT_THROW(check_options(asked, *model), UsageError);
    asked = options();
    asked.power = 0.5;
    EXPECT_THROW(check_options(asked, *model), UsageError);
    asked = options();
    asked.estimator = SiteEstimator::laplace;
    EXPECT_THROW(check_options(asked, *model), UsageError);
  }
}

}  // namespace
}  // namespace dovetail
