/// A text of the source tree that is kept in a program; cmake/embed.cmake makes tables of them.
#pragma once
#include <string_view>

namespace dovetail {

struct EmbeddedFile {
  std::string_view name;  ///< its path in the source tree: "dovetail/model/plugin.hpp"
  std::string_view text;
};

}  // namespace dovetail
