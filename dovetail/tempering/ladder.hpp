/// Where every rung of one copy stands: the one place that derives leg, beta and role from an address.
///
/// One leg: addresses 0..N-1 run from the reference to the target. Two legs share one line with the references at its
/// ends, [variational reference ... target][target ... fixed reference], Nv + Nf addresses; Nv and Nf may differ.
/// Source: docs/maths/tempering.md section 9 (Surjanovic, Syed, Bouchard-Cote and Campbell 2022). Pure values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dovetail/core/error.hpp"

namespace dovetail::tempering {

/// Which reference a rung's path starts from.
enum class Leg : std::uint8_t { fixed, variational };

/// What an address is. Neighbours are those of the same leg; a swap over the crossing has none of these.
struct RungRole {
  Leg leg = Leg::fixed;
  std::size_t index = 0;  ///< within the leg, counted from its reference
  double beta = 0;
  bool is_reference = false;
  bool is_target = false;
  std::optional<std::size_t> toward_target;     ///< address of the leg's next rung, empty at the target
  std::optional<std::size_t> toward_reference;  ///< address of the leg's previous rung, empty at the reference
};

enum class PairKind : std::uint8_t {
  within_leg,  ///< two betas of one path: Metropolis
  crossing,    ///< target to target: the densities are equal, the swap always accepts
};

/// Betas of one or two legs. Each leg's betas are held from its reference (0) to its target (1).
class Ladder {
 public:
  Ladder() = default;
  /// `betas`: N >= 2, increasing from exactly 0 to exactly 1 (DOVETAIL_REQUIRE; a user's own are checked before by
  /// check_schedule).
  static Ladder one_leg(std::vector<double> betas, Leg leg = Leg::fixed);
  static Ladder two_legs(std::vector<double> variational, std::vector<double> fixed);

  [[nodiscard]] std::size_t size() const { return variational_.size() + fixed_.size(); }
  [[nodiscard]] std::size_t pairs() const { return size() - 1; }
  [[nodiscard]] bool has(Leg leg) const { return !betas(leg).empty(); }
  [[nodiscard]] std::size_t legs() const { return has(Leg::fixed) && has(Leg::variational) ? 2 : 1; }
  /// From the reference to the target; empty when there is no such leg.
  [[nodiscard]] std::span<const double> betas(Leg leg) const { return leg == Leg::fixed ? fixed_ : variational_; }

  /// Requires address < size().
  [[nodiscard]] const RungRole& role(std::size_t address) const {
    DOVETAIL_REQUIRE(address < roles_.size());
    return roles_[address];
  }
  /// The address of rung `index` (counted from the reference) of `leg`: the inverse of role().
  [[nodiscard]] std::size_t address(Leg leg, std::size_t index) const;
  /// Of the pair (k, k+1). Requires k < pairs().
  [[nodiscard]] PairKind pair_kind(std::size_t k) const;

  template <class Archive>
  void describe(Archive& archive) {
    archive(variational_);
    archive(fixed_);
    derive_roles();
  }

 private:
  void derive_roles();
  std::vector<double> variational_;
  std::vector<double> fixed_;
  std::vector<RungRole> roles_;  ///< by address, from the two above: looked up at every scan of every rung
};

}  // namespace dovetail::tempering
