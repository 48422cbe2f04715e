// The binary form of a corpus: the same corpus back, and every damage told by its byte.
#include "dovetail/jobs/binary_corpus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/jobs/topic_model.hpp"
#include "dovetail/store/checksum.hpp"
#include "dovetail/store/file.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kHeader = 128;

lda::Corpus small_corpus() {
  lda::CorpusBuilder builder;
  builder.begin_document("first");
  builder.add("pear", 2);
  builder.add("apple", 3);
  builder.begin_document("empty");
  builder.begin_document("\xc3\xa9t\xc3\xa9");
  builder.add("pear", 1);
  builder.add("fig", 1);
  return builder.finish();
}

class BinaryCorpusFile : public testing::Test {
 protected:
  [[nodiscard]] std::string written(const lda::Corpus& corpus) const {
    write_binary_corpus(corpus, file_);
    return read_text(file_);
  }
  /// What is wrong with a file of these bytes, after its name; empty when nothing is.
  [[nodiscard]] std::string fault_of(const std::string& bytes) const {
    test::write_plainly(file_, bytes);
    try {
      (void)read_binary_corpus(file_);
    } catch (const ModelError& error) {
      const std::string all = error.what();
      const std::string named = file_.string() + ": ";
      EXPECT_EQ(all.substr(0, named.size()), named);
      return all.substr(named.size());
    }
    return "";
  }
  /// The same of the small corpus after a change by somebody who knows the header's checksum.
  [[nodiscard]] std::string fault_after(const std::function<void(std::string&)>& change) const {
    std::string bytes = written(small_corpus());
    change(bytes);
    const std::uint32_t checksum = crc32c(std::as_bytes(std::span(bytes)).subspan(16, kHeader - 16));
    std::memcpy(bytes.data() + 12, &checksum, sizeof checksum);
    return fault_of(bytes);
  }
  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "corpus.dlc";
};

void set(std::string& bytes, std::size_t at, std::uint64_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

void require_same(const lda::Corpus& found, const lda::Corpus& wanted) {
  EXPECT_EQ(found.words, wanted.words);
  EXPECT_EQ(found.word_counts, wanted.word_counts);
  EXPECT_EQ(found.names, wanted.names);
  EXPECT_EQ(found.tokens, wanted.tokens);
  EXPECT_TRUE(std::ranges::equal(found.packed.ends(), wanted.packed.ends()));
  EXPECT_TRUE(std::ranges::equal(found.packed.bytes(), wanted.packed.bytes()));
  EXPECT_EQ(corpus_sha256(found), corpus_sha256(wanted));
}

TEST_F(BinaryCorpusFile, IsTheCorpusThatWasWritten) {
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  lda::CorpusBuilder builder;
  for (int d = 0; d < 300; ++d) {
    builder.begin_document("d" + std::to_string(d));
    const std::uint32_t words = rng.bits32() % 40;
    for (std::uint32_t i = 0; i < words; ++i)
      builder.add("w" + std::to_string(rng.bits32() % 500), 1 + rng.bits32() % 9);
  }
  const lda::Corpus corpus = builder.finish();
  lda::Corpus found;
  {
    EXPECT_FALSE(is_binary_corpus(file_));
    write_binary_corpus(corpus, file_);
    EXPECT_TRUE(is_binary_corpus(file_));
    found = read_binary_corpus(file_);
    write_binary_corpus(small_corpus(), file_);  // a new file in its place leaves a corpus that is read as it was
  }
  require_same(found, corpus);
  require_same(read_binary_corpus(file_), small_corpus());
}

TEST_F(BinaryCorpusFile, MayHaveNoWordsAndNoDocuments) {
  lda::CorpusBuilder builder;
  (void)written(builder.finish());
  EXPECT_EQ(read_binary_corpus(file_).documents(), 0U);
  lda::CorpusBuilder empty;
  empty.begin_document("empty");
  (void)written(empty.finish());
  EXPECT_EQ(read_binary_corpus(file_).length(0), 0U);
}

TEST_F(BinaryCorpusFile, HasTheBytesThatItsHeaderSays) {
  const std::string bytes = written(small_corpus());
  EXPECT_EQ(bytes.size(), kHeader + 8 * (3 + 3 + 3 + 3) + 12 + 15 + 6);
  EXPECT_EQ(bytes.substr(0, 12), std::string("dvcorpus\1\0\0\0", 12));
  EXPECT_EQ(bytes.substr(kHeader + 96, 33), "applepearfigfirstempty\xc3\xa9t\xc3\xa9" + std::string("\1\1\1\0\2\0", 6));
}

TEST_F(BinaryCorpusFile, EveryCutIsTold) {
  const std::string whole = written(small_corpus());
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const std::string fault = fault_of(whole.substr(0, bytes));
    if (bytes >= 8) {
      EXPECT_EQ(fault.substr(0, fault.find(": ")), "byte " + std::to_string(bytes)) << fault;
      EXPECT_NE(fault.find("it was cut"), std::string::npos) << fault;
    } else {
      EXPECT_EQ(fault.substr(0, 44), "byte 0: this is no corpus in binary form; co") << bytes;
    }
  }
  EXPECT_EQ(fault_of(whole), "");
  EXPECT_EQ(fault_of(whole + "x").substr(0, 49), "byte 257: there is more after the last document; ");
}

