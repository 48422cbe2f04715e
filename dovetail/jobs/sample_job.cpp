#include "dovetail/jobs/sample_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/failures.hpp"
#include "dovetail/jobs/sizes.hpp"
#include "dovetail/kernel/evaluate.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/model/start.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;  ///< of one chain's draws between two drains
constexpr std::uint64_t kFirstLook = 125;      ///< draws of the first block; 1000 and 2000 are looks then

double log_target(const Potential& p) { return p.log_prior + p.log_likelihood; }

}  // namespace

SampleJob::SampleJob(const Model& model, const SampleOptions& options, std::vector<std::uint64_t> ends)
    : model_(model), options_(resolve_options(options, model)), ends_(std::move(ends)) {
  const auto& coordinates = model.description().coordinates;
  if (options.kernel == "auto") kernel_reason_ = default_sampling_kernel(PriorPath(model, faults_)).reason;
  kernel_ = make_kernel(options_.kernel, coordinates, options_.kernel_settings);
  needs_ = kernel_->needs();
  windows_ = plan_warm_up(options_.scheme, *options_.warmup);
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    if (coordinates[i].kind == CoordinateKind::real) reals_.push_back(i);
  }
  columns_ = model.description().output_names;
  columns_.insert(columns_.end(), {"log_prior", "log_likelihood"});
  if (kernel_->shows() != Shows::nothing) columns_.emplace_back("accept_stat");
  if (kernel_->shows() == Shows::trajectory) {
    columns_.insert(columns_.end(), {"step_size", "tree_depth", "leapfrogs", "divergent", "energy"});
  }
}

std::uint64_t SampleJob::draws_done(const Shared& shared) const {
  return shared.iterations <= *options_.warmup ? 0 : (shared.iterations - *options_.warmup) / options_.thin;
}

bool SampleJob::is_look(const Shared& shared) const {
  const std::uint64_t done = draws_done(shared);
  return done % kFirstLook == 0 && std::has_single_bit(done / kFirstLook);
}

std::string SampleJob::first_fault() const {
  return faults_.first() ? fault_words(model_, faults_, {}) : std::string();
}

SampleJob::Shared SampleJob::begin_shared() const {
  Shared shared;
  Tuning tuning = initial_tuning(model_.description().coordinates);
  kernel_->begin_tuning(tuning, model_.description().coordinates);
  shared.tuning.assign(options_.chains, tuning);
  return shared;
}

/// One attempt at a start, by the rule the user chose.
void SampleJob::propose_start(ItemId item, Rng& rng, PointOut x) const {
  const auto& coordinates = model_.description().coordinates;
  switch (options_.start) {
    case StartKind::uniform:
      draw_start(coordinates, options_.start_radius, rng, x);
      break;
    case StartKind::prior:
      model_.draw_prior(rng, x);
      break;
    case StartKind::values:
      model_.unconstrain(options_.start_values[item.value % options_.start_values.size()], x);
      break;
  }
  // a given point that needs no jitter is the same at every attempt
  if (options_.jitter == 0) return;
  for (const std::size_t i : reals_) x[i] += options_.jitter * math::draw_normal(rng);
}

SampleJob::Local SampleJob::begin_local(const Shared&, ItemId item, Scratch&) const {
  const PriorPath path(model_, faults_);
  const auto& coordinates = model_.description().coordinates;
  Chain chain;
  chain.state.x.resize(model_.dimension());
  const bool fixed = options_.start == StartKind::values && options_.jitter == 0;
  const int tries = fixed ? 1 : kStartTries;
  for (int attempt = 0; attempt < tries; ++attempt) {
    Rng rng({options_.seed, Purpose::initial_point, item, Step(static_cast<std::uint64_t>(attempt))});
    propose_start(item, rng, chain.state.x);
    chain.state.potential = path.evaluate(chain.state.x);
    const double target = log_target(chain.state.potential);
    const bool failed = !is_point(chain.state.x) || is_error(target);
    if (failed && (options_.on_error == OnError::stop || attempt + 1 == tries)) {
      throw ModelError(fault_words(model_, faults_, chain.state.x) +
                       ", a starting point (a density is a number or -inf); mend the model");
    }
    if (!failed && target > -kInfinity) return chain;
  }
  const char* term = chain.state.potential.log_prior == -kInfinity ? "log prior" : "log likelihood";
  throw ModelError(fmt::format(
      "model {}: chain {} found no start with positive density in {} {} (the {} is -inf at the last, {}{}); start from "
      "the prior or from a file, or widen the support",
      model_.description().name, item.value + 1, tries, tries == 1 ? "try" : "tries", term,
      point_words(coordinates, chain.state.x), rejection_words(model_)));
}

