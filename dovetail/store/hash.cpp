#include "dovetail/store/hash.hpp"

#include <openssl/evp.h>

#include <new>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  bool finished = false;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  if (state_->context == nullptr) throw std::bad_alloc();
  DOVETAIL_ENSURE(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Hasher::~Hasher() = default;

void Hasher::add(std::span<const std::byte> bytes) {
  DOVETAIL_REQUIRE(!state_->finished);
  DOVETAIL_ENSURE(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

void Hasher::add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }

Sha256 Hasher::finish() {
  DOVETAIL_REQUIRE(!state_->finished);
  state_->finished = true;
  Sha256 hash{};
  unsigned size = 0;
  DOVETAIL_ENSURE(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(hash.data()), &size) == 1);
  DOVETAIL_ENSURE(size == hash.size());
  return hash;
}

Sha256 sha256(std::span<const std::byte> bytes) {
  Hasher hasher;
  hasher.add(bytes);
  return hasher.finish();
}

Sha256 sha256_of_file(const std::filesystem::path& path) {
  const InputFile file(path, Links::follow);
  std::vector<std::byte> piece(std::size_t{1} << 16);
  Hasher hasher;
  for (std::uint64_t offset = 0;;) {
    const std::size_t got = file.read_at(offset, piece);
    hasher.add(std::span(piece).first(got));
    offset += got;
    if (got < piece.size()) return hasher.finish();
  }
}

std::string to_hex(const Sha256& hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * hash.size());
  for (const std::byte byte : hash) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

}  // namespace dovetail
