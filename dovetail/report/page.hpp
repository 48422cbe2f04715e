/// The parts of the page as they stand in page/ and third_party/, kept in the program (cmake/embed.cmake).
#pragma once
#include <span>

#include "dovetail/core/embedded_file.hpp"

namespace dovetail::report {

[[nodiscard]] std::span<const EmbeddedFile> page_files();

}  // namespace dovetail::report
