/// The results of a run as plain data, and `summary.json`. Times live only under keys named `seconds` or
/// `*_per_second`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dovetail {

/// A diagnostic with words: id as in `dovetail help W104`, one line of cause, one of cure.
struct Warning {
  std::string id;
  std::string text;
  std::string fix;
};

/// In how many of the draws a parameter that comes and goes is there.
struct ThereSummary {
  double share = 0;
  std::optional<double> mcse;
};

/// Figures of one output column. Empty optionals are "not available": constant, non-finite or too few draws.
struct ParameterSummary {
  std::string name;
  double mean = 0;
  double sd = 0;
  std::optional<double> mcse_mean;
  double q5 = 0;
  double q50 = 0;
  double q95 = 0;
  std::optional<double> ess_bulk;
  std::optional<double> ess_tail;
  std::optional<double> rhat;
  std::optional<ThereSummary> there{};  ///< the figures are over these draws; empty: always there
};

/// The posterior of a number of components.
struct CountSummary {
  std::uint64_t count = 0;
  double probability = 0;
  std::optional<double> mcse;
};
struct ComponentsSummary {
  std::string by;  ///< the count, or the common name of the switches
  std::vector<CountSummary> counts;
};
struct TransdimensionalSummary {
  std::vector<ComponentsSummary> components;
};

struct SamplingSummary {
  std::uint64_t chains = 0;  ///< target sequences: copies, times two with two legs
  std::uint64_t draws = 0;   ///< kept, each chain
  std::uint64_t warmup = 0;  ///< steps before the kept draws, each chain
  std::uint64_t divergences = 0;
  std::uint64_t density_evaluations = 0;
  std::uint64_t gradient_evaluations = 0;
  double seconds = 0;
};

struct TemperingSummary {
  std::uint32_t replicas = 0;  ///< rungs of one copy
  std::uint32_t copies = 1;
  std::uint32_t legs = 1;
  std::uint32_t rounds = 0;
  std::uint64_t scans = 0;  ///< in all rounds
  std::optional<double> log_evidence;
  std::optional<double> log_evidence_se;
  std::optional<double> log_evidence_forward;   ///< stepping stone from the reference upwards
  std::optional<double> log_evidence_backward;  ///< stepping stone from the target downwards
  double global_barrier = 0;                    ///< corrected for the finite ladder
  double rejection_sum = 0;                     ///< what other programs print as the barrier
  std::uint64_t restarts = 0;
  std::uint64_t round_trips = 0;
  double swap_acceptance_min = 0;
  double swap_acceptance_mean = 0;
  std::vector<double> schedule;  ///< betas from reference to target (the fixed leg's when there are two)
  std::string reference;
  std::string kernel;
};

/// What removed the bias of expectation propagation, or did not.
struct EpCorrectionSummary {
  std::uint64_t certified = 0;           ///< 1: the answer is that of the weighted points
  std::uint32_t rounds = 0;              ///< beside those of expectation propagation
  std::uint64_t points = 0;              ///< of importance sampling
  double effective = 0;                  ///< (sum w)^2 / sum w^2
  std::optional<double> k_hat;           ///< Pareto shape of the weights' tail
  std::optional<double> integral_doubt;  ///< nats by which errors of sites' integrals may move the answer
  double bias = 0;                       ///< nats: KL(weighted points || approximation), as normal distributions
  std::optional<double> log_evidence;
  std::optional<double> log_evidence_se;
  std::vector<double> mean;        ///< d, unconstrained: of the weighted points
  std::vector<double> covariance;  ///< d x d
};

/// What expectation propagation found, on the unconstrained scale of the shared parameters.
struct EpSummary {
  std::uint32_t sites = 0;
  std::uint32_t rounds = 0;     ///< made
  std::uint64_t converged = 0;  ///< 1: distance and noise met the tolerance
  std::string estimator;
  std::string family;
  double distance = 0;      ///< nats still to be moved in the last round, its noise included
  double answer_noise = 0;  ///< nats: expected KL divergence that Monte Carlo error makes
  std::uint32_t averaged = 0;
  std::vector<std::string> names;  ///< d
  std::vector<double> mean;        ///< d
  std::vector<double> covariance;  ///< d x d
  std::vector<std::string> site_names;
  std::vector<double> influence;  ///< by site, nats: KL divergence of the approximation from itself without the site
  std::optional<EpCorrectionSummary> correction{};
};

/// A topic by its heaviest words.
struct TopicSummary {
  std::uint32_t topic = 0;
  std::uint64_t tokens = 0;
  double alpha = 0;
  std::optional<double> umass;  ///< coherence of these words, see lda/coherence.hpp
  std::optional<double> npmi;
  std::vector<std::string> words;
};

/// How well topics foresee documents that were held back from the run: half of each from the other half.
struct HeldOutSummary {
  std::uint64_t documents = 0;
  std::uint64_t tokens = 0;                         ///< that were foreseen
  std::uint64_t unknown_tokens = 0;                 ///< of words that the run did not know; not foreseen
  std::optional<double> log_probability_per_token;  ///< nats
  std::optional<double> perplexity;                 ///< exp of minus that
};

/// What latent Dirichlet allocation found, in its last sweep.
struct LdaSummary {
  std::uint64_t documents = 0;
  std::uint64_t words = 0;
  std::uint64_t tokens = 0;
  std::uint32_t topics = 0;
  std::uint32_t sweeps = 0;
  std::string scheme;  ///< "exact" or "ring"
  std::uint32_t shards = 0;
  double log_joint_per_token = 0;
  double beta = 0;
  std::optional<double> umass;  ///< means over topics
  std::optional<double> npmi;
  std::vector<TopicSummary> table;
  std::optional<HeldOutSummary> held_out{};  ///< of a run that has ended
};

/// Where several processes shared the run, and what went between them since the last start or resume.
struct RanksSummary {
  std::uint32_t ranks = 1;
  std::uint32_t idle = 0;     ///< had no item in the last round
  std::uint32_t threads = 1;  ///< of each
  double messages_per_step = 0;
  double bytes_per_step = 0;       ///< payload: packets, and items that went to another process
  double lead_bytes_per_step = 0;  ///< to and from rank 0: what it decides and tells, outcomes, draws, states to save
};

struct Summary {
  std::string command;
  std::string model;
  std::uint64_t seed = 1;
  std::string version;
  std::string status;  ///< "ok", "warnings" or "incomplete"
  std::string status_reason;
  std::vector<ParameterSummary> parameters;
  SamplingSummary sampling;
  std::optional<TemperingSummary> tempering;
  std::optional<EpSummary> ep;
  std::optional<LdaSummary> lda;
  std::optional<TransdimensionalSummary> transdimensional;  ///< where parameters come and go
  std::optional<RanksSummary> ranks;                        ///< no part of the result
  std::vector<Warning> warnings;
  std::vector<std::string> notes;  ///< facts a reader should know that are no problem
  std::string rounds_sha256;       ///< of the rows of rounds.csv without their times, digest or no digest
  std::string digest;
};

/// The text of summary.json: stable key order, shortest exact decimal numbers, null for what is not available; last a
/// checksum over all but times and ranks.
[[nodiscard]] std::string to_json(const Summary& summary);
/// Reads what to_json wrote; FileError names file and field, CheckpointError says that a figure or word was edited.
[[nodiscard]] Summary read_summary(const std::filesystem::path& file);
/// The tables that `dovetail summary` prints: parameters, evidence, then the verdict line.
[[nodiscard]] std::string to_text(const Summary& summary);

}  // namespace dovetail
