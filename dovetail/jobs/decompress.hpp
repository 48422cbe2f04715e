/// Text of compressed bytes, a piece at a time.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace dovetail {

/// One of these for a file, whose bytes it is given from first to last. A file of several members, as concatenation
/// makes them, is their texts one after another.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// Takes bytes off the front of `in`, and writes text to the front of `out`; returns how much. Where nothing is
  /// written and `in` is empty, it needs more. std::bad_alloc.
  [[nodiscard]] virtual std::size_t decompress(std::string_view& in, std::span<char> out) = 0;
  /// Whether no member has begun without having ended: what may be the end of a file.
  [[nodiscard]] virtual bool complete() const = 0;
  /// What is wrong with the bytes since the last call; null where nothing is.
  [[nodiscard]] virtual const char* fault() const = 0;
};

inline constexpr std::string_view kGzipBegins = "\x1f\x8b";
inline constexpr std::string_view kZstdBegins = "\x28\xb5\x2f\xfd";

[[nodiscard]] std::unique_ptr<Decompressor> make_gzip_decompressor();
[[nodiscard]] bool has_zstd();
/// Null in a build without zstd.
[[nodiscard]] std::unique_ptr<Decompressor> make_zstd_decompressor();

}  // namespace dovetail