std::uint64_t SampleJob::steps(const Shared& shared) const {
  if (in_warm_up(shared)) return window(shared).end - shared.iterations;
  const std::uint64_t done = draws_done(shared);
  if (done >= options_.draws) return 0;
  std::uint64_t end = kFirstLook;
  while (end <= done) end *= 2;
  for (const std::uint64_t other : ends_) {
    if (other > done) end = std::min(end, other);
  }
  return (std::min(end, options_.draws) - done) * options_.thin;
}

void SampleJob::begin_round(const Shared& shared, ItemId item, Local& chain, Record& record) const {
  record = Record();
  require_same_density(model_, chain.state.x, chain.state.potential);
  if (!in_warm_up(shared)) {
    chain.tuning = Tuning();
    chain.positions.clear();
    chain.gradients.clear();
    return;
  }
  chain.tuning = shared.tuning[item.value];
  const std::uint64_t from = window(shared).from;
  if (from > chain.history_from && !chain.positions.empty()) {
    const auto stale = static_cast<std::ptrdiff_t>(
        std::min<std::size_t>((from - chain.history_from) * model_.dimension(), chain.positions.size()));
    chain.positions.erase(chain.positions.begin(), chain.positions.begin() + stale);
    if (!chain.gradients.empty()) chain.gradients.erase(chain.gradients.begin(), chain.gradients.begin() + stale);
    chain.history_from = from;
  }
  // a new metric asks for another step size; without one the old search goes on
  if (shared.round > 0 && !windows_[shared.round - 1].updates_metric) return;
  Workspace workspace;
  Rng rng({options_.seed, Purpose::warm_up, item, Step(shared.iterations)});
  const PriorPath path(model_, faults_);
  kernel_->begin_window(chain.state, {path, 1}, chain.tuning, rng, workspace, record.kernel);
}

/// What metrics and archives are estimated from.
void SampleJob::remember(const Shared& shared, Chain& chain, KernelRecord& record, Step step) const {
  if (!adapts_metric() && !needs_.archive) return;
  if (step.value < window(shared).from) return;  // no window to come reads it either
  if (chain.positions.empty()) chain.history_from = step.value;
  ChainState& state = chain.state;
  chain.positions.insert(chain.positions.end(), state.x.begin(), state.x.end());
  if (!learns_from_gradients()) return;
  // a cycle may end with a kernel that leaves none; the next step finds it in the cache
  (void)detail::bring_gradients(state, {PriorPath(model_, faults_), 1}, record);
  for (std::size_t i = 0; i < state.x.size(); ++i) {  // a row for every position, also where there is none
    chain.gradients.push_back(state.has_gradient ? state.gradient_reference[i] + state.gradient_energy[i]
                                                 : std::numeric_limits<double>::quiet_NaN());
  }
}

void SampleJob::advance(const Shared& shared, ItemId item, Local& chain, Record& record, Step step,
                        Scratch& scratch) const {
  Rng rng({options_.seed, Purpose::kernel, item, step});
  const PriorPath path(model_, faults_);
  record.kernel.last = {};  // of the step before, which may have been in another block
  if (in_warm_up(shared)) {
    kernel_->adapting_step(chain.state, {path, 1}, chain.tuning, rng, scratch.workspace, record.kernel);
    record.moments.add(chain.state.x);
    remember(shared, chain, record.kernel, step);
    if (options_.save_warmup) keep_draw(item, chain, record, step, chain.tuning.step_size);
    return;
  }
  const Tuning& tuning = shared.tuning[item.value];
  kernel_->step(chain.state, {path, 1}, tuning, rng, scratch.workspace, record.kernel);
  chain.energies.add(record.kernel.last.energy);
  const std::uint64_t since = step.value - *options_.warmup;
  if ((since + 1) % options_.thin == 0) keep_draw(item, chain, record, step, tuning.step_size);
}

