#include "dovetail/lda/new_document.hpp"

#include <algorithm>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/lda/draw.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::lda {
namespace {

/// The tokens of a document with the weights of their words.
class Tokens {
 public:
  Tokens(const FixedTopics& topics, std::span<const WordCount> document) : topics_(topics) {
    const std::size_t width = padded(topics.topics());
    rows_.resize(document.size() * width);
    for (std::size_t i = 0; i < document.size(); ++i) {
      topics.weights(document[i].word, std::span(rows_).subspan(i * width, width));
      words_.push_back(document[i].word);
      row_of_.insert(row_of_.end(), document[i].count, static_cast<std::uint32_t>(i));
    }
  }
  void shuffle(Rng& rng) {
    for (std::size_t left = row_of_.size(); left > 1; --left) {
      const std::size_t chosen = std::uint64_t{rng.bits32()} * left >> 32;
      std::swap(row_of_[left - 1], row_of_[chosen]);
    }
  }
  [[nodiscard]] const FixedTopics& topics() const { return topics_; }
  [[nodiscard]] std::size_t size() const { return row_of_.size(); }
  [[nodiscard]] std::uint32_t word(std::size_t token) const { return words_[row_of_[token]]; }
  [[nodiscard]] const float* weights(std::size_t token) const {
    return rows_.data() + std::size_t{row_of_[token]} * padded(topics_.topics());
  }

 private:
  const FixedTopics& topics_;
  AlignedVector<float> rows_;
  std::vector<std::uint32_t> words_;   ///< of rows
  std::vector<std::uint32_t> row_of_;  ///< of tokens
};

/// Topics of the first tokens.
class Assignment {
 public:
  explicit Assignment(const Tokens& tokens)
      : tokens_(&tokens),
        counts_(tokens.topics().topics(), 0),
        document_(padded(tokens.topics().topics()), 0.0F),
        sums_(document_) {
    for (std::uint32_t k = 0; k < counts_.size(); ++k) count_anew(k);
  }
  /// Draws the next token's topic.
  void add(Rng& rng) {
    const float* weights = tokens_->weights(topics_.size());
    const std::uint32_t drawn = draw(weights, 0, document_[0] * weights[0], rng);
    ++counts_[drawn];
    count_anew(drawn);
    topics_.push_back(drawn);
  }
  /// Draws the topics of all tokens that have one again, one after another.
  void sweep(Rng& rng) {
    for (std::size_t i = 0; i < topics_.size(); ++i) {
      const float* weights = tokens_->weights(i);
      const std::uint32_t own = topics_[i];
      const auto without = static_cast<float>(counts_[own] - 1 + alpha(own));
      const std::uint32_t drawn = draw(weights, own, without * weights[own], rng);
      if (drawn == own) continue;
      --counts_[own];
      ++counts_[drawn];
      count_anew(own);
      count_anew(drawn);
      topics_[i] = drawn;
    }
  }
  [[nodiscard]] std::uint32_t count(std::uint32_t topic) const { return counts_[topic]; }

 private:
  [[nodiscard]] double alpha(std::uint32_t topic) const { return tokens_->topics().priors().alpha[topic]; }
  void count_anew(std::uint32_t topic) { document_[topic] = static_cast<float>(counts_[topic] + alpha(topic)); }
  std::uint32_t draw(const float* weights, std::uint32_t own, float own_weight, Rng& rng) {
    return draw_({document_.data(), weights}, tokens_->topics().topics(), own, own_weight, rng.bits32(), sums_.data());
  }

