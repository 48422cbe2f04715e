/// Gradients of a plug-in by Stan Math's reverse mode: write the density once, as a template, and export the struct by
/// DOVETAIL_MODEL_STAN_MATH.
///
///   template <class T> T log_density(std::span<const T> x) const { return stan::math::normal_lpdf<false>(x[0], 0, 1);
///   }
///
/// or log_prior and log_likelihood in the same way. T is double, or stan::math::var where derivatives are asked for.
/// Needs Debian's packages r-cran-stanheaders, r-cran-rcppeigen, libboost-dev and libtbb-dev.
#pragma once
#if !__has_include(<stan/math/rev/mat.hpp>)
#error "Stan Math is not there: sudo apt-get install r-cran-stanheaders r-cran-rcppeigen libboost-dev libtbb-dev"
#endif
#include <stan/math/rev/mat.hpp>

#include "dovetail/model/plugin.hpp"

namespace dovetail::plugin {

namespace detail {

/// f at `x` with its gradient `g`. The tape is this thread's, and is wound back however f ends.
template <class F>
double reverse_mode(const F& f, Point x, Gradient g) {
  using stan::math::var;
  thread_local const stan::math::ChainableStack tape;
  struct Nested {
    Nested() { stan::math::start_nested(); }
    ~Nested() { stan::math::recover_memory_nested(); }
  } const nested;
  const std::vector<var> leaves(x.begin(), x.end());
  var value = f(std::span<const var>(leaves));
  value.grad();
  for (std::size_t i = 0; i < g.size(); ++i) g[i] = leaves[i].adj();
  return value.val();
}

}  // namespace detail

/// M and the overloads with gradients that it leaves to Stan Math.
template <class M>
struct WithStanMath : M {
  using M::M;

  double log_density(Point x) const requires HasDensity<M> { return M::log_density(x); }
  double log_prior(Point x) const requires HasParts<M> { return M::log_prior(x); }
  double log_likelihood(Point x) const requires HasParts<M> { return M::log_likelihood(x); }
  double log_density(Point x, Gradient g) const requires HasDensity<M> {
    return detail::reverse_mode([this](const auto& v) { return M::log_density(v); }, x, g);
  }
  double log_prior(Point x, Gradient g) const requires HasParts<M> {
    return detail::reverse_mode([this](const auto& v) { return M::log_prior(v); }, x, g);
  }
  double log_likelihood(Point x, Gradient g) const requires HasParts<M> {
    return detail::reverse_mode([this](const auto& v) { return M::log_likelihood(v); }, x, g);
  }
};

}  // namespace dovetail::plugin

/// Exports struct M with gradients by reverse mode. Once in a library, in place of DOVETAIL_MODEL.
#define DOVETAIL_MODEL_STAN_MATH(M)                                        \
  using dovetail_##M##_with_stan_math = dovetail::plugin::WithStanMath<M>; \
  DOVETAIL_MODEL_NAMED(dovetail_##M##_with_stan_math, #M)
