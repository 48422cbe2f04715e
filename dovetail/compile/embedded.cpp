#include "dovetail/compile/embedded.hpp"

#include <string>
#include <vector>

#include "dovetail/store/file.hpp"

namespace dovetail {

std::string embedded_text(std::string_view prefix) {
  std::string text;
  for (const EmbeddedFile& file : embedded_files())
    if (file.name.starts_with(prefix)) text += file.text;
  return text;
}

std::filesystem::path write_embedded_files(const CompileCache& cache) {
  std::vector<std::string> parts;
  for (const EmbeddedFile& file : embedded_files()) {
    parts.emplace_back(file.name);
    parts.emplace_back(file.text);
  }
  std::filesystem::path folder = cache.folder() / ("include-" + cache_key(parts).substr(0, 16));
  for (const EmbeddedFile& file : embedded_files()) {
    const std::filesystem::path path = folder / file.name;
    make_private_folder(path.parent_path());
    if (std::filesystem::exists(path) && read_text(path) == file.text) continue;
    replace_file(path, file.text);
  }
  return folder;
}

}  // namespace dovetail
