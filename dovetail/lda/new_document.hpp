/// Documents that the topics were not learnt from: their mixtures of topics, and how well topics foresee their words.
///
/// A document is its words' counts, words known to the topics, by rising id. All functions are pure: the same answer
/// for the same stream of numbers. Memory: padded(topics) floats for each different word of the document.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/lda/corpus.hpp"
#include "dovetail/lda/fixed_topics.hpp"

namespace dovetail::lda {

/// Sweeps over a document: those before its topics count, and those over which they are averaged (at least 1).
/// Together at most kSweepsOfDocument, so that a stream of numbers suffices for the longest document.
struct Sweeps {
  std::uint32_t dropped = 50;
  std::uint32_t kept = 50;
};
inline constexpr std::uint32_t kSweepsOfDocument = 1000;

/// The posterior mean of theta given the words: collapsed Gibbs sampling of the tokens' topics with phi fixed,
///   P(k) proportional to (n_dk + alpha_k) phi_wk, and the mean over kept sweeps of (n_dk + alpha_k) / (N_d + sum
///   alpha).
/// alpha / sum alpha for an empty document.
[[nodiscard]] std::vector<double> mixture_of(const FixedTopics& topics, std::span<const WordCount> document,
                                             const Sweeps& sweeps, Rng& rng);

/// Nats, and over how many tokens.
struct Score {
  double log_probability = 0;
  std::uint64_t tokens = 0;
};

/// Document completion (Wallach, Murray, Salakhutdinov and Mimno 2009, ICML, section 5.1, with a coin for each token):
/// tails are foreseen, one by one, from the mixture that heads have.
[[nodiscard]] Score completion_score(const FixedTopics& topics, std::span<const WordCount> document,
                                     const Sweeps& sweeps, Rng& rng);

/// An estimate of the probability of the document's words, in a random order, whose expectation is that probability
/// itself: particles go from left to right (Wallach et al. 2009, section 5.2), redraw all topics on the left before
/// each token (Buntine 2009, ACML), and carry the product of p(token | topics on the left) as their weight. Particles
/// are drawn anew by their weights where these are worth less than half as many equal ones; the expectation stays. The
/// product of the particles' means, without weights, would be biased. Draws: particles * N^2 / 2.
[[nodiscard]] Score left_to_right_score(const FixedTopics& topics, std::span<const WordCount> document,
                                        std::uint32_t particles, Rng& rng);
/// Whether a stream of numbers suffices for it.
[[nodiscard]] bool left_to_right_fits(std::uint64_t tokens, std::uint32_t particles);

}  // namespace dovetail::lda
