/// Which words stand how often in documents, packed: some two bytes a word of a document. The bytes are in memory of
/// their own, or wherever an owner keeps them, such as a mapped file.
///
/// A document is its words by rising id, each as one number or two: 2 * gap + (count > 1), where the gap counts the ids
/// left out since the word before, then, where the count is above 1, count - 2. A number has seven bits a byte, the
/// lowest first; all its bytes but the last have the highest bit.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace dovetail::lda {

struct WordCount {
  std::uint32_t word;
  std::uint32_t count;  ///< at least 1
  friend bool operator==(const WordCount&, const WordCount&) = default;
};

/// The words of one document, by rising id: unpacked as a loop goes over them.
class DocumentWords {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = WordCount;
    using difference_type = std::ptrdiff_t;
    using pointer = const WordCount*;
    using reference = const WordCount&;

    Iterator(const std::byte* at, const std::byte* end) : at_(at), next_(at), end_(end) { unpack(); }
    [[nodiscard]] const WordCount& operator*() const { return entry_; }
    [[nodiscard]] const WordCount* operator->() const { return &entry_; }
    Iterator& operator++() {
      at_ = next_;
      unpack();
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    void unpack();

    const std::byte* at_;
    const std::byte* next_;  ///< where the word after this one is
    const std::byte* end_;
    WordCount entry_{0xffffffff, 0};  ///< before the first: one less than word 0
  };

  explicit DocumentWords(std::span<const std::byte> bytes) : bytes_(bytes) {}
  [[nodiscard]] Iterator begin() const { return {bytes_.data(), bytes_.data() + bytes_.size()}; }
  [[nodiscard]] Iterator end() const { return {bytes_.data() + bytes_.size(), bytes_.data() + bytes_.size()}; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const;  ///< walks over all

 private:
  std::span<const std::byte> bytes_;
};

/// Copies share the bytes, which nobody changes.
class PackedDocuments {
 public:
  PackedDocuments() = default;
  /// Document d has `bytes` from ends[d - 1], the first from 0, to ends[d]; `owner` keeps both alive. The bytes are as
  /// above: see fault_of().
  PackedDocuments(std::shared_ptr<const void> owner, std::span<const std::byte> bytes,
                  std::span<const std::uint64_t> ends)
      : owner_(std::move(owner)), bytes_(bytes), ends_(ends) {}

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] DocumentWords operator[](std::size_t d) const {
    const std::uint64_t begin = d == 0 ? 0 : ends_[d - 1];
    return DocumentWords(bytes_.subspan(begin, ends_[d] - begin));
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] std::span<const std::uint64_t> ends() const { return ends_; }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
  std::span<const std::uint64_t> ends_;
};

class PackedDocumentsBuilder {
 public:
  /// The next document: words by rising id, each once.
  void add(std::span<const WordCount> words);
  [[nodiscard]] PackedDocuments finish();

 private:
  std::vector<std::byte> bytes_;
  std::vector<std::uint64_t> ends_;
};

struct PackedFault {
  std::size_t at;    ///< the byte in the document
  const char* what;  ///< "holds ..."
};
/// What keeps the bytes of a document from being words below `words` with counts up to `count_max`, packed as above in
/// the only spelling; empty when nothing does.
[[nodiscard]] std::optional<PackedFault> fault_of(std::span<const std::byte> document, std::uint64_t words,
                                                  std::uint64_t count_max);

}  // namespace dovetail::lda
