/// Every warning that a run can end with: a stable id, a title and a paragraph for `dovetail help W104`.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace dovetail::diagnose {

/// One problem that was found, in the words for the end of a run.
struct Finding {
  std::string id;    ///< "W104"
  std::string text;  ///< one line: the quantity, its value, the likely reason
  std::string fix;   ///< one line: what to do
};

/// A kind of warning. W1xx concern draws, W2xx the tempering ladder or, W206, the model, W3xx the
/// rounds of expectation propagation. Ids are never used again for
/// something else.
struct WarningKind {
  std::string_view id;
  std::string_view title;        ///< a few words
  std::string_view explanation;  ///< a paragraph: what it means, why it matters, what to do
};

namespace warning {
inline constexpr std::string_view kRHat = "W101";
inline constexpr std::string_view kBulkEss = "W102";
inline constexpr std::string_view kTailEss = "W103";
inline constexpr std::string_view kMcse = "W104";
inline constexpr std::string_view kNonFinite = "W105";
inline constexpr std::string_view kTooFewDraws = "W106";
inline constexpr std::string_view kDivergences = "W107";
inline constexpr std::string_view kEBfmi = "W108";
inline constexpr std::string_view kDepthHits = "W109";
inline constexpr std::string_view kAcceptance = "W110";
inline constexpr std::string_view kStepRatio = "W111";
inline constexpr std::string_view kNothingMoved = "W112";
inline constexpr std::string_view kGoalMissed = "W113";
inline constexpr std::string_view kReplicas = "W201";
inline constexpr std::string_view kNoRestart = "W202";
inline constexpr std::string_view kEnergyAutocorrelation = "W203";
inline constexpr std::string_view kEvidenceGap = "W204";
inline constexpr std::string_view kPairRejection = "W205";
inline constexpr std::string_view kErrorEvents = "W206";
inline constexpr std::string_view kNoEvidenceSe = "W207";
inline constexpr std::string_view kSwapAcceptance = "W208";
inline constexpr std::string_view kLegsDisagree = "W209";
inline constexpr std::string_view kReversible = "W210";
inline constexpr std::string_view kVariationalAlone = "W211";
inline constexpr std::string_view kEpNotConverged = "W301";
inline constexpr std::string_view kEpNoise = "W302";
inline constexpr std::string_view kEpSilentSites = "W303";
inline constexpr std::string_view kEpDoubtfulSites = "W304";
inline constexpr std::string_view kEpStuck = "W305";
inline constexpr std::string_view kEpDivergences = "W306";
inline constexpr std::string_view kEpSkewedScales = "W307";
inline constexpr std::string_view kEpNotCorrected = "W308";
}  // namespace warning

/// All kinds, ascending in id.
[[nodiscard]] std::span<const WarningKind> warning_kinds();
/// The kind of that id, or nullptr.
[[nodiscard]] const WarningKind* find_warning(std::string_view id);

}  // namespace dovetail::diagnose
