/// A Stan program with the files that it includes.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace dovetail {

struct StanSource {
  /// Where a line of the text was read.
  struct Origin {
    std::filesystem::path file;
    int line = 0;  ///< from 1
  };

  std::filesystem::path file;   ///< the program itself, as it was named
  std::string text;             ///< with what each `#include` names in its place
  std::vector<Origin> origins;  ///< one for each line of `text`

  [[nodiscard]] bool has_includes() const;
  /// "FILE:LINE" of a line of `text`, from 1.
  [[nodiscard]] std::string place(int line) const;
};

/// Reads a program. A file that it includes is looked for in the folder of the program. ModelError: one is not there,
/// or they include each other; FileError: one cannot be read.
[[nodiscard]] StanSource read_stan_source(const std::filesystem::path& file);

}  // namespace dovetail
