/// The numbers of one proposal at one chain or rung: what propose() reads, and what its adaptation carries along.
#pragma once
#include <cstdint>
#include <vector>

namespace dovetail {

struct ProposalTuning {
  std::vector<double> scale;       ///< standard deviation of each coordinate's jump, or one concentration
  std::vector<double> log_scale;   ///< log lambda: one, or one per coordinate
  std::vector<double> mean;        ///< running mean mu
  std::vector<double> covariance;  ///< running covariance, row-major
  std::vector<double> factor;      ///< what propose() reads of the covariance: Cholesky factor, or scaled eigenvectors
  std::uint64_t moves = 0;         ///< real moves so far: k
  std::uint64_t window = 0;        ///< moves since the acceptance count began anew
  std::uint64_t accepted = 0;      ///< of those
  std::uint64_t failures = 0;      ///< factorisations that failed and kept the old factor

  template <class Archive>
  void describe(Archive& archive) {
    archive(scale);
    archive(log_scale);
    archive(mean);
    archive(covariance);
    archive(factor);
    archive(moves);
    archive(window);
    archive(accepted);
    archive(failures);
  }
};

}  // namespace dovetail
