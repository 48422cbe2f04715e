/// The Model seam: what a posterior is, wherever it comes from.
///
/// A model lives on d *coordinates* (what kernels move) and reports *parameters* (what users see). A bounded real
/// parameter has an unconstrained coordinate; its log-Jacobian belongs to the prior, and so to every temperature.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/kernel/path.hpp"
#include "dovetail/kernel/presence.hpp"

namespace dovetail {

/// The two parts of log p(x, data), in nats, with respect to the coordinates (log-Jacobian inside `prior`).
struct LogDensity {
  double prior = 0;
  double likelihood = 0;
};

/// A figure that is known without sampling, for tests and for `dovetail check`.
struct ClosedForm {
  std::string quantity;  ///< "log_evidence", "mean(NAME)" or "sd(NAME)", NAME an output
  double value = 0;
};

/// What is fixed about a model, computed once.
struct ModelDescription {
  std::string name;                       ///< as given: "builtin:mvn,d=100"
  std::string identity{};                 ///< the same for every spelling of the name; empty: the name
  std::string summary;                    ///< one line
  std::string source;                     ///< paper, table or "own, see docs/models.md"
  std::string kind{};                     ///< "library", "exec"; empty: built in, or a C++ callable
  std::string file_sha256{};              ///< of the file that it was loaded from; empty: it is part of this program
  std::string data_sha256{};              ///< of the data that it was made from; empty: none
  std::vector<Coordinate> coordinates;    ///< d; one that is not itself a parameter is called NAME.i ("theta.1")
  std::vector<std::string> output_names;  ///< names of what output_values() writes: parameters, then derived quantities
  std::size_t parameter_count = 0;        ///< how many of output_names are parameters: what unconstrain() reads
  bool parts = false;                     ///< prior and likelihood are apart and the prior is a normalised density
  bool gradient = false;                  ///< log_density_gradient() works
  bool prior_draws = false;               ///< draw_prior() works
  bool exact_draws = false;               ///< draw_exact() works at every beta of the path prior * likelihood^beta
  bool thread_safe = true;                ///< calls from several threads at once are safe
  std::string one_thread_because{};       ///< where they are not: why, and what to do about it
  bool offers_prior = false;              ///< parts could be had by asking for a path from the prior
  std::vector<ClosedForm> closed_forms;

  /// Some coordinates are there at some points only (Coordinate::presence): the density never reads them elsewhere,
  /// their elements of its gradients are 0 there, output_values() gives NaN for the parameter of the same name, and its
  /// closed forms are over the draws where it is there. The prior is a density on (which components are there, their
  /// coordinates): a prior p(k) of how many of K labelled ones is p(k)/C(K, k) for each set of k.
  [[nodiscard]] bool transdimensional() const { return is_transdimensional(coordinates); }
  [[nodiscard]] std::span<const std::string> parameter_names() const {
    return std::span(output_names).first(parameter_count);
  }
};

/// Points that a model refused in words of its own, where others return -inf; and what went wrong and passed.
struct Rejections {
  std::uint64_t count = 0;    ///< by this process; a run that goes on begins again from 0
  std::string first;          ///< what it said of one of them; which one may depend on timing
  std::uint64_t crashes = 0;  ///< of its program, after which a new one answered; likewise
  std::string crash;          ///< how one of them ended

  template <class Archive>
  void describe(Archive& archive) {
    archive(count);
    archive(first);
    archive(crashes);
    archive(crash);
  }
};

/// A log density on d coordinates. const calls are pure; -inf is outside the support; NaN, +inf or an exception is an
/// error event that kernels count and never accept.
class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual const ModelDescription& description() const = 0;
  [[nodiscard]] std::size_t dimension() const { return description().coordinates.size(); }

  /// `x`: d coordinates.
  [[nodiscard]] virtual LogDensity log_density(Point x) const = 0;
  /// The same, and both gradients (d each; 0 for integer coordinates). Only when description().gradient.
  virtual LogDensity log_density_gradient(Point x, PointOut prior, PointOut likelihood) const;
  /// An independent draw from the prior. Only when description().prior_draws.
  virtual void draw_prior(Rng& rng, PointOut x) const;
  /// An independent draw from prior * likelihood^beta, normalised. Only when description().exact_draws.
  virtual void draw_exact(double beta, Rng& rng, PointOut x) const;
  /// Writes output_names.size() values: the parameters on their own scale, then derived quantities. `rng` is keyed by
  /// the draw, so it does not matter who computes them.
  virtual void output_values(Point x, Rng& rng, PointOut values) const = 0;
  /// The inverse of output_values(): writes the d coordinates of a point whose parameters are the first
  /// description().parameter_count of `values`; what follows them is not read. ModelError names the parameter that lies
  /// outside its domain, or says that the model cannot start from values (the default). Does not evaluate the density.
  virtual void unconstrain(Point values, PointOut x) const;
  /// What the model said of the points where it gave -inf, for messages. Safe to call at any time.
  [[nodiscard]] virtual Rejections rejections() const { return {}; }
};

}  // namespace dovetail
