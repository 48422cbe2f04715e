/// The tuning that a proposal starts from, and the rule that changes it, as its table asks for.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "dovetail/kernel/proposal/adaptation.hpp"
#include "dovetail/kernel/proposal/registry.hpp"
#include "dovetail/kernel/proposal/spec_reader.hpp"

namespace dovetail {

/// What a kind knows about the coordinates of its block.
struct StartHints {
  std::vector<double> scale;     ///< d: standard deviations when the table gives none
  std::vector<double> width;     ///< d: prior widths; infinite where there is none
  std::vector<double> period{};  ///< d, where cyclic
  double scale_least = 0;        ///< below it, adaptation does not go
  bool one_direction = false;    ///< moves along one line at a time, however many coordinates that takes
};

/// Keys `adapt`, `target`, `adapt_until`, `width`. `rules`: the ones this kind has, the default first.
[[nodiscard]] Adaptation read_adaptation(const SpecReader& reader, const ProposalContext& context,
                                         std::span<const std::string_view> rules, const StartHints& hints);

/// Of coordinates that move independently: key `scale`.
[[nodiscard]] ProposalTuning start_diagonal(const SpecReader& reader, const ProposalContext& context,
                                            const Adaptation& adaptation, const StartHints& hints);
/// Of coordinates that move with a covariance: keys `scale`, `covariance`. `form`: cholesky or eigenvectors.
[[nodiscard]] ProposalTuning start_joint(const SpecReader& reader, const ProposalContext& context,
                                         const Adaptation& adaptation, const StartHints& hints, TuningForm form);

/// Keys `jump_interval` and `jump_duration`, of every kind.
[[nodiscard]] JumpSchedule read_schedule(const SpecReader& reader);

/// 2.38 / sqrt(d): the scale of optimal joint jumps per standard deviation (Roberts, Gelman and Gilks 1997).
[[nodiscard]] double optimal_scale(const ProposalContext& context, const StartHints& hints);

}  // namespace dovetail
