#pragma once
#include "dovetail/core/rng.hpp"
namespace dovetail::lda {
inline constexpr auto kDocumentOrder = static_cast<Purpose>(20);
inline constexpr auto kInitialTopics = static_cast<Purpose>(21);
inline constexpr auto kTopics = static_cast<Purpose>(22);
}  // namespace dovetail::lda
