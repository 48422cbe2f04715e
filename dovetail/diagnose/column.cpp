// One sort per column, and what follows from it in linear time.
#include "dovetail/diagnose/column.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dovetail/math/functions.hpp"

namespace dovetail::diagnose {

NormalScores::NormalScores(std::size_t count) : table_(count) {
  for (std::size_t r = 1; r <= count; ++r) table_[r - 1] = formula(static_cast<double>(r));
}

double NormalScores::formula(double rank) const {
  return math::normal_quantile((rank - 0.375) / (static_cast<double>(table_.size()) + 0.25));
}

double NormalScores::of(double rank) const {
  const double whole = std::floor(rank);
  return whole == rank ? table_[static_cast<std::size_t>(rank) - 1] : formula(rank);
}

Column::Column(const ChainsView& view) : chains_(view.count()), draws_(view.draws()) {
  view.check();
  const std::size_t total = chains_ * draws_;
  DOVETAIL_REQUIRE(total < std::numeric_limits<std::uint32_t>::max());
  values_.reserve(total);
  double magnitude = 0;
  for (std::size_t m = 0; m < chains_; ++m) {
    for (std::size_t i = 0; i < draws_; ++i) {
      const double x = view.at(m, i);
      values_.push_back(x);
      if (!std::isfinite(x)) ++non_finite_;
      magnitude = std::max(magnitude, std::fabs(x));
    }
  }
  if (non_finite_ > 0) return;
  // fourth powers are needed (MCSE of the sd), so exponents beyond a quarter of the range are scaled away, exactly
  if (magnitude > 0x1p240 || (magnitude > 0 && magnitude < 0x1p-240)) scale_ = std::ldexp(1.0, std::ilogb(magnitude));
  sorted_.resize(total);
  for (std::size_t i = 0; i < total; ++i) sorted_[i] = {values_[i], static_cast<std::uint32_t>(i)};
  std::sort(sorted_.begin(), sorted_.end(), [](const Keyed& a, const Keyed& b) {
    return a.key < b.key || (a.key == b.key && a.position < b.position);
  });
}

Unavailable Column::obstacle() const {
  if (non_finite_ > 0) return Unavailable::non_finite;
  if (draws_ < kDrawsMin) return Unavailable::too_few;
  return constant() ? Unavailable::constant : Unavailable::none;
}

bool Column::chain_constant(std::size_t chain) const {
  const auto x = std::span(values_).subspan(chain * draws_, draws_);
  return std::all_of(x.begin(), x.end(), [&](double v) { return v == x.front(); });
}

double Column::quantile(double p) const {
  DOVETAIL_REQUIRE(!sorted_.empty() && p >= 0 && p <= 1);
  const double h = static_cast<double>(sorted_.size() - 1) * p;
  const auto low = static_cast<std::size_t>(std::floor(h));
  const double weight = h - std::floor(h);
  const double a = sorted_[low].key;
  if (weight == 0) return a;
  const double b = sorted_[low + 1].key;
  // in units of the scale, where b - a cannot overflow
  return a == b ? a : (a / scale_ + weight * (b / scale_ - a / scale_)) * scale_;
}

std::size_t Column::split_position(std::size_t position) const {
  const std::size_t chain = position / draws_;
  const std::size_t draw = position % draws_;
  const std::size_t n = half();
  if (draw < n) return 2 * chain * n + draw;
  return draw < draws_ - n ? kDropped : (2 * chain + 1) * n + (draw - (draws_ - n));
}

std::vector<double> Column::split_values() const {
  std::vector<double> split(sequences() * half());
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (const std::size_t at = split_position(i); at != kDropped) split[at] = values_[i] / scale_;
  }
  return split;
}

std::vector<double> Column::scores_of(std::span<const Keyed> ascending, const NormalScores& table) const {
  std::vector<double> split(sequences() * half());
  DOVETAIL_REQUIRE(table.count() == split.size());
  std::vector<std::size_t> ties;
  std::size_t rank = 0;  // of the last one placed
  std::size_t i = 0;
  while (i < ascending.size()) {
    const double key = ascending[i].key;
    ties.clear();
    for (; i < ascending.size() && ascending[i].key == key; ++i) {
      if (const std::size_t at = split_position(ascending[i].position); at != kDropped) ties.push_back(at);
    }
    if (ties.empty()) continue;
    const double average = static_cast<double>(2 * rank + ties.size() + 1) / 2;
    const double score = table.of(average);
    for (const std::size_t at : ties) split[at] = score;
    rank += ties.size();
  }
  return split;
}

std::vector<double> Column::scores(const NormalScores& table) const { return scores_of(sorted_, table); }

std::vector<double> Column::folded_scores(const NormalScores& table) const {
  const double median = quantile(0.5) / scale_;
  const auto distance = [&](const Keyed& draw) { return std::fabs(draw.key / scale_ - median); };
  // both sides of the median are sorted by distance already: a merge instead of a second sort
  const auto above_first = std::partition_point(sorted_.begin(), sorted_.end(),
                                                [&](const Keyed& draw) { return draw.key / scale_ <= median; });
  auto below = std::make_reverse_iterator(above_first);
  auto above = above_first;
  std::vector<Keyed> folded;
  folded.reserve(sorted_.size());
  while (below != sorted_.rend() || above != sorted_.end()) {
    const bool take_below = above == sorted_.end() || (below != sorted_.rend() && distance(*below) <= distance(*above));
    const Keyed& next = take_below ? *below++ : *above++;
    folded.push_back({distance(next), next.position});
  }
  return scores_of(folded, table);
}

std::vector<double> Column::indicator(double p) const {
  const auto low = static_cast<std::size_t>(std::floor(static_cast<double>(sorted_.size() - 1) * p));
  // between x_(low) and x_(low + 1) no draw lies, so comparing with x_(low) is comparing with the interpolated quantile
  const double threshold = sorted_[low].key;
  const bool strict = threshold == sorted_.back().key;
  std::vector<double> split(sequences() * half());
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (const std::size_t at = split_position(i); at != kDropped) {
      split[at] = (strict ? values_[i] < threshold : values_[i] <= threshold) ? 1 : 0;
    }
  }
  return split;
}

}  // namespace dovetail::diagnose
