/// A shared library with BridgeStan's C interface, loaded for as long as the process lives.
#pragma once
#include <string>

#include "dovetail/model/bridgestan/c_interface.h"
#include "dovetail/model/foreign_call.hpp"

namespace dovetail::bridgestan {

/// The functions of one library. What they mean stands in c_interface.h.
struct Library {
  std::string path;
  std::string version;  ///< "2.6.1"
  std::string locale;   ///< of the process when it was loaded

  decltype(&bs_model_construct) model_construct = nullptr;
  decltype(&bs_model_destruct) model_destruct = nullptr;
  decltype(&bs_free_error_msg) free_error_msg = nullptr;
  decltype(&bs_name) name = nullptr;
  decltype(&bs_model_info) model_info = nullptr;
  decltype(&bs_param_names) param_names = nullptr;
  decltype(&bs_param_unc_names) param_unc_names = nullptr;
  decltype(&bs_param_num) param_num = nullptr;
  decltype(&bs_param_unc_num) param_unc_num = nullptr;
  decltype(&bs_param_constrain) param_constrain = nullptr;
  decltype(&bs_param_unconstrain) param_unconstrain = nullptr;
  decltype(&bs_log_density) log_density = nullptr;
  decltype(&bs_log_density_gradient) log_density_gradient = nullptr;
  decltype(&bs_rng_construct) rng_construct = nullptr;
  decltype(&bs_rng_destruct) rng_destruct = nullptr;
  decltype(&bs_set_print_callback) set_print_callback = nullptr;
  decltype(&dovetail_log_prior_gradient) log_prior_gradient = nullptr;  ///< null: not exported
};

/// Loads the file at `path` (with a slash: nothing is searched) and never unloads it: threads may hold objects of its
/// types until they end. What its programs print goes to standard error from then on.
///
/// This runs code of the library. ModelError: no such file, one that others may change, no shared library, symbols that
/// are missing (naming the first) or not found, another major version, or a library that changes the floating-point
/// environment or the locale of the process.
[[nodiscard]] Library load_library(const std::string& path);

/// After a call of the library: ModelLost when how this thread rounds, or the locale of the process, is no longer what
/// it was `before`. It is again, by then.
void require_same(const Surroundings& before, const Library& library);

/// What `call()` returns, a function of the library. Marks the thread as inside foreign code, and looks at the
/// surroundings afterwards; some 15 ns.
template <class Call>
auto ask(const Library& library, Call&& call) {
  const Surroundings before;
  const auto answer = [&] {
    const ForeignCall inside;
    return call();
  }();
  if (!before.same_rounding() || !before.same_locale()) require_same(before, library);
  return answer;
}

}  // namespace dovetail::bridgestan
