#include "dovetail/jobs/lda_job.hpp"

#include <iterator>
#include <numeric>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"

namespace dovetail {
namespace {

constexpr std::uint32_t kLearnFrom = 50;  ///< sweeps before priors are learnt: topics must have formed
constexpr unsigned kLearnSteps = 5;       ///< of the fixed point, after each round

}  // namespace

SharedVector<std::uint32_t> ShardRecord::rows_from(std::span<const std::byte> packed) {
  const auto rows = lda::rows_of_bytes(packed);
  if (!rows) throw CheckpointError("bytes of a slice that are no rows of words");
  return {*rows};
}

LdaJob::LdaJob(const TopicModel& model, const LdaOptions& options)
    : model_(model),
      options_(options),
      grid_(lda::make_grid(model.corpus(), options.shards, lda::block_documents(options.topics), options.seed)) {}

std::uint32_t LdaJob::slice_of(const Shared& shared, std::size_t shard) const {
  return static_cast<std::uint32_t>((shard + shared.step) % options_.shards);
}

lda::WordTopics LdaJob::count_words(const std::vector<Local>& locals) const {
  std::vector<std::span<const lda::Topic>> topics;
  for (const Local& shard : locals) topics.emplace_back(shard.topics);
  return lda::count_words(grid_, topics, options_.topics);
}

std::string LdaJob::fault_of(const Shared& shared, const std::vector<Local>& locals) const {
  if (locals.size() != options_.shards || shared.slices.size() != options_.shards) return "another number of shards";
  if (shared.alpha.size() != options_.topics) return "another number of topics";
  for (std::size_t s = 0; s < locals.size(); ++s) {
    if (locals[s].topics.size() != grid_.shards[s].tokens()) return "another number of tokens";
    for (const lda::Topic topic : locals[s].topics) {
      if (topic >= options_.topics) return "a topic that there is not";
    }
  }
  const lda::WordTopics recount = count_words(locals);
  if (recount.totals != shared.totals) return "totals that are not those of its topics";
  for (std::size_t slice = 0; slice < recount.slices.size(); ++slice) {
    if (!(shared.slices[slice] == SharedVector<std::uint32_t>(recount.slices[slice]))) {
      return "counts of words that are not those of its topics";
    }
  }
  return "";
}

LdaJob::Shared LdaJob::begin_shared() const {
  Shared shared;
  std::vector<Local> locals;
  Scratch none;
  for (std::uint32_t s = 0; s < options_.shards; ++s) locals.push_back(begin_local(shared, ItemId(s), none));
  lda::WordTopics counted = count_words(locals);
  for (lda::PackedRows& rows : counted.slices) {
    shared.slices.emplace_back(rows);
    lda::PackedRows().swap(rows);
  }
  shared.totals = std::move(counted.totals);
  shared.alpha.assign(options_.topics, options_.alpha.value_or(50.0 / options_.topics));
  shared.beta = options_.beta;
  return shared;
}

LdaJob::Local LdaJob::begin_local(const Shared&, ItemId item, Scratch&) const {
  Rng rng({options_.seed, Purpose::initial_topics, item, Step(0)});
  Local shard;
  shard.topics.resize(grid_.shards[item.value].tokens());
  for (lda::Topic& topic : shard.topics) {
    topic = static_cast<lda::Topic>(std::uint64_t{rng.bits32()} * options_.topics >> 32);
  }
  return shard;
}

Phase LdaJob::phase(const Shared& shared) const {
  const std::uint64_t steps = options_.shards;
  return {shared.sweep % options_.round_sweeps * steps + shared.step, options_.round_sweeps * steps};
}

/// Priors may be others in every round, whose first phase this may be.
void LdaJob::begin_round(const Shared& shared, ItemId item, Local& shard, Record& record) const {
  if (phase(shared).ended == 0) AlignedVector<float>().swap(shard.documents);
  record.rows = shared.slices[slice_of(shared, item.value)];
}

LdaJob::Shared LdaJob::shown(const Shared& shared) const {
  Shared seen = shared;
  seen.slices.clear();
  seen.moved = 0;
  seen.last.reset();
  return seen;
}

void LdaJob::advance(const Shared& shared, ItemId item, Local& shard, Record& record, Step step,
                     Scratch& scratch) const {
  const lda::Shard& here = grid_.shards[item.value];
  Rng rng({options_.seed, Purpose::topics, item, step});
  lda::Numbers numbers([&](std::span<std::uint32_t> out) {
    for (std::uint32_t& number : out) number = rng.bits32();
  });
  const std::uint32_t slice = slice_of(shared, item.value);
  lda::CellResult drawn = lda::draw_cell(here, slice, {shared.alpha, shared.beta}, model_.corpus().words.size(),
                                         {record.rows.data(), record.rows.size()}, shared.totals, shard.topics,
                                         shard.documents, numbers, scratch);
  record.rows = SharedVector<std::uint32_t>(drawn.rows);
  record.change = std::move(drawn.change);
  record.moved = drawn.moved;
}

LdaJob::Outcome LdaJob::report(const Shared& shared, ItemId item, const Local& shard, const Record& record) const {
  Outcome outcome(1);
  outcome.front().record = record;
  const Phase at = phase(shared);
  if (at.ended + 1 == at.of) {
    const lda::Shard& here = grid_.shards[item.value];
    auto& tallied = outcome.front().document_topics;
    tallied.resize(options_.topics);
    AlignedVector<float> counted;
    for (std::size_t b = 0; b < lda::blocks_of(here); ++b) {
      counted.resize(lda::documents_of(here, b) * lda::padded(options_.topics));
      lda::count_block(here, b, shard.topics, options_.topics, counted);
      lda::tally_documents(counted, options_.topics, tallied);
    }
  }
  return outcome;
}

LdaJob::Outcome LdaJob::merge(Outcome left, Outcome right) const {
  std::move(right.begin(), right.end(), std::back_inserter(left));
  return left;
}

LdaJob::Shared LdaJob::update(const Shared& shared, const Outcome& reports) const {
  Shared next = shared;
  for (std::size_t s = 0; s < reports.size(); ++s) {
    const ShardRecord& record = reports[s].record;
    next.slices[slice_of(shared, s)] = record.rows;
    for (std::size_t k = 0; k < next.totals.size(); ++k) next.totals[k] += static_cast<std::uint64_t>(record.change[k]);
    next.moved += record.moved;
  }
  DOVETAIL_ENSURE(std::accumulate(next.totals.begin(), next.totals.end(), std::uint64_t{0}) == model_.corpus().tokens);
  next.step = (shared.step + 1) % options_.shards;
  if (next.step == 0) ++next.sweep;
  if (phase(next).ended == 0) end_round(reports, next);
  return next;
}

void LdaJob::end_round(const Outcome& reports, Shared& next) const {
  const lda::Corpus& corpus = model_.corpus();
  lda::Tallies tallies;
  tallies.document_topics.resize(options_.topics);
  for (const ShardReport& report : reports) {
    for (std::size_t k = 0; k < options_.topics; ++k) tallies.document_topics[k].add(report.document_topics[k]);
  }
  for (std::size_t d = 0; d < corpus.documents(); ++d) tallies.lengths.add(corpus.length(d));
  for (const auto& rows : next.slices) lda::tally_words({rows.data(), rows.size()}, tallies.word_topics);
  tallies.totals = next.totals;
  tallies.words = corpus.words.size();
  const lda::Priors priors{next.alpha, next.beta};
  const auto tokens = static_cast<double>(corpus.tokens);
  LdaRow row;
  row.round = next.sweep / options_.round_sweeps;
  row.sweeps = next.sweep;
  row.log_joint_per_token = lda::log_joint(tallies, priors) / tokens;
  row.moved = static_cast<double>(next.moved) / (tokens * options_.round_sweeps);
  row.alpha_sum = std::accumulate(next.alpha.begin(), next.alpha.end(), 0.0);
  row.beta = next.beta;
  for (const std::uint64_t total : next.totals) row.topics += total > 0 ? 1 : 0;
  next.last = row;
  next.moved = 0;
  if (next.sweep < kLearnFrom) return;
  if (options_.learn == Learn::both || options_.learn == Learn::alpha) {
    next.alpha = lda::learnt_alpha(tallies, priors, kLearnSteps);
  }
  if (options_.learn == Learn::both || options_.learn == Learn::beta) {
    next.beta = lda::learnt_beta(tallies, priors, kLearnSteps);
  }
}

}  // namespace dovetail
