/// A path that counts what is asked of it and can fail in part of its space.
#pragma once
#include <cstdint>
#include <limits>

#include "dovetail/kernel/path.hpp"

namespace dovetail::test {

/// Passes everything on to another path. Where x[axis] > edge the target's part is `beyond` instead, if that is set.
class CountingPath final : public Path {
 public:
  explicit CountingPath(const Path& inner) : inner_(inner) {}
  CountingPath(const Path& inner, std::size_t axis, double edge, double beyond)
      : inner_(inner), fails_(true), axis_(axis), edge_(edge), beyond_(beyond) {}

  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return inner_.coordinates(); }
  [[nodiscard]] Potential evaluate(Point x) const override {
    ++evaluations;
    return fail_beyond(x, inner_.evaluate(x));
  }
  [[nodiscard]] bool has_gradient() const override { return inner_.has_gradient(); }
  Potential evaluate_gradient(Point x, PointOut gradient_reference, PointOut gradient_energy) const override {
    ++gradients;
    return fail_beyond(x, inner_.evaluate_gradient(x, gradient_reference, gradient_energy));
  }
  bool draw_exact(double beta, Rng& rng, PointOut x) const override { return inner_.draw_exact(beta, rng, x); }
  [[nodiscard]] bool is_beyond(Point x) const { return fails_ && x[axis_] > edge_; }

  mutable std::uint64_t evaluations = 0;
  mutable std::uint64_t gradients = 0;
  mutable std::uint64_t failures = 0;  ///< looks beyond the edge

 private:
  Potential fail_beyond(Point x, Potential potential) const {
    if (!is_beyond(x)) return potential;
    ++failures;
    potential.energy = potential.log_likelihood = beyond_;
    return potential;
  }

  const Path& inner_;
  bool fails_ = false;
  std::size_t axis_ = 0;
  double edge_ = 0;
  double beyond_ = 0;
};

}  // namespace dovetail::test
