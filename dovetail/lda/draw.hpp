/// One draw of a topic from dense rows, exact up to the rounding of single precision.
#pragma once
#include <cstdint>
#include <optional>

namespace dovetail::lda {

/// Rows of padded(topics) floats that begin on cache lines; beyond `topics` all three are 0.
struct DrawRows {
  const float* document;  ///< n_dk, the token being drawn included
  const float* alpha;
  const float* q;  ///< (n_wk + beta) / (n_k + V beta), the token included
};

/// The topic that a 32-bit number chooses: k with a probability proportional to (n_dk + alpha_k) q_k, but to
/// `own_weight`, which counts the token out, for its present topic `own`. `sums`: padded(topics) floats of scratch.
///
/// Sums have sixteen lanes: topic k goes to lane k mod 16 by rising k, lanes add up from 0 to 15. The lane is chosen
/// first, then the topic in it, both by counting which sums lie below. A probability is off by at most some 1e-6 of
/// the total, and a topic below 2^-32 of it may never be drawn.
using DrawTopic = std::uint32_t (*)(const DrawRows& rows, std::uint32_t topics, std::uint32_t own, float own_weight,
                                    std::uint32_t number, float* sums);

/// The fastest code for this processor. All give the same topics.
[[nodiscard]] DrawTopic draw_code();

namespace detail {
[[nodiscard]] DrawTopic baseline_draw();             ///< SSE2
[[nodiscard]] std::optional<DrawTopic> avx2_draw();  ///< where the processor has it
}  // namespace detail

}  // namespace dovetail::lda
