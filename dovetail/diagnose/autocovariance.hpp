/// Autocovariances of sequences by Fourier transform, and the autocorrelation times that use them directly.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "dovetail/diagnose/chains.hpp"
#include "dovetail/diagnose/figure.hpp"
#include "dovetail/diagnose/fourier.hpp"

namespace dovetail::diagnose {

/// Mean over sequences of acov_j(t) = (1/n) sum_i (x_i - mean_j)(x_{i+t} - mean_j), t = 0..n-1 (divisor n, Geyer 1992).
///
/// Holds tables and buffers for one sequence length; reuse it over columns, one per thread. Two real sequences share a
/// transform, spectra add up, and one inverse transform serves all. O(J n log n).
class Autocovariance {
 public:
  explicit Autocovariance(std::size_t length);
  [[nodiscard]] std::size_t length() const { return length_; }
  /// `means`: of each sequence. The result is overwritten by the next call.
  [[nodiscard]] std::span<const double> mean_over(const Sequences& sequences, std::span<const double> means);

 private:
  std::size_t length_;
  Fourier fourier_;
  std::vector<double> re_, im_, power_;
};

/// Integrated autocorrelation time with Sokal's window.
struct AutocorrelationTime {
  Figure tau;              ///< in draws, of whole (not split) chains
  std::size_t window = 0;  ///< M: the smallest with M >= 5 max(tau_M, 1)
  bool trusted = false;    ///< N >= 50 tau, and the window fits
};

/// tau_M = 1 + 2 sum_{t=1}^{M} rho_t, rho_t = sum_m acov_m(t) / sum_m acov_m(0) over chains with their own means
/// (Sokal 1997, sec. 3; Goodman and Weare 2010). For AR(1): (1 + phi)/(1 - phi). The window of five lags at least is
/// for antithetic chains, where tau_1 may be 0. Needs at least 8 finite draws per chain.
[[nodiscard]] AutocorrelationTime autocorrelation_time(const ChainsView& view);

/// Pearson correlation of two series of equal length; n/a (constant) when either is constant, (too few) below 3 pairs,
/// (non-finite) also when squares overflow.
/// With V before and after exploration it is the energy autocorrelation of tempering (diagnostics.md 6).
[[nodiscard]] Figure correlation(std::span<const double> x, std::span<const double> y);

/// Autocorrelation of lag 1: sum (x_i - m)(x_{i+1} - m) / sum (x_i - m)^2.
[[nodiscard]] Figure autocorrelation_lag_one(std::span<const double> x);

}  // namespace dovetail::diagnose
