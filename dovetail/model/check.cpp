// The preflight of a model: every question is asked at seeded points and answered as data.
#include "dovetail/model/check.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <exception>
#include <limits>
#include <optional>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/core/rng.hpp"
#include "dovetail/model/start.hpp"

namespace dovetail {
namespace {

constexpr std::size_t kCoordinatesChecked = 64;  // per point; a wrong gradient is wrong in more places than one

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

class Examination {
 public:
  Examination(const Model& model, const ModelCheckOptions& options) : model_(model), options_(options) {
    result_.points = options.points;
    result_.thread_safe = model.description().thread_safe;
  }

  ModelCheck run() {
    const std::size_t d = model_.dimension();
    std::vector<double> x(d), prior(d), likelihood(d), outputs(model_.description().output_names.size());
    for (std::size_t point = 0; point < options_.points; ++point) {
      Rng rng({options_.seed, Purpose::check, ItemId(static_cast<std::uint32_t>(point)), Step(0)});
      try {
        draw_check_point(model_, rng, x);
        const LogDensity value = model_.log_density(x);
        if (!classify(value, point)) continue;
        check_purity(value, x, point);
        if (model_.description().gradient) check_gradient(value, x, prior, likelihood, point);
        check_outputs(value, x, outputs, point);
      } catch (const ModelLost& error) {
        report("lost", at(point) + error.what(), "no run could go on after this");
        return std::move(result_);
      } catch (const std::exception& error) {
        ++result_.errors;
        report("throws", at(point) + "the model throws: " + error.what(),
               "return -inf outside the support instead of throwing");
      }
    }
    if (result_.finite == 0) {
      report("no-finite-point", "the log density is finite at none of " + std::to_string(options_.points) + " points",
             "check the support and the units; sampling could not start");
    }
    return std::move(result_);
  }

 private:
  static std::string at(std::size_t point) { return "point " + std::to_string(point) + ": "; }

  /// Keeps the first finding of each kind: the others are the same story.
  void report(const char* id, std::string text, std::string fix) {
    for (const ModelFinding& finding : result_.findings) {
      if (finding.id == id) return;
    }
    result_.findings.push_back({id, std::move(text), std::move(fix)});
  }

  /// True when the point is inside the support and fine.
  bool classify(const LogDensity& value, std::size_t point) {
    const double total = value.prior == -kInfinity ? -kInfinity : value.prior + value.likelihood;
    if (total == -kInfinity) {
      ++result_.outside;
      return false;
    }
    if (total < kInfinity) {
      ++result_.finite;
      return true;
    }
    ++result_.errors;
    report("nan", at(point) + "log prior " + shortest(value.prior) + ", log likelihood " + shortest(value.likelihood),
           "return -inf where the density is 0, and avoid 0 * inf and inf - inf");
    return false;
  }

  void check_purity(const LogDensity& value, Point x, std::size_t point) {
    // Another point in between, so that a model that remembers its last call is caught.
    std::vector<double> other(x.begin(), x.end());
    for (std::size_t i = 0; i < other.size(); ++i) {
      if (model_.description().coordinates[i].kind == CoordinateKind::real) other[i] = 0.5 * other[i] + 0.1;
    }
    (void)model_.log_density(other);
    const LogDensity again = model_.log_density(x);
    if (same_bits(value.prior, again.prior) && same_bits(value.likelihood, again.likelihood)) return;
    result_.pure = false;
    report("impure", at(point) + "two calls at the same point gave different log densities",
           "make the density a function of its argument alone: no counters, clocks or random numbers");
  }

  void check_gradient(const LogDensity& value, std::span<double> x, PointOut prior, PointOut likelihood,
                      std::size_t point) {
    const LogDensity with = model_.log_density_gradient(x, prior, likelihood);
    const double size = std::max(1.0, std::fabs(value.prior) + std::fabs(value.likelihood));
    if (!(std::fabs(with.prior - value.prior) + std::fabs(with.likelihood - value.likelihood) <= 1e-10 * size)) {
      report("gradient-value", at(point) + "the gradient call returns another log density than the plain call",
             "return the same value from both");
    }
    const std::size_t stride = std::max<std::size_t>(1, (x.size() + kCoordinatesChecked - 1) / kCoordinatesChecked);
    for (std::size_t i = point % stride; i < x.size(); i += stride) {
      if (crosses_seam(model_.description().coordinates[i], x[i])) continue;
      if (model_.description().coordinates[i].kind == CoordinateKind::integer) {
        if (prior[i] != 0 || likelihood[i] != 0) {
          report("gradient", at(point) + "coordinate " + std::to_string(i) + " is an integer and has a gradient",
                 "write 0 for integer coordinates");
        }
        continue;
      }
      compare("log prior", prior[i], difference([&](Point p) { return model_.log_density(p).prior; }, x, i), i, point);
      compare("log likelihood", likelihood[i],
              difference([&](Point p) { return model_.log_density(p).likelihood; }, x, i), i, point);
    }
  }

