// Between coordinates and the values that a program is asked about.
#include "dovetail/model/exec/exec_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/model/exec/programs.hpp"
#include "dovetail/model/scratch.hpp"

namespace dovetail {
namespace {

using exec::Answer;
using exec::Programs;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kPrefix = "exec:";

/// The log density at `x`, where it is known without asking: off the support, or off what JSON can hold.
std::optional<LogDensity> without_asking(Point x, double log_jacobian) {
  if (log_jacobian == -kInfinity) return LogDensity{-kInfinity, 0};
  double infinite = 0;
  for (const double value : x) {
    if (std::isnan(value)) return LogDensity{kNan, kNan};
    infinite += std::isinf(value) ? 1 : 0;
  }
  return infinite > 0 ? std::optional(LogDensity{-kInfinity, 0}) : std::nullopt;
}

LogDensity density_of(const Answer& answer, std::size_t point, bool parts, double log_jacobian) {
  if (!parts) return {0, answer.likelihood[point] + log_jacobian};
  const double prior = answer.prior[point] + log_jacobian;
  return prior == -kInfinity ? LogDensity{-kInfinity, 0} : LogDensity{prior, answer.likelihood[point]};
}

}  // namespace

ExecModel::ExecModel(const std::string& command, const ExecOptions& options) {
  if (command.find_first_not_of(" \t") == std::string::npos) {
    throw UsageError("exec: names no program; write exec:COMMAND, for example 'exec:python3 model.py'");
  }
  programs_ = std::make_unique<Programs>(command, options);
  const exec::Declaration& declared = programs_->declaration();
  space_ = std::make_unique<ParameterSpace>(declared.parameters);
  description_.name = std::string(kPrefix) + command;
  description_.identity = description_.name + (declared.version.empty() ? "" : " version " + declared.version);
  description_.summary = declared.name.empty() ? "a program" : declared.name;
  description_.source = "a program over a pipe";
  description_.kind = "exec";
  description_.data_sha256 = options.data_sha256;
  description_.coordinates.assign(space_->coordinates().begin(), space_->coordinates().end());
  description_.output_names.assign(space_->names().begin(), space_->names().end());
  description_.parameter_count = space_->value_count();
  description_.parts = declared.parts;
  description_.gradient = declared.gradient;
}

ExecModel::~ExecModel() = default;

LogDensity ExecModel::log_density(Point u) const {
  const detail::ScratchRow values(space_->value_count());
  const double log_jacobian = space_->constrain(u, values.row());
  if (const auto known = without_asking(values.row(), log_jacobian)) return *known;
  const Programs::Loan loan = programs_->ask(values.row(), 1, false);
  return density_of(loan.answer(), 0, description_.parts, log_jacobian);
}

LogDensity ExecModel::log_density_gradient(Point u, PointOut prior, PointOut likelihood) const {
  if (!description_.gradient) return Model::log_density_gradient(u, prior, likelihood);
  const detail::ScratchRow values(space_->value_count());
  const PointOut x = values.row();
  const double log_jacobian = space_->constrain(u, x);
  if (const auto known = without_asking(x, log_jacobian)) return *known;
  const Programs::Loan loan = programs_->ask(x, 1, true);
  const Answer& answer = loan.answer();
  // the Jacobian's gradient belongs to the prior, or to the whole where there is no prior
  space_->pull_back(u, x, answer.prior_gradient, prior, description_.parts);
  space_->pull_back(u, x, answer.likelihood_gradient, likelihood, !description_.parts);
  return density_of(answer, 0, description_.parts, log_jacobian);
}

void ExecModel::log_densities(Point u, std::span<LogDensity> out) const {
  const std::size_t d = dimension();
  const std::size_t n = space_->value_count();
  std::vector<double> x;                                // of the points that must be asked for
  std::vector<std::pair<std::size_t, double>> asked{};  // which they are, and their log-Jacobians
  const auto flush = [&] {
    if (asked.empty()) return;
    const auto at = [&](std::size_t i) -> LogDensity& { return out[asked[i].first]; };
    // a single point that ends its program is thrown, not handed back: it goes the way of one point
    if (const auto loan = asked.size() > 1 ? programs_->ask(x, asked.size(), false) : Programs::Loan()) {
      for (std::size_t i = 0; i < asked.size(); ++i) {
        at(i) = density_of(loan.answer(), i, description_.parts, asked[i].second);
      }
    } else {
      for (std::size_t i = 0; i < asked.size(); ++i) {
        try {
          at(i) = log_density(u.subspan(asked[i].first * d, d));
        } catch (const ModelLost&) {
          throw;
        } catch (const ModelError&) {
          at(i) = {kNan, kNan};
        }
      }
    }
    x.clear();
    asked.clear();
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t before = x.size();
    x.resize(before + n);
    const PointOut row = PointOut(x).subspan(before);
    const double log_jacobian = space_->constrain(u.subspan(i * d, d), row);
    if (const auto known = without_asking(row, log_jacobian)) {
      out[i] = *known;
      x.resize(before);
      continue;
    }
    asked.emplace_back(i, log_jacobian);
    if (asked.size() == exec::kPointsInBatchMax) flush();
  }
  flush();
}

void ExecModel::output_values(Point u, Rng&, PointOut values) const { space_->constrain(u, values); }

void ExecModel::unconstrain(Point values, PointOut u) const {
  space_->unconstrain(values.first(space_->value_count()), u);
}

Rejections ExecModel::rejections() const { return programs_->rejections(); }

std::unique_ptr<Model> make_exec_model(std::string_view spec, const ExecOptions& options) {
  return std::make_unique<ExecModel>(std::string(spec.substr(kPrefix.size())), options);
}

}  // namespace dovetail
