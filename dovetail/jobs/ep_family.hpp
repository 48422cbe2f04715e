/// Families of expectation propagation as users name them: which shared parameters the approximation correlates.
///
/// A text is `dense`, `diagonal`, or `blocks:` and blocks with commas between them, a block being names with + between
/// them. An array's name means all its elements; parameters that are not named are a block each. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/ep/family.hpp"
#include "dovetail/model/divided.hpp"

namespace dovetail {

struct NamedFamily {
  bool dense = true;                               ///< one block of all
  std::vector<std::vector<std::string>> blocks{};  ///< unless dense; none: diagonal
};

/// UsageError with cause and cure.
[[nodiscard]] NamedFamily parse_family(std::string_view text);
/// parse_family() reads it back.
[[nodiscard]] std::string words(const NamedFamily& named);

/// Of this model's shared parameters. UsageError: a name that it does not have, or that stands twice.
[[nodiscard]] ep::Family family_of(const NamedFamily& named, const DividedModel& model);
/// One text for all ways to name the same blocks.
[[nodiscard]] std::string words(const ep::Family& family, const DividedModel& model);

}  // namespace dovetail
