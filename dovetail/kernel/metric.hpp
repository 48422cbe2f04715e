/// The metric of Hamiltonian kernels: an estimate S of the covariance, as a factor A with A A^T = S = M^{-1}.
///
/// Trajectories are run in whitened momentum y = A^T p: y ~ N(0, I), y += (eps/2) A^T g, x += eps A y
/// (docs/maths/kernels.md section 9). U-turn tests are then Euclidean in y.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dovetail/core/shared_vector.hpp"

namespace dovetail {

enum class MetricKind : std::uint8_t { unit, diagonal, dense };

/// As users write and read it.
[[nodiscard]] constexpr const char* word(MetricKind kind) {
  return kind == MetricKind::unit ? "unit" : kind == MetricKind::diagonal ? "diagonal" : "dense";
}

/// A = diag(scale) L, of the m real coordinates in their order.
struct Metric {
  MetricKind kind = MetricKind::unit;
  std::vector<double> scale;  ///< m standard deviations, all positive; none for the unit metric, whose A is I
  /// L of a dense metric, otherwise none (L = I): lower triangular, rows of norm 1, packed (math/lower_triangle.hpp).
  /// In single precision: trajectories are exact for any A, and for one that is not quite linear too.
  SharedVector<float> factor;

  template <class Archive>
  void describe(Archive& archive) {
    archive(kind);
    archive(scale);
    archive(factor);
  }
};

/// `scale`: m positive standard deviations.
[[nodiscard]] Metric diagonal_metric(std::vector<double> scale);
/// `factor`: A itself, lower triangular with a positive diagonal, row-major m x m.
[[nodiscard]] Metric dense_metric(std::span<const double> factor, std::size_t m);

}  // namespace dovetail
