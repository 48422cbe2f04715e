// SHA-256 and CRC-32C against the examples of their standards.
#include "dovetail/store/hash.hpp"

#include <gtest/gtest.h>

#include <boost/crc.hpp>

#include "dovetail/core/error.hpp"
#include "dovetail/store/checksum.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"

namespace dovetail {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// FIPS 180-4 example values, as published by NIST: "", "abc", the 56-byte message and a million times "a".
TEST(Sha256, MatchesThePublishedExamples) {
  EXPECT_EQ(to_hex(sha256(bytes_of(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(bytes_of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256(bytes_of(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowBytesArrive) {
  Hasher hasher;
  for (const char c : std::string("abc")) hasher.add(std::string_view(&c, 1));
  hasher.add("");
  EXPECT_EQ(to_hex(hasher.finish()), to_hex(sha256(bytes_of("abc"))));
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const test::TemporaryFolder folder;
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 200000U}) {
    const std::string text(size, 'q');
    replace_file(folder / "file", text);
    EXPECT_EQ(sha256_of_file(folder / "file"), sha256(bytes_of(text))) << size;
  }
  EXPECT_THROW(static_cast<void>(sha256_of_file(folder / "absent")), FileError);
}

TEST(Sha256Death, NothingMayBeAddedAfterTheEnd) {
  EXPECT_EXIT(
      {
        Hasher hasher;
        static_cast<void>(hasher.finish());
        hasher.add("more");
      },
      ::testing::ExitedWithCode(1), "finished");
}

// RFC 3720, B.4: 32 zeros, 32 ones, ascending and descending bytes; and the usual check value of the catalogue.
TEST(Crc32c, MatchesThePublishedExamples) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  std::string up;
  std::string down;
  for (int i = 0; i < 32; ++i) {
    up += static_cast<char>(i);
    down += static_cast<char>(31 - i);
  }
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\0'))), 0x8A9136AAU);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\xFF'))), 0x62A8AB43U);
  EXPECT_EQ(crc32c(bytes_of(up)), 0x46DD794EU);
  EXPECT_EQ(crc32c(bytes_of(down)), 0x113FDB5CU);
  EXPECT_EQ(crc32c(bytes_of("")), 0U);
}

// Boost's implementation, at every length and alignment that the steps of eight can meet.
TEST(Crc32c, AgreesWithBoostAtEveryLength) {
  std::string text;
  for (unsigned i = 0; i < 300; ++i) text += static_cast<char>(i * i * 31 + i / 7);
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t size = 0; start + size <= text.size(); ++size) {
      const std::string_view piece = std::string_view(text).substr(start, size);
      boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> expected;
      expected.process_bytes(piece.data(), piece.size());
      ASSERT_EQ(crc32c(bytes_of(piece)), expected.checksum()) << start << " " << size;
    }
  }
}

}  // namespace
}  // namespace dovetail
