/// What `dovetail run` does when its command has ended.
#pragma once
#include <cstdint>

#include "dovetail/cli/child.hpp"

namespace dovetail::cli {

enum class Next : std::uint8_t {
  pass_on,  ///< done, stopped on purpose, or an error that another start would meet again
  again,    ///< a rank or the launcher was lost
};

/// `launched`: behind a launcher, whose own codes are not those of dovetail. `begun`: there is a folder of the run.
[[nodiscard]] Next next_after(const ChildEnd& end, bool launched, bool begun);

}  // namespace dovetail::cli
