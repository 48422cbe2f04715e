/// Where the addresses of a process end beside those of another: what a worker there sends and waits for.
#pragma once
#include <atomic>
#include <cstdint>

#include "dovetail/execute/executor.hpp"

namespace dovetail {

enum class Side : std::uint8_t { below, above };

/// Two threads may call at once, one for each side. Waiting ends early, with false, when `failed` becomes true.
class Border {
 public:
  virtual ~Border() = default;
  [[nodiscard]] virtual Slice slice(std::uint32_t items) const = 0;
  /// Shows the process on that side what address `edge` of this one shows at `step`.
  virtual void show(Side side, const Work& work, std::uint32_t edge, Step step) = 0;
  /// Waits for what the other shows at `step`, and lets `work` see it at address `beyond`.
  virtual bool await(Side side, Work& work, std::uint32_t beyond, Step step, const std::atomic<bool>& failed) = 0;
  /// Sends the item of address `edge` across. The process on that side does the same.
  virtual void give(Side side, const Work& work, std::uint32_t edge) = 0;
  /// Waits for the item that comes in its place.
  virtual bool take(Side side, Work& work, std::uint32_t edge, const std::atomic<bool>& failed) = 0;
};

}  // namespace dovetail
