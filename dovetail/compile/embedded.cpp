#include "dovetail/compile/embedded.hpp"

#include <string>
#include <vector>

#include "dovetail/store/file.hpp"

namespace dovetail {

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
