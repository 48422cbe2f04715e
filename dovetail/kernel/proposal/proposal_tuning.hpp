/// The numbers of one proposal at one chain or rung: what propose() reads, and what its adaptation carries along.
#pragma once
#include <cstdint>
#include <vector>

namespace dovetail {

/// How `scale` and `factor` follow from what is learnt (refresh()).
enum class TuningForm : std::uint8_t {
  scales,        ///< scale_i = exp(log_scale_i): standard deviations, or one concentration; factor is empty
  variances,     ///< scale_i = exp(log_scale_i) sqrt(S_i), S the variances in `covariance`
  cholesky,      ///< scale_i = exp(log_scale_i); factor = Cholesky factor of the covariance
  eigenvectors,  ///< scale_j = exp(log_scale) sqrt(e_j); factor: row j is the eigenvector of eigenvalue e_j
};

/// Of a proposal on d coordinates. A single `log_scale` counts for all.
struct ProposalTuning {
  TuningForm form = TuningForm::scales;
  std::vector<double> scale;       ///< read by propose(): d, or one concentration
  std::vector<double> factor;      ///< read by propose(): empty, or d x d, row-major
  std::vector<double> log_scale;   ///< log of the factor on standard deviations: half of log lambda; one or d
  std::vector<double> mean;        ///< running mean mu: d; empty before the first adapting move
  std::vector<double> covariance;  ///< running covariance: d variances, or d x d row-major; may be empty
  std::vector<double> deviation;   ///< sqrt(e_j), where the factor holds eigenvectors
  std::vector<double> period;      ///< d periods of cyclic coordinates; empty: nothing is cyclic
  double scale_least = 0;          ///< no scale falls below it, whatever is learnt
  std::uint64_t moves = 0;         ///< adapting moves so far: k of the last; stays below adapt_until
  std::uint64_t window = 0;        ///< moves since the acceptance count began anew
  std::uint64_t accepted = 0;      ///< of those
  std::uint64_t failures = 0;      ///< factorisations that failed and kept the old factor

  template <class Archive>
  void describe(Archive& archive) {
    archive(form);
    archive(scale);
    archive(factor);
    archive(log_scale);
    archive(mean);
    archive(covariance);
    archive(deviation);
    archive(period);
    archive(scale_least);
    archive(moves);
    archive(window);
    archive(accepted);
    archive(failures);
  }
  friend bool operator==(const ProposalTuning&, const ProposalTuning&) = default;
};

/// Sets scale and factor from the rest. 1e-10 of the mean variance is added to every variance before it is factorised;
/// a failure keeps the old factor and counts. O(d^3) for the forms with a factor.
void refresh(ProposalTuning& tuning);
/// Sets `scale` alone, which is all that changes while a factor stays. O(d).
void refresh_scale(ProposalTuning& tuning);

}  // namespace dovetail
