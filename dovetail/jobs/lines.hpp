/// Lines of a text file, plain or compressed by gzip or zstd, a piece at a time: memory holds one line, however long
/// the file.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace dovetail {

inline constexpr std::size_t kLineBytesMax = std::size_t{1} << 30;

/// A file that begins with gzip's two bytes is taken for one, whatever its name; one of several members, as
/// concatenation makes them, is read to its end. Windows' line ends and a mark of UTF-8 at the beginning are dropped.
class Lines {
 public:
  /// ModelError where there is no such file; FileError where it cannot be opened.
  explicit Lines(const std::filesystem::path& file);
  ~Lines();
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  /// To the next line; false at the end of the file. ModelError, which names the line, where compressed bytes are
  /// damaged or cut, where a line is longer than kLineBytesMax, and where it holds a NUL; FileError where reading
  /// fails.
  bool next();
  [[nodiscard]] std::string_view line() const { return line_; }  ///< without its end; until the next call
  [[nodiscard]] std::size_t number() const { return number_; }   ///< from 1 on
  /// Ends reading with "file:line: what".
  [[noreturn]] void fail(const std::string& what) const;

 private:
  class Bytes;

  bool take_line();

  std::string name_;
  std::unique_ptr<Bytes> bytes_;
  std::string_view left_;  ///< read, but in no line yet
  std::string line_;
  std::size_t number_ = 0;
};

}  // namespace dovetail
