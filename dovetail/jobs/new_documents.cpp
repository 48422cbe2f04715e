#include "dovetail/jobs/new_documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint32_t kUnknown = 0xffffffff;

/// By word of the corpus: its id in the model, or kUnknown.
std::vector<std::uint32_t> ids_in(const ReadTopics& model, const lda::Corpus& corpus) {
  std::vector<std::pair<std::string_view, std::uint32_t>> known;
  for (std::uint32_t id = 0; id < model.words.size(); ++id) known.emplace_back(model.words[id], id);
  std::sort(known.begin(), known.end());
  std::vector<std::uint32_t> ids;
  for (const std::string& word : corpus.words) {
    const auto found =
        std::lower_bound(known.begin(), known.end(), word,
                         [](const auto& entry, const std::string& wanted) { return entry.first < wanted; });
    ids.push_back(found != known.end() && found->first == word ? found->second : kUnknown);
  }
  return ids;
}

/// A stream for a document of this name. Its answer must not depend on where the document stands.
Rng stream_of(const std::string& name, Purpose purpose, std::uint64_t seed) {
  Hasher hasher;
  hasher.add(name);
  const Sha256 hash = hasher.finish();
  const auto number = [&](std::size_t first, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | std::to_integer<std::uint64_t>(hash[first + i]);
    return value;
  };
  return Rng({seed, purpose, ItemId(static_cast<std::uint32_t>(number(0, 4))), Step(number(4, 6))});
}

class Inference {
 public:
  Inference(const ReadTopics& model, const lda::Corpus& corpus, const InferOptions& options)
      : model_(model), corpus_(corpus), options_(options), ids_(ids_in(model, corpus)) {}

  [[nodiscard]] std::uint64_t unknown_words() const {
    return static_cast<std::uint64_t>(std::count(ids_.begin(), ids_.end(), kUnknown));
  }
  [[nodiscard]] InferredDocument infer(std::size_t d) const {
    InferredDocument answer;
    std::vector<lda::WordCount> known;
    for (const lda::WordCount& entry : corpus_.document(d)) {
      const std::uint32_t id = ids_[entry.word];
      (id == kUnknown ? answer.unknown_tokens : answer.tokens) += entry.count;
      if (id != kUnknown) known.push_back({id, entry.count});
    }
    std::sort(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.word < b.word; });
    const lda::Sweeps sweeps{options_.sweeps / 2, options_.sweeps - options_.sweeps / 2};
    Rng rng = stream_of(corpus_.names[d], Purpose::new_document, options_.seed);
    answer.mixture = lda::mixture_of(model_.topics, known, sweeps, rng);
    Rng of_score = stream_of(corpus_.names[d], Purpose::foresight, options_.seed);
    if (options_.score == Foresight::completion) {
      answer.score = lda::completion_score(model_.topics, known, sweeps, of_score);
    } else if (options_.score == Foresight::left_to_right) {
      if (!lda::left_to_right_fits(answer.tokens, options_.particles)) {
        throw UsageError(
            fmt::format("document \"{}\" has {} tokens: with {} particles left-to-right would take hours for it; give "
                        "fewer --particles, or --score completion",
                        printable(corpus_.names[d]), answer.tokens, options_.particles));
      }
      answer.score = lda::left_to_right_score(model_.topics, known, options_.particles, of_score);
    }
    return answer;
  }

 private:
  const ReadTopics& model_;
  const lda::Corpus& corpus_;
  const InferOptions& options_;
  std::vector<std::uint32_t> ids_;
};

const char* word(Foresight score) {
  switch (score) {
    case Foresight::none:
      return "none";
    case Foresight::completion:
      return "completion";
    case Foresight::left_to_right:
      return "left-to-right";
  }
  return "";
}

Json json_of(const lda::Score& score) {
  Json object{{"tokens", score.tokens}, {"log_probability", score.log_probability}};
  if (score.tokens > 0) {
    object["log_probability_per_token"] = per_token(score);
    object["perplexity"] = perplexity(score);
  }
  return object;
}

}  // namespace

double per_token(const lda::Score& score) { return score.log_probability / static_cast<double>(score.tokens); }
double perplexity(const lda::Score& score) { return math::exp(-per_token(score)); }

Inferred infer_documents(const ReadTopics& model, const lda::Corpus& corpus, const InferOptions& options,
                         unsigned threads) {
  DOVETAIL_REQUIRE(threads >= 1 && options.sweeps >= 1 && options.particles >= 1);
  const Inference inference(model, corpus, options);
  Inferred inferred;
  inferred.documents.resize(corpus.documents());
  inferred.unknown_words = inference.unknown_words();
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t d = next++; d < corpus.documents(); d = next++) inferred.documents[d] = inference.infer(d);
  };
  std::vector<std::future<void>> others;
  for (unsigned i = 1; i < threads; ++i) others.push_back(std::async(std::launch::async, work));
  work();
  for (std::future<void>& other : others) other.get();
  for (const InferredDocument& document : inferred.documents) {
    inferred.tokens += document.tokens;
    inferred.unknown_tokens += document.unknown_tokens;
    inferred.score.log_probability += document.score.log_probability;
    inferred.score.tokens += document.score.tokens;
  }
  return inferred;
}

std::string mixtures_text(const Inferred& inferred, const lda::Corpus& corpus) {
  std::string text;
  for (std::size_t d = 0; d < inferred.documents.size(); ++d) {
    text += fmt::format("{}\t{}", d, printable(corpus.names[d]));
    for (const double share : inferred.documents[d].mixture) {
      text += '\t';
      text += shortest(share);
    }
    text += '\n';
  }
  return text;
}

std::string inferred_json(const Inferred& inferred, const lda::Corpus& corpus, const ReadTopics& model,
                          const InferOptions& options, const std::string& run) {
  Json all{{"run", run},
           {"sweeps_of_run", model.sweeps},
           {"seed", options.seed},
           {"sweeps", options.sweeps},
           {"tokens", inferred.tokens},
           {"unknown_tokens", inferred.unknown_tokens},
           {"unknown_words", inferred.unknown_words}};
  if (options.score != Foresight::none) {
    all["score"] = json_of(inferred.score);
    all["score"]["method"] = word(options.score);
  }
  all["documents"] = Json::array();
  for (std::size_t d = 0; d < inferred.documents.size(); ++d) {
    const InferredDocument& document = inferred.documents[d];
    Json object{{"name", corpus.names[d]},
                {"tokens", document.tokens},
                {"unknown_tokens", document.unknown_tokens},
                {"topics", document.mixture}};
    if (options.score != Foresight::none) object["score"] = json_of(document.score);
    all["documents"].push_back(std::move(object));
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace dovetail
