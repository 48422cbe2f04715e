#include "dovetail/lda/coherence.hpp"

#include <bit>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::lda {
namespace {

/// In how many documents words i and j of a topic are; i = j: word i.
class Together {
 public:
  explicit Together(std::size_t words) : words_(words), counts_(words * words, 0) {}
  void add(std::uint32_t present) {
    for (std::uint32_t i = present; i != 0; i &= i - 1) {
      for (std::uint32_t j = present; j != 0; j &= j - 1) {
        ++counts_[static_cast<std::size_t>(std::countr_zero(i)) * words_ +
                  static_cast<std::size_t>(std::countr_zero(j))];
      }
    }
  }
  [[nodiscard]] double count(std::size_t i, std::size_t j) const {
    return static_cast<double>(counts_[i * words_ + j]);
  }
  [[nodiscard]] std::size_t words() const { return words_; }

 private:
  std::size_t words_;
  std::vector<std::uint64_t> counts_;
};

/// A word's place in a topic.
struct Place {
  std::uint32_t topic;
  std::uint32_t rank;
};

double normalised_information(double both, double first, double second, double documents) {
  if (both == 0) return -1;
  if (both == documents) return 1;
  return math::log(both * documents / (first * second)) / -math::log(both / documents);
}

Coherence coherence_of(const Together& together, double documents) {
  Coherence result;
  if (together.words() < 2) return result;
  double umass = 0;
  double npmi = 0;
  for (std::size_t lighter = 1; lighter < together.words(); ++lighter) {
    for (std::size_t heavier = 0; heavier < lighter; ++heavier) {
      const double both = together.count(lighter, heavier);
      const double alone = together.count(heavier, heavier);
      umass += math::log((both + 1) / alone);
      npmi += normalised_information(both, alone, together.count(lighter, lighter), documents);
    }
  }
  const auto words = static_cast<double>(together.words());
  result.umass = umass;
  result.npmi = npmi / (words * (words - 1) / 2);
  return result;
}

}  // namespace

std::vector<Coherence> coherence(const Corpus& corpus, const std::vector<std::vector<std::uint32_t>>& words) {
  std::vector<std::vector<Place>> places(corpus.words.size());
  std::vector<Together> together;
  for (std::uint32_t topic = 0; topic < words.size(); ++topic) {
    DOVETAIL_REQUIRE(words[topic].size() <= kCoherenceWordsMax);
    for (std::uint32_t rank = 0; rank < words[topic].size(); ++rank)
      places[words[topic][rank]].push_back({topic, rank});
    together.emplace_back(words[topic].size());
  }
  std::vector<std::uint32_t> present(words.size(), 0);  // a bit for each word of the topic that the document has
  std::vector<std::uint32_t> touched;
  for (std::size_t d = 0; d < corpus.documents(); ++d) {
    for (const WordCount& entry : corpus.document(d)) {
      for (const Place& place : places[entry.word]) {
        if (present[place.topic] == 0) touched.push_back(place.topic);
        present[place.topic] |= std::uint32_t{1} << place.rank;
      }
    }
    for (const std::uint32_t topic : touched) {
      together[topic].add(present[topic]);
      present[topic] = 0;
    }
    touched.clear();
  }
  std::vector<Coherence> result;
  result.reserve(together.size());
  for (const Together& of_topic : together) {
    result.push_back(coherence_of(of_topic, static_cast<double>(corpus.documents())));
  }
  return result;
}

}  // namespace dovetail::lda
