// Pooling over chains: averages of what was learnt, factors anew, the frozen untouched.
#include "dovetail/kernel/proposal/pooling.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "chain.hpp"
#include "dovetail/core/codec.hpp"
#include "dovetail/math/linear_algebra.hpp"

namespace dovetail::test {
namespace {

ProposalTuning learnt(double log_scale, std::vector<double> mean, std::vector<double> covariance) {
  ProposalTuning tuning;
  tuning.form = TuningForm::cholesky;
  tuning.scale.assign(mean.size(), 1);
  tuning.log_scale = {log_scale};
  tuning.mean = std::move(mean);
  tuning.covariance = std::move(covariance);
  tuning.moves = 10;
  refresh(tuning);
  return tuning;
}

TEST(Pooled, AveragesLogScalesAndCovariancesAndFactorsAnew) {
  const std::vector<ProposalTuning> chains{learnt(0, {1, 2}, {1, 0.5, 0.5, 1}), learnt(1, {3, 2}, {3, -0.5, -0.5, 2}),
                                           learnt(2, {2, 8}, {2, 0.6, 0.6, 6})};
  const ProposalTuning one = pooled(chains);
  EXPECT_NEAR(one.log_scale[0], 1, 1e-15);
  EXPECT_NEAR(one.scale[1], std::exp(1.0), 1e-14);
  const std::vector<double> covariance{2, 0.2, 0.2, 3};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(one.covariance[i], covariance[i], 1e-15);
  const auto factor = math::cholesky(covariance, 2);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(one.factor[i], (*factor)[i], 1e-9);
}

// Two chains in modes 100 apart, each of variance 1: covariances stay those of a mode, about each chain's own mean.
TEST(Pooled, EveryChainKeepsItsOwnMean) {
  std::vector<Tuning> chains(2);
  chains[0].proposals = {learnt(0, {-50, 0}, {1, 0, 0, 1})};
  chains[1].proposals = {learnt(0, {50, 0}, {3, 0, 0, 1})};
  pool_proposals(chains);
  EXPECT_EQ(chains[0].proposals[0].mean, (std::vector<double>{-50, 0}));
  EXPECT_EQ(chains[1].proposals[0].mean, (std::vector<double>{50, 0}));
  for (const Tuning& chain : chains) EXPECT_EQ(chain.proposals[0].covariance, (std::vector<double>{2, 0, 0, 1}));
}

TEST(Pooled, EqualTuningsStayBitForBit) {
  const ProposalTuning one = learnt(0.1, {1.1, 2}, {1, 0.3, 0.3, 0.7});
  EXPECT_EQ(pooled(std::vector<ProposalTuning>(3, one)), one);
}

TEST(Pooled, AChainThatNeverMovedHasNoSay) {
  const ProposalTuning one = learnt(0.1, {1.1, 2}, {1, 0.3, 0.3, 0.7});
  ProposalTuning idle = one;
  idle.moves = 0;
  idle.mean.clear();
  idle.log_scale = {5};
  EXPECT_EQ(pooled(std::vector<ProposalTuning>{idle, one}).log_scale, one.log_scale);
}

TEST(Pooled, EveryChainOfARunGetsTheSameButForItsMean) {
  const SimplePath path({real("a"), real("b"), integer("k", 0, 9)}, log_normal);
  const std::vector<ProposalSpec> specs{spec("eigenvector", {"a", "b"}), spec("bounded_discrete", {"k"})};
  std::vector<Tuning> tunings;
  for (std::uint64_t c = 0; c < 3; ++c) {
    Chain chain(path, specs, {0, 0, 4});
    chain.seed += c;
    for (int n = 0; n < 200; ++n) chain.adapting_step();
    tunings.push_back(chain.tuning);
  }
  EXPECT_NE(pack(tunings[0]), pack(tunings[1]));
  pool_proposals(tunings);
  for (Tuning& tuning : tunings) {
    for (ProposalTuning& proposal : tuning.proposals) proposal.mean.clear();
  }
  EXPECT_EQ(pack(tunings[0]), pack(tunings[1]));
  EXPECT_EQ(pack(tunings[0]), pack(tunings[2]));
  const auto& v = tunings[0].proposals[0].factor;
  EXPECT_NEAR(v[0] * v[0] + v[1] * v[1], 1, 1e-12);
  EXPECT_NEAR(v[0] * v[2] + v[1] * v[3], 0, 1e-12);
}

}  // namespace
}  // namespace dovetail::test
