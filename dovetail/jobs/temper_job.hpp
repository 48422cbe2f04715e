/// The tempering job as the round engine sees it: items are rungs of one or several copies of a ladder, replicas are
/// what trades places.
///
/// Address of rung k of copy c is c * n + k, n rungs a copy. Kernel streams are keyed by the address, never by the
/// replica, so it does not matter whether states or labels move (docs/maths/tempering.md section 8).
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/adapt/moments.hpp"
#include "dovetail/jobs/temper.hpp"
#include "dovetail/kernel/kernel.hpp"
#include "dovetail/model/path.hpp"
#include "dovetail/output/sink.hpp"
#include "dovetail/run/job.hpp"
#include "dovetail/tempering/ladder.hpp"
#include "dovetail/tempering/pair_statistics.hpp"
#include "dovetail/tempering/reference.hpp"
#include "dovetail/tempering/trips.hpp"

namespace dovetail {

inline constexpr std::size_t kLegs = 2;  ///< indices of per-leg arrays are those of tempering::Leg

/// What a finished round said of one leg.
struct LegFigures {
  tempering::Leg which = tempering::Leg::fixed;
  double barrier = 0;                       ///< corrected for the finite ladder
  std::vector<double> schedule;             ///< betas of the round, from reference to target
  std::vector<double> rejections;           ///< of each pair, from the reference
  std::optional<double> forward, backward;  ///< stepping stones

  template <class Archive>
  void describe(Archive& archive) {
    archive(which);
    archive(barrier);
    archive(schedule);
    archive(rejections);
    archive(forward);
    archive(backward);
  }
};

/// What a finished round said: the row a user sees, and what the next round's report needs of it.
struct RoundResult {
  TemperingRow row;                ///< without times and hash, which are no part of the state
  std::uint64_t pooled_scans = 0;  ///< behind the row's log evidence; 0: it is this round's alone and has no error
  std::vector<LegFigures> legs;    ///< the fixed leg first when there are two
  bool legs_disagree = false;      ///< their evidences differ by more than 4 combined standard errors
  std::vector<std::string> notes;  ///< what adaptation or evidence could not do, and why

  template <class Archive>
  void describe(Archive& archive) {
    archive(row);
    archive(pooled_scans);
    archive(legs);
    archive(legs_disagree);
    archive(notes);
  }
};

/// Read-only during a round.
struct TemperShared {
  std::uint32_t round = 0;  ///< finished rounds
  tempering::Ladder ladder;
  std::array<std::vector<double>, kLegs> log_ratios;  ///< predicted log(Z_{k+1}/Z_k) of each leg, from its reference
  std::vector<Tuning> tuning;                         ///< by rung
  std::vector<std::uint32_t> passes;                  ///< kernel steps in each scan, by rung
  std::vector<std::uint32_t>
      takes_from;  ///< by rung: the rung of the previous ladder whose state it took; empty: unchanged
  tempering::GaussianReference gaussian;  ///< the variational leg's reference, once active
  bool variational_active = false;
  tempering::TripCounts trips;                               ///< of the whole run
  std::uint64_t evaluations = 0, gradients = 0, errors = 0;  ///< of the whole run
  std::optional<RoundResult> last;

  template <class Archive>
  void describe(Archive& archive) {
    archive(round);
    archive(ladder);
    archive(log_ratios);
    archive(tuning);
    archive(passes);
    archive(takes_from);
    archive(gaussian);
    archive(variational_active);
    archive(trips);
    archive(evaluations);
    archive(gradients);
    archive(errors);
    archive(last);
  }
};

/// What travels along the ladder.
struct alignas(64) Replica {
  std::uint32_t id = 0;
  tempering::Leg leg = tempering::Leg::fixed;  ///< whose potentials `chain` caches
  tempering::TripState trip = tempering::TripState::no_end_seen;
  ChainState chain;

  template <class Archive>
  void describe(Archive& archive) {
    archive(id);
    archive(leg);
    archive(trip);
    archive(chain);
  }
};

/// What a rung gathers in a round. On cache lines of its own, since neighbours belong to other threads.
struct alignas(64) RungRecord {
  static constexpr std::uint32_t kNoSource = ~std::uint32_t{0};

  std::uint32_t rung = 0;            ///< within its copy
  std::uint32_t source = kNoSource;  ///< number of its draws among all sources; kNoSource: none are kept
  bool wants_moments = false;
  tempering::RungStatistics statistics;
  KernelRecord kernel;
  Moments moments;                ///< of x after exploration; only where something adapts to them
  std::vector<double> positions;  ///< some of these x, d each, for the archive of population kernels
  tempering::TripCounts trips;
  std::uint64_t draws_drained = 0;
  std::vector<double> draws;  ///< rows not drained yet

