/// Any C++ callable as a Model: write a density in the space of your parameters, the rest follows.
///
///   struct Bell {                                                            // a whole model
///     std::vector<dovetail::Parameter> parameters() const { return {{"mu"}, {"sigma", dovetail::positive()}}; }
///     double log_prior(dovetail::Point x) const { ... }                      // normalised over the parameters
///     double log_likelihood(dovetail::Point x) const { ... }
///   };
///   dovetail::density(2, [](dovetail::Point x) { return -0.5 * (x[0] * x[0] + x[1] * x[1]); });   // or a lambda
#pragma once
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/model/model.hpp"
#include "dovetail/model/scratch.hpp"
#include "dovetail/model/transform.hpp"

namespace dovetail {

/// f(x): log density over the parameters, up to a constant.
template <class F>
concept WholeDensity = requires(const F& f, Point x) {
  { f(x) } -> std::convertible_to<double>;
};
/// log_prior(x), normalised over the parameters, and log_likelihood(x): what tempering from the prior needs.
template <class F>
concept DensityParts = requires(const F& f, Point x) {
  { f.log_prior(x) } -> std::convertible_to<double>;
  { f.log_likelihood(x) } -> std::convertible_to<double>;
};
/// Blobs: the density also writes values that it computed on its way, one for each of blob_names().
template <class F>
concept NamesBlobs = requires(const F& f) {
  { f.blob_names() } -> std::convertible_to<std::vector<std::string>>;
};
/// f(x, blobs), with blob_names().
template <class F>
concept WholeDensityWithBlobs = NamesBlobs<F> && requires(const F& f, Point x, PointOut blobs) {
  { f(x, blobs) } -> std::convertible_to<double>;
};
/// log_prior(x) and log_likelihood(x, blobs), with blob_names().
template <class F>
concept DensityPartsWithBlobs = NamesBlobs<F> && requires(const F& f, Point x, PointOut blobs) {
  { f.log_prior(x) } -> std::convertible_to<double>;
  { f.log_likelihood(x, blobs) } -> std::convertible_to<double>;
};
/// Says what it is a density of: parameters(), or dimension() for plain R^d.
template <class F>
concept DeclaresParameters = requires(const F& f) {
  { f.parameters() } -> std::convertible_to<std::vector<Parameter>>;
};
template <class F>
concept DeclaresDimension = requires(const F& f) {
  { f.dimension() } -> std::convertible_to<std::size_t>;
};

/// What CallableModel takes. `x` is always the declared parameters on their own scale; log-Jacobians are added for you
/// and belong to the prior. Optional members, found by name:
///   std::string name() const
///   void gradient(Point x, PointOut g) const                     of f(x), with respect to the parameters
///   void log_prior_gradient(Point, PointOut) const, void log_likelihood_gradient(Point, PointOut) const     of the
///   parts void draw_prior(Rng&, PointOut x) const                      an independent draw of the parameters
///   std::vector<std::string> derived_names() const, void derived(Point x, PointOut values) const    more output
///   columns bool thread_safe() const                                     default true: calls are const
/// In place of f(x) or log_likelihood(x), with std::vector<std::string> blob_names() const: f(x, blobs) or
/// log_likelihood(x, blobs), which writes one number for each name. They become the last columns of output, computed by
/// one more call for each kept draw. A callable that has both forms is asked for its density by the one without blobs.
/// Calls must be pure. -inf is outside the support; NaN, +inf or an exception is an error event.
template <class F>
concept DensityCallable = (WholeDensity<F> || DensityParts<F> || WholeDensityWithBlobs<F> ||
                           DensityPartsWithBlobs<F>)&&(DeclaresParameters<F> || DeclaresDimension<F>);

namespace detail {

template <class F>
concept HasWholeGradient = requires(const F& f, Point x, PointOut g) {
  f.gradient(x, g);
};
template <class F>
concept HasPartGradients = requires(const F& f, Point x, PointOut g) {
  f.log_prior_gradient(x, g);
  f.log_likelihood_gradient(x, g);
};
template <class F>
concept HasPriorDraws = requires(const F& f, Rng& rng, PointOut x) {
  f.draw_prior(rng, x);
};
template <class F>
concept HasDerived = requires(const F& f, Point x, PointOut values) {
  { f.derived_names() } -> std::convertible_to<std::vector<std::string>>;
  f.derived(x, values);
};
template <class F>
concept HasName = requires(const F& f) {
  { f.name() } -> std::convertible_to<std::string>;
};
template <class F>
concept HasThreadSafe = requires(const F& f) {
  { f.thread_safe() } -> std::convertible_to<bool>;
};

template <class F>
[[nodiscard]] std::vector<Parameter> parameters_of(const F& f) {
  if constexpr (DeclaresParameters<F>) {
    return f.parameters();
  } else {
    return {Parameter{"x", real(), f.dimension()}};
  }
}

}  // namespace detail

/// Owns the callable. The description says `parts` when log_prior and log_likelihood are there.
template <DensityCallable F>
class CallableModel final : public Model {
 public:
  static constexpr bool kParts = DensityParts<F> || DensityPartsWithBlobs<F>;
  static constexpr bool kBlobs = DensityPartsWithBlobs<F> || (!kParts && WholeDensityWithBlobs<F>);
  static constexpr bool kGradient = kParts ? detail::HasPartGradients<F> : detail::HasWholeGradient<F>;

