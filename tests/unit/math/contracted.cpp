// A control for check_objects.sh, built for a processor with fused multiply-adds and with contraction allowed.
double contracted(double a, double b, double c) { return a * b + c; }
