/// Memory that begins on a cache line, so that wide loads from it do not straddle two.
#pragma once
#include <cstddef>
#include <new>
#include <vector>

namespace dovetail {

template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t kCacheLine{64};

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kCacheLine)); }
  void deallocate(T* from, std::size_t) { ::operator delete(from, kCacheLine); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace dovetail
