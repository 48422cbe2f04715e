#include "dovetail/kernel/proposal/proposal_tuning.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/symmetric_eigen.hpp"

namespace dovetail {
namespace {

constexpr double kRidge = 1e-10;  ///< of the mean variance

double log_scale_of(const ProposalTuning& tuning, std::size_t i) {
  return tuning.log_scale[tuning.log_scale.size() == 1 ? 0 : i];
}

/// The covariance with the ridge on its diagonal.
std::vector<double> ridged(const ProposalTuning& tuning, std::size_t d) {
  std::vector<double> covariance = tuning.covariance;
  double trace = 0;
  for (std::size_t i = 0; i < d; ++i) trace += covariance[i * (d + 1)];
  for (std::size_t i = 0; i < d; ++i) covariance[i * (d + 1)] += kRidge * trace / static_cast<double>(d);
  return covariance;
}

void refactor_cholesky(ProposalTuning& tuning) {
  const std::size_t d = tuning.scale.size();
  if (auto factor = math::cholesky(ridged(tuning, d), d)) {
    tuning.factor = std::move(*factor);
  } else {
    ++tuning.failures;
  }
}

void refactor_eigenvectors(ProposalTuning& tuning) {
  const std::size_t d = tuning.scale.size();
  auto found = math::symmetric_eigen(ridged(tuning, d), d);
  if (!found || !(found->values.back() > 0)) {
    ++tuning.failures;
    return;
  }
  tuning.factor = std::move(found->vectors);
  tuning.deviation = std::move(found->values);
  for (double& e : tuning.deviation) e = std::sqrt(std::max(0.0, e));
}

/// What exp(log_scale_i) is multiplied with.
double deviation_of(const ProposalTuning& tuning, double ridge, std::size_t i) {
  switch (tuning.form) {
    case TuningForm::variances:
      return std::sqrt(tuning.covariance[i] + ridge);
    case TuningForm::eigenvectors:
      return tuning.deviation[i];
    case TuningForm::scales:
    case TuningForm::cholesky:
      break;
  }
  return 1;
}

}  // namespace

void refresh_scale(ProposalTuning& tuning) {
  const std::size_t d = tuning.scale.size();
  DOVETAIL_REQUIRE(tuning.log_scale.size() == 1 || tuning.log_scale.size() == d);
  double ridge = 0;
  if (tuning.form == TuningForm::variances) {
    for (const double variance : tuning.covariance) ridge += kRidge * variance / static_cast<double>(d);
  }
  double last_log = 0;
  double last = 1;  // one exponential where all components share their logarithm
  for (std::size_t i = 0; i < d; ++i) {
    const double log_scale = log_scale_of(tuning, i);
    if (log_scale != last_log) last = math::exp(last_log = log_scale);
    tuning.scale[i] = std::max(last * deviation_of(tuning, ridge, i), tuning.scale_least);
  }
}

void refresh(ProposalTuning& tuning) {
  if (tuning.form == TuningForm::cholesky) refactor_cholesky(tuning);
  if (tuning.form == TuningForm::eigenvectors) refactor_eigenvectors(tuning);
  refresh_scale(tuning);
}

}  // namespace dovetail
