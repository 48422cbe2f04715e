#include "dovetail/lda/log_joint.hpp"

#include <algorithm>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::lda {
namespace {

constexpr std::uint64_t kDense = 256;  ///< counts below have a place each: many topics have a histogram in every shard
constexpr double kShape = 1.001;
constexpr double kRate = 1;

/// The sum over what a histogram has of ln Gamma(n + x) - ln Gamma(x).
double rising_log_gamma(const Histogram& histogram, double x) {
  const double at_zero = math::lgamma(x);
  double sum = 0;
  for (const auto& [count, times] : histogram.entries()) {
    sum += static_cast<double>(times) * (math::lgamma(static_cast<double>(count) + x) - at_zero);
  }
  return sum;
}

/// Its derivative in x.
double rising_digamma(const Histogram& histogram, double x) {
  const double at_zero = math::digamma(x);
  double sum = 0;
  for (const auto& [count, times] : histogram.entries()) {
    sum += static_cast<double>(times) * (math::digamma(static_cast<double>(count) + x) - at_zero);
  }
  return sum;
}

Histogram histogram_of(std::span<const std::uint64_t> counts) {
  Histogram histogram;
  for (const std::uint64_t count : counts) histogram.add(count);
  return histogram;
}

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

double fixed_point(double x, double above, double below) { return (kShape - 1 + x * above) / (kRate + below); }

}  // namespace

void Histogram::add(std::uint64_t count, std::uint64_t times) {
  if (count == 0 || times == 0) return;
  if (count < kDense) {
    if (count >= dense_.size()) dense_.resize(count + 1, 0);
    dense_[count] += times;
    return;
  }
  const auto found = std::lower_bound(counts_.begin(), counts_.end(), count);
  const auto at = found - counts_.begin();
  if (found == counts_.end() || *found != count) {
    counts_.insert(found, count);
    times_.insert(times_.begin() + at, 0);
  }
  times_[static_cast<std::size_t>(at)] += times;
}

void Histogram::add(const Histogram& other) {
  for (const auto& [count, times] : other.entries()) add(count, times);
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> Histogram::entries() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> all;
  for (std::uint64_t count = 1; count < dense_.size(); ++count) {
    if (dense_[count] > 0) all.emplace_back(count, dense_[count]);
  }
  for (std::size_t i = 0; i < counts_.size(); ++i) all.emplace_back(counts_[i], times_[i]);
  return all;
}

void tally_documents(std::span<const float> rows, std::uint32_t topics, std::vector<Histogram>& by_topic) {
  by_topic.resize(topics);
  for (std::size_t first = 0; first < rows.size(); first += padded(topics)) {
    for (std::uint32_t k = 0; k < topics; ++k) by_topic[k].add(static_cast<std::uint64_t>(rows[first + k]));
  }
}

void tally_words(std::span<const std::uint32_t> rows, Histogram& counts) {
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t end = at + 1 + 2 * std::size_t{rows[at]};
    for (++at; at < end; at += 2) counts.add(rows[at + 1]);
  }
}

double log_joint(const Tallies& tallies, const Priors& priors) {
  DOVETAIL_REQUIRE(tallies.document_topics.size() == priors.alpha.size() &&
                   tallies.totals.size() == priors.alpha.size());
  double sum = rising_log_gamma(tallies.word_topics, priors.beta) -
               rising_log_gamma(histogram_of(tallies.totals), static_cast<double>(tallies.words) * priors.beta) -
               rising_log_gamma(tallies.lengths, sum_of(priors.alpha));
  for (std::size_t k = 0; k < priors.alpha.size(); ++k) {
    sum += rising_log_gamma(tallies.document_topics[k], priors.alpha[k]);
  }
  return sum;
}

std::vector<double> learnt_alpha(const Tallies& tallies, const Priors& priors, unsigned steps) {
  std::vector<double> alpha = priors.alpha;
  for (unsigned step = 0; step < steps; ++step) {
    const double below = rising_digamma(tallies.lengths, sum_of(alpha));
    for (std::size_t k = 0; k < alpha.size(); ++k) {
      alpha[k] = fixed_point(alpha[k], rising_digamma(tallies.document_topics[k], alpha[k]), below);
    }
  }
  return alpha;
}

double learnt_beta(const Tallies& tallies, const Priors& priors, unsigned steps) {
  const Histogram totals = histogram_of(tallies.totals);
  const auto words = static_cast<double>(tallies.words);
  double beta = priors.beta;
  for (unsigned step = 0; step < steps; ++step) {
    beta = fixed_point(beta, rising_digamma(tallies.word_topics, beta), words * rising_digamma(totals, words * beta));
  }
  return beta;
}

}  // namespace dovetail::lda