  const Tokens* tokens_;
  std::vector<std::uint32_t> counts_;  ///< n_dk
  AlignedVector<float> document_;      ///< n_dk + alpha_k
  AlignedVector<float> sums_;
  std::vector<std::uint32_t> topics_;
  DrawTopic draw_ = draw_code();
};

/// A path from the left with the logarithm of its weight.
struct Particle {
  Assignment topics;
  double log_weight = 0;
};

/// The probability of token n given the topics of those before.
double probability_of_next(const Tokens& tokens, std::size_t n, const Assignment& before,
                           std::vector<double>& mixture) {
  const FixedTopics& topics = tokens.topics();
  for (std::uint32_t k = 0; k < topics.topics(); ++k) {
    mixture[k] = (before.count(k) + topics.priors().alpha[k]) / (static_cast<double>(n) + topics.alpha_sum());
  }
  return topics.probability(tokens.word(n), mixture);
}

struct Weights {
  std::vector<double> share;  ///< of their sum
  double log_mean = 0;
  double effective = 0;  ///< (sum w)^2 / sum w^2
};
Weights weights_of(const std::vector<Particle>& particles) {
  double most = particles.front().log_weight;
  for (const Particle& particle : particles) most = std::max(most, particle.log_weight);
  Weights weights;
  double sum = 0;
  double squares = 0;
  for (const Particle& particle : particles) {
    weights.share.push_back(math::exp(particle.log_weight - most));
    sum += weights.share.back();
    squares += weights.share.back() * weights.share.back();
  }
  for (double& share : weights.share) share /= sum;
  weights.log_mean = most + math::log(sum / static_cast<double>(particles.size()));
  weights.effective = sum * sum / squares;
  return weights;
}

/// Systematic resampling: particle i comes back R share_i times, up to rounding, in expectation exactly.
std::vector<Particle> resampled(const std::vector<Particle>& particles, const std::vector<double>& share, Rng& rng) {
  const auto count = static_cast<double>(particles.size());
  std::vector<Particle> next;
  next.reserve(particles.size());
  double position = rng.uniform();  // in units of 1 / R
  double upto = 0;
  for (std::size_t i = 0; i < particles.size(); ++i) {
    upto += share[i] * count;
    const bool last = i + 1 == particles.size();  // what rounding leaves
    while (next.size() < particles.size() && (last || position < upto)) {
      next.push_back({particles[i].topics, 0});
      position += 1;
    }
  }
  return next;
}

}  // namespace

std::vector<double> mixture_of(const FixedTopics& topics, std::span<const WordCount> document, const Sweeps& sweeps,
                               Rng& rng) {
  DOVETAIL_REQUIRE(sweeps.kept >= 1 && std::uint64_t{sweeps.dropped} + sweeps.kept <= kSweepsOfDocument);
  const Tokens tokens(topics, document);
  Assignment assignment(tokens);
  for (std::size_t i = 0; i < tokens.size(); ++i) assignment.add(rng);
  std::vector<double> sums(topics.topics(), 0);  // of whole numbers
  for (std::uint32_t sweep = 0; sweep < sweeps.dropped + sweeps.kept; ++sweep) {
    assignment.sweep(rng);
    if (sweep < sweeps.dropped) continue;
    for (std::uint32_t k = 0; k < topics.topics(); ++k) sums[k] += assignment.count(k);
  }
  for (std::uint32_t k = 0; k < topics.topics(); ++k) {
    sums[k] =
        (sums[k] / sweeps.kept + topics.priors().alpha[k]) / (static_cast<double>(tokens.size()) + topics.alpha_sum());
  }
  return sums;
}

Score completion_score(const FixedTopics& topics, std::span<const WordCount> document, const Sweeps& sweeps, Rng& rng) {
  std::vector<WordCount> heads, tails;
  for (const WordCount& entry : document) {
    std::uint32_t to_heads = 0;
    for (std::uint32_t i = 0; i < entry.count; ++i) to_heads += rng.bits32() >> 31;
    if (to_heads > 0) heads.push_back({entry.word, to_heads});
    if (to_heads < entry.count) tails.push_back({entry.word, entry.count - to_heads});
  }
  Score score;
  if (tails.empty()) return score;
  const std::vector<double> mixture = mixture_of(topics, heads, sweeps, rng);
  for (const WordCount& entry : tails) {
    score.log_probability += entry.count * math::log(topics.probability(entry.word, mixture));
    score.tokens += entry.count;
  }
  return score;
}

Score left_to_right_score(const FixedTopics& topics, std::span<const WordCount> document, std::uint32_t particles,
                          Rng& rng) {
  Tokens tokens(topics, document);
  DOVETAIL_REQUIRE(particles >= 1 && left_to_right_fits(tokens.size(), particles));
  tokens.shuffle(rng);
  std::vector<Particle> all(particles, Particle{Assignment(tokens), 0});
  std::vector<double> mixture(topics.topics());
  Score score{0, tokens.size()};
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    for (Particle& particle : all) {
      particle.topics.sweep(rng);
      particle.log_weight += math::log(probability_of_next(tokens, n, particle.topics, mixture));
      particle.topics.add(rng);
    }
    const Weights weights = weights_of(all);
    if (weights.effective >= particles / 2.0) continue;
    score.log_probability += weights.log_mean;
    all = resampled(all, weights.share, rng);
  }
  score.log_probability += weights_of(all).log_mean;
  return score;
}

bool left_to_right_fits(std::uint64_t tokens, std::uint32_t particles) {
  constexpr double kNumbers = 1.7e10;  // 4 * 2^32 less some
  const auto n = static_cast<double>(tokens);
  return n + particles * n * (n + 3) / 2 <= kNumbers;
}

}  // namespace dovetail::lda
