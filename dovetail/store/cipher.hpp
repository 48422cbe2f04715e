/// Bytes that are kept with somebody who must not read them: AES-256-SIV (RFC 5297; OpenSSL's), authenticated and
/// deterministic. Equal bytes under one key give equal sealed bytes, so work that is done twice can be compared; who
/// has no key learns the length, and whether two are equal.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "dovetail/core/codec.hpp"

namespace dovetail {

/// The two halves of SIV's key.
using CipherKey = std::array<std::byte, 64>;

/// From a secret of any length, which the key does not give away.
[[nodiscard]] CipherKey key_from(std::span<const std::byte> secret);
/// 16 bytes more than `plain`, which is not empty.
[[nodiscard]] Bytes encrypt(const CipherKey& key, std::span<const std::byte> plain);
/// Empty where `sealed` is not what encrypt() made with this key.
[[nodiscard]] std::optional<Bytes> decrypt(const CipherKey& key, std::span<const std::byte> sealed);

}  // namespace dovetail
