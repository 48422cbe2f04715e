/* The C interface of BridgeStan, version 2, as Dovetail loads it and as libraries made by `dovetail compile` export it.
 *
 * Plain C, self-contained. Function names, argument types and meanings are those of BridgeStan 2 (Roualdes, Ward,
 * Carpenter, Seyboldt and Axen 2023, Journal of Open Source Software 8(87)), so libraries built by BridgeStan itself
 * serve as well.
 *
 * A function that can fail takes `error` last: where it is not null and the call fails, *error becomes a text that the
 * caller gives back to bs_free_error_msg. Those that return int return 0, or -1 when they failed.
 *
 * Points `theta_unc` have bs_param_unc_num() coordinates on the unconstrained scale. Densities are natural logarithms;
 * `propto` drops constant terms, `jacobian` adds the log-Jacobian of the map from the coordinates to the parameters.
 * Orders of parameters are those of their declaration, arrays and matrices with the first index running fastest.
 *
 * Calls with the same bs_model from several threads at once must be safe if bs_model_info() says STAN_THREADS=true.
 * A bs_rng serves one thread at a time.
 *
 * Dovetail takes a failed density for a rejection (a point outside the support) unless the error says that the program
 * itself is wrong: out of memory, an index out of range, sizes that do not match, an exception of no known type. Those
 * are error events, at which a run stops or which it counts, by --on-error. See docs/libraries.md.
 */
#ifndef DOVETAIL_MODEL_BRIDGESTAN_C_INTERFACE_H
#define DOVETAIL_MODEL_BRIDGESTAN_C_INTERFACE_H

#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#else
#include <stdbool.h>
#endif

typedef struct bs_model bs_model; /* a program with its data */
typedef struct bs_rng bs_rng;     /* random numbers for generated quantities */

/* The version of this interface: Dovetail loads libraries whose major version is 2. */
extern const int bs_major_version;
extern const int bs_minor_version;
extern const int bs_patch_version;

/* A model from `data`: a JSON text, the path of a file that ends in ".json", or null for none. `seed` serves random
 * numbers in transformed data alone. Null when it fails. */
bs_model* bs_model_construct(const char* data, unsigned int seed, char** error);
void bs_model_destruct(bs_model* model);
void bs_free_error_msg(char* error);

/* Texts of the model: they live as long as it does, the names of parameters until the next call for names. */
const char* bs_name(const bs_model* model);
/* Lines about how the library was built; one of them is STAN_THREADS=true, or it serves one thread only. Dovetail also
 * reads DOVETAIL_GRADIENT=false (there are no gradients) and DOVETAIL_PRIOR=false (dovetail_log_prior_gradient fails). */
const char* bs_model_info(const bs_model* model);
/* Names with indices from 1 after points ("theta.1", "L.2.1"), separated by commas: parameters, then if asked for
 * transformed parameters and generated quantities. */
const char* bs_param_names(const bs_model* model, bool include_tp, bool include_gq);
const char* bs_param_unc_names(const bs_model* model);
int bs_param_num(const bs_model* model, bool include_tp, bool include_gq);
int bs_param_unc_num(const bs_model* model);

/* From coordinates to values, in the order of bs_param_names, and back. `rng` may be null unless include_gq. */
int bs_param_constrain(const bs_model* model, bool include_tp, bool include_gq, const double* theta_unc, double* theta,
                       bs_rng* rng, char** error);
int bs_param_unconstrain(const bs_model* model, const double* theta, double* theta_unc, char** error);
int bs_param_unconstrain_json(const bs_model* model, const char* json, double* theta_unc, char** error);

/* Log density, gradient and Hessian; `hessian` takes the square of the dimension. Hessians may be refused with -1. */
int bs_log_density(const bs_model* model, bool propto, bool jacobian, const double* theta_unc, double* value,
                   char** error);
int bs_log_density_gradient(const bs_model* model, bool propto, bool jacobian, const double* theta_unc, double* value,
                            double* gradient, char** error);
int bs_log_density_hessian(const bs_model* model, bool propto, bool jacobian, const double* theta_unc, double* value,
                           double* gradient, double* hessian, char** error);

/* Random numbers from a seed. */
bs_rng* bs_rng_construct(unsigned int seed, char** error);
void bs_rng_destruct(bs_rng* rng);

/* Where print statements of the program go, from then on and for all models of the library; null: to stdout. */
typedef void (*bs_print_callback)(const char* text, size_t size);
int bs_set_print_callback(bs_print_callback callback, char** error);

/* Dovetail's own, optional: the log density of the prior alone, normalised over the coordinates and with the
 * log-Jacobian inside, and its gradient where `gradient` is not null. A library that exports it is tempered from its
 * prior. */
int dovetail_log_prior_gradient(const bs_model* model, const double* theta_unc, double* value, double* gradient,
                                char** error);

#ifdef __cplusplus
}
#endif

#endif
