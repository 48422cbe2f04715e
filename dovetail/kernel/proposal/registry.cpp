#include "dovetail/kernel/proposal/registry.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <utility>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/kernel/proposal/angular.hpp"
#include "dovetail/kernel/proposal/bounded_normal.hpp"
#include "dovetail/kernel/proposal/custom.hpp"
#include "dovetail/kernel/proposal/discrete.hpp"
#include "dovetail/kernel/proposal/eigenvector.hpp"
#include "dovetail/kernel/proposal/nested_table.hpp"
#include "dovetail/kernel/proposal/normal.hpp"
#include "dovetail/kernel/proposal/solid_angle.hpp"
#include "dovetail/kernel/proposal/start.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail {
namespace {

using Words = std::string_view;

constexpr std::array<ProposalKey, 5> kCommonKeys{{
    {"group", "tables with the same number move and are accepted together; 0"},
    {"jump_interval", "take part at every J-th step alone; 1"},
    {"jump_duration", "in every step after this many intervals; never"},
    {"target", "acceptance to adapt to; 0.234, or 0.44 where one coordinate moves at a time"},
    {"adapt_until", "adapting moves; those of warm-up"},
}};

constexpr std::array kRulesOfEach{Words("andrieu_thoms"), Words("none"), Words("veitch"), Words("sivia_skilling"),
                                  Words("componentwise")};
constexpr std::array kRulesOfNormal{Words("andrieu_thoms"),  Words("none"),          Words("veitch"),
                                    Words("sivia_skilling"), Words("componentwise"), Words("vihola")};
constexpr std::array kRulesOfEigenvectors{Words("andrieu_thoms"), Words("none"), Words("sivia_skilling")};
constexpr std::array kRulesOfSphere{Words("andrieu_thoms"), Words("none")};

constexpr ProposalKey kAdapt{"adapt", "how it learns in warm-up"};
constexpr ProposalKey kScale{
    "scale",
    "standard deviation of jumps at first, one or one for each parameter; 2.38 / sqrt(parameters of the group)"};
constexpr ProposalKey kScaleOfDirection{"scale",
                                        "standard deviation of jumps at first, one or one for each parameter; 2.38"};
constexpr ProposalKey kScaleOfRange{
    "scale", "standard deviation of jumps at first, in the parameter's own unit; a tenth of its range"};
constexpr ProposalKey kScaleOfIntegers{
    "scale", "standard deviation of jumps at first, before rounding; a tenth of the range, at least 1"};
constexpr ProposalKey kWidth{"width", "prior width for veitch and sivia_skilling; that of the bounds"};
constexpr ProposalKey kCovariance{"covariance", "of jumps at first, d x d row by row, instead of scale; none"};
constexpr ProposalKey kLower{"lower",
                             "in C++, for one proposal alone; in runs bounds are those that the model declares"};
constexpr ProposalKey kUpper{"upper", "likewise"};
constexpr ProposalKey kRounding{"rounding", "exclusive (never stays) or nearest (may stay); exclusive"};
constexpr ProposalKey kShuffle{"shuffle", "probability of choosing among all eigenvectors alike; 0.33"};

constexpr std::array kNormalKeys{
    kAdapt,
    ProposalKey{"shape", "full (learns correlations) or diagonal; full, but diagonal for veitch and none with scale"},
    kScale, kCovariance, kWidth};
constexpr std::array kBoundedNormalKeys{kAdapt, kScaleOfRange, kLower, kUpper, kWidth};
constexpr std::array kAngularKeys{kAdapt, kScaleOfRange, kWidth};
constexpr std::array kSolidAngleKeys{
    kAdapt, ProposalKey{"kappa", "concentration of jumps, 0 for uniform; 5, or 10 without adaptation"},
    ProposalKey{"measure", "angle: the density is per angle, or solid_angle: per solid angle; angle"}};
constexpr std::array kDiscreteKeys{kAdapt, kScaleOfIntegers, kRounding, kWidth};
constexpr std::array kEigenvectorKeys{kAdapt, kScaleOfDirection, kCovariance, kShuffle};
constexpr std::array kBoundedEigenvectorKeys{kAdapt, kScaleOfRange, kCovariance, kLower, kUpper, kShuffle};

constexpr std::array kNestedKeys{
    ProposalKey{"jump", "most components that are born or die at once; 1"},
    ProposalKey{"repeat", "moves in a step; as many as there are components"},
    ProposalKey{"dies", "of a count's components: any (alike ones) or last; any where they are alike"},
    ProposalKey{"birth.NAME", "law of newborn values: { law = \"normal\", mean = 0, sd = 1 }; the model's own"}};

constexpr double kRangePerScale = 10;
constexpr double kShuffleDefault = 0.33;

/// Jumps on unbounded coordinates: nothing is known about them.
StartHints plain_hints(const SpecReader& reader, const ProposalContext& context, bool one_direction = false) {
  StartHints hints;
  hints.one_direction = one_direction;
  hints.scale.assign(reader.size(), optimal_scale(context, hints));
  hints.width.assign(reader.size(), kInfinity);
  return hints;
}

/// Jumps within ranges: at first a tenth of them.
StartHints range_hints(const SpecReader& reader, const ProposalContext& context, std::vector<double> ranges,
                       double least) {
  StartHints hints = plain_hints(reader, context);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (std::isfinite(ranges[i])) hints.scale[i] = std::max(least, ranges[i] / kRangePerScale);
  }
  hints.width = std::move(ranges);
  return hints;
}

