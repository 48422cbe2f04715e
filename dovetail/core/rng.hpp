/// Keyed random numbers: a stream is named by what it is for, never by who draws from it.
///
/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011) over Random123. Layout, `rng_format` 1: key = 64-bit seed;
/// 128-bit counter = purpose (16) | item (32) | step (48) | block (32). The four coordinates fit, so streams cannot
/// collide. No generator state is stored or sent; any thread, process or machine can recompute any number.
#pragma once
#include <array>
#include <cstdint>

#include "dovetail/core/ids.hpp"

namespace dovetail {

inline constexpr std::uint32_t kRngFormat = 1;

/// What a stream is for. Append only: a new purpose must not shift an old stream.
enum class Purpose : std::uint16_t {
  initial_point = 1,
  kernel = 2,
  swap = 3,
  reference = 4,
  outputs = 5,
  test = 6,
  check = 7,
  warm_up = 8,
  importance = 9,  ///< points of importance sampling
  document_order = 20,
  initial_topics = 21,
  topics = 22,
  new_document = 23,
  foresight = 24,        ///< of words of new documents
  simulated_data = 100,  ///< what built-in models observe: fixed for good, so far from the purposes of runs
};

struct StreamKey {
  std::uint64_t seed = 1;
  Purpose purpose = Purpose::test;
  ItemId item{};
  Step step{};  ///< below 2^48
};

/// A stream of random words. Cheap to make (one per use), never shared between threads.
class Rng {
 public:
  explicit Rng(const StreamKey& key);

  std::uint32_t bits32() {
    if (used_ == kBuffered) refill();
    return words_[used_++];
  }
  std::uint64_t bits64() {
    if (used_ + 2 <= kBuffered) [[likely]] {
      const std::uint64_t word = words_[used_];
      used_ += 2;
      return word << 32 | words_[used_ - 1];
    }
    const std::uint64_t high = bits32();
    const std::uint64_t low = bits32();
    return high << 32 | low;
  }
  /// Uniform on [0, 1): a multiple of 2^-53.
  double uniform() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }
  /// Uniform on (0, 1): an odd multiple of 2^-53, so that neither end can be drawn and u and 1 - u are equally likely.
  double uniform_open() { return static_cast<double>(bits64() >> 11 | 1) * 0x1p-53; }
  /// The step that the stream is keyed by: what periodic schedules count, so that no counter is kept or saved.
  [[nodiscard]] std::uint64_t step() const { return std::uint64_t{counter_[3] & 0xffff} << 32 | counter_[1]; }
  /// How many 32-bit words were drawn so far.
  [[nodiscard]] std::uint64_t words_drawn() const { return std::uint64_t{blocks_} * 4 - (kBuffered - used_); }

 private:
  static constexpr std::uint32_t kBuffered = 16;
  void refill();

  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, kBuffered> words_{};
  std::uint32_t used_ = kBuffered;
  std::uint32_t blocks_ = 0;
};

/// One Philox4x32-10 block, as Random123 computes it. Public for the known-answer test.
std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

}  // namespace dovetail
