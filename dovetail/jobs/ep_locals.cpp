#include "dovetail/jobs/ep_locals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dovetail/adapt/metric_estimate.hpp"
#include "dovetail/adapt/tuning.hpp"
#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/jobs/ep_record.hpp"
#include "dovetail/jobs/failures.hpp"
#include "dovetail/kernel/evaluate.hpp"
#include "dovetail/math/distributions.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/model/start.hpp"
#include "dovetail/run/checkpoint.hpp"

namespace dovetail {
namespace {

constexpr std::uint64_t kWindow = 150;  ///< iterations before the first draw, once for the metric and once after it
constexpr std::uint64_t kSteps = 10;    ///< iterations for each draw
constexpr double kFirstStep = 0.1;
constexpr std::uint64_t kFirstStream = 1000;  ///< the correction of the answer has those before
static_assert(kFirstStream >= kErrorSteps + kPointsChecked);

/// The law of a site's local parameters given shared ones that the owner may change.
class LocalPath final : public Path {
 public:
  LocalPath(const DividedModel& model, std::size_t site, const std::vector<double>& x, ModelFaults& faults)
      : model_(model),
        site_(site),
        x_(x),
        faults_(faults),
        coordinates_(model.locals(site)),
        in_shared_(model.shared()),
        spare_(model.locals(site)) {}

  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] bool has_gradient() const override { return true; }
  [[nodiscard]] Potential evaluate(Point u) const override { return look(u, spare_); }
  Potential evaluate_gradient(Point u, PointOut reference, PointOut energy) const override {
    std::fill(reference.begin(), reference.end(), 0.0);
    return look(u, energy);
  }

 private:
  Potential look(Point u, PointOut in_local) const {
    const double log = model_.site_gradient(site_, x_, u, in_shared_, in_local);
    if (is_error(log)) faults_.note(x_, std::isnan(log) ? "gave NaN" : "gave +inf");
    return {0, log, 0, log};
  }

  const DividedModel& model_;
  std::size_t site_;
  const std::vector<double>& x_;
  ModelFaults& faults_;
  std::vector<Coordinate> coordinates_;
  mutable std::vector<double> in_shared_, spare_;  // of one thread
};

/// The chain that goes from point to point.
class LocalChain {
 public:
  LocalChain(const DividedModel& model, std::size_t site, const EpOptions& options, Point first)
      : x_(first.begin(), first.end()),
        path_(model, site, x_, faults_),
        kernel_(options.depth_max, options.adapt_delta),
        seed_(options.seed),
        site_(static_cast<std::uint32_t>(site)) {
    const std::size_t m = model.locals(site);
    chain_.x.assign(m, 0);
    tuning_ = initial_tuning(path_.coordinates());
    tuning_.step_size = kFirstStep;
    tuning_.metric = diagonal_metric(std::vector<double>(m, 1.0));
    look_anew();
    if (chain_.potential.energy == -kInfinity || is_error(chain_.potential.energy)) {
      throw ModelError(
          fmt::format("site \"{}\" has no density where all its local parameters are 0, at {}; there its "
                      "draws would begin",
                      model.site_name(site), point_words(model.description().coordinates, x_)));
    }
    warm_up();
  }

  /// A draw of u given x.
  Point draw(Point x) {
    std::copy(x.begin(), x.end(), x_.begin());
    look_anew();
    for (std::uint64_t i = 0; i < kSteps; ++i) {
      Rng rng = next_stream();
      kernel_.step(chain_, density_, tuning_, rng, workspace_, record_);
    }
    return chain_.x;
  }

 private:
  Rng next_stream() { return Rng({seed_, Purpose::importance, ItemId(site_), Step(step_++)}); }

  void look_anew() {
    chain_.has_gradient = false;
    chain_.potential = path_.evaluate(chain_.x);
  }

  void warm_up() {
    std::vector<double> positions;
    std::vector<double> gradients;
    for (const bool last : {false, true}) {
      Rng first = next_stream();
      kernel_.begin_window(chain_, density_, tuning_, first, workspace_, record_);
      for (std::uint64_t i = 0; i < kWindow; ++i) {
        Rng rng = next_stream();
        kernel_.adapting_step(chain_, density_, tuning_, rng, workspace_, record_);
        if (i < kWindow / 2 || !detail::bring_gradients(chain_, density_, record_)) continue;
        positions.insert(positions.end(), chain_.x.begin(), chain_.x.end());
        gradients.insert(gradients.end(), chain_.gradient_energy.begin(), chain_.gradient_energy.end());
      }
      const std::size_t rows = positions.size() / chain_.x.size();
      if (last || rows < 2) continue;
      const std::vector<ChainMoments> moments = {chain_moments(positions, gradients, rows, MetricKind::diagonal)};
      tuning_.metric = estimate_metrics(moments, MetricRule::fisher, Pooling::guarded).of_chain(0);
    }
    kernel_.end_tuning(tuning_);
  }