/// The box of a bounded kind: the parameter's own bounds, or `lower` and `upper` where it has none.
std::vector<Side> read_box(const SpecReader& reader) {
  const std::vector<double> lower = reader.per_coordinate("lower", true);
  const std::vector<double> upper = reader.per_coordinate("upper", true);
  std::vector<Side> box;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const Coordinate& c = reader.coordinate(i);
    const bool own = c.lower > -kInfinity || c.upper < kInfinity;
    if (own && (!lower.empty() || !upper.empty())) {
      reader.refuse("lower or upper is given for parameter " + reader.name(i), "it has bounds of its own",
                    "leave them out, or name it in another proposal");
    }
    if (own) {
      box.push_back({ValueScale(c), c.name});
      continue;
    }
    double low = -kInfinity;
    if (!lower.empty()) low = lower[i];
    double high = kInfinity;
    if (!upper.empty()) high = upper[i];
    if (!(low < high)) {
      reader.refuse("the bounds of " + reader.name(i) + " cross", "lower is not below upper", "correct them");
    }
    box.push_back({ValueScale::box(low, high), c.name});
  }
  return box;
}

std::vector<double> ranges_of(const std::vector<Side>& box) {
  std::vector<double> ranges;
  ranges.reserve(box.size());
  for (const Side& side : box) ranges.push_back(side.scale.upper() - side.scale.lower());
  return ranges;
}

template <class Kind, class... Arguments>
MovingBlock block_of(const SpecReader& reader, ProposalTuning start, Adaptation adaptation, Arguments&&... arguments) {
  return {std::make_unique<const Kind>(reader.block(), std::forward<Arguments>(arguments)...), std::move(start),
          std::move(adaptation), read_schedule(reader)};
}

MovingBlock make_normal(const SpecReader& reader, const ProposalContext& context) {
  reader.require_kind(CoordinateKind::real, "real", "angular for cyclic parameters, discrete for integers");
  const StartHints hints = plain_hints(reader, context);
  Adaptation adaptation = read_adaptation(reader, context, kRulesOfNormal, hints);
  const bool scales_alone =
      adaptation.rule == AdaptationRule::veitch ||
      ((adaptation.rule == AdaptationRule::none || adaptation.rule == AdaptationRule::sivia_skilling) &&
       !reader.has("covariance"));
  constexpr std::array kShapes{Words("full"), Words("diagonal")};
  const bool full = reader.word("shape", kShapes, scales_alone ? "diagonal" : "full") == "full";
  if (full && adaptation.rule == AdaptationRule::veitch) {
    reader.refuse("veitch cannot have shape \"full\"", "it adapts deviations alone", "set shape = \"diagonal\"");
  }
  if (!full && adaptation.rule == AdaptationRule::vihola) {
    reader.refuse("vihola cannot have shape \"diagonal\"", "it adapts the covariance", "set shape = \"full\"");
  }
  if (!full && reader.has("covariance")) {
    reader.refuse("covariance is given for jumps that have none", "shape is diagonal",
                  "set shape = \"full\", or give scale");
  }
  ProposalTuning start = full ? start_joint(reader, context, adaptation, hints, TuningForm::cholesky)
                              : start_diagonal(reader, context, adaptation, hints);
  return block_of<NormalProposal>(reader, std::move(start), std::move(adaptation));
}

