/// What server and workers of a pool put into the store, and under which names. N: number of an incarnation, M: its
/// mark; S: first step of a stretch; i: item. All are written once; `M:out:S:i` is a lease's name too. `run` has the
/// header.
///
/// Names hold marks, which nobody can foresee, so that no two incarnations of any runs share one: who comes late, from
/// before the store was emptied or from another run that had its names, writes where nobody reads.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "dovetail/execute/pool.hpp"
#include "dovetail/store/hash.hpp"
#include "dovetail/store/message.hpp"

namespace dovetail::pool {

/// `inc:N`: where a server began to publish. The highest N counts, as long as it is there unchanged: a store that lost
/// everything may see the same N again.
struct Incarnation {
  std::uint64_t first = 0;  ///< step
  std::uint64_t mark = 0;   ///< unforeseeable, so that no two are equal
  template <class Archive>
  void describe(Archive& archive) {
    archive(first);
    archive(mark);
  }
  bool operator==(const Incarnation&) const = default;
};
/// `M:stretch:S`: tasks are ready. The next stretch begins at S + count.
struct Stretch {
  std::uint64_t count = 0;
  std::uint32_t items = 0;
  std::string shared;  ///< name of the shared state
  template <class Archive>
  void describe(Archive& archive) {
    archive(count);
    archive(items);
    archive(shared);
  }
};
/// `M:out:S:i`. Either what the model did wrong, or the item.
struct Outcome {
  std::string fault;
  Bytes item;
  template <class Archive>
  void describe(Archive& archive) {
    archive(fault);
    archive(item);
  }
};

inline std::string incarnation_name(std::uint64_t n) { return "inc:" + std::to_string(n); }
inline std::string stretch_name(const Incarnation& at, std::uint64_t step) {
  return std::to_string(at.mark) + ":stretch:" + std::to_string(step);
}
inline std::string input_name(const Incarnation& at, std::uint64_t step, std::uint32_t i) {
  return std::to_string(at.mark) + ":in:" + std::to_string(step) + ":" + std::to_string(i);
}
inline std::string outcome_name(const Incarnation& at, std::uint64_t step, std::uint32_t i) {
  return std::to_string(at.mark) + ":out:" + std::to_string(step) + ":" + std::to_string(i);
}
inline std::string end_name(const Incarnation& at) { return std::to_string(at.mark) + ":end"; }
/// What two workers did not agree on.
inline std::string conflict_name(const Incarnation& at) { return std::to_string(at.mark) + ":conflict"; }
inline Bytes seal_conflict(const std::string& task) { return seal(MessageKind::conflict, task); }
/// By content, so that a round's stretches share it.
inline std::string shared_name(const Bytes& shared) { return "shared:" + to_hex(sha256(shared)); }

/// Room for what is around an item in a message.
constexpr std::size_t kSmallMax = 4096;

/// The message under `name`; empty where there is none.
template <class T>
std::optional<T> find(Store& store, MessageKind kind, const std::string& name, std::size_t max = kSmallMax) {
  const auto frame = store.get(name);
  if (!frame) return std::nullopt;
  return unseal<T>(kind, *frame, max, name + " in " + store.place());
}

/// The task whose outcomes differ, if any does; other words where whoever says so does not name one.
inline std::optional<std::string> find_conflict(Store& store, const Incarnation& at) {
  const auto frame = store.get(conflict_name(at));
  if (!frame) return std::nullopt;
  try {
    auto task = unseal<std::string>(MessageKind::conflict, *frame, kSmallMax, conflict_name(at));
    if (is_store_name(task)) return task;
  } catch (const StoreError&) {  // none of Dovetail's
  }
  return "a task that is not named";
}

/// The highest incarnation from `known` on (0: from the beginning); 0 where there is none.
inline std::uint64_t latest_incarnation(Store& store, std::uint64_t known) {
  while (store.get(incarnation_name(known + 1))) ++known;
  return known;
}

inline std::optional<Incarnation> find_incarnation(Store& store, std::uint64_t n) {
  return find<Incarnation>(store, MessageKind::incarnation, incarnation_name(n));
}

/// The header; UsageError where it is there and is another run's.
inline std::optional<PoolHeader> find_same_run(Store& store, const PoolIdentity& identity) {
  auto header = find_pool(store);
  if (header) require_same_pool(header->identity, identity, store.place());
  return header;
}

}  // namespace dovetail::pool
