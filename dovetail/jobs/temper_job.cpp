#include "dovetail/jobs/temper_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include "dovetail/adapt/archive.hpp"
#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/failures.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/start.hpp"
#include "dovetail/tempering/schedule.hpp"
#include "dovetail/tempering/swap.hpp"

namespace dovetail {

using tempering::Leg;

namespace {

constexpr std::size_t kBufferBytes = 1 << 20;  ///< of one rung's draws between two drains

double log_target(const Potential& p) { return p.log_prior + p.log_likelihood; }

}  // namespace

TemperJob::TemperJob(const Model& model, const TemperOptions& options)
    : model_(model),
      options_(resolve_options(options, model)),
      columns_(model.description().output_names),
      prior_path_(model.description().parts && options.reference != ReferenceKind::gaussian),
      standard_normal_(model.dimension()) {
  columns_.insert(columns_.end(), {"log_prior", "log_likelihood", "log_reference"});
  if (options_.swap_history) columns_.emplace_back(kReplicaColumn);
  kernel_name_ = options.kernel;
  if (kernel_name_ == "auto") {
    const KernelChoice choice =
        with_path(TemperShared{}, Leg::fixed, [](const Path& path) { return default_kernel(path); });
    kernel_name_ = choice.name;
    kernel_reason_ = choice.reason;
  }
  kernel_ = make_kernel(kernel_name_, model.description().coordinates, options_.kernel_settings);
  needs_ = kernel_->needs();
}

std::string TemperJob::reference_name() const {
  std::string fixed = prior_path_ ? "prior" : "standard normal";
  const bool variational = options_.reference == ReferenceKind::variational ||
                           (options_.reference == ReferenceKind::automatic && !prior_path_);
  if (!variational) return fixed;
  return options_.legs == 2 ? "variational and " + fixed : "variational (from " + fixed + ")";
}

std::vector<std::size_t> TemperJob::targets(const tempering::Ladder& ladder) {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < ladder.size(); ++k) {
    if (ladder.role(k).is_target) found.push_back(k);
  }
  return found;
}

std::uint32_t TemperJob::items(const Shared& shared) const {
  return static_cast<std::uint32_t>(shared.ladder.size()) * options_.copies;
}

std::string TemperJob::first_fault() const {
  return faults_.first() ? fault_words(model_, faults_, {}) : std::string();
}

TemperJob::Shared TemperJob::begin_shared() const {
  Shared shared;
  const std::vector<double> betas =
      !options_.schedule.empty()
          ? options_.schedule
          : tempering::equal_schedule(options_.replicas != 0
                                          ? options_.replicas
                                          : std::min<std::size_t>(tempering::kReplicasStart, options_.replicas_max));
  const bool variational = reference_name().starts_with("variational");
  shared.ladder = options_.legs == 2 ? tempering::Ladder::two_legs(betas, betas)
                                     : tempering::Ladder::one_leg(betas, variational ? Leg::variational : Leg::fixed);
  for (auto& ratios : shared.log_ratios) ratios.assign(betas.size() - 1, 0.0);
  shared.gaussian = standard_normal_;
  Tuning tuning = initial_tuning(model_.description().coordinates);
  kernel_->begin_tuning(tuning, model_.description().coordinates);
  shared.tuning.assign(shared.ladder.size(), tuning);
  shared.passes.assign(shared.ladder.size(), std::max(1U, options_.swap_every));
  return shared;
}

TemperJob::Local TemperJob::begin_local(const Shared& shared, ItemId item, Scratch&) const {
  Replica replica;
  replica.id = item.value;
  replica.leg = shared.ladder.role(item.value % shared.ladder.size()).leg;
  ChainState& chain = replica.chain;
  chain.x.resize(model_.dimension());
  return with_path(shared, replica.leg, [&](const Path& path) {
    Potential last;
    for (int attempt = 0; attempt < kStartTries; ++attempt) {
      Rng rng({options_.seed, Purpose::initial_point, item, Step(static_cast<std::uint64_t>(attempt))});
      if (!path.draw_exact(0, rng, chain.x)) draw_start(model_.description().coordinates, kStartRadius, rng, chain.x);
      last = chain.potential = path.evaluate(chain.x);
      const double target = log_target(last);
      const bool failed = !is_point(chain.x) || is_error(target) || is_error(last.reference);
      if (failed && (options_.on_error == OnError::stop || attempt + 1 == kStartTries)) {
        throw ModelError(fault_words(model_, faults_, chain.x) +
                         ", a starting point (a density is a number or -inf); mend the model");
      }
      if (!failed && target > -kInfinity) return std::move(replica);
    }
    const char* term = last.log_prior == -kInfinity ? "log prior" : "log likelihood";
    throw ModelError(fmt::format(
        "model {}: no start with positive density in {} draws from the {} (the {} is -inf at the last, {}{}); "
        "widen the support or choose a reference nearer to the posterior",
        model_.description().name, kStartTries, reference_name(), term,
        point_words(model_.description().coordinates, chain.x), rejection_words(model_)));
  });
}

