/// Topics that no longer change: what new documents are explained by.
///
///   phi_wk = (n_wk + beta) / (n_k + V beta)
///
/// of one state of the sampler, or of any other table of counts.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/lda/cell.hpp"

namespace dovetail::lda {

class FixedTopics {
 public:
  /// `rows`: of all words by rising id, without a fault (fault_of). Totals of topics are the sums of their counts.
  FixedTopics(Priors priors, PackedRows rows, std::size_t words);

  [[nodiscard]] std::uint32_t topics() const { return static_cast<std::uint32_t>(priors_.alpha.size()); }
  [[nodiscard]] std::size_t words() const { return starts_.size(); }
  [[nodiscard]] const Priors& priors() const { return priors_; }
  [[nodiscard]] double alpha_sum() const { return alpha_sum_; }
  [[nodiscard]] const std::vector<std::uint64_t>& totals() const { return totals_; }

  /// (topic, n_wk > 0) of a word, one after the other.
  [[nodiscard]] std::span<const std::uint32_t> entries(std::uint32_t word) const {
    return std::span(rows_).subspan(starts_[word] + 1, 2 * std::size_t{rows_[starts_[word]]});
  }

  /// phi of a word for every topic; `out` has padded(topics) places, the rest is 0.
  void weights(std::uint32_t word, std::span<float> out) const;
  /// The sum over topics of mixture_k phi_wk.
  [[nodiscard]] double probability(std::uint32_t word, std::span<const double> mixture) const;

 private:
  Priors priors_;
  PackedRows rows_;
  std::vector<std::size_t> starts_;  ///< of rows, by word
  std::vector<std::uint64_t> totals_;
  std::vector<double> inverse_;  ///< 1 / (n_k + V beta)
  double alpha_sum_ = 0;
};

}  // namespace dovetail::lda
