#include "dovetail/jobs/read_corpus.hpp"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/binary_corpus.hpp"
#include "dovetail/jobs/lines.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;

/// Parts between separators, in order; takes `text` apart as it goes.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

/// The same, for words between spaces and tabs, however many.
std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
  text.remove_prefix(begin);
  const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::uint64_t whole(std::string_view text, const char* what, std::uint64_t low, std::uint64_t high,
                    const Lines& lines) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < low || value > high) {
    lines.fail(fmt::format("{} is \"{}\"; it must be a whole number from {} to {}", what, printable(text), low, high));
  }
  return value;
}

/// The documents of all files so far.
struct Documents {
  lda::CorpusBuilder builder;
  std::set<std::string, std::less<>> names;  ///< of bags, which must differ
  std::uint64_t count = 0;
};

/// Adds those of one file, within the limits of a corpus.
class Adder {
 public:
  Adder(const Lines& lines, Documents& documents) : lines_(lines), documents_(documents) {}
  void begin(std::string name) {
    documents_.builder.begin_document(std::move(name));
    ++documents_.count;
  }
  /// A document without a name is called by its number.
  void begin() { begin(fmt::to_string(documents_.count + 1)); }
  void require_new_name(const std::string& name) {
    if (documents_.names.insert(name).second) return;
    lines_.fail(fmt::format("there is a document named \"{}\" already; rename one", printable(name)));
  }
  void add(std::string_view word, std::uint32_t count) {
    if (documents_.builder.document_tokens() + count > lda::kDocumentTokensMax) {
      lines_.fail(fmt::format("the document has more than {} tokens; divide it", lda::kDocumentTokensMax));
    }
    if (documents_.builder.tokens() + count > lda::kCorpusTokensMax) {
      lines_.fail(fmt::format("the corpus has more than {} tokens; give a part of it", lda::kCorpusTokensMax));
    }
    documents_.builder.add(word, count);
  }

 private:
  const Lines& lines_;
  Documents& documents_;
};

std::uint32_t count_of(std::string_view text, const Lines& lines) {
  return static_cast<std::uint32_t>(whole(text, "a count", 1, lda::kDocumentTokensMax, lines));
}

/// "word:count", cut at the last colon.
struct Pair {
  std::string_view word, count;
};
std::optional<Pair> pair_of(std::string_view field) {
  const std::size_t colon = field.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  return Pair{field.substr(0, colon), field.substr(colon + 1)};
}

void read_bag(Lines& lines, Adder& adder) {
  while (lines.next()) {
    std::string_view rest = lines.line();
    if (rest.empty()) lines.fail("the line is empty; a document without words still has its name");
    if (!is_utf8(rest)) lines.fail("is not UTF-8; convert the file");
    const std::string name(take(rest, '\t'));
    if (name.empty()) lines.fail("the document has no name before the first tab; give it one");
    adder.require_new_name(name);
    adder.begin(name);
    while (!rest.empty()) {
      const std::string_view field = take(rest, '\t');
      const auto pair = pair_of(field);
      if (!pair) lines.fail(fmt::format("\"{}\" is not word:count; put tabs between such pairs", printable(field)));
      adder.add(pair->word, count_of(pair->count, lines));
    }
  }
}

/// What number i is called: the line of a vocabulary, or the number itself.
class Vocabulary {
 public:
  explicit Vocabulary(const fs::path& file) {
    if (file.empty()) return;
    Lines lines(file);
    std::set<std::string, std::less<>> seen;
    while (lines.next()) {
      words_.emplace_back(lines.line());
      if (words_.back().empty()) lines.fail("the line is empty; every line has a word");
      if (!is_utf8(words_.back())) lines.fail("is not UTF-8; convert the file");
      if (!seen.insert(words_.back()).second) {
        lines.fail(fmt::format("the word \"{}\" stands twice; rename one", printable(words_.back())));
      }
    }
    if (words_.empty()) lines.fail("the file is empty; every line has a word");
  }
  /// How many there are, or `otherwise` where there is no file.
  [[nodiscard]] std::uint64_t size(std::uint64_t otherwise) const { return words_.empty() ? otherwise : words_.size(); }
  [[nodiscard]] std::string word(std::uint64_t id, std::uint64_t shown) const {
    return words_.empty() ? fmt::to_string(shown) : words_[id];
  }

 private:
  std::vector<std::string> words_;
};

