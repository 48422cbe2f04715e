/// Exact values by MPFR, and how far a double lies from them in units of the exact value's last place.
#pragma once
#include <mpfr.h>

#include <cmath>
#include <limits>

namespace dovetail::test {

/// A 160-bit number: 107 bits beyond a double's, so its own rounding does not count.
class Exact {
 public:
  Exact() { mpfr_init2(value_, 160); }
  explicit Exact(double x) : Exact() { mpfr_set_d(value_, x, MPFR_RNDN); }
  ~Exact() { mpfr_clear(value_); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  [[nodiscard]] mpfr_ptr get() { return value_; }

 private:
  mpfr_t value_;
};

/// The spacing of doubles at `exact`, no smaller than the least positive double.
inline double ulp_exponent(Exact& exact) {
  const double exponent = mpfr_zero_p(exact.get()) ? -1074 : static_cast<double>(mpfr_get_exp(exact.get())) - 53;
  return std::fmax(exponent, -1074);
}

/// Whether rounding `exact` to the nearest double overflows.
inline bool overflows(Exact& exact) { return std::isinf(mpfr_get_d(exact.get(), MPFR_RNDN)); }

/// |computed - exact| in ulp of `exact`. NaN agrees with NaN only, an infinity with what rounds to it only (else +inf).
/// `least_exponent` raises the unit to at least 2^least_exponent: the unit of an absolute error near a zero.
inline double ulps_off(double computed, Exact& exact, double least_exponent = -1074) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (mpfr_nan_p(exact.get())) return std::isnan(computed) ? 0 : infinity;
  if (overflows(exact)) return computed == mpfr_get_d(exact.get(), MPFR_RNDN) ? 0 : infinity;
  if (!std::isfinite(computed)) return infinity;
  Exact difference;
  mpfr_sub_d(difference.get(), exact.get(), computed, MPFR_RNDN);
  const double exponent = std::fmax(ulp_exponent(exact), least_exponent);
  mpfr_mul_2si(difference.get(), difference.get(), -static_cast<long>(exponent), MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.get(), MPFR_RNDN));
}

}  // namespace dovetail::test
