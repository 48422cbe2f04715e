/// The release that this is.
#pragma once

namespace dovetail {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace dovetail