void read_uci(Lines& lines, const Vocabulary& vocabulary, Adder& adder) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  constexpr std::uint64_t kEmptyDocumentsMax = 1000000;  // a header may lie, and each of them takes memory
  const auto header = [&](const char* what) {
    if (!lines.next()) lines.fail(fmt::format("the file ends before {}; a UCI file begins with D, V, NNZ", what));
    return whole(lines.line(), what, 0, kMost * kMost, lines);
  };
  const std::uint64_t documents = header("the number of documents");
  const std::uint64_t words = header("the number of words");
  const std::uint64_t entries = header("the number of entries");
  if (vocabulary.size(words) != words) {
    lines.fail(fmt::format("the header has {} words and the vocabulary {}; they do not belong together", words,
                           vocabulary.size(words)));
  }
  if (documents > entries + kEmptyDocumentsMax) {
    lines.fail(
        fmt::format("the header has {} documents and {} entries, so more than {} documents are empty; divide the "
                    "file, or mend its header",
                    documents, entries, kEmptyDocumentsMax));
  }
  std::uint64_t document = 0;
  std::uint64_t seen = 0;
  const auto begin_until = [&](std::uint64_t number) {
    for (; document < number; ++document) adder.begin();
  };
  while (lines.next()) {
    std::string_view rest = lines.line();
    const std::uint64_t number = whole(take_word(rest), "the document", 1, documents, lines);
    const std::uint64_t word = whole(take_word(rest), "the word", 1, words, lines);
    const std::uint32_t count = count_of(take_word(rest), lines);
    if (!take_word(rest).empty()) lines.fail("there is more after document, word and count; remove it");
    if (number < document) lines.fail("documents must come by rising number; sort the lines");
    if (++seen > entries) lines.fail(fmt::format("there are more lines than the {} of the header", entries));
    begin_until(number);
    adder.add(vocabulary.word(word - 1, word), count);
  }
  if (seen != entries) lines.fail(fmt::format("the file ends after {} of {} entries; it was cut", seen, entries));
  begin_until(documents);
}

void read_ldac(Lines& lines, const Vocabulary& vocabulary, Adder& adder) {
  while (lines.next()) {
    std::string_view rest = lines.line();
    const std::uint64_t wanted = whole(take_word(rest), "the number of pairs", 0, lda::kDocumentTokensMax, lines);
    adder.begin();
    std::uint64_t found = 0;
    for (std::string_view field = take_word(rest); !field.empty(); field = take_word(rest), ++found) {
      const auto pair = pair_of(field);
      if (!pair) lines.fail(fmt::format("\"{}\" is not id:count", printable(field)));
      const std::uint64_t most = vocabulary.size(std::numeric_limits<std::uint32_t>::max()) - 1;
      const std::uint64_t id = whole(pair->word, "the id of a word", 0, most, lines);
      adder.add(vocabulary.word(id, id), count_of(pair->count, lines));
    }
    if (found != wanted) lines.fail(fmt::format("the line has {} pairs and says {}", found, wanted));
  }
}

void add_text(std::string_view text, Adder& adder) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  };
  std::string token;
  for (const char c : text) {
    if (is_letter(c)) {
      token += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!token.empty()) {
      adder.add(token, 1);
      token.clear();
    }
  }
  if (!token.empty()) adder.add(token, 1);
}

void read_texts(Lines& lines, bool with_names, Adder& adder) {
  while (lines.next()) {
    std::string_view rest = lines.line();
    if (!is_utf8(rest)) lines.fail("is not UTF-8; convert the file");
    if (with_names) {
      const std::string_view name = take_word(rest);
      if (name.empty()) lines.fail("the line is empty; a document has a name, a label and its text");
      adder.begin(std::string(name));
      (void)take_word(rest);  // the label
    } else {
      adder.begin();
    }
    add_text(rest, adder);
  }
}