MovingBlock make_bounded_normal(const SpecReader& reader, const ProposalContext& context) {
  reader.require_kind(CoordinateKind::real, "real", "angular for cyclic parameters, bounded_discrete for integers");
  std::vector<Side> box = read_box(reader);
  const StartHints hints = range_hints(reader, context, ranges_of(box), 0);
  Adaptation adaptation = read_adaptation(reader, context, kRulesOfEach, hints);
  ProposalTuning start = start_diagonal(reader, context, adaptation, hints);
  return block_of<BoundedNormalProposal>(reader, std::move(start), std::move(adaptation), std::move(box));
}

MovingBlock make_angular(const SpecReader& reader, const ProposalContext& context) {
  reader.require_kind(CoordinateKind::cyclic, "cyclic", "normal or bounded_normal for reals, discrete for integers");
  std::vector<AngularProposal::Circle> circles;
  std::vector<double> periods;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const Coordinate& c = reader.coordinate(i);
    circles.push_back({c.lower, c.upper - c.lower});
    periods.push_back(c.upper - c.lower);
  }
  StartHints hints = range_hints(reader, context, periods, 0);
  hints.period = periods;
  Adaptation adaptation = read_adaptation(reader, context, kRulesOfEach, hints);
  ProposalTuning start = start_diagonal(reader, context, adaptation, hints);
  return block_of<AngularProposal>(reader, std::move(start), std::move(adaptation), std::move(circles));
}

/// Azimuth a full turn of radians or degrees, polar angle 0 to half a turn, or latitude from minus to plus a quarter.
void require_sphere(const SpecReader& reader) {
  const auto fits = [](double a, double b) { return std::fabs(a - b) <= 1e-9 * b; };
  const char* cure = "name a cyclic azimuth on [0, 2 pi) and a polar angle between(0, pi), or the same in degrees";
  if (reader.size() != 2) {
    reader.refuse("it names " + std::to_string(reader.size()) + " parameters", "a direction has two angles", cure);
  }
  const Coordinate& azimuth = reader.coordinate(0);
  const Coordinate& polar = reader.coordinate(1);
  const double turn = azimuth.upper - azimuth.lower;
  if (azimuth.kind != CoordinateKind::cyclic || !(fits(turn, 2 * std::numbers::pi) || fits(turn, 360))) {
    reader.refuse("parameter " + reader.name(0) + " is no azimuth", "it is not cyclic with a full turn", cure);
  }
  const bool ranged = polar.kind == CoordinateKind::real && fits(polar.upper - polar.lower, 0.5 * turn);
  if (!ranged || !(polar.lower == 0 || fits(-polar.lower, polar.upper))) {
    reader.refuse("parameter " + reader.name(1) + " is no polar angle",
                  "its bounds are not 0 and half a turn, nor minus and plus a quarter", cure);
  }
}

MovingBlock make_solid_angle(const SpecReader& reader, const ProposalContext& context) {
  require_sphere(reader);
  Adaptation adaptation = read_adaptation(reader, context, kRulesOfSphere, plain_hints(reader, context));
  if (adaptation.rule == AdaptationRule::andrieu_thoms) adaptation.rule = AdaptationRule::concentration;
  const double kappa = reader.number("kappa", adaptation.rule == AdaptationRule::none ? 10 : 5);
  if (!(kappa >= 0)) reader.refuse("kappa is negative", "it is a concentration", "give 0 (uniform) or more", "kappa");
  if (kappa == 0 && adaptation.rule != AdaptationRule::none) {
    reader.refuse("kappa = 0 cannot adapt", "uniform jumps have no width", "set adapt = \"none\", or kappa above 0",
                  "kappa");
  }
  constexpr std::array kMeasures{Words("angle"), Words("solid_angle")};
  const bool per_angle = reader.word("measure", kMeasures, "angle") == "angle";
  ProposalTuning start;
  start.scale = {kappa};
  start.log_scale = {math::log(kappa)};
  refresh(start);
  const Coordinate& azimuth = reader.coordinate(0);
  auto proposal = std::make_unique<const SolidAngleProposal>(reader.block()[0], reader.block()[1], azimuth.lower,
                                                             azimuth.upper - azimuth.lower,
                                                             per_angle ? Measure::angle : Measure::solid_angle);
  return {std::move(proposal), std::move(start), std::move(adaptation), read_schedule(reader)};
}

