/// The tilted distribution of a site of expectation propagation, cavity times likelihood of its rows, over (z, u).
///
/// x = m + L z, N(m, L L') being the posterior approximation of the round: about independent coordinates for the shared
/// parameters, whatever they are; u: the site's local parameters. As a path: from the cavity to the tilted
/// distribution.
#pragma once
#include <span>
#include <vector>

#include "dovetail/ep/gaussian.hpp"
#include "dovetail/model/divided.hpp"
#include "dovetail/model/path.hpp"

namespace dovetail {

/// Where z is nought, and how long its units are.
struct Frame {
  Point mean;    ///< m, d
  Point factor;  ///< L, d x d, lower triangular
};

/// Memory of a thread that TiltedPath works in: what it holds before does not matter.
struct TiltedMemory {
  std::vector<double> numbers;
  std::vector<Coordinate> coordinates;
};

/// A view: whatever it was made of must outlive it. Of one thread, because of its memory. Evaluations do not allocate.
class TiltedPath final : public Path {
 public:
  TiltedPath(const DividedModel& model, std::size_t site, const ep::Natural& cavity, const Frame& frame,
             TiltedMemory& memory, ModelFaults& faults);

  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return memory_.coordinates; }
  [[nodiscard]] bool has_gradient() const override { return true; }
  [[nodiscard]] Potential evaluate(Point point) const override;
  Potential evaluate_gradient(Point point, PointOut in_cavity, PointOut in_rows) const override;

  /// x of z.
  void shared_at(Point z, PointOut x) const;
  /// The gradient in x, u held fixed, of the log likelihood of the rows, from that in (z, u).
  void score_of(Point in_rows, PointOut score) const;

 private:
  Potential look(Point point, PointOut in_local) const;

  const DividedModel& model_;
  std::size_t site_;
  const ep::Natural& cavity_;
  Frame frame_;
  TiltedMemory& memory_;
  ModelFaults& faults_;
  std::size_t d_;
  std::span<double> x_, pull_, in_shared_, spare_;
};

}  // namespace dovetail