bool is_whole(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

CorpusFormat format_of(const fs::path& file) {
  if (is_binary_corpus(file)) return CorpusFormat::binary;
  Lines lines(file);
  if (!lines.next()) lines.fail("the file is empty; every line has a document");
  std::string_view rest = lines.line();
  if (rest.find('\t') != std::string_view::npos) {
    (void)take(rest, '\t');
    if (rest.empty() || pair_of(take(rest, '\t'))) return CorpusFormat::bag;
  } else if (is_whole(take_word(rest))) {
    const std::string_view second = take_word(rest);
    if (second.empty()) return CorpusFormat::uci;
    if (const auto pair = pair_of(second); pair && is_whole(pair->word)) return CorpusFormat::ldac;
  }
  lines.fail(
      "the format cannot be told by the first line (a bag has a tab before word:count, a UCI file a number alone, an "
      "lda-c "
      "file a number and id:count); say --format bag, uci, ldac, mallet or text");
}

lda::Selection selection_of(const CorpusReading& reading) {
  lda::Selection selection{{}, reading.min_count, reading.max_share};
  if (reading.stop_words.empty()) return selection;
  Lines lines(reading.stop_words);
  while (lines.next()) {
    std::string_view rest = lines.line();
    const std::string_view word = take_word(rest);
    if (!is_utf8(word)) lines.fail("is not UTF-8; convert the file");
    if (!take_word(rest).empty()) lines.fail("there is more than one word; give every stop word a line of its own");
    if (!word.empty()) selection.stop_words.emplace(word);
  }
  return selection;
}

void read_text_file(const fs::path& file, CorpusFormat format, const Vocabulary& vocabulary, Documents& documents) {
  Lines lines(file);
  Adder adder(lines, documents);
  switch (format) {
    case CorpusFormat::uci:
      return read_uci(lines, vocabulary, adder);
    case CorpusFormat::ldac:
      return read_ldac(lines, vocabulary, adder);
    case CorpusFormat::mallet:
      return read_texts(lines, true, adder);
    case CorpusFormat::text:
      return read_texts(lines, false, adder);
    case CorpusFormat::automatic:
    case CorpusFormat::binary:
    case CorpusFormat::bag:
      break;
  }
  read_bag(lines, adder);
}

lda::Corpus read_files(const std::vector<fs::path>& files, CorpusFormat format, const Vocabulary& vocabulary) {
  if (format != CorpusFormat::binary) {
    Documents documents;
    for (const fs::path& file : files) read_text_file(file, format, vocabulary, documents);
    return documents.builder.finish();
  }
  if (files.size() > 1) {
    throw UsageError(printable(files.front().string()) +
                     " is a corpus in binary form, which stands alone; make one of all files with `dovetail corpus`");
  }
  return read_binary_corpus(files.front());
}

}  // namespace

SelectedCorpus read_corpus(const std::vector<fs::path>& files, const CorpusReading& reading) {
  DOVETAIL_REQUIRE(!files.empty());
  const CorpusFormat format = reading.format == CorpusFormat::automatic ? format_of(files.front()) : reading.format;
  if (!reading.vocabulary.empty() && format != CorpusFormat::uci && format != CorpusFormat::ldac) {
    throw UsageError("--vocabulary is for corpora of numbers (uci, ldac), and this one has words; leave it out");
  }
  const lda::Selection selection = selection_of(reading);
  const Vocabulary vocabulary(reading.vocabulary);
  SelectedCorpus read{read_files(files, format, vocabulary), {}};
  read.left_out = lda::leave_out(read.corpus, selection);
  return read;
}

std::unique_ptr<TopicModel> open_corpus(const std::vector<fs::path>& files, const CorpusReading& reading,
                                        const std::string& data_sha256) {
  std::string name = files.front().filename().string();
  if (files.size() > 1) name += fmt::format(" and {} more", files.size() - 1);
  SelectedCorpus read = read_corpus(files, reading);
  auto model = std::make_unique<TopicModel>(name, std::move(read.corpus), read.left_out);
  if (!data_sha256.empty() && model->description().data_sha256 != data_sha256) {
    const bool selects = read.left_out.words > 0;
    throw CheckpointError(
        fmt::format("{} has changed since the run began (its corpus is another{}); give the file back, or start a new "
                    "run",
                    files.size() > 1 ? files.front().string() + fmt::format(" or one of {} more", files.size() - 1)
                                     : files.front().string(),
                    selects ? ", or the words left out of it" : ""));
  }
  return model;
}

std::vector<fs::path> files_of(const std::string& pattern) {
  if (pattern.find_first_of("*?[") == std::string::npos || fs::exists(pattern)) return {pattern};
  ::glob_t found{};
  const int failed = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<fs::path> files;
  if (failed == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (files.empty()) throw ModelError(printable(pattern) + " fits no file; look at the names");
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });  // not by the locale
  return files;
}

}  // namespace dovetail
