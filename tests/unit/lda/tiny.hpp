/// Corpora so small that everything about them can be enumerated, and the model's own formulas, written once more.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "dovetail/lda/cell.hpp"

namespace dovetail::lda::test {

/// Documents as lists of word ids.
struct Tiny {
  std::vector<std::vector<std::uint32_t>> documents;
  std::uint32_t words;
  Priors priors;
  [[nodiscard]] std::uint32_t topics() const { return static_cast<std::uint32_t>(priors.alpha.size()); }
  [[nodiscard]] std::size_t tokens() const {
    std::size_t n = 0;
    for (const auto& document : documents) n += document.size();
    return n;
  }
};

inline Tiny tiny_a() { return {{{0, 0, 1}, {1, 2, 2}, {0, 2}}, 3, {{0.5, 0.5}, 0.1}}; }
inline Tiny tiny_b() { return {{{0, 0, 1}, {2, 3}, {1, 2, 2}, {3}}, 4, {{0.3, 0.7, 1.1}, 0.2}}; }

/// ln p(w, z) from the definition: a product of Polya urns, token by token.
inline double log_joint_by_urns(const Tiny& tiny, const std::vector<std::uint32_t>& topics) {
  const std::uint32_t k_max = tiny.topics();
  std::vector<double> word_topic(std::size_t{tiny.words} * k_max, 0), total(k_max, 0);
  double alpha_sum = 0;
  for (const double a : tiny.priors.alpha) alpha_sum += a;
  double sum = 0;
  std::size_t i = 0;
  for (const auto& document : tiny.documents) {
    std::vector<double> in_document(k_max, 0);
    for (std::size_t n = 0; n < document.size(); ++n, ++i) {
      const std::uint32_t k = topics[i];
      double& with_word = word_topic[std::size_t{document[n]} * k_max + k];
      sum += std::log((in_document[k] + tiny.priors.alpha[k]) / (static_cast<double>(n) + alpha_sum));
      sum += std::log((with_word + tiny.priors.beta) / (total[k] + tiny.words * tiny.priors.beta));
      ++in_document[k];
      ++with_word;
      ++total[k];
    }
  }
  return sum;
}

/// State number `state` as topics of tokens, the first token's the least digit.
inline std::vector<std::uint32_t> topics_of(std::size_t state, std::size_t tokens, std::uint32_t topics) {
  std::vector<std::uint32_t> z;
  for (std::size_t i = 0; i < tokens; ++i, state /= topics) z.push_back(static_cast<std::uint32_t>(state % topics));
  return z;
}

/// By state; and its logarithm of the normaliser, ln p(w).
struct Posterior {
  std::vector<double> probability;
  double log_evidence;
};
inline Posterior enumerate(const Tiny& tiny) {
  std::size_t states = 1;
  for (std::size_t i = 0; i < tiny.tokens(); ++i) states *= tiny.topics();
  Posterior posterior{std::vector<double>(states), 0};
  double sum = 0;
  for (std::size_t state = 0; state < states; ++state) {
    posterior.probability[state] = std::exp(log_joint_by_urns(tiny, topics_of(state, tiny.tokens(), tiny.topics())));
    sum += posterior.probability[state];
  }
  for (double& p : posterior.probability) p /= sum;
  posterior.log_evidence = std::log(sum);
  return posterior;
}

/// The probability that two tokens share a topic.
inline double same_topic(const Tiny& tiny, const std::vector<double>& law, std::size_t a, std::size_t b) {
  double sum = 0;
  for (std::size_t state = 0; state < law.size(); ++state) {
    const auto z = topics_of(state, tiny.tokens(), tiny.topics());
    if (z[a] == z[b]) sum += law[state];
  }
  return sum;
}

}  // namespace dovetail::lda::test
