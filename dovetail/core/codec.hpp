/// How state becomes bytes and back: explicit little-endian fields, lengths checked before anything is allocated.
///
/// A type takes part by `template <class Archive> void describe(Archive& a) { a(x); a(y); }`; one description serves
/// writing, reading, hashing and equality. Floating-point numbers travel as their bits; NaN is made canonical. Of
/// shared vectors with equal bytes the first is written, the others name its place: 0 for the first, 1, 2, ...
#pragma once
#include <algorithm>
#include <any>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/core/shared_vector.hpp"

namespace dovetail {

using Bytes = std::vector<std::byte>;
static_assert(std::endian::native == std::endian::little, "the codec copies little-endian words");
static_assert(std::numeric_limits<double>::is_iec559);

inline constexpr std::uint32_t kCodecVersion = 1;

class Writer {
 public:
  Bytes out;

  template <class T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void operator()(const T& value) {
    T word = value;
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(word)) word = std::numeric_limits<T>::quiet_NaN();
    }
    append(&word, sizeof word);
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint64_t>(text.size()));
    append(text.data(), text.size());
  }
  template <class T>
  void operator()(const std::vector<T>& values) {
    (*this)(static_cast<std::uint64_t>(values.size()));
    for (const T& value : values) (*this)(value);
  }
  template <class T>
  void operator()(const SharedVector<T>& values) {
    (*this)(static_cast<std::uint64_t>(values.size()));
    if (values.empty()) return;
    auto same = std::find_if(shared_.begin(), shared_.end(), [&](const Written& w) { return w.from == values.data(); });
    Writer numbers;
    if (same == shared_.end()) {
      for (const T& value : values) numbers(value);
      same = std::find_if(shared_.begin(), shared_.end(), [&](const Written& w) {
        return std::equal(numbers.out.begin(), numbers.out.end(), out.begin() + w.begin, out.begin() + w.end);
      });
    }
    (*this)(static_cast<std::uint32_t>(same - shared_.begin()));
    if (same != shared_.end()) return;
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    append(numbers.out.data(), numbers.out.size());
    shared_.push_back({values.data(), begin, static_cast<std::ptrdiff_t>(out.size())});
  }
  template <class T, std::size_t N>
  void operator()(const std::array<T, N>& values) {
    for (const T& value : values) (*this)(value);
  }
  template <class T>
  void operator()(const std::optional<T>& value) {
    (*this)(static_cast<std::uint8_t>(value.has_value()));
    if (value) (*this)(*value);
  }
  template <class T>
  requires requires(T& t, Writer& w) { t.describe(w); }
  void operator()(const T& value) {
    const_cast<T&>(value).describe(*this);  // describe() is shared with Reader, so it cannot be const
  }

 private:
  void append(const void* from, std::size_t size) {
    if (size == 0) return;
    const auto start = out.size();
    out.resize(start + size);
    std::memcpy(out.data() + start, from, size);
  }

  /// The numbers of a shared vector, in `out`.
  struct Written {
    const void* from;
    std::ptrdiff_t begin, end;
  };
  std::vector<Written> shared_;
};

/// The fewest bytes that a Writer makes of a type, whatever its value.
class LeastSize {
 public:
  template <class T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void operator()(const T&) { bytes_ += sizeof(T); }
  void operator()(const std::string&) { bytes_ += sizeof(std::uint64_t); }
  template <class T>
  void operator()(const std::vector<T>&) {
    bytes_ += sizeof(std::uint64_t);
  }
  template <class T>
  void operator()(const SharedVector<T>&) {
    bytes_ += sizeof(std::uint64_t);
  }
  template <class T, std::size_t N>
  void operator()(const std::array<T, N>&) {
    bytes_ += N * of<T>();
  }
  template <class T>
  void operator()(const std::optional<T>&) {
    bytes_ += sizeof(std::uint8_t);
  }
  template <class T>
  requires requires(T& t, LeastSize& s) { t.describe(s); }
  void operator()(T& value) { value.describe(*this); }

