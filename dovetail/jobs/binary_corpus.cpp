#include "dovetail/jobs/binary_corpus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/topic_model.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/checksum.hpp"
#include "dovetail/store/file.hpp"
#include "dovetail/store/hash.hpp"
#include "dovetail/store/mapped_file.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kChecksumAt = 12;
constexpr std::size_t kSizesAt = 16;
constexpr std::size_t kHashAt = 64;
constexpr const char* kAnew = "copy it, or make it anew with `dovetail corpus`";

/// In the order of the header.
struct Sizes {
  std::uint64_t documents = 0, words = 0, tokens = 0, word_bytes = 0, name_bytes = 0, packed_bytes = 0;
  template <class Archive>
  void describe(Archive& archive) {
    archive(documents);
    archive(words);
    archive(tokens);
    archive(word_bytes);
    archive(name_bytes);
    archive(packed_bytes);
  }
};

std::vector<std::uint64_t> ends_of(const std::vector<std::string>& texts) {
  std::vector<std::uint64_t> ends;
  std::uint64_t end = 0;
  for (const std::string& text : texts) ends.push_back(end += text.size());
  return ends;
}

Bytes header_of(const lda::Corpus& corpus) {
  Sizes sizes{corpus.documents(), corpus.words.size(), corpus.tokens, 0, 0, corpus.packed.bytes().size()};
  for (const std::string& word : corpus.words) sizes.word_bytes += word.size();
  for (const std::string& name : corpus.names) sizes.name_bytes += name.size();
  Writer checked;
  checked(sizes);
  const Sha256 hash = corpus_sha256(corpus);
  checked.out.insert(checked.out.end(), hash.begin(), hash.end());
  checked.out.resize(kHeaderBytes - kSizesAt);
  Writer header;
  for (const char c : kBinaryCorpusBegins) header(c);
  header(kBinaryCorpusVersion);
  header(crc32c(checked.out));
  header.out.insert(header.out.end(), checked.out.begin(), checked.out.end());
  return header.out;
}

class BinaryCorpus {
 public:
  explicit BinaryCorpus(const fs::path& file)
      : name_(file.string()), file_(std::make_shared<const MappedFile>(file, Links::follow)), bytes_(file_->bytes()) {}

  [[nodiscard]] lda::Corpus read() {
    read_header();
    lda::Corpus corpus;
    const auto word_counts = numbers(sizes_.words);
    const auto word_ends = numbers(sizes_.words);
    const auto name_ends = numbers(sizes_.documents);
    const auto document_ends = numbers(sizes_.documents);
    corpus.word_counts.assign(word_counts.begin(), word_counts.end());
    corpus.words = texts(word_ends, sizes_.word_bytes, "word");
    require_order(corpus, offset_of(word_ends));
    corpus.names = texts(name_ends, sizes_.name_bytes, "name");
    const std::span<const std::byte> packed = bytes_.subspan(at_, sizes_.packed_bytes);
    require_documents(document_ends, packed);
    corpus.packed = lda::PackedDocuments(file_, packed, document_ends);
    corpus.tokens = sizes_.tokens;
    require_counts(corpus, offset_of(word_counts));
    const Sha256 hash = corpus_sha256(corpus);
    if (!std::equal(hash.begin(), hash.end(), bytes_.begin() + kHashAt)) {
      fail(kHashAt, "the hash is not that of words, names and counts: the file is damaged");
    }
    return corpus;
  }

 private:
  [[noreturn]] void fail(std::uint64_t offset, const std::string& what) const {
    throw ModelError(fmt::format("{}: byte {}: {}; {}", name_, offset, what, kAnew));
  }

  void read_header() {
    const auto begins = std::as_bytes(std::span(kBinaryCorpusBegins));
    const auto begun = bytes_.first(std::min(bytes_.size(), begins.size()));
    if (!std::equal(begun.begin(), begun.end(), begins.begin(), begins.end()))
      fail(0, "this is no corpus in binary form");
    if (bytes_.size() < kHeaderBytes) fail(bytes_.size(), "the file ends within its header: it was cut");
    std::uint32_t version = 0;
    std::uint32_t checksum = 0;
    std::memcpy(&version, bytes_.data() + kVersionAt, sizeof version);
    std::memcpy(&checksum, bytes_.data() + kChecksumAt, sizeof checksum);
    if (version != kBinaryCorpusVersion) {
      fail(kVersionAt, fmt::format("the file is of version {}, and version {} is read", version, kBinaryCorpusVersion));
    }
    const auto checked = bytes_.subspan(kSizesAt, kHeaderBytes - kSizesAt);
    if (crc32c(checked) != checksum) fail(kChecksumAt, "the header's checksum does not fit: it is damaged");
    sizes_ = unpack<Sizes>(checked.first(sizeof(Sizes)));
    require_sizes();
  }

  /// Before anything is allocated.
  void require_sizes() const {
    constexpr std::uint64_t kIdsMax = std::numeric_limits<std::uint32_t>::max();
    if (sizes_.tokens > lda::kCorpusTokensMax || sizes_.words > kIdsMax || sizes_.documents > kIdsMax) {
      fail(kSizesAt, "the header has more documents, words or tokens than a corpus may have");
    }
    std::uint64_t left = bytes_.size() - kHeaderBytes;
    for (const std::uint64_t part : {2 * sizeof(std::uint64_t) * (sizes_.words + sizes_.documents), sizes_.word_bytes,
                                     sizes_.name_bytes, sizes_.packed_bytes}) {
      if (part > left) fail(bytes_.size(), "the file ends before all that its header has: it was cut");
      left -= part;
    }
    if (left > 0) fail(bytes_.size() - left, "there is more after the last document");
  }

