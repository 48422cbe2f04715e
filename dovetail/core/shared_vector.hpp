/// Numbers that many hold and nobody changes: copies share one memory, and the codec writes equal ones once.
#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "dovetail/core/aligned.hpp"

namespace dovetail {

/// Reads like a const vector; begins on a cache line. Copies may be read from several threads.
template <class T>
class SharedVector {
  static_assert(std::is_arithmetic_v<T>);

 public:
  SharedVector() = default;
  explicit SharedVector(std::span<const T> values) {
    if (!values.empty()) values_ = std::make_shared<const AlignedVector<T>>(values.begin(), values.end());
  }
  SharedVector(const std::vector<T>& values)  // NOLINT(google-explicit-constructor): the same numbers
      : SharedVector(std::span<const T>(values)) {}

  [[nodiscard]] const T* data() const { return values_ ? values_->data() : nullptr; }
  [[nodiscard]] std::size_t size() const { return values_ ? values_->size() : 0; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] const T* begin() const { return data(); }
  [[nodiscard]] const T* end() const { return data() + size(); }
  [[nodiscard]] const T& operator[](std::size_t i) const { return data()[i]; }

  friend bool operator==(const SharedVector& a, const SharedVector& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::shared_ptr<const AlignedVector<T>> values_;  ///< none when empty
};

}  // namespace dovetail
