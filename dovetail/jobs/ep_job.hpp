/// Expectation propagation as the round engine sees it: items are sites; in a round every site draws from its tilted
/// distribution with a few NUTS chains, a step being one iteration of each.
///
/// Chains stay at the site from round to round. They move z and u, where x = m + L z, N(m, L L') being the posterior
/// approximation of the round: about independent coordinates for the shared parameters, whatever they are.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/adapt/warm_up.hpp"
#include "dovetail/ep/estimate.hpp"
#include "dovetail/ep/sites.hpp"
#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/ep_correction.hpp"
#include "dovetail/jobs/tilted_path.hpp"
#include "dovetail/kernel/nuts.hpp"
#include "dovetail/output/sink.hpp"
#include "dovetail/run/job.hpp"

namespace dovetail {

/// Read-only during a round.
struct EpShared {
  std::uint32_t round = 0;           ///< finished rounds
  std::uint64_t first_step = 0;      ///< steps of all of them
  std::vector<ep::Natural> sites;    ///< the factor of every site
  ep::Natural global;                ///< prior times all of them
  std::vector<double> mean, factor;  ///< of global: m, and L with L L' its covariance
  std::vector<ep::Natural>
      targets;  ///< of rounds near the fixed point, each for all sites together: the answer's parts
  std::vector<double> target_noise;  ///< of each
  ep::Natural answer;                ///< their mean; global before there are any
  double answer_noise = 0;           ///< nats
  double slower = 1;                 ///< what wanted steps are multiplied with
  std::vector<double> distances;     ///< R of all rounds
  bool converged = false;
  std::optional<EpRow> last;        ///< of whatever round
  std::optional<EpRow> last_round;  ///< of expectation propagation, not of a correction
  std::uint64_t gradients = 0, errors = 0, divergences = 0, draws = 0;
  std::vector<std::uint32_t> silent;   ///< by site: rounds without a target
  std::uint32_t stuck_rounds = 0;      ///< in which nothing moved
  EpCorrection correction;             ///< after the rounds
  std::vector<double> history;         ///< mean and sd of every parameter after every round
  std::vector<std::uint64_t> planned;  ///< draws of every site in the coming round

  template <class Archive>
  void describe(Archive& archive) {
    archive(round);
    archive(first_step);
    archive(sites);
    archive(global);
    archive(mean);
    archive(factor);
    archive(targets);
    archive(target_noise);
    archive(answer);
    archive(answer_noise);
    archive(slower);
    archive(distances);
    archive(converged);
    archive(last);
    archive(last_round);
    archive(gradients);
    archive(errors);
    archive(divergences);
    archive(draws);
    archive(silent);
    archive(stuck_rounds);
    archive(correction);
    archive(history);
    archive(planned);
  }
};

/// One of a site's chains.
struct SiteChain {
  ChainState state;           ///< of z, then u
  std::vector<double> point;  ///< x, then u: what goes from round to round
  Tuning tuning;
  std::vector<double> positions, gradients;  ///< of warm-up, since the last metric

  template <class Archive>
  void describe(Archive& archive) {
    archive(state);
    archive(point);
    archive(tuning);
    archive(positions);
    archive(gradients);
  }
};

/// What a site is.
struct alignas(64) Site {
  ep::Natural cavity;  ///< of this round
  std::vector<SiteChain> chains;

  template <class Archive>
  void describe(Archive& archive) {
    archive(cavity);
    archive(chains);
  }
};

/// What a site gathers in a round.
struct alignas(64) SiteRecord {
  KernelRecord kernel;
  std::vector<std::vector<double>> points;     ///< by chain: of its draws, d each
  std::vector<std::vector<double>> scores;     ///< likewise: the model's own, with little noise
  std::vector<std::vector<double>> gradients;  ///< likewise: in x at fixed local coordinates, as trajectories need them
  std::optional<ep::Natural> target;           ///< by Laplace, which draws nothing
  std::vector<double> integrals;  ///< of a correction: log likelihoods of its points, means on a grid, errors
  std::vector<double> variances;  ///< of errors
  std::vector<double> answer;     ///< draws of the outputs, before they go to the sink

  template <class Archive>
  void describe(Archive& archive) {
    archive(kernel);
    archive(points);
    archive(scores);
    archive(gradients);
    archive(target);
    archive(integrals);
    archive(variances);
    archive(answer);
  }
};

/// What a site tells when a round ends: natural parameters of what is shared, never rows, never local parameters.
struct SiteReport {
  std::optional<ep::Natural> target;
  double noise = 0;
  double worst_z = 0;
  bool by_gradients = false;  ///< the target is of gradients, not of the model's scores
  std::uint64_t gradients = 0, errors = 0, divergences = 0, depth_hits = 0;

  template <class Archive>
  void describe(Archive& archive) {
    archive(target);
    archive(noise);
    archive(worst_z);
    archive(by_gradients);
    archive(gradients);
    archive(errors);
    archive(divergences);
    archive(depth_hits);
  }
};

/// What consecutive sites tell. Of a correction their sums alone are known, not who said what.
struct EpOutcome {
  std::vector<SiteReport> sites;
  std::vector<double> integrals;  ///< sums over sites
  std::vector<double> variances;  ///< likewise

  template <class Archive>
  void describe(Archive& archive) {
    archive(sites);
    archive(integrals);
    archive(variances);
  }
};

class EpJob {
 public:
  using Shared = EpShared;
  using Local = Site;
  using Record = SiteRecord;
  using Outcome = EpOutcome;
  struct Scratch {
    Workspace workspace;
    TiltedMemory tilted;
  };