  template <class T>
  static std::size_t of() {
    static const std::size_t bytes = [] {
      auto value = T();
      LeastSize size;
      size(value);
      return size.bytes_;
    }();
    return bytes;
  }

 private:
  std::size_t bytes_ = 0;
};

/// Reads what Writer wrote. Throws CheckpointError when the bytes end early or a value cannot be what was written.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : in_(bytes) {}

  template <class T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void operator()(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      std::uint8_t byte = 0;
      (*this)(byte);
      if (byte > 1) throw CheckpointError("a yes/no field holds neither (bytes damaged?)");
      value = byte == 1;
    } else {
      take(&value, sizeof value);
    }
  }
  void operator()(std::string& text) {
    text.resize(length(1));
    take(text.data(), text.size());
  }
  template <class T>
  void operator()(std::vector<T>& values) {
    values.clear();
    values.resize(length(std::max<std::size_t>(LeastSize::of<T>(), 1)));
    for (T& value : values) (*this)(value);
  }
  template <class T>
  void operator()(SharedVector<T>& values) {
    values = {};
    std::uint64_t count = 0;
    std::uint32_t place = 0;
    (*this)(count);
    if (count == 0) return;
    (*this)(place);
    if (place == shared_.size()) {
      require_room(count, sizeof(T));
      shared_.push_back({in_.first(static_cast<std::size_t>(count) * sizeof(T)), {}});
      in_ = in_.subspan(shared_.back().bytes.size());
    }
    if (place > shared_.size() || shared_[place].bytes.size() / sizeof(T) != count) {
      throw CheckpointError("a shared vector names one that was not written");
    }
    if (!std::any_cast<SharedVector<T>>(&shared_[place].values)) {
      std::vector<T> numbers(static_cast<std::size_t>(count));
      Reader reader(shared_[place].bytes);
      for (T& value : numbers) reader(value);
      shared_[place].values = SharedVector<T>(numbers);
    }
    values = std::any_cast<const SharedVector<T>&>(shared_[place].values);
  }
  template <class T, std::size_t N>
  void operator()(std::array<T, N>& values) {
    for (T& value : values) (*this)(value);
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    bool present = false;
    (*this)(present);
    value.reset();
    if (present) (*this)(value.emplace());
  }
  template <class T>
  requires requires(T& t, Reader& r) { t.describe(r); }
  void operator()(T& value) { value.describe(*this); }
  [[nodiscard]] std::size_t left() const { return in_.size(); }

 private:
  std::size_t length(std::size_t least_bytes_each) {
    std::uint64_t count = 0;
    (*this)(count);
    require_room(count, least_bytes_each);
    return static_cast<std::size_t>(count);
  }
  void require_room(std::uint64_t count, std::size_t least_bytes_each) const {
    if (count > in_.size() / least_bytes_each) throw CheckpointError("a length field exceeds the bytes that follow it");
  }
  void take(void* to, std::size_t size) {
    if (size > in_.size()) throw CheckpointError("the bytes end early");
    if (size != 0) std::memcpy(to, in_.data(), size);
    in_ = in_.subspan(size);
  }

  /// A shared vector that was read.
  struct Known {
    std::span<const std::byte> bytes;
    std::any values;  ///< SharedVector of the type that was asked for first
  };
  std::span<const std::byte> in_;
  std::vector<Known> shared_;
};

template <class T>
[[nodiscard]] Bytes pack(const T& value) {
  Writer writer;
  writer(value);
  return std::move(writer.out);
}

/// The value that `pack` wrote; CheckpointError when bytes are missing or left over.
template <class T>
[[nodiscard]] T unpack(std::span<const std::byte> bytes) {
  auto value = T();
  Reader reader(bytes);
  reader(value);
  if (reader.left() != 0) throw CheckpointError("bytes are left over after the last field");
  return value;
}

}  // namespace dovetail
