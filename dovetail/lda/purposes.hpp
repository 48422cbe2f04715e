/// What the random streams of latent Dirichlet allocation are for: purposes 20 to 22, which core/rng.hpp leaves free.
#pragma once
#include "dovetail/core/rng.hpp"

namespace dovetail::lda {

inline constexpr auto kDocumentOrder = static_cast<Purpose>(20);  ///< by document, step 0
inline constexpr auto kInitialTopics = static_cast<Purpose>(21);  ///< by shard, step 0
inline constexpr auto kTopicDraws = static_cast<Purpose>(22);     ///< by shard and step of the ring

}  // namespace dovetail::lda
