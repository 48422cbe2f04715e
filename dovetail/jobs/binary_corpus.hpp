/// A corpus in one binary file: made once, then mapped, so that a run begins without reading text.
///
/// Integers are little-endian. The header has 128 bytes:
///
///     0  "dvcorpus"               8  u32 version, 1          12  u32 CRC-32C of the header from byte 16 on
///    16  u64 documents           24  u64 words               32  u64 tokens
///    40  u64 bytes of all words  48  u64 bytes of all names  56  u64 bytes of all packed documents
///    64  SHA-256 of the corpus, as manifests of runs have it     96  zeros
///
/// Then come, of u64, tokens by word; where each word ends in the text of all words; likewise names; where each
/// document ends among all packed ones, so that a document is found without reading those before it; then the text of
/// words, that of names, and documents as lda/packed_documents.hpp has them. Nothing follows.
#pragma once
#include <filesystem>
#include <string_view>

#include "dovetail/lda/corpus.hpp"

namespace dovetail {

inline constexpr std::string_view kBinaryCorpusBegins = "dvcorpus";
inline constexpr std::uint32_t kBinaryCorpusVersion = 1;

/// Whether a file begins as one; no where it cannot be read.
[[nodiscard]] bool is_binary_corpus(const std::filesystem::path& file);

/// Puts a new file into the place of `file`. FileError.
void write_binary_corpus(const lda::Corpus& corpus, const std::filesystem::path& file);

/// The corpus, whose documents stay in the file. Everything is looked at: ModelError "file: byte N: what", where
/// anything is not as the corpus it was made of; FileError.
[[nodiscard]] lda::Corpus read_binary_corpus(const std::filesystem::path& file);

}  // namespace dovetail
