/// The library in one include: a density, options, and a call.
///
///   struct MyDensity {
///     std::size_t dimension() const { return 2; }
///     double log_prior(dovetail::Point x) const;        // normalised
///     double log_likelihood(dovetail::Point x) const;
///   };
///   const auto result = dovetail::temper(MyDensity{}, {.replicas = 12});
#pragma once
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/temper.hpp"
#include "dovetail/model/callable.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/model/registry.hpp"

namespace dovetail {

/// Tempers a C++ callable (see DensityCallable for what it may have) and keeps the draws in memory; `draws` and
/// `summary` of the result. A lambda says its dimension by density(d, f). Errors as from the other temper().
template <DensityCallable F>
TemperResult temper(F f, const TemperOptions& options = {}, const Layout& layout = {}) {
  const CallableModel<F> model(std::move(f));
  TemperObserver silent;
  return temper(model, options, layout, silent);
}

}  // namespace dovetail