std::uint64_t TemperJob::steps(const Shared& shared) const {
  return shared.round < options_.rounds ? std::uint64_t{1} << (shared.round + 1) : 0;
}

void TemperJob::begin_round(const Shared& shared, ItemId item, Local& replica, Record& record) const {
  record = Record();
  require_same_density(model_, replica.chain.x, replica.chain.potential);
  const tempering::Ladder& ladder = shared.ladder;
  record.rung = static_cast<std::uint32_t>(item.value % ladder.size());
  const tempering::RungRole& role = ladder.role(record.rung);
  record.source = draw_source(shared, item, role);
  record.wants_moments = needs_.moments || (role.is_target && ladder.has(Leg::variational));
  const auto& ratios = shared.log_ratios[static_cast<std::size_t>(role.leg)];
  tempering::RungNeighbours neighbours{role.beta, role.beta, role.beta, 0, 0};
  if (role.toward_target) {
    neighbours.beta_up = ladder.role(*role.toward_target).beta;
    neighbours.log_ratio_up = ratios[role.index];
  }
  if (role.toward_reference) {
    neighbours.beta_down = ladder.role(*role.toward_reference).beta;
    neighbours.log_ratio_down = ratios[role.index - 1];
  }
  record.statistics.reset(steps(shared), neighbours);
  if (replica.leg != role.leg || shared.variational_active) refresh(shared, role.leg, replica);
  if (record.source != Record::kNoSource) {
    record.draws.reserve(static_cast<std::size_t>(steps_between_drains(shared)) * columns_.size());
  }
}

void TemperJob::refresh(const Shared& shared, Leg leg, Local& replica) const {
  with_path(shared, leg, [&](const auto& path) {
    replica.chain.potential = path.repotential(replica.chain.x, replica.chain.potential);
  });
  replica.chain.has_gradient = false;
  replica.leg = leg;
}

void TemperJob::explore(const Path& path, const Shared& shared, ItemId item, Local& replica, Record& record, Step step,
                        Scratch& scratch) const {
  const tempering::RungRole& role = shared.ladder.role(record.rung);
  ChainState& chain = replica.chain;
  Rng rng({options_.seed, Purpose::kernel, item, step});
  if (role.is_reference) {
    scratch.point.resize(chain.x.size());
    if (path.draw_exact(0, rng, scratch.point)) {
      const Potential potential = path.evaluate(scratch.point);
      ++record.kernel.evaluations;
      if (!is_point(scratch.point) || is_error(potential.reference) || is_error(log_target(potential))) {
        record_error(record.kernel, scratch.point);
        return;
      }
      chain.x.swap(scratch.point);
      chain.potential = potential;
      chain.has_gradient = false;
      return;
    }
  }
  for (std::uint32_t pass = 0; pass < shared.passes[record.rung]; ++pass) {
    kernel_->step(chain, {path, role.beta}, shared.tuning[record.rung], rng, scratch.workspace, record.kernel);
  }
}

void TemperJob::advance(const Shared& shared, ItemId item, Local& replica, Record& record, Step step,
                        Scratch& scratch) const {
  const tempering::RungRole& role = shared.ladder.role(record.rung);
  if (replica.leg != role.leg) refresh(shared, role.leg, replica);
  const double energy_before = replica.chain.potential.energy;
  with_path(shared, role.leg, [&](const Path& path) { explore(path, shared, item, replica, record, step, scratch); });
  tempering::observe_trip(role, replica.trip, record.trips);
  record.statistics.record(energy_before, replica.chain.potential.energy);
  if (record.wants_moments) record.moments.add(replica.chain.x);
  if (needs_.archive) remember(shared, replica, record);
  if (record.source != Record::kNoSource) keep_draw(item, replica, record, step);
}

/// As many scans of the round, evenly spread, as fill the archive of the rung over all copies.
void TemperJob::remember(const Shared& shared, const Local& replica, Record& record) const {
  const std::uint64_t stride = (steps(shared) * options_.copies + kArchivePoints - 1) / kArchivePoints;
  DOVETAIL_REQUIRE(stride > 0);  // a round has scans
  if ((record.statistics.scans - 1) % stride != 0) return;
  record.positions.insert(record.positions.end(), replica.chain.x.begin(), replica.chain.x.end());
}

