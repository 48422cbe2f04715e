// Lines of plain and compressed files: the same ones, and every cut or changed byte of a compressed file is told.
#include "dovetail/jobs/lines.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#ifdef DOVETAIL_HAVE_ZSTD
#include <zstd.h>
#endif

#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/jobs/decompress.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/seed.hpp"

namespace dovetail {
namespace {

std::string gzipped(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT(*-const-cast)
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  (void)deflateEnd(&stream);
  return out;
}

#ifdef DOVETAIL_HAVE_ZSTD
/// With a checksum, as the command zstd writes it, in a frame that does not know its length.
std::string zstandard(const std::string& text) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  EXPECT_EQ(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)), 0U);
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_inBuffer from{text.data(), text.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  std::size_t left = ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush);
  EXPECT_EQ(left, 0U);
  left = ZSTD_compressStream2(context, &to, &from, ZSTD_e_end);
  EXPECT_EQ(left, 0U);
  (void)ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}
#endif

class LinesOfAFile : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> lines_of(const std::string& bytes) const {
    test::write_plainly(folder_ / "file", bytes);
    Lines lines(folder_ / "file");
    std::vector<std::string> all;
    while (lines.next()) {
      all.emplace_back(lines.line());
      EXPECT_EQ(lines.number(), all.size());
    }
    EXPECT_EQ(lines.number(), all.size());
    EXPECT_FALSE(lines.next());
    return all;
  }
  /// What is wrong with a file, from its last colon but one on.
  [[nodiscard]] std::string fault_of(const std::string& bytes) const {
    try {
      (void)lines_of(bytes);
    } catch (const ModelError& error) {
      const std::string all = error.what();
      return all.substr(all.find("file:") + 5);
    }
    return "";
  }
  test::TemporaryFolder folder_;
};

using Texts = std::vector<std::string>;

TEST_F(LinesOfAFile, HaveNoEndsAndNoMark) {
  EXPECT_EQ(lines_of(""), Texts{});
  EXPECT_EQ(lines_of("a"), Texts{"a"});
  EXPECT_EQ(lines_of("\xef\xbb\xbf"
                     "a\r\nb\n\n\r\nc\rd"),
            (Texts{"a", "b", "", "", "c\rd"}));
  EXPECT_EQ(lines_of(gzipped("")), Texts{});
  EXPECT_EQ(lines_of(gzipped("\xef\xbb\xbf"
                             "a\r\nb\n\n\r\nc\rd")),
            (Texts{"a", "b", "", "", "c\rd"}));
}

/// Lines of all lengths around the size of a piece, and files that end there.
TEST_F(LinesOfAFile, AreTheSameWhereverPiecesEnd) {
  constexpr std::size_t kPiece = 1 << 16;
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  const auto line = [&](std::size_t length) {
    std::string text(length, ' ');
    for (char& c : text) c = static_cast<char>('a' + rng.bits32() % 26);
    return text;
  };
  for (const std::size_t length : {kPiece - 2, kPiece - 1, kPiece, kPiece + 1, 2 * kPiece - 1, 5 * kPiece + 7}) {
    const Texts wanted{line(length), line(3), "", line(length), line(1)};
    std::string text;
    for (const std::string& each : wanted) text += each + "\n";
    EXPECT_EQ(lines_of(text), wanted) << length;
    EXPECT_EQ(lines_of(gzipped(text)), wanted) << length;
    text.pop_back();
    EXPECT_EQ(lines_of(text), wanted) << length;
    const std::size_t cut = length + 2;  // within a line
    EXPECT_EQ(lines_of(gzipped(text.substr(0, cut)) + gzipped("") + gzipped(text.substr(cut))), wanted) << length;
  }
}

TEST_F(LinesOfAFile, ACutIsTold) {
  const std::string whole = gzipped("first line\nsecond line\n");
  for (std::size_t bytes = 2; bytes < whole.size(); ++bytes) {
    const std::string fault = fault_of(whole.substr(0, bytes));
    EXPECT_NE(fault.find("the compressed file ends too early"), std::string::npos) << bytes << ": " << fault;
  }
  EXPECT_EQ(fault_of(whole.substr(0, whole.size() - 1)).substr(0, 2), "3:") << "two lines came whole";
  const std::string twice = whole + whole;
  EXPECT_NE(fault_of(twice.substr(0, whole.size() + 5)), "");
  EXPECT_EQ(fault_of(twice), "");
}

