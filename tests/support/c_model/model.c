/* A model written by hand against the C interface, so that tests of libraries need no Stan.
 *
 * mu ~ N(0, 1), sigma ~ half-N(0, 1), theta[1..2] ~ N(0, 1), y[i] ~ N(mu, sigma); coordinates mu, log sigma, theta.
 * Transformed: m, a 2 x 2 matrix of products of theta, and z, an array of one complex number as far as names go;
 * generated: y_new, a uniform number plus mu.
 * Data: y, an array; prior_only: 1 leaves y out. Numbers in the data make it misbehave: rejects_above, faults_above,
 * nan_above (of mu); prints (1: through the callback, 2: to standard output, 3: as 1, with control characters) with
 * every density; spoils (1: every output fails); says (which of kRefusals a refused point gets); swaps (1: with
 * prior_only = 1 the coordinates have other names).
 *
 * Compile with -DTHREADS=0 or 1, -DMAJOR=2, and -DWITHOUT_GRADIENT or -DWITH_PRIOR for libraries that lack or add a
 * function. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dovetail/model/bridgestan/c_interface.h"

enum { kDimension = 4, kDataMax = 64 };
static const double kLogRootTwoPi = 0.91893853320467274;
static const double kLogTwo = 0.69314718055994531;

struct bs_model {
  double y[kDataMax];
  int size;
  int prior_only, prints, spoils, says, swaps;
  double rejects_above, faults_above, nan_above;
};
struct bs_rng {
  unsigned long long state;
};

const int bs_major_version = MAJOR;
const int bs_minor_version = 6;
const int bs_patch_version = 0;

static bs_print_callback print_callback;

static int fail(char** error, const char* text) {
  if (error != NULL) {
    *error = malloc(strlen(text) + 1);
    if (*error != NULL) strcpy(*error, text);
  }
  return -1;
}

static const char* value_of(const char* data, const char* name) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\"", name);
  const char* at = data == NULL ? NULL : strstr(data, quoted);
  return at == NULL ? NULL : strchr(at, ':') + 1;
}
static double number_of(const char* data, const char* name, double otherwise) {
  const char* at = value_of(data, name);
  return at == NULL ? otherwise : strtod(at, NULL);
}

bs_model* bs_model_construct(const char* data, unsigned int seed, char** error) {
  (void)seed;
  const char* at = value_of(data, "y");
  if (at == NULL) {
    fail(error, "construct() failed with exception: variable does not exist; variable name=y\n");
    return NULL;
  }
  bs_model* m = calloc(1, sizeof *m);
  at = strchr(at, '[') + 1;
  for (char* end; m->size < kDataMax; at = end + strspn(end, ", ")) {
    const double value = strtod(at, &end);
    if (end == at) break;
    m->y[m->size++] = value;
  }
  m->prior_only = (int)number_of(data, "prior_only", 0);
  m->prints = (int)number_of(data, "prints", 0);
  m->spoils = (int)number_of(data, "spoils", 0);
  m->says = (int)number_of(data, "says", 0);
  m->swaps = (int)number_of(data, "swaps", 0);
  m->rejects_above = number_of(data, "rejects_above", INFINITY);
  m->faults_above = number_of(data, "faults_above", INFINITY);
  m->nan_above = number_of(data, "nan_above", INFINITY);
  return m;
}
void bs_model_destruct(bs_model* m) { free(m); }
void bs_free_error_msg(char* error) { free(error); }

const char* bs_name(const bs_model* m) {
  (void)m;
  return "c_normal";
}
const char* bs_model_info(const bs_model* m) {
  (void)m;
  return THREADS ? "C model\nSTAN_THREADS=true\n" : "C model\nSTAN_THREADS=false\n";
}
const char* bs_param_names(const bs_model* m, bool tp, bool gq) {
  (void)m;
#define PARAMETERS "mu,sigma,theta.1,theta.2"
#define TRANSFORMED ",m.1.1,m.2.1,m.1.2,m.2.2,z.1.real"
  if (tp) return gq ? PARAMETERS TRANSFORMED ",y_new" : PARAMETERS TRANSFORMED;
  return gq ? PARAMETERS ",y_new" : PARAMETERS;
}
const char* bs_param_unc_names(const bs_model* m) {
  return m->swaps && m->prior_only ? "mu,sigma,theta.2,theta.1" : PARAMETERS;
}
int bs_param_num(const bs_model* m, bool tp, bool gq) {
  (void)m;
  return kDimension + (tp ? 5 : 0) + (gq ? 1 : 0);
}
int bs_param_unc_num(const bs_model* m) {
  (void)m;
  return kDimension;
}

int bs_param_constrain(const bs_model* m, bool tp, bool gq, const double* u, double* theta, bs_rng* rng, char** error) {
  if (m->spoils) return fail(error, "param_constrain() failed with exception: the program says no\n");
  memcpy(theta, u, kDimension * sizeof *theta);
  theta[1] = exp(u[1]);
  double* out = theta + kDimension;
  for (int j = 0; tp && j < 2; ++j) {
    for (int i = 0; i < 2; ++i) *out++ = (i + 1) * u[2 + i] * u[2 + j];
  }
  if (tp) *out++ = u[3];
  if (gq) {
    rng->state = rng->state * 6364136223846793005ULL + 1442695040888963407ULL;
    *out = u[0] + (double)(rng->state >> 11) * 0x1p-53;
  }
  return 0;
}
int bs_param_unconstrain(const bs_model* m, const double* theta, double* u, char** error) {
  (void)m;
  if (theta[1] < 0) return fail(error, "param_unconstrain() failed with exception: sigma is -1, but must be positive\n");
  memcpy(u, theta, kDimension * sizeof *u);
  u[1] = log(theta[1]);
  return 0;
}
int bs_param_unconstrain_json(const bs_model* m, const char* json, double* u, char** error) {
  (void)m, (void)json, (void)u;
  return fail(error, "not provided");
}

static double log_prior(const double* u, double* gradient) {
  const double sigma = exp(u[1]);
  double value = kLogTwo - 4 * kLogRootTwoPi - 0.5 * u[0] * u[0] - 0.5 * sigma * sigma + u[1];
  for (int i = 2; i < kDimension; ++i) value -= 0.5 * u[i] * u[i];
  if (gradient != NULL) {
    for (int i = 0; i < kDimension; ++i) gradient[i] = -u[i];
    gradient[1] = 1 - sigma * sigma;
  }
  return value;
}

#define FAILED "log_density() failed with exception: "
/* The first four are the words of a point outside the support, the others those of a program that is wrong. */
static const char* const kRefusals[] = {
    FAILED "normal_lpdf: Scale parameter is 0, but must be positive!\n",
    FAILED "Exception: theta out of range  (in 'm.stan' at line 9)\n",
    FAILED "Exception: out of range: theta; sizes must match in size  (in 'm.stan' at line 9)\n",
    FAILED "Exception: out of memory, unknown exception, not provided  (in 'm.stan' at line 9)\n",
    FAILED "Exception: std::bad_alloc  (in 'm.stan' at line 9)\n",
    FAILED "Exception: []: accessing element out of range. index 4 out of range; expecting index to be between 1 and 3\n",
    FAILED "Exception: add: Rows of m1 (2) and rows of m2 (3) must match in size  (in 'm.stan' at line 9)\n",
    FAILED "Exception: normal_lpdf: Random variable has dimension = 2, expecting dimension = 3; a function was called "
           "with arguments of different scalar, array, vector, or matrix types, and they were not consistently sized;  "
           "all arguments must be scalars or multidimensional values of the same shape.\n",
    FAILED "Exception: max: x has size 0, but must have a non-zero size  (in 'm.stan' at line 9)\n",
    "log_density() failed with unknown exception\n",
    "unknown exception",
    "Normal.log_density: out of memory",
    "Normal.log_density: out of range: vector::_M_range_check",
    "Normal.log_density: an exception that is no std::exception",
};

