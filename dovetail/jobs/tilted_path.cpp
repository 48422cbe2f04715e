#include "dovetail/jobs/tilted_path.hpp"

#include <algorithm>
#include <cmath>

#include "dovetail/kernel/kernel.hpp"
#include "dovetail/math/linear_algebra.hpp"
#include "dovetail/math/sums.hpp"

namespace dovetail {

TiltedPath::TiltedPath(const DividedModel& model, std::size_t site, const ep::Natural& cavity, const Frame& frame,
                       TiltedMemory& memory, ModelFaults& faults)
    : model_(model), site_(site), cavity_(cavity), frame_(frame), memory_(memory), faults_(faults), d_(model.shared()) {
  const std::size_t n = d_ + model.locals(site);
  memory.coordinates.resize(n);
  memory.numbers.resize(3 * d_ + n);
  x_ = std::span(memory.numbers).first(d_);
  pull_ = std::span(memory.numbers).subspan(d_, d_);
  in_shared_ = std::span(memory.numbers).subspan(2 * d_, d_);
  spare_ = std::span(memory.numbers).subspan(3 * d_);
}

void TiltedPath::shared_at(Point z, PointOut x) const {
  math::multiply_lower(frame_.factor, z.first(d_), x);
  for (std::size_t j = 0; j < d_; ++j) x[j] += frame_.mean[j];
}

void TiltedPath::score_of(Point in_rows, PointOut score) const {
  std::copy_n(in_rows.begin(), d_, score.begin());
  math::solve_lower_transposed(frame_.factor, score);
}

Potential TiltedPath::evaluate(Point point) const { return look(point, spare_.subspan(d_)); }

Potential TiltedPath::evaluate_gradient(Point point, PointOut in_cavity, PointOut in_rows) const {
  std::fill(in_cavity.begin(), in_cavity.end(), 0.0);
  const Potential found = look(point, in_rows.subspan(d_));
  std::fill_n(in_rows.begin(), d_, 0.0);
  for (std::size_t i = 0; i < d_; ++i) {  // L' times the gradients in x
    for (std::size_t j = 0; j <= i; ++j) {
      in_cavity[j] += frame_.factor[i * d_ + j] * pull_[i];
      in_rows[j] += frame_.factor[i * d_ + j] * in_shared_[i];
    }
  }
  return found;
}

/// Leaves the gradients in x in pull_ and in_shared_.
Potential TiltedPath::look(Point point, PointOut in_local) const {
  shared_at(point, x_);
  double square = 0;
  double linear = 0;
  for (std::size_t j = 0; j < d_; ++j) {
    const double row = math::dot(std::span(cavity_.precision).subspan(j * d_, d_), x_);
    square += row * x_[j];
    linear += cavity_.shift[j] * x_[j];
    pull_[j] = cavity_.shift[j] - row;
  }
  const double log_cavity = linear - 0.5 * square;
  const double log_rows = model_.site_gradient(site_, x_, point.subspan(d_), in_shared_, in_local);
  if (is_error(log_cavity + log_rows)) faults_.note(x_, std::isnan(log_rows) ? "gave NaN" : "gave +inf");
  return {log_cavity, log_rows, log_cavity, log_rows};
}

}  // namespace dovetail
