#include "dovetail/kernel/proposal/adaptation.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/kernel/proposal/circle.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {
namespace {

constexpr double kGainPower = -0.6;
constexpr std::uint64_t kAloneEvery = 10;
constexpr std::uint64_t kEigenvectorsEvery = 50;
constexpr std::uint64_t kSiviaWindow = 100;
constexpr double kSiviaDeviationsPerWidth = 1.49;
constexpr double kRoundGain = 2;
constexpr double kLogScaleMax = 300;  ///< scales stay within e^+-300, whatever the density does

double power(std::uint64_t k, double exponent) { return math::pow(static_cast<double>(k), exponent); }

/// A scale that cannot fall does not learn to: it would take as many moves to forget.
bool is_least(const ProposalTuning& tuning, std::size_t i) {
  return tuning.scale_least > 0 && tuning.scale[i] <= tuning.scale_least;
}

bool all_are_least(const ProposalTuning& tuning) {
  for (std::size_t i = 0; i < tuning.scale.size(); ++i) {
    if (!is_least(tuning, i)) return false;
  }
  return true;
}

void add_to_log_scales(ProposalTuning& tuning, double change) {
  if (change < 0 && all_are_least(tuning)) return;
  for (double& log_scale : tuning.log_scale) {
    log_scale = std::clamp(log_scale + change, -kLogScaleMax, kLogScaleMax);
  }
}

/// sigma_i += s [k^-b - 0.1] D_i / 10, b = 1 / log10 T: the bracket is 0 at T. A deviation that would leave the
/// positive numbers, or fall below the least, is kept.
void adapt_veitch(const Adaptation& a, const Decision& decision, ProposalTuning& tuning) {
  const double log10_until = math::log(static_cast<double>(a.until)) / math::log(10);
  const double gain = power(tuning.moves, -1 / log10_until) - 0.1;
  const double direction = decision.accepted ? 1 - a.target : -a.target;
  for (std::size_t i = 0; i < tuning.scale.size(); ++i) {
    const double deviation = tuning.scale[i] + direction * gain * a.width[i] / 10;
    if (deviation > tuning.scale_least) tuning.log_scale[i] = math::log(deviation);
  }
  refresh_scale(tuning);
}

/// Deviations times exp(1 / (2 n_acc)) above the target, exp(-1 / (2 (n - n_acc))) below it, counted anew every 100
/// moves. Damped by g_k / g_1, since otherwise it would never end.
void adapt_sivia(const Adaptation& a, const Decision& decision, ProposalTuning& tuning) {
  if (tuning.window == kSiviaWindow) tuning.window = tuning.accepted = 0;
  ++tuning.window;
  tuning.accepted += decision.accepted ? 1 : 0;
  const auto n = static_cast<double>(tuning.window);
  const auto accepted = static_cast<double>(tuning.accepted);
  const double damping = adaptation_gain(tuning.moves, a.until) / adaptation_gain(1, a.until);
  if (accepted < a.target * n) {
    add_to_log_scales(tuning, -damping / (2 * (n - accepted)));
  } else if (accepted > a.target * n) {
    const double change = damping / (2 * accepted);
    for (std::size_t i = 0; i < tuning.log_scale.size(); ++i) {
      const double wider = std::min(tuning.log_scale[i] + change, kLogScaleMax);
      const bool capped =
          tuning.log_scale.size() == a.width.size() && math::exp(wider) > kSiviaDeviationsPerWidth * a.width[i];
      if (!capped) tuning.log_scale[i] = wider;
    }
  }
  refresh_scale(tuning);
}

/// mu += g (x - mu), S += g ((x - mu)(x - mu)^T - S) with the old mu in both. On circles differences are the shortest.
void learn_moments(const Proposal& proposal, Point x, double gain, std::span<double> deviation,
                   ProposalTuning& tuning) {
  const std::size_t d = proposal.size();
  proposal.read(x, deviation);
  for (std::size_t i = 0; i < d; ++i) {
    deviation[i] -= tuning.mean[i];
    if (!tuning.period.empty()) deviation[i] = shortest(deviation[i], tuning.period[i]);
    tuning.mean[i] += gain * deviation[i];
  }
  if (tuning.form == TuningForm::variances) {
    for (std::size_t i = 0; i < d; ++i) {
      tuning.covariance[i] += gain * (deviation[i] * deviation[i] - tuning.covariance[i]);
    }
    return;
  }
  for (std::size_t i = 0; i < d; ++i) {
    double* const row = tuning.covariance.data() + i * d;
    for (std::size_t j = 0; j < d; ++j) row[j] += gain * (deviation[i] * deviation[j] - row[j]);
  }
}

/// Whether the i-th coordinate did not take part in the jump, which tells nothing about its scale then.
bool stayed(const Proposal& proposal, const Decision& decision, std::size_t i) {
  const std::size_t at = proposal.block()[i];
  return proposal.may_stay() && decision.proposed[at] == decision.before[at];
}

bool renews_factor(const Adaptation& a, const ProposalTuning& tuning) {
  const std::uint64_t every =
      tuning.form == TuningForm::eigenvectors ? kEigenvectorsEvery : 1 + tuning.scale.size() / 8;
  return tuning.moves % every == 0 || tuning.moves + 1 == a.until;
}

void adapt_covariance(const Adaptation& a, const Proposal& proposal, const Decision& decision,
                      std::span<double> scratch, ProposalTuning& tuning) {
  const double gain = adaptation_gain(tuning.moves, a.until);
  if (a.rule == AdaptationRule::andrieu_thoms) {
    add_to_log_scales(tuning, 0.5 * gain * (decision.acceptance - a.target));
  } else if (!decision.alone.empty()) {
    for (std::size_t i = 0; i < proposal.size(); ++i) {
      const double change = 0.5 * gain * (decision.alone[i] - a.target);
      if (stayed(proposal, decision, i) || (change < 0 && is_least(tuning, i))) continue;
      tuning.log_scale[i] = std::clamp(tuning.log_scale[i] + change, -kLogScaleMax, kLogScaleMax);
    }
  }
  if (tuning.mean.empty()) {
    tuning.mean.resize(proposal.size());
    proposal.read(decision.before, tuning.mean);
  }
  learn_moments(proposal, decision.accepted ? decision.proposed : decision.before, gain, scratch.first(proposal.size()),
                tuning);
  if (renews_factor(a, tuning)) {
    refresh(tuning);
  } else {
    refresh_scale(tuning);
  }
}

/// L <- factor of L (I + g (a - xi) z z^T / |z|^2) L^T: the covariance changes along the jump L z alone. Since the gain
/// is below 1 it stays positive definite.
void adapt_vihola(const Adaptation& a, const Proposal& proposal, const Decision& decision, std::span<double> scratch,
                  ProposalTuning& tuning) {
  const std::size_t d = proposal.size();
  const std::span<double> jump = scratch.first(d);
  const std::span<double> z = scratch.subspan(d, d);
  for (std::size_t i = 0; i < d; ++i) {
    const std::size_t at = proposal.block()[i];
    jump[i] = z[i] = decision.proposed[at] - decision.before[at];
  }
  math::solve_lower(tuning.factor, z);
  const double weight =
      adaptation_gain(tuning.moves, a.until) * (decision.acceptance - a.target) / math::sum_of_squares(z);
  if (!std::isfinite(weight)) return;
  auto factor = math::cholesky_update(tuning.factor, jump, weight);
  if (!factor) {
    ++tuning.failures;
    return;
  }
  tuning.factor = std::move(*factor);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) tuning.covariance[i * d + j] += weight * jump[i] * jump[j];
  }
}

