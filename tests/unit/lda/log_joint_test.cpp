// The log joint against the definition; learnt priors against its maximum and against priors that made the data.
#include "dovetail/lda/log_joint.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dovetail/core/rng.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/functions.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/lda/tiny.hpp"

namespace dovetail::lda::test {
namespace {

Tallies tallies_of(const Tiny& tiny, const std::vector<std::uint32_t>& z) {
  const std::uint32_t k_max = tiny.topics();
  Tallies tallies;
  tallies.totals.assign(k_max, 0);
  tallies.words = tiny.words;
  std::vector<float> rows(tiny.documents.size() * padded(k_max), 0.0F);
  std::vector<std::uint32_t> words(std::size_t{tiny.words} * k_max, 0);
  std::size_t i = 0;
  for (std::size_t d = 0; d < tiny.documents.size(); ++d) {
    tallies.lengths.add(tiny.documents[d].size());
    for (const std::uint32_t word : tiny.documents[d]) {
      rows[d * padded(k_max) + z[i]] += 1;
      ++words[std::size_t{word} * k_max + z[i]];
      ++tallies.totals[z[i++]];
    }
  }
  tally_documents(rows, k_max, tallies.document_topics);
  PackedRows packed;
  for (std::uint32_t word = 0; word < tiny.words; ++word) {
    const std::size_t head = packed.size();
    packed.push_back(0);
    for (std::uint32_t k = 0; k < k_max; ++k) {
      const std::uint32_t count = words[std::size_t{word} * k_max + k];
      if (count == 0) continue;
      packed.insert(packed.end(), {k, count});
      ++packed[head];
    }
  }
  tally_words(packed, tallies.word_topics);
  return tallies;
}

TEST(LogJoint, IsTheDefinitionOfEveryState) {
  for (const Tiny& tiny : {tiny_a(), tiny_b()}) {
    for (std::size_t state = 0; state < 19683; state += 17) {
      const auto z = topics_of(state, tiny.tokens(), tiny.topics());
      EXPECT_NEAR(log_joint(tallies_of(tiny, z), tiny.priors), log_joint_by_urns(tiny, z), 1e-12);
    }
  }
  const Tiny tiny = tiny_a();  // computed apart; there the second document is 2 2 1
  EXPECT_NEAR(log_joint(tallies_of(tiny, {0, 0, 0, 0, 0, 0, 0, 0}), tiny.priors), -16.485049799092018, 1e-12);
  EXPECT_NEAR(log_joint(tallies_of(tiny, {0, 0, 0, 0, 0, 0, 0, 1}), tiny.priors), -17.436337373003273, 1e-12);
}

TEST(Histogram, IsTheSameInAnyOrder) {
  Rng rng({dovetail::test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  std::vector<std::uint64_t> counts;
  for (int i = 0; i < 2000; ++i) counts.push_back(rng.bits32() % (i % 2 == 0 ? 20 : 20000));
  Histogram all, left, right;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    all.add(counts[i]);
    (i % 3 == 0 ? left : right).add(counts[counts.size() - 1 - i]);
  }
  left.add(right);
  EXPECT_EQ(left.entries(), all.entries());
  std::uint64_t sum = 0;
  for (const auto& [count, times] : all.entries()) sum += count * times;
  std::uint64_t wanted = 0;
  for (const std::uint64_t count : counts) wanted += count;
  EXPECT_EQ(sum, wanted);
}

/// Documents of known priors: topics of tokens drawn from Polya urns, which is what z is under the model.
Tallies simulated(const Priors& priors, std::uint32_t words, std::size_t documents, std::uint64_t seed) {
  Tiny tiny{{}, words, priors};
  std::vector<std::uint32_t> z;
  std::vector<std::vector<double>> phi;
  for (std::uint32_t k = 0; k < tiny.topics(); ++k) {
    Rng rng({seed, Purpose::test, ItemId(k), Step(1)});
    phi.emplace_back(words);
    math::draw_dirichlet(rng, std::vector<double>(words, priors.beta), phi.back());
  }
  for (std::size_t d = 0; d < documents; ++d) {
    Rng rng({seed, Purpose::test, ItemId(static_cast<std::uint32_t>(d)), Step(0)});
    std::vector<double> theta(tiny.topics());
    math::draw_dirichlet(rng, priors.alpha, theta);
    tiny.documents.emplace_back();
    for (std::uint32_t n = 0; n < 40 + d % 40; ++n) {
      z.push_back(static_cast<std::uint32_t>(math::draw_categorical(rng, theta)));
      tiny.documents.back().push_back(static_cast<std::uint32_t>(math::draw_categorical(rng, phi[z.back()])));
    }
  }
  return tallies_of(tiny, z);
}

TEST(LearntPriors, AreThoseThatMadeTheData) {
  const Priors truth{{0.1, 0.4, 0.8, 0.05}, 0.07};
  const Tallies tallies = simulated(truth, 500, 3000, dovetail::test::seed_from_name());
  Priors learnt{std::vector<double>(4, 0.5), 0.5};
  learnt.alpha = learnt_alpha(tallies, learnt, 300);
  learnt.beta = learnt_beta(tallies, learnt, 300);
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(learnt.alpha[k] / truth.alpha[k], 1, 0.1) << k;
  EXPECT_NEAR(learnt.beta / truth.beta, 1, 0.1);
}

TEST(LearntPriors, RaiseTheObjectiveAtEveryStepAndEndAtItsTop) {
  const Tallies tallies = simulated({{0.1, 0.4, 0.8}, 0.07}, 60, 200, dovetail::test::seed_from_name());
  const auto objective = [&](const Priors& priors) {
    double sum = log_joint(tallies, priors) + 0.001 * math::log(priors.beta) - priors.beta;
    for (const double a : priors.alpha) sum += 0.001 * math::log(a) - a;
    return sum;
  };
  Priors priors{{1, 1, 1}, 1};
  double before = objective(priors);
  for (int step = 0; step < 200; ++step) {
    priors.alpha = learnt_alpha(tallies, priors, 1);
    priors.beta = learnt_beta(tallies, priors, 1);
    const double now = objective(priors);
    EXPECT_GE(now, before - 1e-9);
    before = now;
  }
  for (const double factor : {0.99, 1.01}) {
    for (std::size_t k = 0; k < 3; ++k) {
      Priors other = priors;
      other.alpha[k] *= factor;
      EXPECT_LT(objective(other), before);
    }
    EXPECT_LT(objective({priors.alpha, priors.beta * factor}), before);
  }
}

}  // namespace
}  // namespace dovetail::lda::test
