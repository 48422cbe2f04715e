/// Typed numbers for the things a run counts, so that they cannot be mixed up.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>

namespace dovetail {

/// An unsigned number that means one kind of thing. Converts to and from plain integers only when asked.
template <class Tag, class Value>
struct Id {
  Value value = 0;
  constexpr Id() = default;
  constexpr explicit Id(Value v) : value(v) {}
  // clang-tidy 14 takes the 0 in what the compiler makes of a < b for a null pointer.
  constexpr auto operator<=>(const Id&) const = default;  // NOLINT(modernize-use-nullptr)
  constexpr Id& operator++() {
    ++value;
    return *this;
  }
  template <class Archive>
  void describe(Archive& archive) {
    archive(value);
  }
};

/// Which item of a job: a chain, a replica's place, a site, a shard. 0-based.
using ItemId = Id<struct ItemTag, std::uint32_t>;
/// How many steps were taken since the start of the run, over all rounds; never reset.
using Step = Id<struct StepTag, std::uint64_t>;
/// Which round of the run; 1-based in everything a user sees, 0 before the first.
using Round = Id<struct RoundTag, std::uint32_t>;

}  // namespace dovetail
