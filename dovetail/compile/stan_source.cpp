#include "dovetail/compile/stan_source.hpp"

#include <algorithm>
#include <map>

#include "dovetail/compile/stan_tokens.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 24;

class Reading {
 public:
  explicit Reading(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void add(const std::filesystem::path& file, StanSource& source) {
    if (std::find(open_.begin(), open_.end(), file) != open_.end())
      throw ModelError(file.string() + " includes itself (the program would never end); remove an #include");
    open_.push_back(file);
    const std::string text = read_text(file, kBytesMax, Links::follow);
    std::map<int, std::string> included;
    for (const StanToken& token : stan_tokens(text))
      if (token.word == StanWord::include) {
        require_own_line(text, token, file);
        included[token.line] = included_file(text, token);
      }

    int line = 1;
    for (std::size_t at = 0; at < text.size(); ++line) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (const auto found = included.find(line); found != included.end()) {
        add_included(found->second, file, line, source);
      } else {
        source.text += text.substr(at, end - at) + "\n";
        source.origins.push_back({file, line});
      }
      at = end + 1;
    }
    open_.pop_back();
  }

 private:
  /// The whole line gives way to the file: nothing may stand before the include, not even the end of a comment.
  static void require_own_line(std::string_view text, const StanToken& token, const std::filesystem::path& file) {
    const std::string_view before = text.substr(0, token.at);
    const std::size_t last = before.find_last_not_of(" \t\r");
    if (last == std::string_view::npos || before[last] == '\n') return;
    throw ModelError(file.string() + ":" + std::to_string(token.line) +
                     ": #include must stand on a line of its own; put what stands before it on the line above");
  }

  void add_included(const std::string& name, const std::filesystem::path& by, int line, StanSource& source) {
    const std::filesystem::path file = folder_ / name;
    if (!std::filesystem::is_regular_file(file))
      throw ModelError(
          by.string() + ":" + std::to_string(line) + ": there is no file " + file.string() +
          " (included files are looked for in the folder of the program); correct its name or put it there");
    add(file, source);
  }

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> open_;
};

}  // namespace

bool StanSource::has_includes() const {
  return std::any_of(origins.begin(), origins.end(), [&](const Origin& origin) { return origin.file != file; });
}

std::string StanSource::place(int line) const {
  if (line < 1 || static_cast<std::size_t>(line) > origins.size()) return file.string();
  const Origin& origin = origins[static_cast<std::size_t>(line - 1)];
  return origin.file.string() + ":" + std::to_string(origin.line);
}

StanSource read_stan_source(const std::filesystem::path& file) {
  StanSource source{.file = file, .text = {}, .origins = {}};
  Reading(file.parent_path()).add(file, source);
  return source;
}

}  // namespace dovetail
