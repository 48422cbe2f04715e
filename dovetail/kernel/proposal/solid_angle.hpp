/// Jumps on the sphere that know no poles: von Mises-Fisher around the present direction.
#pragma once
#include <cstdint>

#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// With respect to what the model's density of the two angles is meant.
enum class Measure : std::uint8_t {
  angle,        ///< per azimuth and per polar angle, as every density of two parameters is: sin(polar) is in it
  solid_angle,  ///< per solid angle, so that sin(polar) is left out of it; other kernels would not know
};

/// Of two coordinates, azimuth (cyclic, a full turn) and polar angle or latitude (real, with bounds half a turn apart).
///
/// The angle alpha to the new direction has density prop. to exp(kappa cos alpha) per solid angle (Fisher 1953), kappa
/// = tuning.scale[0] from 0 (uniform) to 1e12 and beyond; E cos alpha = coth kappa - 1/kappa. Symmetric per solid
/// angle, so h = log sin(t) - log sin(t') when the density is per angle, 0 otherwise, and in both cases the Jacobian of
/// the polar value. The frame around the present direction is that of Duff et al. 2017 (JCGT 6), without a singular
/// point.
class SolidAngleProposal final : public Proposal {
 public:
  /// `azimuth`, `polar`: their coordinates. `lower`, `turn`: range of the azimuth, [lower, lower + turn).
  SolidAngleProposal(std::size_t azimuth, std::size_t polar, double lower, double turn, Measure measure)
      : Proposal({azimuth, polar}), lower_(lower), turn_(turn), measure_(measure) {}

  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;

 private:
  double lower_;
  double turn_;
  Measure measure_;
};

}  // namespace dovetail
