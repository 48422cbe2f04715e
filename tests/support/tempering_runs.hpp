/// Whole tempering runs for tests: quiet observers, a model that counts what is asked of it, a job on its own.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <boost/math/distributions/normal.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/execute/executor.hpp"
#include "dovetail/jobs/temper.hpp"
#include "dovetail/jobs/temper_job.hpp"
#include "dovetail/model/registry.hpp"
#include "dovetail/run/run.hpp"
#include "tests/support/goodness_of_fit.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {

/// |z| that a standard normal exceeds with probability kAlpha / checks; 4.89 for one.
inline double z_limit(double checks = 1) {
  return boost::math::quantile(complement(boost::math::normal(), kAlpha / checks / 2));
}

inline Layout serial_layout() { return {"serial", 1}; }

inline TemperResult run_temper(const Model& model, const TemperOptions& options,
                               const Layout& layout = serial_layout()) {
  TemperObserver quiet;
  return temper(model, options, layout, quiet);
}

/// Options with the test's own seed.
inline TemperOptions own_options(std::uint32_t rounds, std::uint64_t index = 0) {
  TemperOptions options;
  options.seed = seed_from_name(index);
  options.rounds = rounds;
  return options;
}

inline double closed_form_of(const Model& model, const std::string& quantity) {
  for (const ClosedForm& form : model.description().closed_forms) {
    if (form.quantity == quantity) return form.value;
  }
  ADD_FAILURE() << model.description().name << " has no " << quantity;
  return 0;
}

/// Passes everything on to another model and counts densities and gradients, from any thread.
class CountingModel final : public Model {
 public:
  explicit CountingModel(const Model& inner) : inner_(inner) {}
  [[nodiscard]] const ModelDescription& description() const override { return inner_.description(); }
  [[nodiscard]] LogDensity log_density(Point x) const override {
    ++evaluations;
    return inner_.log_density(x);
  }
  LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const override {
    ++gradients;
    return inner_.log_density_gradient(x, prior, likelihood);
  }
  void draw_prior(Rng& rng, PointOut x) const override { inner_.draw_prior(rng, x); }
  void draw_exact(double beta, Rng& rng, PointOut x) const override { inner_.draw_exact(beta, rng, x); }
  void output_values(Point x, Rng& rng, PointOut values) const override { inner_.output_values(x, rng, values); }

  mutable std::atomic<std::uint64_t> evaluations{0};
  mutable std::atomic<std::uint64_t> gradients{0};

 private:
  const Model& inner_;
};

/// Forgets every draw.
class NoSink final : public Sink {
 public:
  void begin(std::span<const std::string>) override {}
  void write(const DrawBlock&) override {}
  std::uint64_t commit() override { return 0; }
  void rewind(std::uint64_t) override {}
  void drop_before(Round) override {}
};

/// The state that `shared` gives before the first round, on one thread.
inline State<TemperJob> begin_from(const TemperJob& job, TemperShared shared) {
  State<TemperJob> state;
  TemperJob::Scratch scratch;
  for (std::uint32_t i = 0; i < job.items(shared); ++i)
    state.locals.push_back(job.begin_local(shared, ItemId(i), scratch));
  state.shared = std::move(shared);
  return state;
}

/// Runs the job to its end on one thread without keeping draws.
inline void run_job(const TemperJob& job, State<TemperJob>& state, Observer& observer,
                    std::function<void(const State<TemperJob>&, double)> round_ended = {}) {
  const auto executor = make_serial_executor();
  NoSink sink;
  run(job, state, Surroundings<TemperJob>{*executor, sink, observer, std::move(round_ended), {}, 0});
}

}  // namespace dovetail::test
