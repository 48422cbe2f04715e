/// The one list of kinds of proposals: a new kind is one header and one row in registry.cpp.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "dovetail/kernel/metropolis.hpp"
#include "dovetail/kernel/proposal/moved_elsewhere.hpp"
#include "dovetail/kernel/proposal/spec_reader.hpp"

namespace dovetail {

/// What a proposal is made for, besides its own table.
struct ProposalContext {
  std::size_t moved_together = 1;     ///< coordinates of all proposals in its group
  std::uint64_t adapt_until = 1000;   ///< T, unless the table says otherwise
  std::size_t integers_together = 0;  ///< integers with a choice in its group; at least those of the table count
};

struct ProposalKind {
  std::string_view name;     ///< as in `kind = "NAME"`
  std::string_view summary;  ///< one line for `dovetail help proposals`
  std::span<const ProposalKey> keys;
  std::span<const std::string_view> rules;  ///< what `adapt` may be, the default first; empty without that key
  MovingBlock (*make)(const SpecReader&, const ProposalContext&);
};

[[nodiscard]] std::span<const ProposalKind> proposal_registry();
/// Keys that every kind takes, besides `parameters` and `kind`.
[[nodiscard]] std::span<const ProposalKey> common_proposal_keys();

/// One proposal on some of these coordinates, which are of one component or always there. UsageError when the table
/// cannot be meant: unknown kinds, keys or parameters (with the nearest known name), kinds that do not fit the
/// parameters, numbers that do not fit.
[[nodiscard]] MovingBlock make_proposal(const ProposalSpec& spec, std::span<const Coordinate> coordinates,
                                        const ProposalContext& context);

/// The groups of a Metropolis kernel: tables with the same `group` move jointly, groups in the order in which they
/// appear. A table on parameters of several components becomes one proposal for each, in the same group; one of kind
/// "nested" is a group of its own. No specs: default_proposals(). UsageError besides make_proposal()'s: a parameter in
/// two proposals, or in none; a switch in a proposal that is not nested.
[[nodiscard]] std::vector<MetropolisKernel::Group> make_proposals(std::span<const ProposalSpec> specs,
                                                                  std::span<const Coordinate> coordinates,
                                                                  std::uint64_t adapt_until,
                                                                  const MovedElsewhere& elsewhere = {});

/// What suits the coordinates without any table: reals jointly, normal with an adaptive covariance; angles jointly;
/// integers one after the other, since joint jumps of several are rarely accepted. Where coordinates come and go:
/// births and deaths first, one component of all that have switches of their own and one of each count; then, unless
/// other kernels do it, the same of what is always there, and of each component.
[[nodiscard]] std::vector<MetropolisKernel::Group> default_proposals(std::span<const Coordinate> coordinates,
                                                                     std::uint64_t adapt_until,
                                                                     const MovedElsewhere& elsewhere = {});

}  // namespace dovetail