  template <class Archive>
  void describe(Archive& archive) {
    archive(rung);
    archive(source);
    archive(wants_moments);
    archive(statistics);
    archive(kernel);
    archive(moments);
    archive(positions);
    archive(trips);
    archive(draws_drained);
    archive(draws);
  }
};

class TemperJob {
 public:
  using Shared = TemperShared;
  using Local = Replica;
  using Record = RungRecord;
  using Outcome = std::vector<RungRecord>;  ///< of consecutive addresses; merging appends
  struct Scratch {
    Workspace workspace;
    std::vector<double> point;
  };
  struct Packet {
    double energy = 0;
  };

  /// `options` must have passed check_options. Keeps a reference to `model`.
  TemperJob(const Model& model, const TemperOptions& options);
  /// As resolved for the model.
  [[nodiscard]] const TemperOptions& options() const { return options_; }

  /// The columns of a draw: the model's outputs, then log_prior, log_likelihood, log_reference.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] std::string kernel_name() const { return kernel_name_; }
  /// Why this kernel, when it was chosen automatically; else empty.
  [[nodiscard]] std::string kernel_reason() const { return kernel_reason_; }
  [[nodiscard]] std::string reference_name() const;
  /// Addresses of one copy whose draws are kept as chains: the target of each leg.
  [[nodiscard]] static std::vector<std::size_t> targets(const tempering::Ladder& ladder);

  /// What the model did at the first point where this process saw it fail, and where; empty when it did not.
  [[nodiscard]] std::string first_fault() const;

  [[nodiscard]] std::uint32_t items(const Shared& shared) const;
  [[nodiscard]] Shared begin_shared() const;
  [[nodiscard]] Local begin_local(const Shared& shared, ItemId item, Scratch& scratch) const;
  [[nodiscard]] std::uint64_t steps(const Shared& shared) const;
  void begin_round(const Shared& shared, ItemId item, Local& replica, Record& record) const;
  void advance(const Shared& shared, ItemId item, Local& replica, Record& record, Step step, Scratch& scratch) const;
  [[nodiscard]] bool linked(const Shared& shared, ItemId item) const;
  [[nodiscard]] Packet offer(const Shared&, ItemId, const Local& replica) const {
    return {replica.chain.potential.energy};
  }
  [[nodiscard]] Trade settle(const Shared& shared, ItemId item, Record& record, const Packet& own, const Packet* lower,
                             const Packet* upper, Step step) const;
  [[nodiscard]] std::uint64_t steps_between_drains(const Shared& shared) const;
  void drain(const Shared& shared, ItemId item, Record& record, Sink& sink) const;
  [[nodiscard]] Outcome report(const Shared&, ItemId, const Local&, const Record& record) const { return {record}; }
  [[nodiscard]] Outcome merge(Outcome left, Outcome right) const;
  [[nodiscard]] Shared update(const Shared& shared, const Outcome& outcome) const;
  [[nodiscard]] bool reshapes(const Shared& next) const { return !next.takes_from.empty(); }
  void reshape(const Shared& previous, const Shared& next, std::vector<Local>& replicas) const;

 private:
  /// Calls f(path) with the path of `leg`; paths are views, made where they are needed.
  template <class F>
  auto with_path(const Shared& shared, tempering::Leg leg, F&& f) const {
    if (leg == tempering::Leg::variational && shared.variational_active) {
      return f(ReferencePath(model_, shared.gaussian, faults_));
    }
    if (prior_path_) return f(PriorPath(model_, faults_));
    return f(ReferencePath(model_, standard_normal_, faults_));
  }
  /// Recomputes the cached potentials for another reference from the cached log prior and log likelihood: no density
  /// evaluation.
  void refresh(const Shared& shared, tempering::Leg leg, Local& replica) const;
  void explore(const Path& path, const Shared& shared, ItemId item, Local& replica, Record& record, Step step,
               Scratch& scratch) const;
  void remember(const Shared& shared, const Local& replica, Record& record) const;
  void keep_draw(ItemId item, const Local& replica, Record& record, Step step) const;
  [[nodiscard]] std::uint32_t draw_source(const Shared& shared, ItemId item, const tempering::RungRole& role) const;

  const Model& model_;
  TemperOptions options_;
  std::vector<std::string> columns_;
  std::string kernel_name_;
  std::string kernel_reason_;
  std::unique_ptr<Kernel> kernel_;
  KernelNeeds needs_;
  bool prior_path_;                               ///< the fixed leg starts from the model's own prior
  tempering::GaussianReference standard_normal_;  ///< the fixed leg's reference otherwise
  mutable ModelFaults faults_;                    ///< words of the first fault, for the message
};

}  // namespace dovetail
