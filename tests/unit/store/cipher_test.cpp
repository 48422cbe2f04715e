// What is kept with others: read back by who has the key, by nobody else, and never changed unnoticed.
#include "dovetail/store/cipher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

Bytes bytes_of(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

TEST(Cipher, OnlyTheKeyReadsBack) {
  const CipherKey key = key_from(bytes_of("rows of north"));
  const CipherKey other = key_from(bytes_of("rows of south"));
  for (const std::size_t size : {1U, 15U, 16U, 17U, 1000U, 100000U}) {
    const Bytes plain = bytes_of(std::string(size, 'x'));
    const Bytes sealed = encrypt(key, plain);
    EXPECT_EQ(sealed.size(), size + 16);
    EXPECT_EQ(decrypt(key, sealed), plain);
    EXPECT_EQ(decrypt(other, sealed), std::nullopt);
  }
}

TEST(Cipher, TheSameTwiceIsTheSame) {
  const CipherKey key = key_from(bytes_of("rows"));
  EXPECT_EQ(encrypt(key, bytes_of("chains")), encrypt(key, bytes_of("chains")));
  EXPECT_NE(encrypt(key, bytes_of("chains")), encrypt(key, bytes_of("chainz")));
  EXPECT_NE(encrypt(key_from(bytes_of("rowz")), bytes_of("chains")), encrypt(key, bytes_of("chains")));
}

TEST(Cipher, EveryFlippedBitAndEveryCutIsRefused) {
  const CipherKey key = key_from(bytes_of("rows"));
  const Bytes sealed = encrypt(key, bytes_of("what a site keeps of its chains"));
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_EQ(decrypt(key, flipped), std::nullopt) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(decrypt(key, std::span(sealed).first(size)), std::nullopt) << size;
  }
}

/// The published vector of SIV without further data would need other sizes; here that nothing shines through.
TEST(Cipher, NothingOfTextOrSecretIsInTheSealedBytes) {
  const Bytes secret = bytes_of("a secret of thirty-two characters");
  const CipherKey key = key_from(secret);
  const Bytes plain = bytes_of(std::string(4096, 'a'));
  const Bytes sealed = encrypt(key, plain);
  const auto shows = [&](std::span<const std::byte> part) {
    return std::search(sealed.begin(), sealed.end(), part.begin(), part.end()) != sealed.end();
  };
  EXPECT_FALSE(shows(std::span(plain).first(4)));
  EXPECT_FALSE(shows(std::span(secret).first(4)));
  EXPECT_FALSE(shows(std::span(key).first(4)));
  const Sha256 hash = sha256(secret);
  EXPECT_EQ(std::search(key.begin(), key.end(), hash.begin(), hash.begin() + 4), key.end());
  EXPECT_FALSE(std::equal(key.begin(), key.begin() + 32, key.begin() + 32)) << "two halves, two keys";
}

}  // namespace
}  // namespace dovetail
