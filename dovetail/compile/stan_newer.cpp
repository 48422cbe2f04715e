#include "dovetail/compile/stan_newer.hpp"

#include <algorithm>
#include <array>

namespace dovetail {
namespace {

/// A name that ends in * stands for all that begin so.
struct Row {
  std::string_view name;
  std::string_view cure;
};

constexpr std::string_view kLoop = "write the loop out";
constexpr std::string_view kDensity = "write its log density as a function";
constexpr std::string_view kComplex = "Stan 2.21 has no complex numbers";

// Stan Functions Reference, "available since" notes of 2.22 to 2.36, but for what StanHeaders 2.21 has signatures of.
constexpr std::array kFunctions = {
    Row{"reduce_sum", "sum in one call, `target += normal_lpdf(y | ...)`, or use map_rect"},
    Row{"reduce_sum_static", "sum in one call, `target += normal_lpdf(y | ...)`, or use map_rect"},
    Row{"ode_rk45*", "use integrate_ode_rk45, which takes its arguments as arrays"},
    Row{"ode_ckrk*", "use integrate_ode_rk45, which takes its arguments as arrays"},
    Row{"ode_bdf*", "use integrate_ode_bdf, which takes its arguments as arrays"},
    Row{"ode_adams*", "use integrate_ode_adams, which takes its arguments as arrays"},
    Row{"ode_adjoint*", "use integrate_ode_bdf, which takes its arguments as arrays"},
    Row{"dae", ""},
    Row{"dae_tol", ""},
    Row{"solve_newton*", "use algebra_solver"},
    Row{"solve_powell*", "use algebra_solver"},
    Row{"algebra_solver_newton", "use algebra_solver"},
    Row{"hmm_marginal", "write the forward recursion with log_sum_exp"},
    Row{"hmm_latent_rng", "write the backward sampling as a loop"},
    Row{"hmm_hidden_state_prob", "write the forward and backward recursions"},
    Row{"laplace_*", ""},
    Row{"embedded_laplace*", ""},
    Row{"linspaced_*", kLoop},
    Row{"logspaced_*", kLoop},
    Row{"one_hot_*", kLoop},
    Row{"zeros_*", "use rep_vector, rep_row_vector or rep_array"},
    Row{"ones_*", "use rep_vector, rep_row_vector or rep_array"},
    Row{"identity_matrix", "use diag_matrix(rep_vector(1, n))"},
    Row{"uniform_simplex", "use rep_vector(1.0 / n, n)"},
    Row{"reverse", kLoop},
    Row{"quantile", kLoop},
    Row{"to_int", "declare the data as int"},
    Row{"norm1", "use sum(fabs(x))"},
    Row{"norm2", "use sqrt(dot_self(x))"},
    Row{"matrix_power", kLoop},
    Row{"chol2inv", "use crossprod(inverse(L))"},
    Row{"symmetrize_from_lower_tri", kLoop},
    Row{"generalized_inverse", ""},
    Row{"svd", "use singular_values"},
    Row{"svd_U", "use singular_values"},
    Row{"svd_V", "use singular_values"},
    Row{"eigendecompose*", "use eigenvalues_sym and eigenvectors_sym"},
    Row{"eigenvalues", "use eigenvalues_sym"},
    Row{"eigenvectors", "use eigenvectors_sym"},
    Row{"qr", "use qr_thin_Q and qr_thin_R"},
    Row{"qr_thin", "use qr_thin_Q and qr_thin_R"},
    Row{"lambert_w*", "find the root with algebra_solver"},
    Row{"inv_erfc", "use -inv_Phi(x / 2) / sqrt(2)"},
    Row{"inv_inc_beta", ""},
    Row{"log_inv_logit_diff", "use log_diff_exp(log_inv_logit(x), log_inv_logit(y))"},
    Row{"log_modified_bessel_first_kind", "use log(modified_bessel_first_kind(v, z))"},
    Row{"hypergeometric_1F0", ""},
    Row{"hypergeometric_2F1", ""},
    Row{"hypergeometric_3F2", ""},
    Row{"hypergeometric_pFq", ""},
    Row{"std_normal_qf", "use inv_Phi"},
    Row{"std_normal_log_qf", "use inv_Phi(exp(x))"},
    Row{"categorical_logit_glm", "use categorical_logit in a loop"},
    Row{"ordered_logistic_glm", "use ordered_logistic in a loop"},
    Row{"binomial_logit_glm", "use binomial_logit"},
    Row{"wishart_cholesky", "use wishart"},
    Row{"inv_wishart_cholesky", "use inv_wishart"},
    Row{"multi_student_t_cholesky", "use multi_student_t"},
    Row{"multinomial_logit", "use multinomial(softmax(x))"},
    Row{"dirichlet_multinomial", kDensity},
    Row{"loglogistic", kDensity},
    Row{"poisson_binomial", kDensity},
    Row{"skew_double_exponential", kDensity},
    Row{"beta_neg_binomial", kDensity},
    Row{"discrete_range", kDensity},
    Row{"fatal_error", "use reject"},
    Row{"to_complex", kComplex},
    Row{"get_real", kComplex},
    Row{"get_imag", kComplex},
    Row{"fft*", kComplex},
    Row{"inv_fft*", kComplex},
    Row{"complex_schur_decompose*", kComplex},
    Row{"lower_bound_jacobian", kDensity},
    Row{"upper_bound_jacobian", kDensity},
    Row{"lower_upper_bound_jacobian", kDensity},
    Row{"simplex_jacobian", kDensity},
};

constexpr std::array kTypes = {
    Row{"tuple", "use one variable for each part"},
    Row{"complex", kComplex},
    Row{"complex_vector", kComplex},
    Row{"complex_row_vector", kComplex},
    Row{"complex_matrix", kComplex},
    Row{"sum_to_zero_vector", "declare a vector of one element less, and append minus its sum"},
    Row{"sum_to_zero_matrix", "declare its free elements, and append minus their sums"},
    Row{"column_stochastic_matrix", "use an array of simplexes"},
    Row{"row_stochastic_matrix", "use an array of simplexes"},
};

constexpr std::array<std::string_view, 9> kSuffixes = {"_lpdf",  "_lpmf", "_lupdf", "_lupmf", "_lcdf",
                                                       "_lccdf", "_cdf",  "_qf",    "_rng"};

template <std::size_t count>
std::optional<std::string> cure_in(const std::array<Row, count>& rows, std::string_view name) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& each) {
    if (!each.name.ends_with('*')) return name == each.name;
    return name.starts_with(each.name.substr(0, each.name.size() - 1));
  });
  if (row == rows.end()) return std::nullopt;
  return std::string(row->cure);
}

}  // namespace

std::optional<std::string> cure_for_newer_function(std::string_view name) {
  if (auto cure = cure_in(kFunctions, name)) return cure;
  for (const std::string_view suffix : kSuffixes)
    if (name.ends_with(suffix)) return cure_in(kFunctions, name.substr(0, name.size() - suffix.size()));
  return std::nullopt;
}

std::optional<std::string> cure_for_newer_type(std::string_view name) { return cure_in(kTypes, name); }

}  // namespace dovetail
