#include "dovetail/lda/fixed_topics.hpp"

#include <algorithm>
#include <utility>

#include "dovetail/core/error.hpp"

namespace dovetail::lda {

FixedTopics::FixedTopics(Priors priors, PackedRows rows, std::size_t words)
    : priors_(std::move(priors)), rows_(std::move(rows)), totals_(priors_.alpha.size(), 0) {
  std::size_t at = 0;
  for (std::size_t word = 0; word < words; ++word) {
    DOVETAIL_REQUIRE(at < rows_.size());
    starts_.push_back(at);
    const std::size_t end = at + 1 + 2 * std::size_t{rows_[at]};
    DOVETAIL_REQUIRE(end <= rows_.size());
    for (++at; at < end; at += 2) {
      DOVETAIL_REQUIRE(rows_[at] < topics());
      totals_[rows_[at]] += rows_[at + 1];
    }
  }
  const double beta_sum = static_cast<double>(words) * priors_.beta;
  for (const std::uint64_t total : totals_) inverse_.push_back(1 / (static_cast<double>(total) + beta_sum));
  for (const double alpha : priors_.alpha) alpha_sum_ += alpha;
}

void FixedTopics::weights(std::uint32_t word, std::span<float> out) const {
  DOVETAIL_REQUIRE(word < words() && out.size() == padded(topics()));
  std::fill(out.begin(), out.end(), 0.0F);
  for (std::uint32_t k = 0; k < topics(); ++k) out[k] = static_cast<float>(priors_.beta * inverse_[k]);
  std::size_t at = starts_[word];
  for (const std::size_t end = at + 1 + 2 * std::size_t{rows_[at]}; ++at < end; ++at) {
    const std::uint32_t k = rows_[at];
    out[k] = static_cast<float>((rows_[at + 1] + priors_.beta) * inverse_[k]);
  }
}

double FixedTopics::probability(std::uint32_t word, std::span<const double> mixture) const {
  DOVETAIL_REQUIRE(word < words() && mixture.size() == topics());
  double without_tokens = 0;
  for (std::uint32_t k = 0; k < topics(); ++k) without_tokens += mixture[k] * inverse_[k];
  double sum = priors_.beta * without_tokens;
  std::size_t at = starts_[word];
  for (const std::size_t end = at + 1 + 2 * std::size_t{rows_[at]}; ++at < end; ++at) {
    sum += mixture[rows_[at]] * inverse_[rows_[at]] * rows_[at + 1];
  }
  return sum;
}

}  // namespace dovetail::lda