  /// The next `count` of them.
  std::span<const std::uint64_t> numbers(std::uint64_t count) {
    const auto part = bytes_.subspan(at_, count * sizeof(std::uint64_t));
    at_ += part.size();
    return {reinterpret_cast<const std::uint64_t*>(part.data()), count};  // aligned: all parts so far are of such
  }
  [[nodiscard]] std::uint64_t offset_of(std::span<const std::uint64_t> numbers) const {
    return static_cast<std::uint64_t>(reinterpret_cast<const std::byte*>(numbers.data()) - bytes_.data());
  }

  void require_ends(std::span<const std::uint64_t> ends, std::uint64_t size, const char* of) const {
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i] < before || ends[i] > size) {
        fail(offset_of(ends) + i * sizeof(std::uint64_t), fmt::format("{} {} ends where it cannot", of, i));
      }
      before = ends[i];
    }
    if (before != size) fail(offset_of(ends), fmt::format("the last {} does not end where all do", of));
  }

  /// The next texts, one after another.
  std::vector<std::string> texts(std::span<const std::uint64_t> ends, std::uint64_t size, const char* of) {
    require_ends(ends, size, of);
    std::vector<std::string> all;
    all.reserve(ends.size());
    std::uint64_t begin = 0;
    for (const std::uint64_t end : ends) {
      all.emplace_back(reinterpret_cast<const char*>(bytes_.data()) + at_ + begin, end - begin);
      if (all.back().empty() || !is_utf8(all.back())) {
        fail(at_ + begin, fmt::format("{} {} is {}", of, all.size() - 1, end == begin ? "empty" : "not UTF-8"));
      }
      begin = end;
    }
    at_ += size;
    return all;
  }

  void require_order(const lda::Corpus& corpus, std::uint64_t offset) const {
    for (std::size_t w = 1; w < corpus.words.size(); ++w) {
      const std::uint64_t before = corpus.word_counts[w - 1];
      const std::uint64_t count = corpus.word_counts[w];
      if (before > count || (before == count && corpus.words[w - 1] < corpus.words[w])) continue;
      fail(
          offset + w * sizeof(std::uint64_t),
          fmt::format("word {} stands where it does not belong (they stand by falling count, then by their bytes)", w));
    }
  }

  void require_documents(std::span<const std::uint64_t> ends, std::span<const std::byte> packed) const {
    require_ends(ends, packed.size(), "document");
    std::uint64_t begin = 0;
    for (std::size_t d = 0; d < ends.size(); ++d) {
      const auto fault = lda::fault_of(packed.subspan(begin, ends[d] - begin), sizes_.words, lda::kDocumentTokensMax);
      if (fault) fail(at_ + begin + fault->at, fmt::format("document {} {}", d, fault->what));
      begin = ends[d];
    }
  }

  /// `offset`: of the tokens by word.
  void require_counts(const lda::Corpus& corpus, std::uint64_t offset) const {
    std::vector<std::uint64_t> counts(corpus.words.size(), 0);
    std::uint64_t tokens = 0;
    for (std::size_t d = 0; d < corpus.documents(); ++d) {
      for (const lda::WordCount& entry : corpus.document(d)) counts[entry.word] += entry.count;
      const std::uint64_t length = corpus.length(d);
      if (length > lda::kDocumentTokensMax) {
        fail(at_ + (d == 0 ? 0 : corpus.packed.ends()[d - 1]), fmt::format("document {} has too many tokens", d));
      }
      tokens += length;
    }
    for (std::size_t w = 0; w < counts.size(); ++w) {
      if (counts[w] == corpus.word_counts[w] && counts[w] > 0) continue;
      fail(offset + w * sizeof(std::uint64_t), fmt::format("word {} has {} tokens in all documents, and {} stand here",
                                                           w, counts[w], corpus.word_counts[w]));
    }
    if (tokens != sizes_.tokens) {
      fail(kSizesAt + 2 * sizeof(std::uint64_t),
           fmt::format("the documents have {} tokens, and {} stand here", tokens, sizes_.tokens));
    }
  }

  std::string name_;
  std::shared_ptr<const MappedFile> file_;
  std::span<const std::byte> bytes_;
  Sizes sizes_;
  std::size_t at_ = kHeaderBytes;  ///< of the next part
};

}  // namespace

bool is_binary_corpus(const fs::path& file) {
  std::array<char, kBinaryCorpusBegins.size()> begun{};
  std::ifstream in(file, std::ios::binary);
  in.read(begun.data(), begun.size());
  return in.good() && std::string_view(begun.data(), begun.size()) == kBinaryCorpusBegins;
}

void write_binary_corpus(const lda::Corpus& corpus, const fs::path& file) {
  ReplacementFile out(file);
  out.append(header_of(corpus));
  for (const std::vector<std::uint64_t>& part : {corpus.word_counts, ends_of(corpus.words), ends_of(corpus.names)}) {
    out.append(std::as_bytes(std::span(part)));
  }
  out.append(std::as_bytes(corpus.packed.ends()));
  for (const auto* texts : {&corpus.words, &corpus.names}) {
    std::string all;
    for (const std::string& text : *texts) all += text;
    out.append(all);
  }
  out.append(corpus.packed.bytes());
  out.finish();
}

lda::Corpus read_binary_corpus(const fs::path& file) { return BinaryCorpus(file).read(); }

}  // namespace dovetail