  /// Differences around a point near the ends of a circle would ask for points outside of it.
  static bool crosses_seam(const Coordinate& c, double x) {
    const double reach = difference_reach(x);
    return c.kind == CoordinateKind::cyclic && (x - c.lower < reach || c.upper - x < reach);
  }

  void compare(const char* part, double gradient, const Difference& numeric, std::size_t i, std::size_t point) {
    const double size = std::max(1.0, std::fabs(gradient));
    // A difference that does not settle (an edge, rough values) proves nothing about the gradient.
    if (std::isfinite(gradient) && !(numeric.error <= 0.1 * options_.gradient_tolerance * size)) return;
    const double error = std::fabs(gradient - numeric.value) / size;
    ++result_.gradients;
    if (error > result_.gradient_error) result_.gradient_error = error;
    if (error <= options_.gradient_tolerance) return;
    report("gradient",
           at(point) + "d " + part + " / d x[" + std::to_string(i) + "] is " + shortest(gradient) +
               ", differences give " + shortest(numeric.value),
           "correct the gradient, or leave it out and use a kernel without gradients");
  }

  void check_outputs(const LogDensity& value, std::span<double> x, PointOut outputs, std::size_t point) {
    Rng rng({options_.seed, Purpose::outputs, ItemId(static_cast<std::uint32_t>(point)), Step(0)});
    model_.output_values(x, rng, outputs);
    const ModelDescription& about = model_.description();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto of_output = [&](const Coordinate& c) { return c.name == about.output_names[i] && !is_there(c, x); };
      const bool absent =
          i < about.parameter_count && std::any_of(about.coordinates.begin(), about.coordinates.end(), of_output);
      if (absent && !std::isnan(outputs[i])) {
        report("absent-output", at(point) + about.output_names[i] + " is not there, and yet its output is a number",
               "write NaN for what is not there");
      }
      if (absent || !std::isnan(outputs[i])) continue;
      report("output-nan", at(point) + "output " + about.output_names[i] + " is NaN",
             "give every output a value wherever the density is finite");
    }
    check_round_trip(outputs, point);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!is_there(about.coordinates[i], x)) check_absent(value, x, i, point);
    }
  }

  /// From values to coordinates and back to values: several coordinates may stand for one value, so these are compared.
  void check_round_trip(Point values, std::size_t point) {
    constexpr double kRounding = 1e-8;
    std::vector<double> x(model_.dimension());
    std::vector<double> again(values.size());
    try {
      model_.unconstrain(values, x);
    } catch (const ModelLost&) {
      throw;
    } catch (const ModelError& error) {
      if (result_.round_trip_refusal.empty()) result_.round_trip_refusal = at(point) + error.what();
      return;
    }
    Rng rng({options_.seed, Purpose::outputs, ItemId(static_cast<std::uint32_t>(point)), Step(0)});
    model_.output_values(x, rng, again);
    ++result_.round_trips;
    for (std::size_t i = 0; i < model_.description().parameter_count; ++i) {
      if (same_bits(values[i], again[i]) || (std::isnan(values[i]) && std::isnan(again[i]))) continue;
      const double error = std::fabs(again[i] - values[i]) / std::max(1.0, std::fabs(values[i]));
      result_.round_trip_error = std::max(result_.round_trip_error, std::isnan(error) ? kInfinity : error);
      if (error <= kRounding) continue;
      report("round-trip",
             at(point) + model_.description().output_names[i] + " is " + shortest(values[i]) + ", and " +
                 shortest(again[i]) + " on the way back to the coordinates and forth again",
             "make the map from values to coordinates the inverse of that from coordinates to values");
    }
  }

  /// NaN in the place of a coordinate that is not there: whoever reads it gets another value.
  void check_absent(const LogDensity& value, std::span<double> x, std::size_t i, std::size_t point) {
    const double before = x[i];
    x[i] = std::numeric_limits<double>::quiet_NaN();
    const LogDensity without = model_.log_density(x);
    x[i] = before;
    if (same_bits(value.prior, without.prior) && same_bits(value.likelihood, without.likelihood)) return;
    report("absent-read",
           at(point) + model_.description().coordinates[i].name + " is not there, and yet the density depends on it",
           "leave out of the density what is not there");
  }

  const Model& model_;
  const ModelCheckOptions& options_;
  ModelCheck result_;
};

}  // namespace

void draw_check_point(const Model& model, Rng& rng, PointOut x) {
  if (model.description().prior_draws) return model.draw_prior(rng, x);
  draw_start(model.description().coordinates, kStartRadius, rng, x);
}

ModelCheck check_model(const Model& model, const ModelCheckOptions& options) {
  return Examination(model, options).run();
}

}  // namespace dovetail
