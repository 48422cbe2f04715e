/// What server and workers of a pool put into the store, and under which names. N: incarnation; S: first step of a
/// stretch; i: item. All are written once; `N:out:S:i` is a lease's name too.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "dovetail/execute/pool.hpp"
#include "dovetail/store/hash.hpp"
#include "dovetail/store/message.hpp"

namespace dovetail::pool {

/// `run`: who may take part.
struct Header {
  std::string identity;
  template <class Archive>
  void describe(Archive& archive) {
    archive(identity);
  }
};
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
/// `N:stretch:S`: tasks are ready. The next stretch begins at S + count.
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
/// `N:out:S:i`. Either what the model did wrong, or the item.
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
inline std::string stretch_name(std::uint64_t n, std::uint64_t step) {
  return std::to_string(n) + ":stretch:" + std::to_string(step);
}
inline std::string input_name(std::uint64_t n, std::uint64_t step, std::uint32_t i) {
  return std::to_string(n) + ":in:" + std::to_string(step) + ":" + std::to_string(i);
}
inline std::string outcome_name(std::uint64_t n, std::uint64_t step, std::uint32_t i) {
  return std::to_string(n) + ":out:" + std::to_string(step) + ":" + std::to_string(i);
}
inline std::string end_name(std::uint64_t n) { return std::to_string(n) + ":end"; }
/// What two workers did not agree on.
inline std::string conflict_name(std::uint64_t n) { return std::to_string(n) + ":conflict"; }
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

/// The highest incarnation from `known` on (0: from the beginning); 0 where there is none.
inline std::uint64_t latest_incarnation(Store& store, std::uint64_t known) {
  while (store.get(incarnation_name(known + 1))) ++known;
  return known;
}

inline std::optional<Incarnation> find_incarnation(Store& store, std::uint64_t n) {
  return find<Incarnation>(store, MessageKind::incarnation, incarnation_name(n));
}

/// Throws where `run` is there and is another's.
inline void require_same_run(Store& store, const std::string& identity) {
  const auto header = find<Header>(store, MessageKind::header, "run", std::size_t{1} << 20);
  if (header && header->identity != identity) {
    throw StoreError("another run than this one uses these names in " + store.place() + ": there " + header->identity +
                     ", here " + identity +
                     "; give workers the server's model, data and settings, or take another name.");
  }
}

}  // namespace dovetail::pool
