/* Whether code for AVX2 may run: glibc's answer, which GLIBC_TUNABLES can mask for tests. In C, as its header is. */
#include <sys/platform/x86.h>

int dovetail_has_avx2(void) { return CPU_FEATURE_ACTIVE(AVX2) ? 1 : 0; }
