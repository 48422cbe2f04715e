// Whatever a file holds is a corpus whose numbers agree, or refused by file, line and cause. The first byte says what
// the rest is: a format, read once or twice over as two files, with or without limits.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/binary_corpus.hpp"
#include "dovetail/jobs/read_corpus.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/checksum.hpp"

namespace {

using namespace dovetail;
namespace fs = std::filesystem;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const lda::Corpus& corpus) {
  require(corpus.packed.size() == corpus.documents() && corpus.word_counts.size() == corpus.words.size());
  std::vector<std::uint64_t> counts(corpus.words.size(), 0);
  std::uint64_t tokens = 0;
  for (std::size_t d = 0; d < corpus.documents(); ++d) {
    require(is_utf8(corpus.names[d]) && !corpus.names[d].empty());
    std::uint64_t next = 0;
    for (const lda::WordCount& entry : corpus.document(d)) {
      require(entry.count >= 1 && entry.word >= next && entry.word < corpus.words.size());
      next = std::uint64_t{entry.word} + 1;
      counts[entry.word] += entry.count;
      tokens += entry.count;
    }
    require(corpus.length(d) <= lda::kDocumentTokensMax);
  }
  require(tokens == corpus.tokens && tokens <= lda::kCorpusTokensMax && counts == corpus.word_counts);
  for (std::size_t w = 0; w < counts.size(); ++w) {
    require(counts[w] >= 1 && is_utf8(corpus.words[w]) && !corpus.words[w].empty());
    require(w == 0 || counts[w - 1] > counts[w] ||
            (counts[w - 1] == counts[w] && corpus.words[w - 1] < corpus.words[w]));
  }
}

/// A header may promise a million empty documents, which is no error but takes its time: such are left to a test.
bool promises_much(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  return line.size() > 4 && line.find_first_not_of("0123456789 \r") == std::string_view::npos;
}

/// Where the input stands; gone with the process.
const fs::path& file() {
  static const struct Place {
    fs::path path = fs::temp_directory_path() / ("dovetail-fuzz-corpus." + std::to_string(::getpid()));
    ~Place() { fs::remove(path); }
  } place;
  return place.path;
}

/// Gives a corpus in binary form the checksum that its header asks for, so that what stands behind it is reached too.
std::string with_checksum(std::string text) {
  constexpr std::size_t kHeader = 128;
  constexpr std::size_t kChecked = 16;
  if (!text.starts_with(kBinaryCorpusBegins) || text.size() < kHeader) return text;
  const std::uint32_t checksum = crc32c(std::as_bytes(std::span(text)).subspan(kChecked, kHeader - kChecked));
  std::memcpy(text.data() + kChecked - sizeof checksum, &checksum, sizeof checksum);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text = with_checksum(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  if (promises_much(text)) return 0;
  fs::remove(file());  // a new file stays in memory; one that is written over is flushed to the disk by ext4
  std::ofstream(file(), std::ios::binary | std::ios::trunc)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
  const unsigned choice = data[0];
  CorpusReading reading;
  reading.format = static_cast<CorpusFormat>(choice % 7);
  if ((choice / 8) % 4 == 1) reading.min_count = 2;
  if ((choice / 8) % 4 == 2) reading.max_share = 0.5;
  if ((choice / 8) % 4 == 3) reading.vocabulary = file();
  std::vector<fs::path> files(choice >= 128 ? 2 : 1, file());
  try {
    const SelectedCorpus read = read_corpus(files, reading);
    check(read.corpus);
    require((read.left_out.words == 0) == (read.left_out.tokens == 0));
  } catch (const ModelError& error) {
    const std::string_view words(error.what());
    require(words.starts_with(file().string() + ":"));
    require(is_utf8(words) && words.find('\n') == std::string_view::npos);
  } catch (const UsageError&) {  // a vocabulary for words, or a second file beside a binary form
    require(!reading.vocabulary.empty() || files.size() > 1);
  }
  return 0;
}