  explicit CallableModel(F f) : f_(std::move(f)), space_(detail::parameters_of(f_)) {
    description_.name = "callable";
    if constexpr (detail::HasName<F>) description_.name = f_.name();
    description_.summary = "a C++ callable";
    description_.source = "the calling program";
    description_.coordinates.assign(space_.coordinates().begin(), space_.coordinates().end());
    description_.output_names.assign(space_.names().begin(), space_.names().end());
    description_.parameter_count = space_.value_count();
    if constexpr (detail::HasDerived<F>) {
      for (std::string& name : f_.derived_names()) description_.output_names.push_back(std::move(name));
    }
    blobs_at_ = description_.output_names.size();
    if constexpr (kBlobs) {
      for (std::string& name : f_.blob_names()) description_.output_names.push_back(std::move(name));
    }
    description_.parts = kParts;
    description_.gradient = kGradient;
    description_.prior_draws = detail::HasPriorDraws<F>;
    if constexpr (detail::HasThreadSafe<F>) description_.thread_safe = f_.thread_safe();
  }

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] const ParameterSpace& space() const { return space_; }

  [[nodiscard]] LogDensity log_density(Point u) const override {
    if (space_.is_identity()) return at(u, 0);
    const detail::ScratchRow scratch(space_.value_count());
    const double log_jacobian = space_.constrain(u, scratch.row());
    return at(scratch.row(), log_jacobian);
  }

  LogDensity log_density_gradient(Point u, PointOut prior, PointOut likelihood) const override {
    if constexpr (kGradient) {
      const detail::ScratchRow values(space_.value_count());
      const detail::ScratchRow gradient(space_.value_count());
      const double log_jacobian = space_.constrain(u, values.row());
      const LogDensity result = at(values.row(), log_jacobian);
      if (result.prior == -kInfinity) return result;
      if constexpr (kParts) {
        f_.log_prior_gradient(values.row(), gradient.row());
        space_.pull_back(u, values.row(), gradient.row(), prior, true);
        f_.log_likelihood_gradient(values.row(), gradient.row());
        space_.pull_back(u, values.row(), gradient.row(), likelihood, false);
      } else {
        f_.gradient(values.row(), gradient.row());
        space_.pull_back(u, values.row(), gradient.row(), likelihood, true);
        for (double& g : prior) g = 0;
      }
      return result;
    } else {
      return Model::log_density_gradient(u, prior, likelihood);
    }
  }

