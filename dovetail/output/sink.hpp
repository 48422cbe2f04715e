/// The Sink seam: where draws go, durable at each commit, cut back on resume.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dovetail/core/ids.hpp"

namespace dovetail {

/// Consecutive draws of one source (a chain, or the target rung of a copy), all columns of each draw.
struct DrawBlock {
  ItemId source{};          ///< 0-based
  Round round{};            ///< the round they were made in
  std::uint64_t first = 0;  ///< number of the block's first draw in its (source, round)
  std::size_t columns = 0;
  std::vector<double> values;  ///< row-major: draw after draw

  template <class Archive>
  void describe(Archive& archive) {
    archive(source);
    archive(round);
    archive(first);
    archive(columns);
    archive(values);
  }
};

/// Receives blocks in a fixed order (source by source within each segment of a round), from one thread.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Once, before anything else: the names of the columns.
  virtual void begin(std::span<const std::string> columns) = 0;
  virtual void write(const DrawBlock& block) = 0;
  /// Makes all that was written durable and returns a position for the checkpoint. FileError on a full disk.
  [[nodiscard]] virtual std::uint64_t commit() = 0;
  /// Drops everything after `position`, which an earlier commit returned.
  virtual void rewind(std::uint64_t position) = 0;
  /// Forgets the draws of all rounds before `round` (they were burn-in). Called after the commit of `round`.
  virtual void drop_before(Round round) = 0;
};

}  // namespace dovetail
