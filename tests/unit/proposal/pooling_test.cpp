// Pooling over chains: means of what was learnt, factors anew, the frozen untouched.
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

TEST(Pooled, AveragesLogScalesMeansAndCovariancesAndFactorsAnew) {
  const std::vector<ProposalTuning> chains{learnt(0, {1, 2}, {1, 0.5, 0.5, 1}), learnt(1, {3, 2}, {3, -0.5, -0.5, 2}),
                                           learnt(2, {2, 8}, {2, 0.6, 0.6, 6})};
  const ProposalTuning one = pooled(chains);
  EXPECT_NEAR(one.log_scale[0], 1, 1e-15);
  EXPECT_NEAR(one.scale[1], std::exp(1.0), 1e-14);
  EXPECT_NEAR(one.mean[0], 2, 1e-15);
  EXPECT_NEAR(one.mean[1], 4, 1e-15);
  const std::vector<double> covariance{2, 0.2, 0.2, 3};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(one.covariance[i], covariance[i], 1e-15);
  const auto factor = math::cholesky(covariance, 2);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(one.factor[i], (*factor)[i], 1e-9);
}

TEST(Pooled, AnglesMeetTheShortWay) {
  ProposalTuning a;
  a.form = TuningForm::variances;
  a.scale = {1};
  a.log_scale = {0};
  a.covariance = {1};
  a.period = {360};
  a.moves = 1;
  ProposalTuning b = a;
  a.mean = {359};
  b.mean = {3};
  const ProposalTuning one = pooled(std::vector<ProposalTuning>{a, b});
  EXPECT_NEAR(std::fmod(one.mean[0], 360), 1, 1e-12);
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

TEST(Pooled, EveryChainOfARunGetsTheSame) {
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
  EXPECT_EQ(pack(tunings[0]), pack(tunings[1]));
  EXPECT_EQ(pack(tunings[0]), pack(tunings[2]));
  const auto& v = tunings[0].proposals[0].factor;
  EXPECT_NEAR(v[0] * v[0] + v[1] * v[1], 1, 1e-12);
  EXPECT_NEAR(v[0] * v[2] + v[1] * v[3], 0, 1e-12);
}

}  // namespace
}  // namespace dovetail::test
