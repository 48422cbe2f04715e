#include "dovetail/lda/packed_documents.hpp"

#include <utility>

#include "dovetail/lda/packed_numbers.hpp"

namespace dovetail::lda {

void DocumentWords::Iterator::unpack() {
  if (at_ == end_) return;
  const std::uint64_t first = take_number(next_);
  entry_.word += static_cast<std::uint32_t>(1 + first / 2);
  entry_.count = first % 2 == 0 ? 1 : static_cast<std::uint32_t>(2 + take_number(next_));
}

std::size_t DocumentWords::size() const { return static_cast<std::size_t>(std::distance(begin(), end())); }

void PackedDocumentsBuilder::add(std::span<const WordCount> words) {
  std::uint64_t next = 0;  // the least id that the next word can have
  for (const WordCount& entry : words) {
    append_number(2 * (entry.word - next) + (entry.count > 1 ? 1 : 0), bytes_);
    if (entry.count > 1) append_number(entry.count - 2, bytes_);
    next = std::uint64_t{entry.word} + 1;
  }
  ends_.push_back(bytes_.size());
}

PackedDocuments PackedDocumentsBuilder::finish() {
  bytes_.shrink_to_fit();
  ends_.shrink_to_fit();
  const auto kept = std::make_shared<const PackedDocumentsBuilder>(std::move(*this));
  return {kept, kept->bytes_, kept->ends_};
}

std::optional<PackedFault> fault_of(std::span<const std::byte> document, std::uint64_t words, std::uint64_t count_max) {
  std::uint64_t next = 0;
  for (std::size_t at = 0; at < document.size();) {
    const std::size_t begin = at;
    const auto first = try_number(document, at);
    if (!first) return PackedFault{begin, "holds no packed number"};
    const std::uint64_t word = next + *first / 2;
    if (word >= words) return PackedFault{begin, "holds a word beyond the vocabulary"};
    next = word + 1;
    if (*first % 2 == 0) continue;
    const std::size_t counts_from = at;
    const auto more = try_number(document, at);
    if (!more) return PackedFault{counts_from, "holds no packed number"};
    if (*more + 2 > count_max) return PackedFault{counts_from, "holds a count beyond what a document may have"};
  }
  return std::nullopt;
}

}  // namespace dovetail::lda
