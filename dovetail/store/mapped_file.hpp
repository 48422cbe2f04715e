/// A whole file as memory, which the system reads when it is touched and may forget again.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

#include "dovetail/store/file.hpp"

namespace dovetail {

/// Nobody can change the bytes by way of this. Who cuts the file meanwhile ends the process (SIGBUS); to put a whole
/// new file in its place, as ReplacementFile does, leaves this one as it was.
class MappedFile {
 public:
  /// FileError when it cannot be read or is not a regular file.
  explicit MappedFile(const std::filesystem::path& path, Links links = Links::refuse);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  /// From the beginning of a page on; size when it was opened.
  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_, size_}; }

 private:
  const std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace dovetail
