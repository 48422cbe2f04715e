/// Expectation propagation over sites: data that lie in many places, one posterior of what they share.
///
/// Wiring only: options -> divided model -> job -> run() -> verdict. The mathematics is in ep/ and kernel/.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/ep/estimate.hpp"
#include "dovetail/ep/gaussian.hpp"
#include "dovetail/jobs/ep_family.hpp"
#include "dovetail/jobs/recording.hpp"
#include "dovetail/model/divided.hpp"
#include "dovetail/output/ep_row.hpp"
#include "dovetail/output/factors.hpp"

namespace dovetail {

inline constexpr std::uint32_t kEpRoundsMax = 1000;

/// How a site's factor is worked out from draws of its tilted distribution.
enum class SiteEstimator : std::uint8_t {
  score,  ///< regression of scores: of the next two, at each site in each round the one with less noise
  lap,    ///< of the model's own score, which has the Laplace expansion about the mode of its local parameters removed
  gradient,   ///< of the gradient that trajectories follow, at fixed local coordinates
  moments,    ///< mean and covariance of the draws less the cavity: for comparison
  laplace,    ///< slope and curvature at the mode of the tilted distribution; no draws
  consensus,  ///< for comparison: one round in which each of K sites has the K-th root of the prior (Scott et al. 2016)
  own,        ///< a function of the caller's, EpOptions::own
};

/// A site's factor from the draws of its tilted distribution, and the cavity that they were drawn with; `scores` are
/// the model's own. The target may correlate what the family does not: it is projected. Empty: it could not be told,
/// and the site keeps its factor. Must be pure and safe from several threads.
struct OwnEstimator {
  std::string name;  ///< the run is a function of it: another function, another name
  std::function<std::optional<ep::Estimate>(const ep::TiltedDraws& draws, const ep::Natural& cavity)> estimate;
};

/// Where no step is given.
enum class StepRule : std::uint8_t {
  automatic,  ///< 1 in the first round, then 0.7; moments: 1/sites in all
  published,  ///< of Vehtari et al. 2020, section 5: from 1/2 down to min(1/sites, 0.2), for comparison
};

/// How draws are shared out among sites.
enum class Allocation : std::uint8_t {
  even,   ///< the same at every site
  noise,  ///< as many in all, but more where they take away most noise for what they cost, by the round before
};

/// Settings that the result is a function of, with their defaults.
struct EpOptions {
  std::uint64_t seed = 1;
  std::uint32_t rounds = 20;  ///< at most; fewer when the answer is good enough before
  std::uint32_t chains = 4;   ///< at each site
  std::uint64_t draws = 400;  ///< of a site in a round, over its chains; by noise: on average
  Allocation allocation = Allocation::even;
  std::optional<std::uint64_t> warmup{};  ///< iterations before them, each chain; empty: 100
  SiteEstimator estimator = SiteEstimator::score;
  OwnEstimator own{};  ///< of SiteEstimator::own
  NamedFamily family{};
  double power = 1;              ///< in (0, 1]: of a site's factor in its cavity, and of its likelihood
  std::optional<double> step{};  ///< of every round, in (0, 1]; empty: by the rule
  StepRule step_rule = StepRule::automatic;
  double tolerance = 0.01;  ///< nats: of distance, beyond its noise, and of the answer's noise
  /// After the rounds: correct the answer by importance sampling until its Monte Carlo error is about so many nats;
  /// empty: not at all.
  std::optional<double> correct{};
  double adapt_delta = 0.8;
  unsigned depth_max = 8;
  /// Factors of another run, by name of site, that sites of this run begin with; those of other names begin with 1.
  std::vector<SiteFactor> start{};
};

using EpResult = RunResult<EpRow>;
using EpObserver = RowObserver<EpRow>;

/// Of a site in a round, for a factor of the family.
[[nodiscard]] std::uint64_t draws_least(const ep::Family& family);

/// UsageError with cause and cure.
void check_options(const EpOptions& options, const DividedModel& model);

/// Runs in memory, to the end or until the observer stops it. Errors: UsageError, ModelError.
EpResult expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout,
                                 EpObserver& observer);
/// The same with a folder that holds checkpoints and results, anew or from a checkpoint. Errors: also FileError,
/// CheckpointError.
EpResult expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout,
                                 EpObserver& observer, const RunFiles& files);
/// What the other ranks do meanwhile, where `layout` is of several processes.
StopReason follow_expectation_propagation(const DividedModel& model, const EpOptions& options, const Layout& layout);

/// What a worker of a pool does of the run that `side` found in a store: true when that has ended. Settings that only
/// the start of a run looks at do not matter. Errors: UsageError, ModelError, StoreError.
bool work_for_expectation_propagation(const DividedModel& model, const EpOptions& options, const WorkerSide& side);

}  // namespace dovetail
