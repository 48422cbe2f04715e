/// Gaussian factors over the shared parameters of a posterior, in natural parameters: what sites of expectation
/// propagation tell each other.
///
/// A factor is g(x) = exp(-x'Qx/2 + r'x), Q symmetric and not necessarily positive definite; products of factors add
/// their parameters. docs/maths/ep.md section 1. Matrices are row-major d x d and symmetric bit for bit. What is not
/// positive definite, or not finite, comes back as an empty optional, never as an exception. Pure; thread safe; O(d^3)
/// where a factorisation is needed, else O(d^2).
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace dovetail::ep {

struct Natural {
  std::vector<double> precision;  ///< Q, d x d
  std::vector<double> shift;      ///< r, d

  [[nodiscard]] std::size_t dimension() const { return shift.size(); }
  friend bool operator==(const Natural&, const Natural&) = default;
  template <class Archive>
  void describe(Archive& archive) {
    archive(precision);
    archive(shift);
  }
};

/// The same as a distribution.
struct Normal {
  std::vector<double> mean;        ///< d
  std::vector<double> covariance;  ///< d x d
};

/// The factor that is 1 everywhere.
[[nodiscard]] Natural flat(std::size_t d);
/// a + factor * b.
[[nodiscard]] Natural add_scaled(Natural a, double factor, const Natural& b);

/// Mean and covariance; empty when Q is not positive definite.
[[nodiscard]] std::optional<Normal> normal_of(const Natural& factor);
/// Precision and shift; empty when the covariance is not positive definite.
[[nodiscard]] std::optional<Natural> natural_of(const Normal& normal);

/// log of the integral of g. Empty when it is infinite.
[[nodiscard]] std::optional<double> log_integral(const Natural& factor);
/// KL(p || q) in nats. Empty when one of the two is no distribution.
[[nodiscard]] std::optional<double> divergence(const Natural& p, const Natural& q);
/// F^2 of a change of natural parameters, in the metric of the distribution `at`: twice the KL divergence that a small
/// change makes. docs/maths/ep.md section 5.
[[nodiscard]] double squared_size(const Natural& change, const Normal& at);

/// A x, A with as many rows and columns as x has elements.
[[nodiscard]] std::vector<double> times(std::span<const double> a, std::span<const double> x);
/// A^{-1} from A's Cholesky factor; symmetric bit for bit.
[[nodiscard]] std::vector<double> inverse_of_factored(const std::vector<double>& l, std::size_t d);

}  // namespace dovetail::ep
