/// A corpus as integers: which words stand how often in which documents. Order within a document is not kept.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/lda/packed_documents.hpp"

namespace dovetail::lda {

/// Limits that keep every count exact where it is held: a float for a document, 32 bits for a word.
inline constexpr std::uint64_t kDocumentTokensMax = (std::uint64_t{1} << 22) - 1;
inline constexpr std::uint64_t kCorpusTokensMax = (std::uint64_t{1} << 31) - 1;

/// Words have ids 0, 1, ... by falling count, ties by their bytes; documents keep the order in which they came, and
/// their names are no words. Documents may be empty.
struct Corpus {
  std::vector<std::string> words;
  std::vector<std::uint64_t> word_counts;  ///< by word: its tokens in all documents, at least 1
  std::vector<std::string> names;          ///< by document
  PackedDocuments packed;
  std::uint64_t tokens = 0;

  [[nodiscard]] std::size_t documents() const { return names.size(); }
  [[nodiscard]] DocumentWords document(std::size_t d) const { return packed[d]; }
  [[nodiscard]] std::uint64_t length(std::size_t d) const;  ///< tokens of document d
};

/// Makes a corpus of documents as they are read. The result does not depend on the order of words in a document.
class CorpusBuilder {
 public:
  void begin_document(std::string name);
  /// To the document that was begun last; equal words add up. The caller keeps the limits above.
  void add(std::string_view word, std::uint32_t count);
  [[nodiscard]] std::uint64_t document_tokens() const { return document_tokens_; }
  [[nodiscard]] std::uint64_t tokens() const { return corpus_.tokens; }
  [[nodiscard]] Corpus finish();

 private:
  void end_document();

  Corpus corpus_;
  std::map<std::string, std::uint32_t, std::less<>> ids_;  ///< in the order of first meeting
  std::vector<WordCount> document_;                        ///< that was begun last, under these ids
  PackedDocumentsBuilder packed_;                          ///< those before, likewise
  std::uint64_t document_tokens_ = 0;
};

}  // namespace dovetail::lda