std::vector<IntegerRange> read_ranges(const SpecReader& reader, const ProposalContext& context, Rounding rounding) {
  std::vector<IntegerRange> ranges;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    ranges.push_back({reader.coordinate(i).lower, reader.coordinate(i).upper});
  }
  const auto in_table = std::count_if(ranges.begin(), ranges.end(), [](const auto& r) { return r.has_choice(); });
  const std::size_t together = std::max(context.integers_together, static_cast<std::size_t>(in_table));
  for (IntegerRange& range : ranges) range.takes_part = takes_part(range, rounding, together);
  return ranges;
}

/// How far adaptation may narrow the jumps: not below what the table starts with, if that is less than the default.
double read_scale_least(const SpecReader& reader, Rounding rounding) {
  double least = kIntegerScaleLeast;
  for (const double scale : reader.positive_per_coordinate("scale")) {
    if (rounding == Rounding::nearest && scale < kNearestScaleLeast) {
      reader.refuse(
          "scale is " + shortest(scale) + " with rounding = \"nearest\"",
          "too many of such jumps would be rounded to 0, and the integers stay where they start",
          "give " + shortest(kNearestScaleLeast) + " or more, or rounding = \"exclusive\", which takes any scale",
          "scale");
    }
    least = std::min(least, scale);
  }
  return least;
}

template <class Kind>
MovingBlock make_discrete(const SpecReader& reader, const ProposalContext& context) {
  reader.require_kind(CoordinateKind::integer, "integer", "normal for reals, angular for cyclic parameters");
  constexpr std::array kRoundings{Words("exclusive"), Words("nearest")};
  const bool exclusive = reader.word("rounding", kRoundings, "exclusive") == "exclusive";
  const Rounding rounding = exclusive ? Rounding::exclusive : Rounding::nearest;
  std::vector<IntegerRange> ranges = read_ranges(reader, context, rounding);
  std::vector<double> widths;
  widths.reserve(ranges.size());
  for (const IntegerRange& range : ranges) widths.push_back(std::max(1.0, range.upper - range.lower));
  StartHints hints = range_hints(reader, context, std::move(widths), 1);
  hints.scale_least = read_scale_least(reader, rounding);
  Adaptation adaptation = read_adaptation(reader, context, kRulesOfEach, hints);
  ProposalTuning start = start_diagonal(reader, context, adaptation, hints);
  return block_of<Kind>(reader, std::move(start), std::move(adaptation), std::move(ranges), rounding);
}

double read_shuffle(const SpecReader& reader) {
  const double shuffle = reader.number("shuffle", kShuffleDefault);
  if (!(shuffle >= 0 && shuffle <= 1)) {
    reader.refuse("shuffle is not between 0 and 1", "it is a probability", "give about 0.33", "shuffle");
  }
  return shuffle;
}

MovingBlock make_eigenvector(const SpecReader& reader, const ProposalContext& context) {
  reader.require_kind(CoordinateKind::real, "real", "angular for cyclic parameters, discrete for integers");
  const StartHints hints = plain_hints(reader, context, true);
  Adaptation adaptation = read_adaptation(reader, context, kRulesOfEigenvectors, hints);
  ProposalTuning start = start_joint(reader, context, adaptation, hints, TuningForm::eigenvectors);
  return block_of<EigenvectorProposal>(reader, std::move(start), std::move(adaptation), read_shuffle(reader));
}

