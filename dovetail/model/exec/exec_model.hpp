/// `exec:COMMAND`: any program that answers lines on its standard output is a model (docs/exec.md).
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dovetail/model/model.hpp"
#include "dovetail/model/transform.hpp"

namespace dovetail {

namespace exec {
class Programs;
}

struct ExecOptions {
  std::string data{};          ///< the path that the program is told; empty: none
  std::string data_sha256{};   ///< of the bytes there, for description().data_sha256
  double time_limit_s = 60;    ///< for the first line and for an evaluation; n points together have n times as long
  int tries = 3;               ///< processes that a point may take down before it counts as an error event; >= 1
  std::string crash_folder{};  ///< where such points are kept; empty: $TMPDIR, or /tmp
};

/// A density that is computed by a program, run by /bin/sh -c, one process for each thread that calls at once. The
/// program must be a function of the point alone: which process answers is left to chance.
///
/// Errors. A point that the program calls an error has density 0 (-inf) and is counted: rejections(). A point whose
/// evaluation ends its process `tries` times throws ModelError: an error event. A late answer, a line that is no
/// answer, or a program that cannot be started again throws ModelLost, now and at every later call, since a run that
/// went on would depend on the machine or on nonsense.
///
/// Threads: calls may come from several. The constructor ignores SIGPIPE for the whole process where nobody handles it.
class ExecModel final : public Model {
 public:
  /// Starts the first process. ModelError when it does not start or does not declare a model; UsageError when the
  /// command is empty.
  explicit ExecModel(const std::string& command, const ExecOptions& options = {});
  ~ExecModel() override;
  ExecModel(const ExecModel&) = delete;
  ExecModel& operator=(const ExecModel&) = delete;

  [[nodiscard]] const ModelDescription& description() const override { return description_; }
  [[nodiscard]] LogDensity log_density(Point u) const override;
  LogDensity log_density_gradient(Point u, PointOut prior, PointOut likelihood) const override;
  void output_values(Point u, Rng& rng, PointOut values) const override;
  void unconstrain(Point values, PointOut u) const override;
  [[nodiscard]] Rejections rejections() const override;

  /// The log densities at out.size() points, `u` row by row (n x d), in as few exchanges as the protocol allows. NaN
  /// where one of them alone would throw ModelError, -inf where the program calls it an error. No kernel asks for
  /// several points at once; programs that use the library can.
  void log_densities(Point u, std::span<LogDensity> out) const;

 private:
  std::unique_ptr<exec::Programs> programs_;
  std::unique_ptr<ParameterSpace> space_;
  ModelDescription description_;
};

/// The model of `spec`, "exec:COMMAND".
[[nodiscard]] std::unique_ptr<Model> make_exec_model(std::string_view spec, const ExecOptions& options = {});

}  // namespace dovetail
