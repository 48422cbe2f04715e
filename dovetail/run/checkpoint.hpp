/// A run's record on disk: the state between two steps, in two generations, checksummed, replaced atomically.
///
/// File: magic (8 bytes), codec version (u32), payload length (u64), payload, SHA-256 of all before it. The payload
/// names the run it belongs to, so a checkpoint of another run, model or seed is refused by name. Loading answers a
/// whole state or throws CheckpointError; damage is never "no checkpoint".
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/core/codec.hpp"

namespace dovetail {

/// What must agree between a checkpoint and the run that wants to go on from it: (field, value), in a fixed order.
using RunIdentity = std::vector<std::pair<std::string, std::string>>;

struct Checkpoint {
  RunIdentity identity;
  std::uint64_t generation = 0;  ///< counts up with each save
  std::uint64_t sink_position = 0;
  std::uint32_t round = 0;
  Bytes state;

  template <class Archive>
  void describe(Archive& archive) {
    std::uint64_t fields = identity.size();
    archive(fields);
    if (fields > 64) throw CheckpointError("a checkpoint claims more than 64 identity fields (bytes damaged?)");
    identity.resize(static_cast<std::size_t>(fields));
    for (auto& [field, value] : identity) {
      archive(field);
      archive(value);
    }
    archive(generation);
    archive(sink_position);
    archive(round);
    archive(state);
  }
};

[[nodiscard]] Bytes encode_checkpoint(const Checkpoint& checkpoint);
/// CheckpointError says what is wrong with the bytes; `name` is the file's name in the message.
[[nodiscard]] Checkpoint decode_checkpoint(std::span<const std::byte> bytes, const std::string& name);

/// Throws CheckpointError naming the first field that differs, and the cure.
void require_same_identity(const RunIdentity& wanted, const RunIdentity& found, const std::string& name);

/// The folder `checkpoint/` of a run: files `a` and `b`, written in turn.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Writes `checkpoint` over the older generation; its `generation` is set here. FileError on a full disk: the newer
  /// generation is then untouched.
  void save(Checkpoint& checkpoint);

  enum class Generation : std::uint8_t { newest, previous };
  /// The newest checkpoint (empty: the run was killed before its first), or on request the one before. A damaged
  /// newest one is an error that says whether the previous is whole.
  [[nodiscard]] std::optional<Checkpoint> load(Generation which = Generation::newest);

 private:
  [[nodiscard]] std::filesystem::path file(std::uint64_t generation) const;
  std::filesystem::path folder_;
  std::uint64_t next_generation_ = 0;  ///< 0: not known yet
};

}  // namespace dovetail
