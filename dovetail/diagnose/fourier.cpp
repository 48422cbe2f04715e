// Decimation in frequency forwards and in time backwards, so that neither needs a permutation.
#include "dovetail/diagnose/fourier.hpp"

#include <bit>

#include "dovetail/core/error.hpp"
#include "dovetail/math/functions.hpp"

namespace dovetail::diagnose {

Fourier::Fourier(std::size_t length) : length_(length), cos_(length), sin_(length) {
  DOVETAIL_REQUIRE(length >= 2 && std::has_single_bit(length));
  constexpr double kPi = 3.14159265358979323846;
  const std::size_t top = length / 2;
  for (std::size_t k = 0; k < top; ++k) {
    const double angle = kPi * (static_cast<double>(k) / static_cast<double>(top));
    cos_[top + k] = math::cos(angle);
    sin_[top + k] = math::sin(angle);
  }
  for (std::size_t h = top / 2; h >= 1; h /= 2) {
    for (std::size_t k = 0; k < h; ++k) {
      cos_[h + k] = cos_[2 * h + 2 * k];
      sin_[h + k] = sin_[2 * h + 2 * k];
    }
  }
}

void Fourier::forward(std::span<double> re, std::span<double> im) const {
  DOVETAIL_REQUIRE(re.size() == length_ && im.size() == length_);
  for (std::size_t h = length_ / 2; h >= 1; h /= 2) {
    const double* c = cos_.data() + h;
    const double* s = sin_.data() + h;
    for (std::size_t start = 0; start < length_; start += 2 * h) {
      double* re0 = re.data() + start;
      double* im0 = im.data() + start;
      for (std::size_t k = 0; k < h; ++k) {
        const double dr = re0[k] - re0[k + h];
        const double di = im0[k] - im0[k + h];
        re0[k] += re0[k + h];
        im0[k] += im0[k + h];
        re0[k + h] = dr * c[k] + di * s[k];
        im0[k + h] = di * c[k] - dr * s[k];
      }
    }
  }
}

void Fourier::inverse(std::span<double> re, std::span<double> im) const {
  DOVETAIL_REQUIRE(re.size() == length_ && im.size() == length_);
  for (std::size_t h = 1; h < length_; h *= 2) {
    const double* c = cos_.data() + h;
    const double* s = sin_.data() + h;
    for (std::size_t start = 0; start < length_; start += 2 * h) {
      double* re0 = re.data() + start;
      double* im0 = im.data() + start;
      for (std::size_t k = 0; k < h; ++k) {
        const double br = re0[k + h] * c[k] - im0[k + h] * s[k];
        const double bi = im0[k + h] * c[k] + re0[k + h] * s[k];
        re0[k + h] = re0[k] - br;
        im0[k + h] = im0[k] - bi;
        re0[k] += br;
        im0[k] += bi;
      }
    }
  }
}

}  // namespace dovetail::diagnose
