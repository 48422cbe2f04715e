/// A 64-bit FNV-1a hash of the mathematics' table, enough to see whether a bit differs.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

namespace dovetail::test {

class Fnv {
 public:
  void operator()(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) state_ = (state_ ^ (bits >> shift & 0xff)) * 1099511628211ULL;
  }
  [[nodiscard]] std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_ = 14695981039346656037ULL;
};

}  // namespace dovetail::test
