/// What integers say about a state of the sampler: log p(words, topics), and better parameters of the priors.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dovetail/lda/cell.hpp"

namespace dovetail::lda {

/// How many things have which count; zeros are not kept.
class Histogram {
 public:
  void add(std::uint64_t count, std::uint64_t times = 1);
  void add(const Histogram& other);
  /// (count, times) by rising count.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::uint64_t>> entries() const;

  template <class Archive>
  void describe(Archive& archive) {
    archive(dense_);
    archive(counts_);
    archive(times_);
  }

 private:
  std::vector<std::uint64_t> dense_;           ///< times, by count
  std::vector<std::uint64_t> counts_, times_;  ///< of larger ones, by rising count
};

/// Integer sums that the functions below are functions of, so that no order of addition matters.
struct Tallies {
  std::vector<Histogram> document_topics;  ///< by topic: of n_dk over documents
  Histogram lengths;                       ///< of N_d
  Histogram word_topics;                   ///< of n_wk over words and topics
  std::vector<std::uint64_t> totals;       ///< n_k
  std::uint64_t words = 0;                 ///< V
};

void tally_documents(std::span<const float> rows, std::uint32_t topics, std::vector<Histogram>& by_topic);
void tally_words(std::span<const std::uint32_t> rows, Histogram& counts);

/// log p(w, z | alpha, beta) with all constants (Griffiths and Steyvers 2004), in nats.
[[nodiscard]] double log_joint(const Tallies& tallies, const Priors& priors);

/// `steps` of Minka's fixed point towards the alpha, or the beta, that maximise log joint plus the logarithm of a
/// Gamma(1.001, rate 1) prior of each, which keeps unused topics from 0. Every step raises it.
[[nodiscard]] std::vector<double> learnt_alpha(const Tallies& tallies, const Priors& priors, unsigned steps);
[[nodiscard]] double learnt_beta(const Tallies& tallies, const Priors& priors, unsigned steps);

}  // namespace dovetail::lda
