// What the animals of the zoo have in common: a good model behind the C interface, x ~ N(0, 1) on (a, b), and the
// moment from which one of them misbehaves. An animal is a struct that hides the functions in which it is bad, and the
// macro ZOO(its name).
//
// In the environment: ZOO_AT=N misbehaves from the N-th density on (300), ZOO_AT=never is tame: the same bytes then are
// the good model that a run can go on with.
#pragma once
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>

#pragma GCC visibility push(default)
#include "dovetail/model/bridgestan/c_interface.h"
#pragma GCC visibility pop

struct bs_model {
  double unused;
};
struct bs_rng {
  unsigned long long unused;
};

namespace zoo {

inline int fail(char** error, const char* text) {
  if (error != nullptr) *error = ::strdup(text);
  return -1;
}

/// The call from which it misbehaves; never: beyond all calls.
inline long first_bad_call() {
  const char* text = std::getenv("ZOO_AT");
  if (text == nullptr) return 300;
  return std::strcmp(text, "never") == 0 ? 1L << 60 : std::atol(text);
}

/// Densities so far, of all threads. True from the chosen call on.
inline bool time_has_come() {
  static const long first = first_bad_call();
  static std::atomic<long> calls{0};
  return ++calls >= first;
}

struct Animal {
  static constexpr const char* kNames = "a,b";
  static constexpr int kSize = 2;
  static constexpr const char* kAllNames = kNames;  ///< with what is generated
  static constexpr int kGenerated = 0;
  static void before_generator() {}
  static const char* info() { return "zoo\nSTAN_THREADS=true\n"; }
  static const char* construction_error() { return nullptr; }
  /// Before each density; not 0: it fails.
  static int before(const double*, char**) { return 0; }
  static double value(const double* x) { return -1.8378770664093453 - 0.5 * (x[0] * x[0] + x[1] * x[1]); }
  static void gradient(const double* x, double* out) { out[0] = -x[0], out[1] = -x[1]; }
  static void unconstrain(const double* values, double* x) { std::memcpy(x, values, 2 * sizeof *x); }
};

template <class A>
int density(const double* x, double* value, double* gradient, char** error) {
  if (const int failed = A::before(x, error); failed != 0) return failed;
  *value = A::value(x);
  if (gradient != nullptr) A::gradient(x, gradient);
  return 0;
}

}  // namespace zoo

#define ZOO(A)                                                                                                      \
  extern "C" {                                                                                                      \
  const int bs_major_version = 2;                                                                                   \
  const int bs_minor_version = 6;                                                                                   \
  const int bs_patch_version = 0;                                                                                   \
  bs_model* bs_model_construct(const char*, unsigned, char** error) {                                               \
    if (A::construction_error() == nullptr) return new bs_model{};                                                  \
    zoo::fail(error, A::construction_error());                                                                      \
    return nullptr;                                                                                                 \
  }                                                                                                                 \
  void bs_model_destruct(bs_model* model) { delete model; }                                                         \
  void bs_free_error_msg(char* error) { std::free(error); }                                                         \
  const char* bs_name(const bs_model*) { return #A; }                                                               \
  const char* bs_model_info(const bs_model*) { return A::info(); }                                                  \
  const char* bs_param_names(const bs_model*, bool, bool generated) {                                               \
    return generated && A::kGenerated > 0 ? A::kAllNames : A::kNames;                                               \
  }                                                                                                                 \
  const char* bs_param_unc_names(const bs_model*) { return A::kNames; }                                             \
  int bs_param_num(const bs_model*, bool, bool generated) { return A::kSize + (generated ? A::kGenerated : 0); }    \
  int bs_param_unc_num(const bs_model*) { return A::kSize; }                                                        \
  int bs_param_constrain(const bs_model*, bool, bool generated, const double* x, double* values, bs_rng*, char**) { \
    std::memset(values, 0, (A::kSize + (generated ? A::kGenerated : 0)) * sizeof *values);                          \
    std::memcpy(values, x, A::kSize * sizeof *values);                                                              \
    return 0;                                                                                                       \
  }                                                                                                                 \
  int bs_param_unconstrain(const bs_model*, const double* values, double* x, char**) {                              \
    A::unconstrain(values, x);                                                                                      \
    return 0;                                                                                                       \
  }                                                                                                                 \
  int bs_param_unconstrain_json(const bs_model*, const char*, double*, char** error) {                              \
    return zoo::fail(error, "not provided");                                                                        \
  }                                                                                                                 \
  int bs_log_density(const bs_model*, bool, bool, const double* x, double* value, char** error) {                   \
    return zoo::density<A>(x, value, nullptr, error);                                                               \
  }                                                                                                                 \
  int bs_log_density_gradient(const bs_model*, bool, bool, const double* x, double* value, double* gradient,        \
                              char** error) {                                                                       \
    return zoo::density<A>(x, value, gradient, error);                                                              \
  }                                                                                                                 \
  int bs_log_density_hessian(const bs_model*, bool, bool, const double*, double*, double*, double*, char** error) { \
    return zoo::fail(error, "not provided");                                                                        \
  }                                                                                                                 \
  bs_rng* bs_rng_construct(unsigned, char**) {                                                                      \
    A::before_generator();                                                                                          \
    return new bs_rng{};                                                                                            \
  }                                                                                                                 \
  void bs_rng_destruct(bs_rng* rng) { delete rng; }                                                                 \
  int bs_set_print_callback(bs_print_callback, char**) { return 0; }                                                \
  }                                                                                                                 \
  static_assert(true, "so that a semicolon may follow")
