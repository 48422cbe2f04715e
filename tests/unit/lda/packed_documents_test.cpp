// Packed documents: the bytes by hand, every document back again, and bytes that are none.
#include "dovetail/lda/packed_documents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dovetail/core/rng.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::lda {
namespace {

using Words = std::vector<WordCount>;

constexpr std::uint32_t kIdMax = 0xfffffffe;
constexpr std::uint64_t kCountMax = (std::uint64_t{1} << 22) - 1;

PackedDocuments packed(const std::vector<Words>& documents) {
  PackedDocumentsBuilder builder;
  for (const Words& words : documents) builder.add(words);
  return builder.finish();
}

Words unpacked(const DocumentWords& document) { return {document.begin(), document.end()}; }

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
  std::vector<std::byte> all;
  for (const unsigned value : values) all.push_back(static_cast<std::byte>(value));
  return all;
}

std::string fault(std::initializer_list<unsigned> values, std::uint64_t words = 1000) {
  const auto found = fault_of(bytes(values), words, kCountMax);
  return found ? std::to_string(found->at) + " " + found->what : "";
}

TEST(PackedDocuments, HaveTheseBytes) {
  const PackedDocuments one = packed({{{0, 1}, {1, 2}, {70, 1}, {71, 200}}, {}, {{300, 130}}});
  const auto wanted = bytes({0, 1, 0, 0x88, 1, 1, 0xc6, 1, 0xd9, 4, 0x80, 1});
  EXPECT_TRUE(std::ranges::equal(one.bytes(), wanted));
  EXPECT_EQ(std::vector<std::uint64_t>(one.ends().begin(), one.ends().end()), (std::vector<std::uint64_t>{8, 8, 12}));
  EXPECT_EQ(one[0].size(), 4U);
  EXPECT_TRUE(one[1].empty());
}

TEST(PackedDocuments, AreTheDocumentsThatWerePacked) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  std::vector<Words> documents = {{}, {{0, 1}}, {{kIdMax, 4194303}}, {{0, 2}, {kIdMax - 1, 1}, {kIdMax, 3}}, {}};
  for (int d = 0; d < 200; ++d) {
    Words words;
    std::uint64_t word = 0;
    const std::uint32_t size = rng.bits32() % 30;
    for (std::uint32_t i = 0; i < size; ++i) {
      word += rng.bits32() >> (4 + rng.bits32() % 28);
      if (word > kIdMax) break;
      words.push_back({static_cast<std::uint32_t>(word++), 1 + (rng.bits32() >> (10 + rng.bits32() % 22))});
    }
    documents.push_back(words);
  }
  const PackedDocuments all = packed(documents);
  ASSERT_EQ(all.size(), documents.size());
  for (std::size_t d = 0; d < documents.size(); ++d) {
    EXPECT_EQ(unpacked(all[d]), documents[d]) << d;
    EXPECT_EQ(all[d].size(), documents[d].size());
    const std::uint64_t begin = d == 0 ? 0 : all.ends()[d - 1];
    EXPECT_FALSE(fault_of(all.bytes().subspan(begin, all.ends()[d] - begin), std::uint64_t{kIdMax} + 1, kCountMax));
  }
}

TEST(PackedDocuments, FaultsAreNamedByTheirByte) {
  EXPECT_EQ(fault({0, 1, 0}), "");
  EXPECT_EQ(fault({0, 1}), "2 holds no packed number") << "the count is missing";
  EXPECT_EQ(fault({0, 0x80}), "1 holds no packed number") << "a number is cut";
  EXPECT_EQ(fault({0x80, 0}), "0 holds no packed number") << "0 has a shorter spelling";
  EXPECT_EQ(fault({0xff, 0xff, 0xff, 0xff, 0xff, 1}), "0 holds no packed number") << "more than 35 bits";
  EXPECT_EQ(fault({18}, 10), "");
  EXPECT_EQ(fault({20}, 10), "0 holds a word beyond the vocabulary");
  EXPECT_EQ(fault({16, 0, 0}, 10), "2 holds a word beyond the vocabulary");
  EXPECT_EQ(fault({1, 0xfd, 0xff, 0xff, 1}), "");
  EXPECT_EQ(fault({1, 0xfe, 0xff, 0xff, 1}), "1 holds a count beyond what a document may have");
}

/// All of up to two bytes: refused, or the spelling of what they say.
TEST(PackedDocuments, HaveOneSpelling) {
  for (unsigned value = 0; value < 256 * 257; ++value) {
    const auto given = value < 256 ? bytes({value}) : bytes({value % 256, value / 256 - 1});
    if (fault_of(given, 100000, kCountMax)) continue;
    const PackedDocuments again = packed({unpacked(DocumentWords(given))});
    ASSERT_TRUE(std::ranges::equal(again.bytes(), given)) << value;
  }
}

}  // namespace
}  // namespace dovetail::lda
