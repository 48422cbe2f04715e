/// A chain on a density of the test's own, moved by proposals as a user writes them.
#pragma once
#include <functional>
#include <utility>
#include <vector>

#include "dovetail/kernel/metropolis.hpp"
#include "dovetail/kernel/proposal/registry.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {

/// One density, the same at every beta but 0; counts looks.
class SimplePath final : public Path {
 public:
  using Log = std::function<double(Point)>;
  SimplePath(std::vector<Coordinate> coordinates, Log log)
      : coordinates_(std::move(coordinates)), log_(std::move(log)) {}
  [[nodiscard]] std::span<const Coordinate> coordinates() const override { return coordinates_; }
  [[nodiscard]] Potential evaluate(Point x) const override {
    ++looks;
    const double log = log_(x);
    return {0, log, 0, log};
  }
  mutable std::uint64_t looks = 0;

 private:
  std::vector<Coordinate> coordinates_;
  Log log_;
};

inline double flat(Point) { return 0; }
inline double log_normal(Point x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  return -0.5 * sum;
}

inline ProposalSpec spec(std::string kind, std::vector<std::string> parameters,
                         std::map<std::string, std::vector<double>> numbers = {},
                         std::map<std::string, std::string> words = {}) {
  return {std::move(parameters), std::move(kind), std::move(numbers), std::move(words), {}, {}};
}

inline Coordinate real(std::string name, double lower = -kInfinity, double upper = kInfinity) {
  return {CoordinateKind::real, lower, upper, std::move(name)};
}
inline Coordinate integer(std::string name, double lower = -kInfinity, double upper = kInfinity) {
  return {CoordinateKind::integer, lower, upper, std::move(name)};
}
inline Coordinate cyclic(std::string name, double lower, double upper) {
  return {CoordinateKind::cyclic, lower, upper, std::move(name)};
}

/// At beta = 1, from `x`.
struct Chain {
  const SimplePath& path;
  MetropolisKernel kernel;
  Tuning tuning;
  ChainState state;
  Workspace workspace;
  KernelRecord record;
  std::uint64_t seed = seed_from_name();
  std::uint64_t steps = 0;

  Chain(const SimplePath& p, const std::vector<ProposalSpec>& specs, std::vector<double> x,
        std::uint64_t adapt_until = 1000)
      : path(p), kernel(make_proposals(specs, p.coordinates(), adapt_until)) {
    kernel.begin_tuning(tuning, p.coordinates());
    place(std::move(x));
  }
  void place(std::vector<double> x) {
    state.x = std::move(x);
    state.potential = path.evaluate(state.x);
  }
  void step() {
    Rng rng({seed, Purpose::kernel, ItemId(0), Step(steps++)});
    kernel.step(state, {path, 1}, tuning, rng, workspace, record);
  }
  void adapting_step() {
    Rng rng({seed, Purpose::kernel, ItemId(0), Step(steps++)});
    kernel.adapting_step(state, {path, 1}, tuning, rng, workspace, record);
  }
  [[nodiscard]] double acceptance() const { return record.acceptance_sum / static_cast<double>(record.proposals); }
};

/// A single proposal, its start values and the places of its draws.
struct Jumps {
  MovingBlock block;
  std::vector<double> scratch;
  std::uint64_t seed = seed_from_name();
  std::uint64_t draws = 0;

  Jumps(const ProposalSpec& s, std::vector<Coordinate> coordinates)
      : block(make_proposal(s, coordinates, {coordinates.size(), 1000})), scratch(2 * coordinates.size()) {}
  /// h; `to` is where the jump leads.
  double from(const std::vector<double>& x, std::vector<double>& to) {
    Rng rng({seed, Purpose::test, ItemId(0), Step(draws++)});
    to = x;
    return block.proposal->propose(x, block.start, rng, scratch, to);
  }
};

}  // namespace dovetail::test
