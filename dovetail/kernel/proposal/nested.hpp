/// Births and deaths of components: moves between models of different dimension (docs/maths/kernels.md section 11).
///
/// Richardson and Green 1997 (JRSS B 59), Green 1995 (Biometrika 82), with newborn coordinates drawn as they are, so
/// that no Jacobian remains. From size k one of n(k) moves is chosen, all alike: to another size within `jump` of k
/// that exists, or, where a component can die and one be born, an exchange at the same size. So n(k)/n(k') belongs to
/// the ratio; symmetric proposals of k would be refused at the ends of its range instead.
#pragma once
#include <cstdint>
#include <vector>

#include "dovetail/kernel/proposal/birth.hpp"
#include "dovetail/kernel/proposal/proposal.hpp"

namespace dovetail {

/// A component with a switch of its own: an integer with two values.
struct SwitchedComponent {
  std::size_t by = 0;
  double off = 0;
  double on = 1;
  Newborn newborn;
};

/// Components with labels of their own. Births bring m of the K - k that are away, deaths take m of the k that are
/// there, each choice uniform. With S the set of those that are there,
///   growth by m   h = log n(k)/n(k') + log C(K-k, m)/C(k', m) - sum over the born of log b
///   death of m    h = log n(k)/n(k') + log C(k, m)/C(K-k', m) + sum over the dead of log b
///   exchange      h = log b(dead) - log b(born), of one that is there for one that is not
/// The target is a density of (S, coordinates of S); a prior p(k) of the number is p(k)/C(K, k) on S.
class SwitchedBirths final : public Proposal {
 public:
  /// At least one component; `jump` >= 1.
  SwitchedBirths(std::vector<SwitchedComponent> components, std::uint64_t jump);
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;

 private:
  double change(bool births, double m, double candidates, Point from, Rng& rng, PointOut to) const;
  std::vector<SwitchedComponent> components_;
  std::uint64_t jump_;
};

/// Which component a count gains or loses.
enum class Dies : std::uint8_t {
  any,   ///< any alike: the others close up, and a newborn one is put in at any place
  last,  ///< the one with the highest label
};

/// A component that is there while a count is at least `from`.
struct CountedComponent {
  double from = 1;
  Newborn newborn;
};

/// Components numbered by a count v in lower..upper: those with from <= v are there. `last`: v' > v draws the ones with
/// v < from <= v', v' < v drops them; h = log n(v)/n(v') -+ sum of log b. `any`: of c components one is taken out with
/// probability 1/c, those after it move down; a newborn one is put in at one of the c + 1 places with probability
/// 1/(c + 1), those from there on move up. Of each way there is one way back with the same factor, so h is the same. An
/// exchange is a death and then a birth: h = log b(dead) - log b(born).
class CountedBirths final : public Proposal {
 public:
  /// `components` by increasing `from`. With Dies::any they are alike (can_change_places()) and one comes with each
  /// value of the count above the least `from`.
  CountedBirths(std::size_t by, double lower, double upper, std::vector<CountedComponent> components, Dies dies,
                std::uint64_t jump);
  double propose(Point from, const ProposalTuning& tuning, Rng& rng, std::span<double> scratch,
                 PointOut to) const override;

 private:
  [[nodiscard]] std::size_t there(double count) const;
  double exchange(std::size_t there, Rng& rng, PointOut to) const;
  double grow_at_the_end(double before, double after, Rng& rng, PointOut to) const;
  double shrink_at_the_end(double before, double after, PointOut to) const;
  double grow_anywhere(std::size_t there, double births, Rng& rng, PointOut to) const;
  double shrink_anywhere(std::size_t there, double deaths, Rng& rng, PointOut to) const;

  std::size_t by_;
  double lower_;
  double upper_;
  std::vector<CountedComponent> components_;
  Dies dies_;
  std::uint64_t jump_;
};

}  // namespace dovetail
