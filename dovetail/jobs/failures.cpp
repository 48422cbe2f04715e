#include "dovetail/jobs/failures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/model/start.hpp"

namespace dovetail {

std::string fault_words(const Model& model, const ModelFaults& faults, Point x) {
  const auto fault = faults.first();
  const ModelDescription& description = model.description();
  return fmt::format("model {} {} at {}", description.name, fault ? fault->message : "gave NaN or +inf",
                     point_words(description.coordinates, fault ? Point(fault->point) : x));
}

std::string rejection_words(const Model& model) {
  const Rejections rejections = model.rejections();
  if (rejections.count == 0) return "";
  return fmt::format("; it refuses points, and said of one of them: {}", rejections.first);
}

void compute_outputs(const Model& model, ModelFaults& faults, Point x, Rng& rng, KernelRecord& record,
                     PointOut values) {
  try {
    model.output_values(x, rng, values);
  } catch (const ModelLost&) {
    throw;
  } catch (const std::exception& error) {
    faults.note(x, std::string("threw while it computed its outputs: ") + error.what());
    record_error(record, x);
    std::fill(values.begin(), values.end(), std::numeric_limits<double>::quiet_NaN());
  }
}

void require_same_density(const Model& model, Point x, const Potential& known) {
  constexpr double kRounding = 1e-8;
  const double before = known.log_prior + known.log_likelihood;
  if (std::isnan(before)) return;  // an error event, counted where it was met
  double now = std::numeric_limits<double>::quiet_NaN();
  std::string words = "and threw now";
  try {
    const LogDensity again = model.log_density(x);
    now = again.prior == -kInfinity ? -kInfinity : again.prior + again.likelihood;
    words = fmt::format("and is {} now", now);
  } catch (const ModelLost&) {
    throw;
  } catch (const std::exception& error) {
    words += fmt::format(": {}", error.what());
  }
  if (now == before) return;
  if (std::isfinite(before) && std::fabs(now - before) <= kRounding * std::max(1.0, std::fabs(before))) return;
  throw ModelLost(fmt::format(
      "model {}: its log density at {} was {} {} (so it depends on more than its point: on how often it was asked, on "
      "other threads, or on whether its gradient is asked for with it; no draw could be trusted); look it over with "
      "`dovetail check`, and make it a function of its point",
      model.description().name, point_words(model.description().coordinates, x), before, words));
}

void stop_on_error(OnError on_error, const Model& model, const ModelFaults& faults, const KernelRecord& record) {
  if (record.error_events == 0 || on_error != OnError::stop) return;
  throw ModelError(fault_words(model, faults, record.error_point) +
                   " (such a point can be neither accepted nor trusted); mend the model, or count and reject such "
                   "points with --on-error reject");
}

}  // namespace dovetail
