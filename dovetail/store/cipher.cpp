#include "dovetail/store/cipher.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>

#include "dovetail/core/error.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kTag = 16;  ///< bytes in front of what is encrypted

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context context() {
  Context made(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  if (!made) throw std::bad_alloc();
  return made;
}

/// Never freed: processes that end by a signal's handler may still use it.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr);
  DOVETAIL_ENSURE(kCipher != nullptr);
  return kCipher;
}

int length(std::span<const std::byte> bytes) {
  DOVETAIL_REQUIRE(bytes.size() <= std::numeric_limits<int>::max());
  return static_cast<int>(bytes.size());
}

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(const std::byte* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }

}  // namespace

CipherKey key_from(std::span<const std::byte> secret) {
  CipherKey key{};
  for (std::size_t half = 0; half < 2; ++half) {
    Hasher hasher;
    hasher.add(half == 0 ? "dovetail cipher 1: " : "dovetail cipher 2: ");
    hasher.add(secret);
    const Sha256 part = hasher.finish();
    std::copy(part.begin(), part.end(), key.begin() + static_cast<std::ptrdiff_t>(half * part.size()));
  }
  return key;
}

Bytes encrypt(const CipherKey& key, std::span<const std::byte> plain) {
  DOVETAIL_REQUIRE(!plain.empty());
  const Context c = context();
  Bytes sealed(kTag + plain.size());
  int done = 0;
  DOVETAIL_ENSURE(EVP_EncryptInit_ex2(c.get(), cipher(), raw(key.data()), nullptr, nullptr) == 1);
  DOVETAIL_ENSURE(EVP_EncryptUpdate(c.get(), raw(sealed.data() + kTag), &done, raw(plain.data()), length(plain)) == 1);
  DOVETAIL_ENSURE(static_cast<std::size_t>(done) == plain.size());
  DOVETAIL_ENSURE(EVP_EncryptFinal_ex(c.get(), nullptr, &done) == 1);
  DOVETAIL_ENSURE(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_GET_TAG, kTag, sealed.data()) == 1);
  return sealed;
}

std::optional<Bytes> decrypt(const CipherKey& key, std::span<const std::byte> sealed) {
  if (sealed.size() <= kTag) return std::nullopt;
  const Context c = context();
  Bytes tag(sealed.begin(), sealed.begin() + kTag);  // OpenSSL takes it by a pointer to what may change
  const auto text = sealed.subspan(kTag);
  Bytes plain(text.size());
  int done = 0;
  DOVETAIL_ENSURE(EVP_DecryptInit_ex2(c.get(), cipher(), raw(key.data()), nullptr, nullptr) == 1);
  DOVETAIL_ENSURE(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1);
  if (EVP_DecryptUpdate(c.get(), raw(plain.data()), &done, raw(text.data()), length(text)) != 1) return std::nullopt;
  if (EVP_DecryptFinal_ex(c.get(), nullptr, &done) != 1) return std::nullopt;
  return plain;
}

}  // namespace dovetail
