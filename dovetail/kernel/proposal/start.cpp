#include "dovetail/kernel/proposal/start.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

constexpr double kTargetJoint = 0.234;
constexpr double kTargetSingle = 0.44;
constexpr double kVeitchStart = 0.09;

constexpr std::array<AdaptationName, 6> kAdaptations{{
    {"andrieu_thoms", AdaptationRule::andrieu_thoms,
     "covariance of the chain, and one factor on it by the acceptance; of a direction: kappa"},
    {"componentwise", AdaptationRule::componentwise,
     "the same with a factor for each coordinate, at some more evaluations"},
    {"vihola", AdaptationRule::vihola, "the covariance, along each jump"},
    {"veitch", AdaptationRule::veitch, "each deviation by its prior width, up when accepted and down when refused"},
    {"sivia_skilling", AdaptationRule::sivia_skilling, "all deviations, by the share accepted"},
    {"none", AdaptationRule::none, "nothing"},
}};

/// SpecReader::word() lets no other names through.
AdaptationRule rule_called(std::string_view name) {
  const auto* found =
      std::find_if(kAdaptations.begin(), kAdaptations.end(), [&](const auto& a) { return a.name == name; });
  DOVETAIL_REQUIRE(found != kAdaptations.end());
  return found->rule;
}

/// Prior widths: from the table, or from the bounds. Veitch's rule needs all, Sivia and Skilling's caps what has one.
std::vector<double> read_width(const SpecReader& reader, AdaptationRule rule, const StartHints& hints) {
  std::vector<double> width = reader.positive_per_coordinate("width");
  if (width.empty()) width = hints.width;
  for (std::size_t i = 0; i < width.size() && rule == AdaptationRule::veitch; ++i) {
    if (std::isfinite(width[i])) continue;
    reader.refuse(
        "width is missing",
        "veitch measures jumps by the prior's width, and " + reader.name(i) + " has no bounds to take it from",
        "give width, about the range that the prior leaves likely");
  }
  return width;
}

/// Standard deviations of the first jumps.
std::vector<double> first_scale(const SpecReader& reader, const Adaptation& adaptation, const StartHints& hints) {
  std::vector<double> scale = reader.positive_per_coordinate("scale");
  if (!scale.empty()) return scale;
  if (adaptation.rule != AdaptationRule::veitch) return hints.scale;
  for (const double width : adaptation.width) scale.push_back(kVeitchStart * (1 - adaptation.target) * width);
  return scale;
}

/// How many logarithms of scales the rule moves, all at log(scale).
std::vector<double> equal_log_scales(AdaptationRule rule, std::size_t d, double scale) {
  std::vector<double> scales(rule == AdaptationRule::componentwise ? d : 1, math::log(scale));
  return scales;
}

}  // namespace

std::span<const AdaptationName> adaptation_names() { return kAdaptations; }

double optimal_scale(const ProposalContext& context, const StartHints& hints) {
  const std::size_t d = hints.one_direction ? 1 : std::max<std::size_t>(context.moved_together, 1);
  return 2.38 / std::sqrt(static_cast<double>(d));
}

Adaptation read_adaptation(const SpecReader& reader, const ProposalContext& context,
                           std::span<const std::string_view> rules, const StartHints& hints) {
  Adaptation adaptation;
  adaptation.rule = rule_called(reader.word("adapt", rules, rules.front()));
  const bool alone = context.moved_together == reader.size();
  const bool single =
      adaptation.rule == AdaptationRule::componentwise || (alone && hints.one_direction) || context.moved_together == 1;
  adaptation.target = reader.number("target", single ? kTargetSingle : kTargetJoint);
  if (!(adaptation.target > 0 && adaptation.target < 1)) {
    reader.refuse("target is not between 0 and 1", "it is a share of accepted moves", "give about 0.25", "target");
  }
  adaptation.until = reader.count("adapt_until", context.adapt_until);
  adaptation.width = read_width(reader, adaptation.rule, hints);
  return adaptation;
}

ProposalTuning start_diagonal(const SpecReader& reader, const ProposalContext& context, const Adaptation& adaptation,
                              const StartHints& hints) {
  const std::vector<double> scale = first_scale(reader, adaptation, hints);
  ProposalTuning start;
  start.scale = scale;
  start.period = hints.period;
  start.scale_least = hints.scale_least;
  if (learns_covariance(adaptation.rule)) {
    start.form = TuningForm::variances;
    const double factor = optimal_scale(context, hints);
    start.log_scale = equal_log_scales(adaptation.rule, scale.size(), factor);
    for (const double s : scale) start.covariance.push_back((s / factor) * (s / factor));
  } else {
    for (const double s : scale) start.log_scale.push_back(math::log(s));
  }
  refresh(start);
  return start;
}

ProposalTuning start_joint(const SpecReader& reader, const ProposalContext& context, const Adaptation& adaptation,
                           const StartHints& hints, TuningForm form) {
  std::vector<double> covariance = reader.covariance();
  const std::size_t d = reader.size();
  if (!covariance.empty() && reader.has("scale")) {
    reader.refuse("scale and covariance are both given", "either says how far jumps go", "remove one");
  }
  if (covariance.empty()) {
    const std::vector<double> scale = first_scale(reader, adaptation, hints);
    covariance.assign(d * d, 0);
    for (std::size_t i = 0; i < d; ++i) covariance[i * d + i] = scale[i] * scale[i];
  }
  ProposalTuning start;
  start.form = form;
  start.scale.assign(d, 1);
  const double factor = learns_covariance(adaptation.rule) ? optimal_scale(context, hints) : 1;
  start.log_scale = equal_log_scales(adaptation.rule, d, factor);
  for (double& c : covariance) c /= factor * factor;
  start.covariance = std::move(covariance);
  refresh(start);
  return start;
}

JumpSchedule read_schedule(const SpecReader& reader) {
  JumpSchedule schedule;
  schedule.interval = reader.count("jump_interval", schedule.interval);
  schedule.duration = reader.count("jump_duration", schedule.duration);
  return schedule;
}

}  // namespace dovetail