void SampleJob::keep_draw(ItemId item, const Chain& chain, Record& record, Step step, double step_size) const {
  const std::size_t outputs = model_.description().output_names.size();
  const std::size_t at = record.draws.size();
  record.draws.resize(at + columns_.size());
  const PointOut values = PointOut(record.draws).subspan(at, outputs);
  Rng rng({options_.seed, Purpose::outputs, item, step});
  compute_outputs(model_, faults_, chain.state.x, rng, record.kernel, values);
  double* out = record.draws.data() + at + outputs;
  *out++ = chain.state.potential.log_prior;
  *out++ = chain.state.potential.log_likelihood;
  const Shows shows = kernel_->shows();
  const StepFigures& last = record.kernel.last;
  if (shows != Shows::nothing) *out++ = last.acceptance;
  if (shows != Shows::trajectory) return;
  *out++ = step_size;
  *out++ = last.depth;
  *out++ = last.leapfrogs;
  *out++ = last.divergent ? 1 : 0;
  *out = last.energy;
}

/// Whether `chain` remembers what remember() has been told before step `next`.
bool SampleJob::has_history(const Shared& shared, const Chain& chain, Step next) const {
  std::uint64_t rows = 0;
  if (in_warm_up(shared) && (adapts_metric() || needs_.archive) && next.value > window(shared).from) {
    if (chain.history_from > window(shared).from) return false;
    rows = next.value - chain.history_from;
  }
  const std::size_t size = rows * model_.dimension();
  const bool gradients = in_warm_up(shared) && learns_from_gradients();
  return chain.positions.size() == size && chain.gradients.size() == (gradients ? size : 0);
}

bool SampleJob::accepts(const Shared& shared, ItemId item, const Local& chain, const Record& record, Step next) const {
  if (item.value >= shared.tuning.size() || next.value < shared.iterations) return false;
  const Tuning& tuning = shared.tuning[item.value];
  const bool warm_up = in_warm_up(shared);
  const std::uint64_t steps = next.value - shared.iterations;
  std::uint64_t draws = options_.save_warmup ? steps : 0;
  if (!warm_up) draws = (next.value - *options_.warmup) / options_.thin - draws_done(shared);
  const std::size_t rows = record.draws.size() / columns_.size();
  return is_state(chain.state, model_.dimension()) && is_tuning(chain.tuning, warm_up ? tuning : Tuning()) &&
         has_history(shared, chain, next) && is_record(record.kernel, model_.dimension(), tuning) &&
         record.moments.fits(model_.dimension(), warm_up ? steps : 0) &&
         record.draws.size() == rows * columns_.size() && record.draws_drained + rows == draws;
}

std::uint64_t SampleJob::steps_between_drains(const Shared&) const {
  return std::clamp<std::size_t>(kBufferBytes / (sizeof(double) * columns_.size()), 1, 1 << 14);
}

void SampleJob::drain(const Shared& shared, ItemId item, Record& record, Sink& sink) const {
  stop_on_error(options_.on_error, model_, faults_, record.kernel);
  if (record.draws.empty()) return;
  const bool warm_up = in_warm_up(shared);
  const std::uint64_t first = (warm_up ? 0 : draws_done(shared)) + record.draws_drained;
  DrawBlock block{item, warm_up ? Round(shared.round + 1) : draws_round(), first, columns_.size(), {}};
  block.values.swap(record.draws);
  sink.write(block);
  record.draws_drained += block.values.size() / block.columns;
  record.draws.swap(block.values);
  record.draws.clear();
}

SampleJob::Outcome SampleJob::merge(Outcome left, Outcome right) const {
  left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
  return left;
}

std::vector<std::uint64_t> block_ends(const std::vector<SamplingRow>& rows) {
  std::vector<std::uint64_t> ends;
  for (const SamplingRow& row : rows) {
    if (row.phase == "draws") ends.push_back(row.draws);
  }
  return ends;
}

}  // namespace dovetail
