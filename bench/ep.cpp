// Expectation propagation on m4b (docs/maths/ep.md section 11): distance in nats from its own fixed point and from the
// posterior, by number of sites and method, with the gradients that each took.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "tests/support/m4b.hpp"

namespace dovetail::bench {
namespace {

constexpr std::size_t kShared = 2 * (test::kM4bPredictors + 1);
constexpr std::uint32_t kRounds = 12;
constexpr std::uint64_t kSeed = 1;
constexpr std::uint64_t kJudgeSeed = 1001;  ///< of what answers are compared with: no random number of theirs

struct Answer {
  ep::Natural law;
  double gradients = 0;         ///< of all rows: those of a site count as its share
  std::uint64_t integrals = 0;  ///< over all local parameters, a few of them by the dearer way that checks them
  double seconds = 0;
};

ep::Natural natural_of(const std::vector<double>& mean, const std::vector<double>& covariance) {
  return ep::natural_of({mean, covariance}).value_or(ep::flat(mean.size()));
}

EpResult run_ep(std::size_t sites, EpOptions options) {
  options.rounds = kRounds;
  EpObserver quiet;
  return expectation_propagation(*test::m4b_model(sites), options, {"threads", 0}, quiet);
}

Answer answer_of(const EpResult& result) {
  const EpSummary& ep = *result.summary.ep;
  std::uint64_t integrals = 0;
  for (const EpRow& row : result.rounds) integrals += row.points;
  return {natural_of(ep.mean, ep.covariance),
          static_cast<double>(result.summary.sampling.gradient_evaluations) / ep.sites, integrals,
          result.summary.sampling.seconds};
}

/// Targets far less noisy than those of the runs that it judges.
ep::Natural fixed_point(std::size_t sites) {
  EpOptions options;
  options.seed = kJudgeSeed;
  options.draws = 1600;
  options.tolerance = 1e-9;
  return answer_of(run_ep(sites, options)).law;
}

/// Draws of the shared parameters on their unconstrained scale, row-major.
std::vector<double> shared_draws(const SampleResult& result) {
  std::vector<double> shared;
  const std::size_t columns = result.columns.size();
  for (const auto& chain : result.draws) {
    for (std::size_t at = 0; at < chain.size(); at += columns) {
      for (std::size_t j = 0; j < kShared; ++j) {
        shared.push_back(j < kShared / 2 ? chain[at + j] : math::log(chain[at + j]));
      }
    }
  }
  return shared;
}

ep::Normal moments_of(const std::vector<double>& draws) {
  const std::size_t n = draws.size() / kShared;
  ep::Normal normal{std::vector<double>(kShared), {}};
  std::vector<double> columns = math::transpose(draws, n, kShared);
  for (std::size_t j = 0; j < kShared; ++j) {
    const auto column = std::span(columns).subspan(j * n, n);
    for (const double x : column) normal.mean[j] += x / static_cast<double>(n);
    for (double& x : column) x -= normal.mean[j];
  }
  normal.covariance = math::gram(columns, kShared, n);
  for (double& each : normal.covariance) each /= static_cast<double>(n - 1);
  return normal;
}

SampleResult nuts(const Model& model, std::uint64_t draws, std::uint64_t seed) {
  SampleOptions options;
  options.seed = seed;
  options.kernel = "nuts";
  options.draws = draws;
  SampleObserver quiet;
  return sample(model, options, {"threads", 0}, quiet);
}

/// Consensus Monte Carlo (Scott et al. 2016): every site has its rows and the prior to the power 1/K; as a product of
/// normal laws, and by weighted means of draws.
struct Consensus {
  Answer product, draws;
};
Consensus consensus(std::size_t sites) {
  const Table table = test::m4b_table();
  const auto groups = groups_of(table, "group");
  const double wider = std::sqrt(static_cast<double>(sites));
  const std::string spec = fmt::format("builtin:hierarchical_logistic,mu_sd={},log_sigma_sd={}", 4 * wider, 2 * wider);
  Consensus both;
  ep::Natural product = ep::flat(kShared);
  std::vector<double> sums;  // of W_k x_k, by draw
  std::uint64_t seed = 0;
  for (const auto& members : divide(groups, sites)) {
    Table part = table;
    part.rows = 0;
    for (TableColumn& column : part.columns) {
      column.numbers.clear();
      column.texts.clear();
    }
    for (const std::size_t g : members) {
      for (const std::size_t row : groups[g].rows) {
        for (std::size_t c = 0; c < table.columns.size(); ++c) {
          if (c == 0) part.columns[c].texts.push_back(table.columns[c].texts[row]);
          if (c > 0) part.columns[c].numbers.push_back(table.columns[c].numbers[row]);
        }
        ++part.rows;
      }
    }
    const SampleResult result = nuts(*make_divided_model(spec, part, {.by = "group"}), 250, ++seed);
    both.product.gradients +=
        static_cast<double>(result.summary.sampling.gradient_evaluations) / static_cast<double>(sites);
    both.product.seconds += result.summary.sampling.seconds;
    const std::vector<double> draws = shared_draws(result);
    const auto n = static_cast<double>(draws.size() / kShared);
    ep::Natural site = *ep::natural_of(moments_of(draws));
    const double unbiased = (n - kShared - 2) / (n - 1);  // of the inverse of an estimated covariance
    site = ep::add_scaled(ep::flat(kShared), unbiased, site);
    product = ep::add_scaled(product, 1, site);
    sums.resize(draws.size());
    for (std::size_t at = 0; at < draws.size(); at += kShared) {
      for (std::size_t i = 0; i < kShared; ++i) {
        for (std::size_t j = 0; j < kShared; ++j) sums[at + i] += site.precision[i * kShared + j] * draws[at + j];
      }
    }
  }
  both.product.law = product;
  both.draws = both.product;
  const auto l = math::cholesky(product.precision, kShared);
  for (std::size_t at = 0; l && at < sums.size(); at += kShared) {
    math::solve_factored(*l, std::span(sums).subspan(at, kShared));
  }
  const ep::Normal normal = moments_of(sums);
  both.draws.law = natural_of(normal.mean, normal.covariance);
  return both;
}

const char* yes_or_no(std::uint64_t certified) { return certified != 0 ? "yes" : "no"; }

void print_row(std::size_t sites, const std::string& method, const Answer& answer, const ep::Natural* fixed,
               const ep::Natural& posterior) {
  const auto nats = [&](const ep::Natural* from) {
    const auto distance = from != nullptr ? ep::divergence(*from, answer.law) : std::nullopt;
    return distance ? fmt::format("{:9.3g}", *distance) : fmt::format("{:>9}", from != nullptr ? "improper" : "");
  };
  print_note(fmt::format("{:>5}  {:<44} {} {}  {:10.0f} {:9} {:8.1f}", sites, method, nats(fixed), nats(&posterior),
                         answer.gradients, answer.integrals, answer.seconds));
}

void compare_at(std::size_t sites, const ep::Natural& posterior) {
  const ep::Natural fixed = fixed_point(sites);
  print_row(sites, "fixed point (its distance is EP's own bias)", {fixed}, nullptr, posterior);
  const auto row = [&](const char* name, const EpOptions& options) {
    print_row(sites, name, answer_of(run_ep(sites, options)), &fixed, posterior);
  };
  EpOptions options;
  options.seed = kSeed;
  options.tolerance = 1e-9;
  row("regression of the less noisy score", options);
  options.estimator = SiteEstimator::gradient;
  row("regression of gradients", options);
  options.estimator = SiteEstimator::moments;
  options.step_rule = StepRule::published;
  row("moment matching, published steps", options);
  const Consensus both = consensus(sites);
  print_row(sites, "consensus, product of normal laws", both.product, &fixed, posterior);
  print_row(sites, "consensus, weighted means of draws", both.draws, &fixed, posterior);
  options = EpOptions();
  options.seed = kSeed;
  options.correct = 0.05;
  const EpResult result = run_ep(sites, options);
  Answer corrected = answer_of(result);
  const EpCorrectionSummary& correction = *result.summary.ep->correction;
  corrected.law = natural_of(correction.mean, correction.covariance);
  print_row(sites,
            fmt::format("corrected, {} points, certified: {}", correction.points, yes_or_no(correction.certified)),
            corrected, nullptr, posterior);
}

}  // namespace

void ep() {
  print_note(
      "\nm4b, 400 draws a site, at most 12 rounds; KL in nats from the fixed point of K sites and from the posterior");
  print_note("    K  method                                       KL(fixed) KL(post.)   gradients integrals  seconds");
  EpOptions options;
  options.seed = kJudgeSeed;
  options.correct = 0.01;
  const EpResult result = run_ep(64, options);
  const EpCorrectionSummary& correction = *result.summary.ep->correction;
  const ep::Natural posterior = natural_of(correction.mean, correction.covariance);
  print_note(
      fmt::format("       the posterior: {} weighted points, {:.0f} effective, k-hat {:.2f}, certified: {}, {:.1f} s",
                  correction.points, correction.effective, correction.k_hat.value_or(0),
                  yes_or_no(correction.certified), result.summary.sampling.seconds));
  const SampleResult all = nuts(*test::m4b_model(64), 1000, 2);
  const ep::Normal moments = moments_of(shared_draws(all));
  print_row(1, "NUTS over all rows, 4 x 1000 draws",
            {natural_of(moments.mean, moments.covariance),
             static_cast<double>(all.summary.sampling.gradient_evaluations), 0, all.summary.sampling.seconds},
            nullptr, posterior);
  for (const std::size_t sites : {2U, 8U, 16U, 32U, 64U}) compare_at(sites, posterior);
}

}  // namespace dovetail::bench
