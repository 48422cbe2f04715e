/// Sources that a compilation needs, kept in the command itself, so that no installed copy has to be found and none can
/// be of another version. cmake/embed.cmake makes the table from the list in CMakeLists.txt.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "dovetail/compile/cache.hpp"
#include "dovetail/core/embedded_file.hpp"

namespace dovetail {

[[nodiscard]] std::span<const EmbeddedFile> embedded_files();

/// The texts of the files whose names begin with `prefix`, one after another: what a key is made of, so that a change
/// of one file makes nothing anew that was not made of it.
[[nodiscard]] std::string embedded_text(std::string_view prefix);

/// Writes all of them below a folder of the cache whose name is a hash of their texts, where they are not there yet,
/// and returns that folder: what a compiler gets as -I.
[[nodiscard]] std::filesystem::path write_embedded_files(const CompileCache& cache);

}  // namespace dovetail
