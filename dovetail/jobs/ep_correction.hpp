/// What follows the rounds of expectation propagation when its own bias is to be removed: one-dimensional marginals,
/// then importance sampling of the shared parameters, sites telling nothing but integrals over their local parameters.
///
/// docs/maths/ep.md section 12. Points are not kept or sent: they are functions of proposals and indices.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "dovetail/ep/importance.hpp"
#include "dovetail/kernel/path.hpp"

namespace dovetail {

enum class EpPhase : std::uint8_t {
  rounds,      ///< of expectation propagation
  marginals,   ///< one round: marginals of skewed coordinates on grids
  importance,  ///< points of one proposal a round
  integrals,   ///< one round: how far integrals are off, at draws of the answer
  draws,       ///< one round without evaluations: draws of the answer to the sink
  finished,
};
[[nodiscard]] const char* word(EpPhase phase);

/// What the weights say, and what is known of the integrals that they are made of.
struct EpCertificate {
  std::optional<double> k_hat;  ///< of the Pareto tail of the weights
  double effective = 0;         ///< (sum w)^2 / sum w^2
  std::uint64_t unknown = 0;    ///< points where the sum of integrals is no number
  bool weights_hold = false;    ///< the three are good enough
  std::optional<double> doubt;  ///< nats by which errors of integrals may move the answer; empty: not looked at yet
  bool holds = false;           ///< weights and integrals are good enough
  std::optional<double> log_evidence;  ///< empty: the weights that tell it are not good enough
  double log_evidence_se = 0;
  double bias = 0;    ///< KL(normal with the weighted moments || approximation), nats
  ep::Normal normal;  ///< weighted moments

  template <class Archive>
  void describe(Archive& archive) {
    archive(k_hat);
    archive(effective);
    archive(unknown);
    archive(weights_hold);
    archive(doubt);
    archive(holds);
    archive(log_evidence);
    archive(log_evidence_se);
    archive(bias);
    archive(normal.mean);
    archive(normal.covariance);
  }
};

struct EpCorrection {
  EpPhase phase = EpPhase::rounds;
  std::uint32_t rounds_made = 0;             ///< of any phase but the first
  std::vector<ep::Proposed> proposed;        ///< by round of importance sampling, with the one at work
  std::vector<double> log_likelihoods;       ///< of all rows, by point of the finished ones
  std::vector<std::uint32_t> checked;        ///< indices of points: draws of the answer where integrals are looked at
  std::vector<double> errors;                ///< there: truth less the sum of integrals, estimated; empty before
  std::vector<double> error_variances;       ///< of the estimates
  std::uint64_t evaluations = 0;             ///< of integrals, over all sites
  std::optional<EpCertificate> certificate;  ///< after the newest round of importance sampling

  template <class Archive>
  void describe(Archive& archive) {
    archive(phase);
    archive(rounds_made);
    archive(proposed);
    archive(log_likelihoods);
    archive(checked);
    archive(errors);
    archive(error_variances);
    archive(evaluations);
    archive(certificate);
  }
};

/// Points that sites evaluate in one step.
inline constexpr std::uint32_t kPointsPerStep = 16;

/// Draws of the answer at which errors of integrals are looked at.
inline constexpr std::size_t kPointsChecked = 192;
/// Step of Purpose::importance for the first of them, at the item of a site; the others follow.
inline constexpr std::uint64_t kErrorSteps = 4;

/// Effective points after which the correction has enough: its Monte Carlo error is then about `noise` nats in d
/// parameters, and no fewer than 1000.
[[nodiscard]] double wanted_points(std::size_t d, double noise);

/// The weights of all finished rounds, as smoothed logarithms, and what they say. `log_prior`: normalised natural
/// parameters of the prior; `approximation`: what expectation propagation came to.
struct WeightedAnswer {
  std::vector<double> points;   ///< row-major
  std::vector<double> weights;  ///< sum 1, Pareto-smoothed
  EpCertificate certificate;
};
[[nodiscard]] WeightedAnswer weigh(const EpCorrection& correction, const ep::Natural& prior,
                                   const ep::Natural& approximation, double noise);

/// The value that a real coordinate at u stands for (Coordinate in kernel/path.hpp says which).
[[nodiscard]] double shared_value(const Coordinate& coordinate, double u);

/// How many points the next round of importance sampling has after `made` such rounds; 0: no more rounds.
[[nodiscard]] std::uint32_t points_of_round(std::size_t made);

}  // namespace dovetail
