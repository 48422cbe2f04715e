// Addresses of one and two legs.
#include "dovetail/tempering/ladder.hpp"

#include <utility>

#include "dovetail/core/error.hpp"

namespace dovetail::tempering {

namespace {
void require_schedule(std::span<const double> betas) {
  DOVETAIL_REQUIRE(betas.size() >= 2);
  DOVETAIL_REQUIRE(betas.front() == 0 && betas.back() == 1);
  for (std::size_t k = 1; k < betas.size(); ++k) DOVETAIL_REQUIRE(betas[k - 1] < betas[k]);
}
}  // namespace

Ladder Ladder::one_leg(std::vector<double> betas, Leg leg) {
  require_schedule(betas);
  Ladder ladder;
  (leg == Leg::fixed ? ladder.fixed_ : ladder.variational_) = std::move(betas);
  ladder.derive_roles();
  return ladder;
}

Ladder Ladder::two_legs(std::vector<double> variational, std::vector<double> fixed) {
  require_schedule(variational);
  require_schedule(fixed);
  Ladder ladder;
  ladder.variational_ = std::move(variational);
  ladder.fixed_ = std::move(fixed);
  ladder.derive_roles();
  return ladder;
}

void Ladder::derive_roles() {
  roles_.assign(size(), {});
  for (std::size_t address = 0; address < size(); ++address) {
    RungRole& role = roles_[address];
    role.leg = address < variational_.size() ? Leg::variational : Leg::fixed;
    const auto leg_betas = betas(role.leg);
    const bool reversed = legs() == 2 && role.leg == Leg::fixed;
    role.index = reversed ? size() - 1 - address : address;
    role.beta = leg_betas[role.index];
    role.is_reference = role.index == 0;
    role.is_target = role.index + 1 == leg_betas.size();
    if (!role.is_target) role.toward_target = reversed ? address - 1 : address + 1;
    if (!role.is_reference) role.toward_reference = reversed ? address + 1 : address - 1;
  }
}

std::size_t Ladder::address(Leg leg, std::size_t index) const {
  DOVETAIL_REQUIRE(index < betas(leg).size());
  return legs() == 2 && leg == Leg::fixed ? size() - 1 - index : index;
}

PairKind Ladder::pair_kind(std::size_t k) const {
  DOVETAIL_REQUIRE(k < pairs());
  return legs() == 2 && k + 1 == variational_.size() ? PairKind::crossing : PairKind::within_leg;
}

}  // namespace dovetail::tempering