TEST_F(BinaryCorpusFile, EveryChangedBitIsTold) {
  const std::string whole = written(small_corpus());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_EQ(fault_of(changed).substr(0, 5), "byte ") << at << " " << bit;
    }
  }
}

TEST_F(BinaryCorpusFile, LiesAreNamedByTheirByte) {
  const auto fault = [&](const std::function<void(std::string&)>& change) {
    const std::string found = fault_after(change);
    return found.substr(0, found.find("; copy it"));
  };
  const std::size_t counts = kHeader;
  const std::size_t texts = kHeader + 96;
  EXPECT_EQ(fault([](std::string& b) { b[8] = 2; }), "byte 8: the file is of version 2, and version 1 is read");
  EXPECT_EQ(fault([](std::string& b) { set(b, 16, std::uint64_t{1} << 32); }),
            "byte 16: the header has more documents, words or tokens than a corpus may have");
  EXPECT_EQ(fault([](std::string& b) { set(b, 16, 4); }),
            "byte 257: the file ends before all that its header has: it was cut");
  EXPECT_EQ(fault([](std::string& b) { set(b, 56, 5); }), "byte 256: there is more after the last document");
  EXPECT_EQ(fault([](std::string& b) { set(b, 32, 8); }), "byte 32: the documents have 7 tokens, and 8 stand here");
  EXPECT_EQ(fault([&](std::string& b) { set(b, counts, 4); }),
            "byte 128: word 0 has 3 tokens in all documents, and 4 stand here");
  EXPECT_EQ(fault([&](std::string& b) { set(b, counts + 16, 4); }),
            "byte 168: word 2 stands where it does not belong (they stand by falling count, then by their bytes)");
  EXPECT_EQ(fault([&](std::string& b) { set(b, counts + 24, 13); }), "byte 152: word 0 ends where it cannot");
  EXPECT_EQ(fault([&](std::string& b) { set(b, counts + 32, 4); }), "byte 160: word 1 ends where it cannot");
  EXPECT_EQ(fault([&](std::string& b) { set(b, counts + 40, 11); }),
            "byte 152: the last word does not end where all do");
  EXPECT_EQ(fault([&](std::string& b) { set(b, counts + 32, 5); }), "byte 229: word 1 is empty");
  EXPECT_EQ(fault([&](std::string& b) { b[texts] = '\xff'; }), "byte 224: word 0 is not UTF-8");
  EXPECT_EQ(fault([&](std::string& b) { set(b, counts + 72, 7); }), "byte 200: document 0 ends where it cannot");
  EXPECT_EQ(fault([&](std::string& b) { set(b, counts + 72, 3); }), "byte 254: document 0 holds no packed number");
  EXPECT_EQ(fault([&](std::string& b) { b[texts + 27 + 4] = 6; }),
            "byte 255: document 2 holds a word beyond the vocabulary");
  EXPECT_EQ(fault([&](std::string& b) { std::swap(b[texts + 3], b[texts + 4]); }),
            "byte 64: the hash is not that of words, names and counts: the file is damaged");
}

}  // namespace
}  // namespace dovetail