  std::vector<double> x_;
  ModelFaults faults_;
  LocalPath path_;
  Density density_{path_, 1};
  NutsKernel kernel_;
  std::uint64_t seed_;
  std::uint32_t site_;
  std::uint64_t step_ = kFirstStream;
  ChainState chain_;
  Tuning tuning_;
  Workspace workspace_;
  KernelRecord record_;
};

/// The shared state of a run that its checkpoint holds.
EpShared shared_of(const EpJob& job, const RunFolder& folder) {
  const EpRecording recording(job);
  const auto checkpoint = CheckpointFolder(folder.checkpoint()).load();
  if (!checkpoint) {
    throw CheckpointError(folder.path().string() + " has no checkpoint (it was killed before its first); resume it");
  }
  require_same_identity(binding_identity(recording.manifest(Layout{}).identity), checkpoint->identity,
                        folder.checkpoint().string());
  return unpack<State<EpJob>>(checkpoint->state).shared;
}

}  // namespace

std::vector<double> draw_locals(const DividedModel& model, std::size_t site, const std::vector<double>& points,
                                const EpOptions& options) {
  const std::size_t d = model.shared();
  std::vector<double> draws;
  if (model.locals(site) == 0 || points.empty()) return draws;
  LocalChain chain(model, site, options, std::span(points).first(d));
  for (std::size_t at = 0; at < points.size(); at += d) {
    const Point u = chain.draw(std::span(points).subspan(at, d));
    draws.insert(draws.end(), u.begin(), u.end());
  }
  return draws;
}

std::vector<double> answer_draws(const EpJob& job, const EpShared& shared, std::size_t count) {
  const std::size_t d = job.model().shared();
  const auto& certificate = shared.correction.certificate;
  if (certificate && certificate->holds) {
    std::vector<double> draws = job.corrected_draws(shared);
    if (count * d > draws.size()) {
      throw UsageError(fmt::format("--draws {} are more than the {} of the corrected answer; give at most those", count,
                                   draws.size() / d));
    }
    draws.resize(count * d);
    return draws;
  }
  const auto normal = ep::normal_of(shared.answer);
  const auto factor = math::cholesky(normal->covariance, d);
  DOVETAIL_ENSURE(factor.has_value());
  Rng rng({job.options().seed, Purpose::importance, ItemId(static_cast<std::uint32_t>(job.model().sites())),
           Step(kFirstStream)});
  std::vector<double> draws(count * d);
  math::draw_normals(rng, draws);
  for (std::size_t at = 0; at < draws.size(); at += d) {
    const auto x = std::span(draws).subspan(at, d);
    math::multiply_lower(*factor, x, x);
    for (std::size_t j = 0; j < d; ++j) x[j] += normal->mean[j];
  }
  return draws;
}

LocalDraws local_draws(const DividedModel& model, const EpOptions& options, const RunFolder& folder,
                       const std::vector<std::size_t>& sites, std::size_t count) {
  DOVETAIL_REQUIRE(!model.is_private());
  check_options(options, model);
  const EpJob job(model, options);
  const EpShared shared = shared_of(job, folder);
  if (shared.round == 0) {
    throw UsageError(folder.path().string() + " has finished no round, so there is no answer yet; resume it");
  }
  const std::size_t d = model.shared();
  const std::vector<double> points = answer_draws(job, shared, count);
  LocalDraws table;
  table.rows = count;
  const std::vector<std::string>& names = model.description().output_names;
  table.columns.assign(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(d));
  std::vector<std::vector<double>> parts;  // by site: what it shows of each draw
  for (const std::size_t site : sites) {
    std::size_t first = d;
    for (std::size_t k = 0; k < site; ++k) first += model.site_outputs(k).size();
    const std::size_t outputs = model.site_outputs(site).size();
    for (std::size_t i = 0; i < outputs; ++i) table.columns.push_back(names[first + i]);
    const std::vector<double> draws = draw_locals(model, site, points, options);
    const std::size_t m = model.locals(site);
    std::vector<double>& shown = parts.emplace_back(count * outputs);
    for (std::size_t s = 0; s < count; ++s) {
      Rng rng({job.options().seed, Purpose::outputs, ItemId(static_cast<std::uint32_t>(site)), Step(s)});
      model.site_output_values(site, std::span(points).subspan(s * d, d), std::span(draws).subspan(s * m, m), rng,
                               std::span(shown).subspan(s * outputs, outputs));
    }
  }
  for (std::size_t s = 0; s < count; ++s) {
    for (std::size_t j = 0; j < d; ++j) {
      table.values.push_back(shared_value(model.description().coordinates[j], points[s * d + j]));
    }
    for (const std::vector<double>& part : parts) {
      const std::size_t outputs = part.size() / count;
      const auto own = std::span(part).subspan(s * outputs, outputs);
      table.values.insert(table.values.end(), own.begin(), own.end());
    }
  }
  return table;
}

}  // namespace dovetail
