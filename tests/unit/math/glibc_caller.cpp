// A control for check_objects.sh: what no folder of the library may do.
#include <cmath>
double glibc_caller(double x) { return std::exp(x); }