/// gzip's header has bits that say nothing of the text: whether it is one, time, level, system. Any other change is
/// found by the checksum.
TEST_F(LinesOfAFile, AChangedByteIsTold) {
  const Texts wanted{"first line", "second line", "third"};
  const std::string whole = gzipped("first line\nsecond line\nthird\n");
  for (std::size_t at = 2; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const bool says_nothing = (at == 3 && bit == 0) || (at >= 4 && at < 10);
      if (says_nothing) {
        EXPECT_EQ(lines_of(changed), wanted) << at << " " << bit;
      } else {
        EXPECT_NE(fault_of(changed), "") << at << " " << bit;
      }
    }
  }
  EXPECT_NE(fault_of(whole + "more").find("4: the compressed bytes are damaged"), std::string::npos);
}

#ifdef DOVETAIL_HAVE_ZSTD
TEST_F(LinesOfAFile, AreThoseOfZstdToo) {
  EXPECT_EQ(lines_of(zstandard("")), Texts{});
  EXPECT_EQ(lines_of(zstandard("\xef\xbb\xbf"
                               "a\r\nb\n\n\r\nc\rd")),
            (Texts{"a", "b", "", "", "c\rd"}));
  Rng rng({test::seed_from_name(), Purpose::test, ItemId(0), Step(0)});
  Texts wanted;
  std::string text;
  for (int i = 0; i < 20000; ++i) {
    wanted.push_back(std::to_string(rng.bits32()) + std::string(rng.bits32() % 40, 'x'));
    text += wanted.back() + "\n";
  }
  EXPECT_EQ(lines_of(zstandard(text)), wanted);
  EXPECT_EQ(lines_of(zstandard(text.substr(0, 100001)) + zstandard("") + zstandard(text.substr(100001))), wanted);
}

TEST_F(LinesOfAFile, ACutOfZstdIsTold) {
  const std::string whole = zstandard("first line\nsecond line\n");
  for (std::size_t bytes = 4; bytes < whole.size(); ++bytes) {
    const std::string fault = fault_of(whole.substr(0, bytes));
    EXPECT_NE(fault.find("the compressed file ends too early"), std::string::npos) << bytes << ": " << fault;
  }
  EXPECT_NE(fault_of((whole + whole).substr(0, whole.size() + 7)), "");
  EXPECT_EQ(fault_of(whole + whole), "");
  EXPECT_NE(fault_of(whole + "more").find("the compressed bytes are damaged"), std::string::npos);
}

/// No change gives other lines. Some bits have no meaning: one of a frame's descriptor, the eight of its window, and
/// the two that say how a block is coded which has no bytes.
TEST_F(LinesOfAFile, AChangedByteOfZstdIsTold) {
  const std::string text = "first line\nsecond line\nthird\n";
  const Texts wanted{"first line", "second line", "third"};
  const std::string whole = zstandard(text);
  int same = 0;
  for (std::size_t at = 4; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      if (fault_of(changed) != "") continue;
      EXPECT_EQ(lines_of(changed), wanted) << at << " " << bit;
      ++same;
    }
  }
  EXPECT_LE(same, 1 + 8 + 2);
}
#endif

TEST_F(LinesOfAFile, OtherFormatsAndBytesThatAreNoTextAreNamed) {
  EXPECT_EQ(fault_of(std::string("\xfd\x37zXZ\0 and more", 15)).substr(0, 22), "1: is compressed by xz");
  const std::string zstd = fault_of("\x28\xb5\x2f\xfd and more");
  EXPECT_NE(zstd.find(has_zstd() ? "1: the compressed" : "1: is compressed by zstd, which this build cannot read"),
            std::string::npos)
      << zstd;
  EXPECT_EQ(fault_of("a\nb\nc" + std::string(1, '\0')).substr(0, 19), "3: holds a NUL byte");
  EXPECT_EQ(fault_of(gzipped("a\n" + std::string(1, '\0'))).substr(0, 19), "2: holds a NUL byte");
  EXPECT_THROW(Lines(folder_ / "none"), ModelError);
  EXPECT_THROW(Lines(folder_.path()), ModelError);
}

}  // namespace
}  // namespace dovetail
