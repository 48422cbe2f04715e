// From what a model returns to the pair that kernels and swaps see.
#include "dovetail/model/path.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include "dovetail/core/error.hpp"

namespace dovetail {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Potential error_event() { return {kNan, kNan, kNan, kNan}; }
Potential outside() { return {-kInfinity, 0, -kInfinity, 0}; }

Potential from_prior(const LogDensity& parts) {
  if (parts.prior == -kInfinity) return outside();
  return {parts.prior, parts.likelihood, parts.prior, parts.likelihood};
}

Potential from_reference(const LogDensity& parts, double log_reference) {
  const double target = parts.prior + parts.likelihood;
  if (log_reference == -kInfinity && target == -kInfinity) return outside();
  return {log_reference, target - log_reference, parts.prior, parts.likelihood};
}

}  // namespace

void ModelFaults::note(Point x, std::string message) {
  const std::lock_guard lock(mutex_);
  if (!first_) first_ = ModelFault{std::move(message), {x.begin(), x.end()}};
}

std::optional<ModelFault> ModelFaults::first() const {
  const std::lock_guard lock(mutex_);
  return first_;
}

template <class Call>
std::optional<LogDensity> ModelPath::guarded(Point x, Call&& call) const {
  try {
    const LogDensity parts = call();
    if (parts.prior == -kInfinity) return LogDensity{-kInfinity, 0};
    const double total = parts.prior + parts.likelihood;
    if (total < kInfinity) return parts;
    faults_.note(x, std::isnan(total) ? "gave NaN" : "gave +inf");
  } catch (const ModelLost&) {
    throw;
  } catch (const std::exception& error) {
    faults_.note(x, std::string("threw: ") + error.what());
  } catch (...) {
    faults_.note(x, "threw something that is no std::exception");
  }
  return std::nullopt;
}

std::optional<LogDensity> ModelPath::call(Point x) const {
  return guarded(x, [&] { return model_.log_density(x); });
}

std::optional<LogDensity> ModelPath::call_gradient(Point x, PointOut prior, PointOut likelihood) const {
  return guarded(x, [&] { return model_.log_density_gradient(x, prior, likelihood); });
}

Potential PriorPath::evaluate(Point x) const {
  const auto parts = call(x);
  return parts ? from_prior(*parts) : error_event();
}

Potential PriorPath::evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const {
  const auto parts = call_gradient(x, gradient_reference, gradient_energy);
  return parts ? from_prior(*parts) : error_event();
}

bool PriorPath::draw_exact(double beta, Rng& rng, PointOut x) const {
  const bool from_prior_sampler = beta == 0 && model_.description().prior_draws;
  if (!from_prior_sampler && !model_.description().exact_draws) return false;
  try {
    if (from_prior_sampler) {
      model_.draw_prior(rng, x);
    } else {
      model_.draw_exact(beta, rng, x);
    }
  } catch (const ModelLost&) {
    throw;
  } catch (const std::exception& error) {
    faults_.note(x, std::string("threw in a draw from its prior: ") + error.what());
    std::fill(x.begin(), x.end(), kNan);  // its density is then an error event, which is counted and never accepted
  }
  return true;
}

Potential PriorPath::repotential(Point, const Potential& known) const {
  return from_prior({known.log_prior, known.log_likelihood});
}

Potential ReferencePath::evaluate(Point x) const {
  const auto parts = call(x);
  return parts ? from_reference(*parts, reference_.log_density(x)) : error_event();
}

Potential ReferencePath::evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const {
  // gradient_reference first takes the prior's gradient: V's is prior + likelihood - reference
  const auto parts = call_gradient(x, gradient_reference, gradient_energy);
  if (!parts) return error_event();
  for (std::size_t i = 0; i < x.size(); ++i) gradient_energy[i] += gradient_reference[i];
  const double log_reference = reference_.log_density_gradient(x, gradient_reference);
  for (std::size_t i = 0; i < x.size(); ++i) gradient_energy[i] -= gradient_reference[i];
  return from_reference(*parts, log_reference);
}

bool ReferencePath::draw_exact(double beta, Rng& rng, PointOut x) const {
  if (beta != 0) return false;
  reference_.draw(rng, x);
  return true;
}

Potential ReferencePath::repotential(Point x, const Potential& known) const {
  return from_reference({known.log_prior, known.log_likelihood}, reference_.log_density(x));
}

}  // namespace dovetail