/// S_ij times s_i s_j / sqrt(S_ii S_jj).
void take_deviations(const Proposal& proposal, std::span<const double> scale, ProposalTuning& tuning) {
  const std::size_t d = proposal.size();
  const std::size_t stride = tuning.form == TuningForm::variances ? 1 : d + 1;
  std::vector<double> factor(d);
  for (std::size_t i = 0; i < d; ++i) {
    factor[i] = scale[proposal.block()[i]] / std::sqrt(tuning.covariance[i * stride]);
    if (!(factor[i] > 0 && std::isfinite(factor[i]))) return;
  }
  for (std::size_t i = 0; i < d && stride == 1; ++i) tuning.covariance[i] *= factor[i] * factor[i];
  for (std::size_t i = 0; i < d && stride > 1; ++i) {
    for (std::size_t j = 0; j < d; ++j) tuning.covariance[i * d + j] *= factor[i] * factor[j];
  }
}

}  // namespace

double adaptation_gain(std::uint64_t move, std::uint64_t until) {
  if (move < 1 || move >= until) return 0;
  return power(move, kGainPower) - power(until, kGainPower);
}

bool asks_alone(const Adaptation& adaptation, const ProposalTuning& tuning) {
  const std::uint64_t move = tuning.moves + 1;
  return adaptation.rule == AdaptationRule::componentwise && move < adaptation.until && move % kAloneEvery == 0;
}

void adapt(const Adaptation& adaptation, const Proposal& proposal, const Decision& decision, std::span<double> scratch,
           ProposalTuning& tuning) {
  DOVETAIL_REQUIRE(scratch.size() >= 2 * proposal.size());
  if (adaptation.rule == AdaptationRule::none || tuning.moves + 1 >= adaptation.until) return;
  ++tuning.moves;
  switch (adaptation.rule) {
    case AdaptationRule::veitch:
      return adapt_veitch(adaptation, decision, tuning);
    case AdaptationRule::sivia_skilling:
      return adapt_sivia(adaptation, decision, tuning);
    case AdaptationRule::andrieu_thoms:
    case AdaptationRule::componentwise:
      return adapt_covariance(adaptation, proposal, decision, scratch, tuning);
    case AdaptationRule::concentration:
      add_to_log_scales(tuning,
                        adaptation_gain(tuning.moves, adaptation.until) * (adaptation.target - decision.acceptance));
      return refresh_scale(tuning);
    case AdaptationRule::vihola:
      return adapt_vihola(adaptation, proposal, decision, scratch, tuning);
    case AdaptationRule::none:
      break;
  }
}

void adapt_between_rounds(const Adaptation& adaptation, const Proposal& proposal, double acceptance,
                          std::span<const double> scale, ProposalTuning& tuning) {
  if (adaptation.rule == AdaptationRule::none) return;
  const double change = std::clamp(kRoundGain * (acceptance - adaptation.target), -1.0, 1.0);
  add_to_log_scales(tuning, adaptation.rule == AdaptationRule::concentration ? -change : change);
  if (learns_covariance(adaptation.rule) && proposal.moves_real_coordinates() && !scale.empty()) {
    take_deviations(proposal, scale, tuning);
  }
  refresh(tuning);
}

}  // namespace dovetail
