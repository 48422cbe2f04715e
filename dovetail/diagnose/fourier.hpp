/// Discrete Fourier transforms of power-of-two length with portable bits, for autocovariances.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace dovetail::diagnose {

/// Radix-2 transform without reordering: `forward` leaves frequencies in bit-reversed order and `inverse` takes them
/// so, which is all that a product of spectra needs. Twiddles come from math::sin and math::cos. O(L log L).
class Fourier {
 public:
  /// `length`: a power of two, >= 2.
  explicit Fourier(std::size_t length);
  [[nodiscard]] std::size_t length() const { return length_; }
  /// x_k -> sum_j x_j exp(-2 pi i jk / L), bit-reversed in k. Spans of length().
  void forward(std::span<double> re, std::span<double> im) const;
  /// The opposite of forward, times L.
  void inverse(std::span<double> re, std::span<double> im) const;

 private:
  std::size_t length_;
  std::vector<double> cos_;  ///< [h + k] = cos(pi k / h) for the stage of half-size h
  std::vector<double> sin_;
};

}  // namespace dovetail::diagnose
