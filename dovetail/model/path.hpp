/// The two paths over a model: from its prior to its posterior, and from a proper reference to its posterior.
///
/// Rules for what is not a number (docs/maths/tempering.md section 3), the same everywhere:
///   prior -inf                     outside the support: l0 = -inf, V = 0, whatever the likelihood says
///   likelihood -inf                V = -inf; a draw of the reference may be there
///   NaN, +inf or an exception      an error event: all four parts NaN, so it is an error at every temperature
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/kernel/path.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/tempering/reference.hpp"

namespace dovetail {

/// What a model did wrong, for the message that stops the run.
struct ModelFault {
  std::string message;        ///< "threw: ...", "gave NaN", "gave +inf"
  std::vector<double> point;  ///< coordinates
};

/// Keeps the first fault that any thread met; which one is first may depend on timing, so it serves messages only.
class ModelFaults {
 public:
  void note(Point x, std::string message);
  [[nodiscard]] std::optional<ModelFault> first() const;

 private:
  mutable std::mutex mutex_;
  std::optional<ModelFault> first_;
};

/// A path over a model: a view, cheap to make where it is needed. Model, faults and reference must outlive it. Calls
/// are safe from several threads when the model's are.
class ModelPath : public Path {
 public:
  [[nodiscard]] std::span<const Coordinate> coordinates() const final { return model_.description().coordinates; }
  [[nodiscard]] bool has_gradient() const final { return model_.description().gradient; }
  [[nodiscard]] const Model& model() const { return model_; }
  /// The potentials on this path of a point whose model parts are known: no evaluation of the model.
  [[nodiscard]] virtual Potential repotential(Point x, const Potential& known) const = 0;

 protected:
  ModelPath(const Model& model, ModelFaults& faults) : model_(model), faults_(faults) {}

  /// The model's parts at x: a value, or nothing after an error event.
  std::optional<LogDensity> call(Point x) const;
  std::optional<LogDensity> call_gradient(Point x, PointOut prior, PointOut likelihood) const;

  const Model& model_;

  ModelFaults& faults_;

 private:
  template <class Call>
  std::optional<LogDensity> guarded(Point x, Call&& call) const;
};

/// l0 = log prior, V = log likelihood: no cancellation, and the evidence is Z1/Z0. Of a model without parts l0 is 0, so
/// beta 1 alone has a meaning.
class PriorPath final : public ModelPath {
 public:
  PriorPath(const Model& model, ModelFaults& faults) : ModelPath(model, faults) {}
  [[nodiscard]] Potential evaluate(Point x) const override;
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override;
  bool draw_exact(double beta, Rng& rng, PointOut x) const override;
  [[nodiscard]] Potential repotential(Point x, const Potential& known) const override;
};

/// l0 = log q of a normalised reference on R^d, V = log prior + log likelihood - log q. Requires real coordinates.
class ReferencePath final : public ModelPath {
 public:
  /// `reference` has the model's dimension.
  ReferencePath(const Model& model, const tempering::Reference& reference, ModelFaults& faults)
      : ModelPath(model, faults), reference_(reference) {}
  [[nodiscard]] Potential evaluate(Point x) const override;
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override;
  bool draw_exact(double beta, Rng& rng, PointOut x) const override;
  [[nodiscard]] Potential repotential(Point x, const Potential& known) const override;

 private:
  const tempering::Reference& reference_;
};

}  // namespace dovetail
