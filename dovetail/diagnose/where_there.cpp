#include "dovetail/diagnose/where_there.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/diagnose/moments.hpp"

namespace dovetail::diagnose {
namespace {

/// Figures of f(draw), over chains of the same lengths.
template <class Function>
ColumnSummary summarise_image(const ChainsView& view, Function&& f) {
  std::vector<std::vector<double>> images(view.count());
  for (std::size_t m = 0; m < view.count(); ++m) {
    for (std::size_t i = 0; i < view.draws(); ++i) images[m].push_back(f(view.at(m, i)));
  }
  const std::vector<std::span<const double>> chains(images.begin(), images.end());
  return summarise({chains, 1, 0});
}

/// All draws where it is there, as one chain.
std::vector<double> values_there(const ChainsView& view) {
  std::vector<double> values;
  for (std::size_t m = 0; m < view.count(); ++m) {
    for (std::size_t i = 0; i < view.draws(); ++i) {
      if (!std::isnan(view.at(m, i))) values.push_back(view.at(m, i));
    }
  }
  return values;
}

}  // namespace

ColumnSummary summarise_where_there(const ChainsView& view) {
  const ColumnSummary share = summarise_image(view, [](double x) { return std::isnan(x) ? 0.0 : 1.0; });
  const std::vector<double> values = values_there(view);
  ColumnSummary summary;
  summary.there = Share{share.mean.value, share.mcse_mean};
  const bool always = values.size() == view.count() * view.draws();
  const bool infinite = std::any_of(values.begin(), values.end(), [](double x) { return std::isinf(x); });
  if (always || infinite) {
    const auto there = summary.there;
    summary = summarise_image(view, [](double x) { return x; });
    summary.there = there;
    return summary;
  }
  summary.chains = view.count();
  summary.draws = view.draws();
  if (values.empty()) return summary;
  const std::span<const double> all(values);
  const Column column({std::span(&all, 1), 1, 0});
  const Moments figures = moments(column);
  summary.mean = Figure::of(figures.mean);
  if (values.size() > 1) summary.sd = Figure::of(figures.sd);
  summary.q5 = Figure::of(column.quantile(0.05));
  summary.q50 = Figure::of(column.quantile(0.5));
  summary.q95 = Figure::of(column.quantile(0.95));
  summary.mcse_mean = summarise_image(view, [&](double x) {
                        return std::isnan(x) ? 0 : (x - figures.mean) / share.mean.value;
                      }).mcse_mean;
  return summary;
}

std::vector<ValueShare> value_shares(const ChainsView& view) {
  std::vector<double> values = values_there(view);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::vector<ValueShare> shares;
  for (const double value : values) {
    const ColumnSummary figures = summarise_image(view, [value](double x) { return x == value ? 1.0 : 0.0; });
    shares.push_back({value, figures.mean.value, figures.mcse_mean});
  }
  return shares;
}

}  // namespace dovetail::diagnose
