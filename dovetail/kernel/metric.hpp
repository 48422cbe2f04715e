/// The metric of Hamiltonian kernels: an estimate S of the covariance, as a factor A with A A^T = S = M^{-1}.
///
/// Trajectories are run in whitened momentum y = A^T p: y ~ N(0, I), y += (eps/2) A^T g, x += eps A y
/// (docs/maths/kernels.md section 9). U-turn tests are then Euclidean in y.
#pragma once
#include <cstdint>
#include <vector>

namespace dovetail {

enum class MetricKind : std::uint8_t { unit, diagonal, dense };

/// As users write and read it.
[[nodiscard]] constexpr const char* word(MetricKind kind) {
  return kind == MetricKind::unit ? "unit" : kind == MetricKind::diagonal ? "diagonal" : "dense";
}

struct Metric {
  MetricKind kind = MetricKind::unit;
  /// Of the m real coordinates in their order. unit: empty; diagonal: m standard deviations, all positive; dense: the
  /// lower Cholesky factor of S, row-major m x m.
  std::vector<double> factor;

  template <class Archive>
  void describe(Archive& archive) {
    archive(kind);
    archive(factor);
  }
};

}  // namespace dovetail
