/// The floating-point environment that results are defined in, for as long as an object of this type lives: round to
/// nearest, no flushing of subnormal numbers, exceptions masked. A user's library may have set another.
#pragma once
#include <xmmintrin.h>

namespace dovetail {

class FloatingPointDefaults {
 public:
  FloatingPointDefaults() : before_(_mm_getcsr()) { _mm_setcsr(kDefaults); }
  ~FloatingPointDefaults() { _mm_setcsr(before_); }
  FloatingPointDefaults(const FloatingPointDefaults&) = delete;
  FloatingPointDefaults& operator=(const FloatingPointDefaults&) = delete;

 private:
  static constexpr unsigned kDefaults = 0x1f80;  // MXCSR after a reset
  unsigned before_;
};

}  // namespace dovetail
