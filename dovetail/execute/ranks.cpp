#include "dovetail/execute/ranks.hpp"

#include <algorithm>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/executor.hpp"

namespace dovetail {
namespace {

class OneRank final : public Ranks {
 public:
  [[nodiscard]] std::uint32_t rank() const override { return 0; }
  [[nodiscard]] std::uint32_t size() const override { return 1; }
  [[nodiscard]] Bytes broadcast(Bytes bytes) override { return bytes; }
  void gather(Bytes bytes, const Take& take) override { take(0, bytes); }
  [[nodiscard]] Bytes scatter(const Part&) override { return {}; }
  [[nodiscard]] Traffic traffic() const override { return {}; }
};

}  // namespace

Slice Ranks::slice(std::uint32_t items, std::uint32_t r) const {
  const std::uint32_t sharing = std::min(size(), items);
  if (r >= sharing) return {items, items};
  const auto bound = [&](std::uint64_t share) { return static_cast<std::uint32_t>(share * items / sharing); };
  return {bound(r), bound(std::uint64_t{r} + 1)};
}

Ranks& one_rank() {
  static OneRank rank;
  return rank;
}

}  // namespace dovetail
