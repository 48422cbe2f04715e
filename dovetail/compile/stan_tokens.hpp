/// The words of a Stan program, for edits that leave everything else as it stands.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dovetail {

enum class StanWord : std::uint8_t {
  name,
  number,
  imaginary,  ///< 2i
  text,       ///< "..."
  symbol,     ///< one character
  include,    ///< a line `#include FILE`
};

/// Bytes [at, end) of the program; `line` counts from 1.
struct StanToken {
  StanWord word = StanWord::symbol;
  std::size_t at = 0;
  std::size_t end = 0;
  int line = 1;
};

/// The tokens of `program` in order. Blanks and comments (//, /* */ and the old #) are none. Any text has tokens: what
/// is no Stan ends up in symbols of one byte.
[[nodiscard]] std::vector<StanToken> stan_tokens(std::string_view program);

/// The file that an include token names: #include a.stan, <a.stan> or "a.stan".
[[nodiscard]] std::string included_file(std::string_view program, const StanToken& token);

}  // namespace dovetail
