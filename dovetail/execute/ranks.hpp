/// The processes that run one job together. All do the same with items of their own; rank 0 leads: it alone has files,
/// and what is for all to know comes from it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "dovetail/core/codec.hpp"

namespace dovetail {

/// Addresses first <= i < last.
struct Slice {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  [[nodiscard]] std::uint32_t size() const { return last - first; }
};

/// Payload of a packet between processes: what the address shows, and the step.
inline constexpr std::uint32_t kPacketBytes = 16;

/// What went between processes, counted where it was sent.
struct Traffic {
  std::uint64_t packets = 0;     ///< of neighbours, one each way per pair across a border and step
  std::uint64_t items = 0;       ///< that went to another process
  std::uint64_t item_bytes = 0;  ///< of these
  std::uint64_t lead_bytes = 0;  ///< to and from rank 0: what it decides and tells, outcomes, draws, states to save

  template <class Archive>
  void describe(Archive& archive) {
    archive(packets);
    archive(items);
    archive(item_bytes);
    archive(lead_bytes);
  }
};

/// Calls of broadcast, gather and scatter must come in one order in all ranks, from the thread that runs the job. Of
/// what goes to or comes from the others rank 0 holds one rank's bytes at a time.
class Ranks {
 public:
  using Take = std::function<void(std::uint32_t rank, std::span<const std::byte> bytes)>;
  using Part = std::function<Bytes(std::uint32_t rank)>;

  virtual ~Ranks() = default;
  [[nodiscard]] virtual std::uint32_t rank() const = 0;  ///< < size()
  [[nodiscard]] virtual std::uint32_t size() const = 0;
  /// Rank 0's bytes, everywhere.
  [[nodiscard]] virtual Bytes broadcast(Bytes bytes) = 0;
  /// At rank 0, `take(r, bytes of rank r)` for r = 0, 1, ... in turn; nothing elsewhere.
  virtual void gather(Bytes bytes, const Take& take) = 0;
  /// What rank 0's `part(r)` gives, for r = 1, 2, ... in turn, at rank r; nothing at rank 0.
  [[nodiscard]] virtual Bytes scatter(const Part& part) = 0;
  /// Of this rank so far.
  [[nodiscard]] virtual Traffic traffic() const = 0;

  /// The addresses, of `items`, that rank r has: consecutive, as even as can be, lower ranks first. Ranks beyond the
  /// number of items have none.
  [[nodiscard]] Slice slice(std::uint32_t items, std::uint32_t r) const;
  [[nodiscard]] Slice slice(std::uint32_t items) const { return slice(items, rank()); }
  [[nodiscard]] bool leads() const { return rank() == 0; }
};

/// This process alone.
[[nodiscard]] Ranks& one_rank();

}  // namespace dovetail