std::uint32_t TemperJob::draw_source(const Shared& shared, ItemId item, const tempering::RungRole& role) const {
  const auto copy = item.value / static_cast<std::uint32_t>(shared.ladder.size());
  if (role.is_target) return copy * options_.legs + (options_.legs == 2 && role.leg == Leg::fixed ? 1 : 0);
  return options_.every_rung ? options_.copies * options_.legs + item.value : Record::kNoSource;
}

void TemperJob::keep_draw(ItemId item, const Local& replica, Record& record, Step step) const {
  const std::size_t outputs = model_.description().output_names.size();
  const std::size_t at = record.draws.size();
  record.draws.resize(at + columns_.size());
  Rng rng({options_.seed, Purpose::outputs, item, step});
  const PointOut values = PointOut(record.draws).subspan(at, outputs);
  compute_outputs(model_, faults_, replica.chain.x, rng, record.kernel, values);
  const Potential& potential = replica.chain.potential;
  record.draws[at + outputs] = potential.log_prior;
  record.draws[at + outputs + 1] = potential.log_likelihood;
  record.draws[at + outputs + 2] = potential.reference;
  if (options_.swap_history) record.draws[at + outputs + 3] = replica.id;
}

bool TemperJob::linked(const Shared& shared, ItemId item) const { return (item.value + 1) % shared.ladder.size() != 0; }

Trade TemperJob::settle(const Shared& shared, ItemId item, Record& record, const Packet& own, const Packet* lower,
                        const Packet* upper, Step step) const {
  const std::size_t rung = record.rung;
  const tempering::RungRole& role = shared.ladder.role(rung);
  if (role.toward_target) {
    record.statistics.record_swap(own.energy, (*role.toward_target > rung ? upper : lower)->energy);
  }
  const auto partner = tempering::swap_partner(rung, step.value, shared.ladder.size());
  if (!partner) return Trade::stay;
  const bool above = *partner > rung;
  const Trade trade = above ? Trade::with_upper : Trade::with_lower;
  if (shared.ladder.pair_kind(above ? rung : *partner) == tempering::PairKind::crossing) return trade;
  const double log_ratio = tempering::log_swap_ratio(role.beta, own.energy, shared.ladder.role(*partner).beta,
                                                     (above ? upper : lower)->energy);
  Rng rng({options_.seed, Purpose::swap, ItemId(above ? item.value : item.value - 1), step});
  return tempering::accepts_swap(log_ratio, rng.uniform_open()) ? trade : Trade::stay;
}

std::uint64_t TemperJob::steps_between_drains(const Shared&) const {
  return std::clamp<std::size_t>(kBufferBytes / (sizeof(double) * columns_.size()), 1, 1024);
}

void TemperJob::drain(const Shared& shared, ItemId, Record& record, Sink& sink) const {
  stop_on_error(options_.on_error, model_, faults_, record.kernel);
  if (record.draws.empty()) return;
  DrawBlock block{ItemId(record.source), Round(shared.round + 1), record.draws_drained, columns_.size(), {}};
  block.values.swap(record.draws);
  sink.write(block);
  record.draws_drained += block.values.size() / block.columns;
  record.draws.swap(block.values);
  record.draws.clear();
}

TemperJob::Outcome TemperJob::merge(Outcome left, Outcome right) const {
  left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
  return left;
}

void TemperJob::reshape(const Shared& previous, const Shared& next, std::vector<Local>& replicas) const {
  if (!reshapes(next)) return;
  std::vector<Replica> reshaped;
  std::vector<bool> taken(replicas.size(), false);
  std::uint32_t fresh_id = 0;
  for (const Replica& replica : replicas) fresh_id = std::max(fresh_id, replica.id + 1);
  for (std::uint32_t copy = 0; copy < options_.copies; ++copy) {
    const std::size_t first = copy * previous.ladder.size();
    for (std::size_t rung = 0; rung < next.takes_from.size(); ++rung) {
      std::size_t from = next.takes_from[rung];
      // a state that the target forbids may stand at the reference alone: elsewhere it could neither move nor swap
      const bool may_be_forbidden = next.ladder.role(rung).is_reference;
      while (!may_be_forbidden && log_target(replicas[first + from].chain.potential) == -kInfinity &&
             previous.ladder.role(from).toward_target) {
        from = *previous.ladder.role(from).toward_target;
      }
      const std::size_t old = first + from;
      reshaped.push_back(replicas[old]);
      if (taken[old]) {  // a second replica from one state starts its own history
        reshaped.back().id = fresh_id++;
        reshaped.back().trip = tempering::TripState::no_end_seen;
      }
      taken[old] = true;
    }
  }
  replicas = std::move(reshaped);
}

}  // namespace dovetail