  /// `options` must have passed check_options. Keeps a reference to `model`.
  EpJob(const DividedModel& model, const EpOptions& options);
  [[nodiscard]] const EpOptions& options() const { return options_; }
  [[nodiscard]] const DividedModel& model() const { return model_; }
  [[nodiscard]] const ep::Natural& prior() const { return prior_; }
  [[nodiscard]] const ep::Family& family() const { return family_; }
  /// What the model did at the first point where this process saw it fail; empty when it did not.
  [[nodiscard]] std::string first_fault() const;
  /// Draws of a certified answer, in coordinates: row-major, d each.
  [[nodiscard]] std::vector<double> corrected_draws(const EpShared& shared) const;

  [[nodiscard]] std::uint32_t items(const Shared&) const { return static_cast<std::uint32_t>(model_.sites()); }
  [[nodiscard]] Shared begin_shared() const;
  [[nodiscard]] Local begin_local(const Shared& shared, ItemId item, Scratch& scratch) const;
  [[nodiscard]] std::uint64_t steps(const Shared& shared) const;
  void begin_round(const Shared& shared, ItemId item, Local& site, Record& record) const;
  void advance(const Shared& shared, ItemId item, Local& site, Record& record, Step step, Scratch& scratch) const;
  [[nodiscard]] bool accepts(const Shared& shared, ItemId item, const Local& site, const Record& record,
                             Step next) const;
  [[nodiscard]] std::uint64_t steps_between_drains(const Shared&) const { return 1024; }
  /// Draws of sites stay at the sites; those of the corrected answer are written by the first.
  void drain(const Shared& shared, ItemId item, Record& record, Sink& sink) const;
  [[nodiscard]] Outcome report(const Shared& shared, ItemId item, const Local& site, const Record& record) const;
  [[nodiscard]] Outcome merge(Outcome left, Outcome right) const;
  [[nodiscard]] Shared update(const Shared& shared, const Outcome& reports) const;
  [[nodiscard]] bool reshapes(const Shared&) const { return false; }
  void reshape(const Shared&, const Shared&, std::vector<Local>&) const {}

  [[nodiscard]] bool is_consensus() const { return options_.estimator == SiteEstimator::consensus; }
  /// At most; no site of consensus hears of another, so it has one.
  [[nodiscard]] std::uint32_t rounds() const { return is_consensus() ? 1 : options_.rounds; }

 private:
  [[nodiscard]] bool draws_nothing() const { return options_.estimator == SiteEstimator::laplace; }
  /// Of a round: as many as its busiest site has.
  [[nodiscard]] std::uint64_t iterations(const Shared& shared) const;
  [[nodiscard]] std::vector<std::uint64_t> plan(const Shared& before, const std::vector<SiteReport>& reports) const;
  [[nodiscard]] bool has_drawn(const Shared& shared, ItemId item, const Record& record, std::uint64_t done) const;
  [[nodiscard]] bool has_evaluated(const Shared& shared, ItemId item, const Record& record, std::uint64_t done) const;
  [[nodiscard]] double wanted_step(const Shared& shared) const;
  void set_frame(Shared& shared) const;
  void learn_metric(Site& site) const;
  void keep_draw(const TiltedPath& path, ItemId item, SiteChain& chain, std::size_t c, Record& record) const;
  void end_windows(std::uint64_t iteration, const Density& density, ItemId item, Site& site, Record& record, Step step,
                   Workspace& workspace) const;
  [[nodiscard]] std::optional<ep::Estimate> estimate(const Shared& shared, const Site& site, const Record& record,
                                                     bool& by_gradients) const;
  void advance_chains(const Shared& shared, ItemId item, Site& site, Record& record, Step step, Scratch& scratch) const;
  void find_mode(ItemId item, const Site& site, Record& record) const;
  void evaluate_points(const Shared& shared, ItemId item, Record& record, std::uint64_t iteration) const;
  void evaluate_grid(const Shared& shared, ItemId item, Record& record, std::uint64_t iteration) const;
  void evaluate_errors(const Shared& shared, ItemId item, Record& record, std::uint64_t iteration) const;
  void draw_answer(const Shared& shared, Record& record) const;
  [[nodiscard]] std::vector<double> grid_normals(std::uint32_t coordinate) const;
  void begin_correction(Shared& next) const;
  void propose_from_marginals(const Shared& shared, const Outcome& outcome, Shared& next) const;
  void learn_from_points(const Outcome& outcome, EpRow& row, Shared& next) const;
  void judge_integrals(const Outcome& outcome, EpRow& row, Shared& next) const;
  [[nodiscard]] Shared update_correction(const Shared& shared, const Outcome& outcome) const;
  [[nodiscard]] Shared update_rounds(const Shared& shared, const std::vector<SiteReport>& reports) const;
  void count(const Shared& before, const std::vector<SiteReport>& reports, EpRow& row, Shared& next) const;
  void judge(const Shared& before, const ep::Natural& target, EpRow& row, Shared& next) const;

  const DividedModel& model_;
  EpOptions options_;
  std::uint64_t warmup_;
  ep::Natural prior_;
  ep::Family family_;
  std::vector<std::uint32_t> scales_;  ///< shared parameters with a bound: their logarithms are likely to be skewed
  NutsKernel kernel_;
  std::vector<WarmUpWindow> windows_;  ///< of every round
  mutable ModelFaults faults_;
};

}  // namespace dovetail