  void draw_prior(Rng& rng, PointOut u) const override {
    if constexpr (detail::HasPriorDraws<F>) {
      const detail::ScratchRow values(space_.value_count());
      f_.draw_prior(rng, values.row());
      space_.unconstrain(values.row(), u);
    } else {
      Model::draw_prior(rng, u);
    }
  }

  void output_values(Point u, Rng&, PointOut values) const override {
    const std::size_t n = space_.value_count();
    space_.constrain(u, values.first(n));
    if constexpr (detail::HasDerived<F>) f_.derived(values.first(n), values.first(blobs_at_).subspan(n));
    if constexpr (kBlobs) {
      const PointOut blobs = values.subspan(blobs_at_);
      if constexpr (kParts) {
        (void)f_.log_likelihood(values.first(n), blobs);
      } else {
        (void)f_(values.first(n), blobs);
      }
    }
  }

  void unconstrain(Point values, PointOut u) const override {
    space_.unconstrain(values.first(space_.value_count()), u);
  }

 private:
  /// The parts at parameters x; nothing is called outside the support.
  [[nodiscard]] LogDensity at(Point x, double log_jacobian) const {
    if (log_jacobian == -kInfinity) return {-kInfinity, 0};
    if constexpr (kParts) {
      const double prior = f_.log_prior(x) + log_jacobian;
      if (prior == -kInfinity) return {-kInfinity, 0};
      return {prior, data_part(x)};
    } else {
      return {0, data_part(x) + log_jacobian};
    }
  }

  /// log_likelihood(x), or all of f(x); blobs go to a scratch row.
  [[nodiscard]] double data_part(Point x) const {
    if constexpr (DensityParts<F>) {
      return f_.log_likelihood(x);
    } else if constexpr (!kParts && WholeDensity<F>) {
      return f_(x);
    } else {
      const detail::ScratchRow blobs(description_.output_names.size() - blobs_at_);
      if constexpr (kParts) {
        return f_.log_likelihood(x, blobs.row());
      } else {
        return f_(x, blobs.row());
      }
    }
  }

  F f_;
  ParameterSpace space_;
  ModelDescription description_;
  std::size_t blobs_at_ = 0;  // first output that is one
};

/// A callable with the parameters it lacks: what density() makes of a lambda.
template <class F>
struct DeclaredDensity {
  std::vector<Parameter> declared;
  F f;
  [[nodiscard]] std::vector<Parameter> parameters() const { return declared; }
  double operator()(Point x) const { return f(x); }
};

/// The same with prior and likelihood apart.
template <class Prior, class Likelihood>
struct DeclaredParts {
  std::vector<Parameter> declared;
  Prior prior;
  Likelihood likelihood;
  [[nodiscard]] std::vector<Parameter> parameters() const { return declared; }
  double log_prior(Point x) const { return prior(x); }
  double log_likelihood(Point x) const { return likelihood(x); }
};

/// f(x), x in R^d.
template <WholeDensity F>
[[nodiscard]] auto density(std::size_t d, F f) {
  return DeclaredDensity<F>{{Parameter{"x", real(), d}}, std::move(f)};
}
/// f(x), x the declared parameters.
template <WholeDensity F>
[[nodiscard]] auto density(std::vector<Parameter> parameters, F f) {
  return DeclaredDensity<F>{std::move(parameters), std::move(f)};
}
/// prior(x), normalised over the declared parameters, and likelihood(x).
template <WholeDensity Prior, WholeDensity Likelihood>
[[nodiscard]] auto density(std::vector<Parameter> parameters, Prior prior, Likelihood likelihood) {
  return DeclaredParts<Prior, Likelihood>{std::move(parameters), std::move(prior), std::move(likelihood)};
}
template <WholeDensity Prior, WholeDensity Likelihood>
[[nodiscard]] auto density(std::size_t d, Prior prior, Likelihood likelihood) {
  return DeclaredParts<Prior, Likelihood>{{Parameter{"x", real(), d}}, std::move(prior), std::move(likelihood)};
}

}  // namespace dovetail