MovingBlock make_bounded_eigenvector(const SpecReader& reader, const ProposalContext& context) {
  reader.require_kind(CoordinateKind::real, "real", "angular for cyclic parameters, bounded_discrete for integers");
  std::vector<Side> box = read_box(reader);
  StartHints hints = range_hints(reader, context, ranges_of(box), 0);
  hints.one_direction = true;
  Adaptation adaptation = read_adaptation(reader, context, kRulesOfEigenvectors, hints);
  ProposalTuning start = start_joint(reader, context, adaptation, hints, TuningForm::eigenvectors);
  return block_of<BoundedEigenvectorProposal>(reader, std::move(start), std::move(adaptation), std::move(box),
                                              read_shuffle(reader));
}

MovingBlock make_custom(const SpecReader& reader, const ProposalContext&) {
  if (!reader.spec().custom) {
    reader.refuse("it has no functions", "kind custom is written in C++", "set ProposalSpec::custom, or another kind");
  }
  std::vector<Coordinate> coordinates;
  for (std::size_t i = 0; i < reader.size(); ++i) coordinates.push_back(reader.coordinate(i));
  const std::string& where = reader.spec().where;
  return block_of<UserProposal>(reader, ProposalTuning(), Adaptation(), std::move(coordinates), *reader.spec().custom,
                                (where.empty() ? "" : where + ": ") + "proposal \"custom\"");
}

constexpr std::array<ProposalKind, 10> kKinds{{
    {"normal", "normal jumps of reals, independent or with a covariance; bounded parameters on their unbounded scale",
     kNormalKeys, kRulesOfNormal, make_normal},
    {"bounded_normal", "normal jumps of values, truncated to their bounds", kBoundedNormalKeys, kRulesOfEach,
     make_bounded_normal},
    {"angular", "normal jumps along circles, of cyclic parameters", kAngularKeys, kRulesOfEach, make_angular},
    {"solid_angle", "jumps on the sphere around the present direction, of an azimuth and a polar angle",
     kSolidAngleKeys, kRulesOfSphere, make_solid_angle},
    {"discrete", "rounded normal jumps of integers", kDiscreteKeys, kRulesOfEach, make_discrete<DiscreteProposal>},
    {"bounded_discrete", "rounded normal jumps of integers, none beyond their bounds", kDiscreteKeys, kRulesOfEach,
     make_discrete<BoundedDiscreteProposal>},
    {"eigenvector", "normal jumps along one eigenvector of the covariance at a time", kEigenvectorKeys,
     kRulesOfEigenvectors, make_eigenvector},
    {"bounded_eigenvector", "the same, of values, truncated to their bounds", kBoundedEigenvectorKeys,
     kRulesOfEigenvectors, make_bounded_eigenvector},
    {"nested", "births and deaths of components, by the integers that switch them", kNestedKeys, {}, make_nested},
    {"custom", "functions of your own, in C++", {}, {}, make_custom},
}};

const ProposalKind& find_kind(const ProposalSpec& spec) {
  const auto* kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& k) { return k.name == spec.kind; });
  if (kind != kKinds.end()) return *kind;
  std::array<std::string_view, kKinds.size()> names;
  std::transform(kKinds.begin(), kKinds.end(), names.begin(), [](const auto& k) { return k.name; });
  std::string listing;
  for (const std::string_view name : names) listing += (listing.empty() ? "" : ", ") + std::string(name);
  if (spec.kind.empty()) {
    throw UsageError((spec.where.empty() ? "" : spec.where + ": ") + "kind is missing (kinds: " + listing +
                     "); add kind = \"normal\", or another");
  }
  throw UsageError(spec.where_of("kind") + "unknown kind of proposal \"" + spec.kind + "\" (kinds: " + listing + ")" +
                   suggestion(spec.kind, names));
}

}  // namespace

std::span<const ProposalKind> proposal_registry() { return kKinds; }
std::span<const ProposalKey> common_proposal_keys() { return kCommonKeys; }

MovingBlock make_proposal(const ProposalSpec& spec, std::span<const Coordinate> coordinates,
                          const ProposalContext& context) {
  const ProposalKind& kind = find_kind(spec);
  const SpecReader reader(spec, coordinates);
  reader.allow_keys(kCommonKeys, kind.keys);
  if (kind.make != make_nested && !spec.births.empty()) {
    reader.refuse("it has births", "this kind moves what is there", "use kind = \"nested\", or take them out");
  }
  MovingBlock block = kind.make(reader, context);
  if (!block.births) block.presence = reader.coordinate(0).presence;
  return block;
}

}  // namespace dovetail
