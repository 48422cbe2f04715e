#include "dovetail/store/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

#include "dovetail/store/descriptor.hpp"

namespace dovetail {

MappedFile::MappedFile(const std::filesystem::path& path, Links links) {
  const detail::Descriptor file = detail::open_file(AT_FDCWD, path, O_RDONLY, path, links == Links::follow);
  size_ = detail::regular_size(file.number(), path);
  if (size_ == 0) return;  // which cannot be mapped
  void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (mapped == MAP_FAILED) throw_file_failure("map", path, errno);
  bytes_ = static_cast<const std::byte*>(mapped);
}

MappedFile::~MappedFile() {
  if (size_ > 0) ::munmap(const_cast<std::byte*>(bytes_), size_);  // NOLINT(*-const-cast): munmap is older than const
}

}  // namespace dovetail
