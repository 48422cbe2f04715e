// What a finished round of chains teaches the next one: metric, step sizes, proposal scales, archive. Nothing after
// warm-up.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "dovetail/adapt/archive.hpp"
#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/fold.hpp"
#include "dovetail/jobs/sample_job.hpp"
#include "dovetail/kernel/proposal/pooling.hpp"

namespace dovetail {
namespace {

/// The real coordinates of rows of d.
std::vector<double> select(std::span<const double> rows, std::size_t d, std::span<const std::size_t> wanted) {
  std::vector<double> selected;
  selected.reserve(rows.size() / d * wanted.size());
  for (std::size_t row = 0; row < rows.size(); row += d) {
    for (const std::size_t i : wanted) selected.push_back(rows[row + i]);
  }
  return selected;
}

/// Puts the mean over the rows of d where a coordinate is there in its place in the others, in positions and gradients
/// alike: sums of squared deviations are then those of the rows where it is there, and so is the ratio of the two.
void fill_absent(std::span<double> positions, std::span<double> gradients, std::span<const Coordinate> coordinates) {
  const std::size_t d = coordinates.size();
  const auto fill = [&](std::span<double> rows, std::size_t i) {
    double sum = 0;
    double count = 0;
    for (std::size_t row = 0; row < rows.size(); row += d) {
      if (!is_there(coordinates[i], positions.subspan(row, d))) continue;
      sum += rows[row + i];
      ++count;
    }
    const double mean = count > 0 ? sum / count : 0;
    for (std::size_t row = 0; row < rows.size(); row += d) {
      if (!is_there(coordinates[i], positions.subspan(row, d))) rows[row + i] = mean;
    }
  };
  for (std::size_t i = 0; i < d; ++i) {
    if (!coordinates[i].presence) continue;
    fill(gradients, i);
    fill(positions, i);
  }
}

struct Acceptance {
  double sum = 0;
  std::uint64_t proposals = 0;
};

/// What the chains did in a round, into its row.
Acceptance count(const SampleJob::Outcome& reports, SamplingRow& row) {
  Acceptance all;
  for (const ChainReport& report : reports) {
    const KernelRecord& kernel = report.kernel;
    row.density_evaluations += kernel.evaluations;
    row.gradient_evaluations += kernel.gradients;
    row.error_events += kernel.error_events;
    row.divergences += kernel.divergences;
    row.depth_hits += kernel.depth_hits;
    if (kernel.proposals == 0) continue;
    const double mean = kernel.acceptance_sum / static_cast<double>(kernel.proposals);
    row.acceptance_min = std::min(row.acceptance_min.value_or(mean), mean);
    all.sum += kernel.acceptance_sum;
    all.proposals += kernel.proposals;
  }
  if (all.proposals > 0) row.acceptance_mean = all.sum / static_cast<double>(all.proposals);
  return all;
}

}  // namespace

SampleJob::Outcome SampleJob::report(const Shared& shared, ItemId, const Local& chain, const Record& record) const {
  ChainReport report{record.kernel, record.moments, chain.tuning, {}, {}};
  if (in_warm_up(shared) && window(shared).updates_metric && !chain.positions.empty()) {
    const std::size_t d = model_.dimension();
    if (adapts_metric()) {
      std::vector<double> positions = chain.positions;
      std::vector<double> gradients = chain.gradients;
      fill_absent(positions, gradients, model_.description().coordinates);
      positions = select(positions, d, reals_);
      gradients = select(gradients, d, reals_);
      const bool known = std::all_of(gradients.begin(), gradients.end(), [](double g) { return std::isfinite(g); });
      if (!known) gradients.clear();  // then positions alone must do
      report.window = chain_moments(positions, gradients, chain.positions.size() / d, *options_.metric);
    }
    if (needs_.archive) report.positions = chain.positions;
  }
  Outcome outcome;
  outcome.push_back(std::move(report));
  return outcome;
}

/// Scales, widths and proposals, from what all chains did together. Each chain keeps its own step size.
void SampleJob::learn_tuning(const Outcome& reports, std::vector<Tuning>& tunings) const {
  std::vector<KernelRecord> records;
  std::vector<Moments> moments;
  for (std::size_t c = 0; c < reports.size(); ++c) {
    records.push_back(reports[c].kernel);
    moments.push_back(reports[c].moments);
    tunings[c] = reports[c].tuning;
  }
  const KernelRecord pooled = fold_tree(std::move(records), [](KernelRecord left, const KernelRecord& right) {
    return merge_records(std::move(left), right);
  });
  const Moments all = fold_tree(std::move(moments), [](Moments left, const Moments& right) {
    left.merge(right);
    return left;
  });
  for (Tuning& tuning : tunings) {
    tuning = adapt_tuning(tuning, pooled, all, model_.description().coordinates);
    const bool own_step = tuning.averaging.count > 0;
    if (!own_step) adapt_step_size(tuning, kernel_->step_factor(pooled));
  }
  pool_proposals(tunings);
}

MetricEstimate SampleJob::learn_metric(const WarmUpWindow& ended, const Outcome& reports) const {
  std::vector<ChainMoments> windows;
  for (const ChainReport& report : reports) windows.push_back(report.window);
  const bool gradients =
      std::all_of(windows.begin(), windows.end(), [](const ChainMoments& w) { return !w.gradient_squares.empty(); });
  if (!gradients) {  // in some chain a kernel left none: the rule is the same for all
    for (ChainMoments& w : windows) {
      w.gradient_mean.clear();
      w.gradient_squares.clear();
    }
  }
  if (options_.scheme == WarmUpScheme::stan) return estimate_metrics(windows, MetricRule::stan, Pooling::none);
  const MetricRule rule = !gradients          ? MetricRule::positions
                          : ended.last_metric ? MetricRule::fisher_last
                                              : MetricRule::fisher;
  return estimate_metrics(windows, rule, Pooling::guarded);
}

/// Brings together what the chains have learnt in a window.
void SampleJob::learn(const WarmUpWindow& ended, const Outcome& reports, Shared& next) const {
  learn_tuning(reports, next.tuning);
  if (ended.updates_metric && adapts_metric()) {
    const MetricEstimate estimate = learn_metric(ended, reports);
    for (std::size_t c = 0; c < next.tuning.size(); ++c) next.tuning[c].metric = estimate.of_chain(c);
    next.last->pooled = estimate.pooled ? "yes" : "no";
    if (ended.last_metric && !estimate.pooled && next.tuning.size() > 1 && options_.scheme != WarmUpScheme::stan) {
      next.notes.push_back(
          fmt::format("the chains did not agree at the end of warm-up (ratio {:.2f}), so each kept its own metric",
                      estimate.worst_ratio));
    }
  }
  if (ended.updates_metric && needs_.archive) {
    std::vector<std::span<const double>> histories;
    for (const ChainReport& report : reports) histories.emplace_back(report.positions);
    const SharedVector<double> archive = make_archive(histories, model_.dimension());
    for (Tuning& tuning : next.tuning) tuning.archive = archive;
  }
  if (next.round == windows_.size()) {
    for (Tuning& tuning : next.tuning) kernel_->end_tuning(tuning);
  }
}

SampleJob::Shared SampleJob::update(const Shared& shared, const Outcome& reports) const {
  const bool warm_up = in_warm_up(shared);
  Shared next = shared;
  ++next.round;
  next.iterations += steps(shared);
  SamplingRow row;
  row.round = next.round;
  row.phase = warm_up ? "warmup" : "draws";
  row.iterations = steps(shared);
  row.draws = draws_done(next);
  row.chains = options_.chains;
  const Acceptance acceptance = count(reports, row);
  next.evaluations += row.density_evaluations;
  next.gradients += row.gradient_evaluations;
  next.errors += row.error_events;
  next.last = row;
  if (warm_up) {
    learn(window(shared), reports, next);
  } else {
    next.divergences += row.divergences;
    next.depth_hits += row.depth_hits;
    next.acceptance_sum += acceptance.sum;
    next.proposals += acceptance.proposals;
  }
  if (needs_.gradient) {
    for (const Tuning& tuning : next.tuning) {
      next.last->step_size_min = std::min(next.last->step_size_min.value_or(kInfinity), tuning.step_size);
      next.last->step_size_max = std::max(next.last->step_size_max.value_or(0), tuning.step_size);
    }
  }
  if (needs_.metric) next.last->metric = word(next.tuning.front().metric.kind);
  return next;
}

}  // namespace dovetail
