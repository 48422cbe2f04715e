/* Whether code for AVX2 or AVX-512 may run: glibc's answer, which GLIBC_TUNABLES can mask for tests. In C, as its header
   is. Who masks AVX2 masks AVX-512 with it. */
#include <sys/platform/x86.h>

int dovetail_has_avx2(void) { return CPU_FEATURE_ACTIVE(AVX2) ? 1 : 0; }

int dovetail_has_avx512(void) {
  return CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(AVX512F) && CPU_FEATURE_ACTIVE(AVX512BW) &&
                 CPU_FEATURE_ACTIVE(AVX512DQ) && CPU_FEATURE_ACTIVE(AVX512VL)
             ? 1
             : 0;
}
