#include "dovetail/jobs/read_topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

using Json = nlohmann::json;

/// A word's counts by topic, (topic, count) by rising topic.
using Counts = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

class TopicsReader {
 public:
  explicit TopicsReader(const std::filesystem::path& file) : name_(file.string()) {}

  ReadTopics read(const Json& all) {
    const Json& topics = field(all, "topics", "the file");
    if (!topics.is_array() || topics.empty() || topics.size() > lda::kTopicsMax) fail("`topics` is no list of them");
    lda::Priors priors;
    priors.beta = prior(all, "beta", "the file");
    for (const Json& topic : topics) {
      const std::string where = fmt::format("topic {}", priors.alpha.size());
      priors.alpha.push_back(prior(topic, "alpha", where));
      read_words(topic, static_cast<std::uint32_t>(priors.alpha.size() - 1), where);
    }
    if (counts_.empty()) fail("no topic has a word");
    auto [words, rows] = in_order();
    const std::size_t count = words.size();
    const std::uint64_t sweeps = whole(field(all, "sweeps", "the file"), "`sweeps`");
    return {std::move(words), lda::FixedTopics(std::move(priors), std::move(rows), count),
            static_cast<std::uint32_t>(sweeps)};
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw CheckpointError(
        fmt::format("{}: {} (it was edited, cut or is of another program); run again, or resume the run, which writes "
                    "it anew",
                    name_, what));
  }

 private:
  const Json& field(const Json& object, const char* key, const std::string& where) const {
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || found == object.end()) fail(fmt::format("{} has no `{}`", where, key));
    return *found;
  }
  [[nodiscard]] double prior(const Json& object, const char* key, const std::string& where) const {
    const Json& value = field(object, key, where);
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() <= 0) {
      fail(fmt::format("`{}` of {} is no number above 0", key, where));
    }
    return value.get<double>();
  }
  [[nodiscard]] std::uint64_t whole(const Json& value, const std::string& what) const {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > lda::kCorpusTokensMax) {
      fail(what + " is no whole number of that kind");
    }
    return value.get<std::uint64_t>();
  }
  void read_words(const Json& topic, std::uint32_t number, const std::string& where) {
    const Json& words = field(topic, "words", where);
    if (!words.is_array()) fail(fmt::format("`words` of {} is no list", where));
    std::uint64_t sum = 0;
    for (const Json& word : words) {
      if (!word.is_array() || word.size() < 2 || !word[0].is_string()) fail(where + " has a word that is none");
      const auto& text = word[0].get_ref<const std::string&>();
      const std::uint64_t count = whole(word[1], fmt::format("the count of \"{}\" in {}", printable(text), where));
      Counts& counts = counts_[text];
      if (count == 0) fail(fmt::format("\"{}\" has a count of zero in {}", printable(text), where));
      if (!counts.empty() && counts.back().first == number) {
        fail(fmt::format("\"{}\" stands twice in {}", printable(text), where));
      }
      counts.emplace_back(number, static_cast<std::uint32_t>(count));
      sum += count;
    }
    if (sum != whole(field(topic, "tokens", where), "`tokens` of " + where)) {
      fail(fmt::format("the counts of {} do not add up to its tokens", where));
    }
  }
  [[nodiscard]] std::pair<std::vector<std::string>, lda::PackedRows> in_order() const {
    std::vector<std::pair<std::uint64_t, const std::string*>> order;  // (minus tokens, word)
    for (const auto& [word, counts] : counts_) {
      std::uint64_t tokens = 0;
      for (const auto& [topic, count] : counts) tokens += count;
      order.emplace_back(std::numeric_limits<std::uint64_t>::max() - tokens, &word);
    }
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : *a.second < *b.second;
    });
    std::pair<std::vector<std::string>, lda::PackedRows> result;
    for (const auto& [rank, word] : order) {
      result.first.push_back(*word);
      const Counts& counts = counts_.find(*word)->second;
      result.second.push_back(static_cast<std::uint32_t>(counts.size()));
      for (const auto& [topic, count] : counts) result.second.insert(result.second.end(), {topic, count});
    }
    return result;
  }

  std::string name_;
  std::map<std::string, Counts> counts_;
};

}  // namespace

ReadTopics read_topics(const std::filesystem::path& file) {
  constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 34;
  TopicsReader reader(file);
  const Json all = Json::parse(read_text(file, kBytesMax), nullptr, false);
  if (all.is_discarded()) reader.fail("this is no JSON");
  return reader.read(all);
}

}  // namespace dovetail