static int density(const bs_model* m, const double* u, double* value, double* gradient, char** error) {
  if (m->prints == 1 && print_callback != NULL) print_callback("the program speaks\n", 19);
  if (m->prints == 3 && print_callback != NULL) print_callback("\ttable\x1b[31m\xC3\xA9\x7f\xC2\x9b\n", 17);
  if (m->prints == 2) {
    puts("the library writes");
    fflush(stdout);
  }
  if (u[0] > m->faults_above) return fail(error, "log_density() failed with exception: std::bad_alloc\n");
  if (u[0] > m->rejects_above) {
    return fail(error, kRefusals[m->says]);
  }
  *value = log_prior(u, gradient);
  const double sigma = exp(u[1]);
  for (int i = 0; !m->prior_only && i < m->size; ++i) {
    const double z = (m->y[i] - u[0]) / sigma;
    *value += -kLogRootTwoPi - u[1] - 0.5 * z * z;
    if (gradient != NULL) {
      gradient[0] += z / sigma;
      gradient[1] += z * z - 1;
    }
  }
  if (u[0] > m->nan_above) *value = NAN;
  return 0;
}
int bs_log_density(const bs_model* m, bool propto, bool jacobian, const double* u, double* value, char** error) {
  const int failed = density(m, u, value, NULL, error);
  if (propto) *value += 4 * kLogRootTwoPi - kLogTwo;
  if (!jacobian) *value -= u[1];
  return failed;
}
#ifndef WITHOUT_GRADIENT
int bs_log_density_gradient(const bs_model* m, bool propto, bool jacobian, const double* u, double* value,
                            double* gradient, char** error) {
  const int failed = density(m, u, value, gradient, error);
  if (propto) *value += 4 * kLogRootTwoPi - kLogTwo;
  if (!jacobian) *value -= u[1];
  if (!jacobian) gradient[1] -= 1;
  return failed;
}
#endif
#ifdef WITH_PRIOR
int dovetail_log_prior_gradient(const bs_model* m, const double* u, double* value, double* gradient, char** error) {
  (void)m, (void)error;
  *value = log_prior(u, gradient);
  return 0;
}
#endif

bs_rng* bs_rng_construct(unsigned int seed, char** error) {
  (void)error;
  bs_rng* rng = malloc(sizeof *rng);
  rng->state = seed;
  return rng;
}
void bs_rng_destruct(bs_rng* rng) { free(rng); }
int bs_set_print_callback(bs_print_callback callback, char** error) {
  (void)error;
  print_callback = callback;
  return 0;
}
