/// A model of your own as a shared library: write a struct and one macro, then `dovetail compile model.cpp`.
///
///   #include "dovetail/model/plugin.hpp"
///   using namespace dovetail::plugin;
///
///   struct Normal {
///     std::vector<double> y;
///     explicit Normal(const Data& data) : y(data.reals("y")) {}
///     std::vector<Parameter> parameters() const { return {{"mu"}, {"sigma", positive()}}; }
///     double log_density(Point x) const { ... }                 // x[0] is mu, x[1] is sigma
///   };
///   DOVETAIL_MODEL(Normal)
///
/// The library has BridgeStan's C interface (version 2), so whatever reads Stan models through it reads this one too.
/// What a struct may have stands in plugin/types.hpp; docs/plugins.md is the guide. This needs C++20 and the standard
/// library, nothing else of Dovetail.
#pragma once
#include "dovetail/model/plugin/calls.hpp"

#define DOVETAIL_PLUGIN_EXPORT __attribute__((visibility("default")))

// The version of the interface.
extern "C" {
// NOLINTBEGIN(readability-identifier-naming): the interface's names
extern DOVETAIL_PLUGIN_EXPORT const int bs_major_version;
extern DOVETAIL_PLUGIN_EXPORT const int bs_minor_version;
extern DOVETAIL_PLUGIN_EXPORT const int bs_patch_version;
// NOLINTEND(readability-identifier-naming)
}

/// Exports struct M, once in a library: BridgeStan's functions, and the prior apart for models that have it.
#define DOVETAIL_MODEL(M) DOVETAIL_MODEL_NAMED(M, #M)

/// The same under another name.
#define DOVETAIL_MODEL_NAMED(M, model_name)                                                                           \
  extern "C" {                                                                                                        \
  const int bs_major_version = 2;                                                                                     \
  const int bs_minor_version = 6;                                                                                     \
  const int bs_patch_version = 1;                                                                                     \
  DOVETAIL_PLUGIN_EXPORT bs_model* bs_model_construct(const char* data, unsigned int, char** error) {                 \
    return dovetail::plugin::detail::construct<M>(model_name, data, error);                                           \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT void bs_model_destruct(bs_model* m) {                                                        \
    delete reinterpret_cast<dovetail::plugin::detail::Instance<M>*>(m);                                               \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT void bs_free_error_msg(char* message) { std::free(message); }                                \
  DOVETAIL_PLUGIN_EXPORT const char* bs_name(const bs_model* m) {                                                     \
    return dovetail::plugin::detail::instance<M>(m).name.c_str();                                                     \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT const char* bs_model_info(const bs_model* m) {                                               \
    return dovetail::plugin::detail::instance<M>(m).info.c_str();                                                     \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT const char* bs_param_names(const bs_model* m, bool include_tp, bool include_gq) {            \
    return dovetail::plugin::detail::instance<M>(m).names[(include_tp ? 1 : 0) + (include_gq ? 2 : 0)].c_str();       \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT const char* bs_param_unc_names(const bs_model* m) {                                          \
    return dovetail::plugin::detail::instance<M>(m).names[0].c_str();                                                 \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_num(const bs_model* m, bool include_tp, bool include_gq) {                      \
    return static_cast<int>(dovetail::plugin::detail::instance<M>(m).count(include_tp, include_gq));                  \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_unc_num(const bs_model* m) {                                                    \
    return static_cast<int>(dovetail::plugin::detail::instance<M>(m).dimension());                                    \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_constrain(const bs_model* m, bool include_tp, bool include_gq,                  \
                                                const double* theta_unc, double* theta, bs_rng* rng, char** error) {  \
    return dovetail::plugin::detail::values_of<M>(m, include_tp, include_gq, theta_unc, theta, rng, error);           \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_unconstrain(const bs_model* m, const double* theta, double* theta_unc,          \
                                                  char** error) {                                                     \
    const auto& model = dovetail::plugin::detail::instance<M>(m);                                                     \
    return dovetail::plugin::detail::guarded(error, model.name, "param_unconstrain",                                  \
                                             [&] { model.unconstrain_all(theta, theta_unc); });                       \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_param_unconstrain_json(const bs_model* m, const char* json, double* theta_unc,        \
                                                       char** error) {                                                \
    return dovetail::plugin::detail::coordinates_of_json<M>(m, json, theta_unc, error);                               \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_log_density(const bs_model* m, bool, bool jacobian, const double* theta_unc,          \
                                            double* value, char** error) {                                            \
    return dovetail::plugin::detail::density<M>(m, "log_density", jacobian, false, theta_unc, value, nullptr, error); \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_log_density_gradient(const bs_model* m, bool, bool jacobian, const double* theta_unc, \
                                                     double* value, double* gradient, char** error) {                 \
    return dovetail::plugin::detail::density<M>(m, "log_density_gradient", jacobian, false, theta_unc, value,         \
                                                gradient, error);                                                     \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int dovetail_log_prior_gradient(const bs_model* m, const double* theta_unc, double* value,   \
                                                         double* gradient, char** error) {                            \
    if (!dovetail::plugin::detail::Instance<M>::kParts)                                                               \
      return dovetail::plugin::detail::not_provided<M>(m, "log_prior", error);                                        \
    return dovetail::plugin::detail::density<M>(m, "log_prior", true, true, theta_unc, value, gradient, error);       \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_log_density_hessian(const bs_model* m, bool, bool, const double*, double*, double*,   \
                                                    double*, char** error) {                                          \
    return dovetail::plugin::detail::not_provided<M>(m, "log_density_hessian", error);                                \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT int bs_log_density_hessian_vector_product(const bs_model* m, bool, bool, const double*,      \
                                                                   const double*, double*, double*, char** error) {   \
    return dovetail::plugin::detail::not_provided<M>(m, "log_density_hessian_vector_product", error);                 \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT bs_rng* bs_rng_construct(unsigned int seed, char** error) {                                  \
    bs_rng* rng = nullptr;                                                                                            \
    dovetail::plugin::detail::guarded(error, model_name, "rng_construct",                                             \
                                      [&] { rng = reinterpret_cast<bs_rng*>(new dovetail::plugin::Rng(seed)); });     \
    return rng;                                                                                                       \
  }                                                                                                                   \
  DOVETAIL_PLUGIN_EXPORT void bs_rng_destruct(bs_rng* rng) { delete reinterpret_cast<dovetail::plugin::Rng*>(rng); }  \
  DOVETAIL_PLUGIN_EXPORT int bs_set_print_callback(dovetail::plugin::detail::PrintCallback callback, char** error) {  \
    if (error != nullptr) *error = nullptr;                                                                           \
    const std::lock_guard lock(dovetail::plugin::detail::printer().mutex);                                            \
    dovetail::plugin::detail::printer().callback = callback;                                                          \
    return 0;                                                                                                         \
  }                                                                                                                   \
  }
