/* The two symbols that musl's joined mathematics objects leave open (see portable_libm.cmake). */
double dvm_fabs(double x) { return __builtin_fabs(x); }

void dvm___stack_chk_fail(void) { __builtin_trap(); }
