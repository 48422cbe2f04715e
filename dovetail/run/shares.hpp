/// What the processes of a run tell each other between two stretches of steps: vectors by address, of which each has a
/// slice, made whole at rank 0 or handed out from there, and values that rank 0 tells. One process tells itself
/// nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/execute/ranks.hpp"
#include "dovetail/output/sink.hpp"

namespace dovetail {

/// Rank 0's value, everywhere.
template <class T>
void tell(Ranks& ranks, T& value) {
  if (ranks.size() == 1) return;
  const Bytes bytes = ranks.broadcast(ranks.leads() ? pack(value) : Bytes());
  if (!ranks.leads()) value = unpack<T>(bytes);
}

namespace detail {

template <class T>
Bytes pack_slice(const std::vector<T>& values, Slice slice) {
  Writer writer;  // one for all, so that what values share is written once
  for (std::uint32_t i = slice.first; i < slice.last; ++i) writer(values[i]);
  return std::move(writer.out);
}

template <class T>
void unpack_slice(std::span<const std::byte> bytes, Slice slice, std::vector<T>& values) {
  Reader reader(bytes);
  for (std::uint32_t i = slice.first; i < slice.last; ++i) reader(values[i]);
  if (reader.left() != 0) throw CheckpointError("bytes are left over after the last item of another process");
}

}  // namespace detail

/// Makes `values`, one an address, whole at rank 0.
template <class T>
void collect(Ranks& ranks, std::vector<T>& values) {
  if (ranks.size() == 1) return;
  const auto items = static_cast<std::uint32_t>(values.size());
  const bool leads = ranks.leads();
  ranks.gather(leads ? Bytes() : detail::pack_slice(values, ranks.slice(items)),
               [&](std::uint32_t r, std::span<const std::byte> bytes) {
                 if (r > 0) detail::unpack_slice(bytes, ranks.slice(items, r), values);
               });
}

/// Gives each rank its slice of rank 0's `values`, which are `items` and become as many everywhere.
template <class T>
void hand_out(Ranks& ranks, std::uint32_t items, std::vector<T>& values) {
  if (ranks.size() == 1) return;
  const Bytes mine = ranks.scatter([&](std::uint32_t r) { return detail::pack_slice(values, ranks.slice(items, r)); });
  if (ranks.leads()) return;
  values.clear();
  values.resize(items);
  detail::unpack_slice(mine, ranks.slice(items), values);
}

/// Keeps blocks for rank 0, which has the files.
class KeptBlocks final : public Sink {
 public:
  void begin(std::span<const std::string>) override {}
  void write(const DrawBlock& block) override { blocks.push_back(block); }
  [[nodiscard]] std::uint64_t commit() override { return 0; }
  void rewind(std::uint64_t) override {}
  void drop_before(Round) override {}

  std::vector<DrawBlock> blocks;
};

/// Writes to rank 0's `sink` what the others kept, rank after rank.
inline void write_kept(Ranks& ranks, const KeptBlocks& kept, Sink& sink) {
  if (ranks.size() == 1) return;
  ranks.gather(pack(kept.blocks), [&](std::uint32_t, std::span<const std::byte> bytes) {
    for (const DrawBlock& block : unpack<std::vector<DrawBlock>>(bytes)) sink.write(block);
  });
}

}  // namespace dovetail
