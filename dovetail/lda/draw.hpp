/// One draw of a topic from dense rows, exact up to the rounding of single precision.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

namespace dovetail::lda {

inline constexpr std::size_t kLanes = 16;
inline constexpr std::size_t kGroupVectors = 8;                         ///< vectors of kLanes topics in a group
inline constexpr std::uint32_t kNarrowTopics = kLanes * kGroupVectors;  ///< up to these there is one group

/// Rows of padded(topics) floats that begin on cache lines; beyond `topics` both are 0.
struct DrawRows {
  const float* document;  ///< n_dk + alpha_k, the token being drawn included
  const float* q;         ///< (n_wk + beta) / (n_k + V beta), the token included
};

/// The topic that a 32-bit number chooses: k with a probability proportional to document[k] q[k], but to `own_weight`,
/// which counts the token out, for its present topic `own`. `sums`: padded(topics) floats of scratch.
///
/// Sums have sixteen lanes: topic k goes to lane k mod 16. In a lane the topics of each group of 128 are added by
/// rising k, then groups from the first to the last; lanes are added within quarters of four, then over quarters. The
/// lane is chosen first, then the group, then the topic, each by counting which sums lie below: the same operations for
/// registers of any width. A probability is off by at most some 1e-6 of the total, and a topic below 2^-32 of it may
/// never be drawn.
using DrawTopic = std::uint32_t (*)(const DrawRows& rows, std::uint32_t topics, std::uint32_t own, float own_weight,
                                    std::uint32_t number, float* sums);

/// The fastest code for this processor. All give the same topics.
[[nodiscard]] DrawTopic draw_code();

namespace detail {
/// A lane's last vector may be beyond the topics: rounding alone leads there.
inline std::uint32_t topic_at(std::size_t vector, std::size_t lane, std::uint32_t topics) {
  const std::size_t topic = vector * kLanes + lane;
  return static_cast<std::uint32_t>(topic < topics ? topic : topic - kLanes);
}
[[nodiscard]] DrawTopic baseline_draw();             ///< SSE2
[[nodiscard]] std::optional<DrawTopic> avx2_draw();  ///< where the processor has it
}  // namespace detail

}  // namespace dovetail::lda
