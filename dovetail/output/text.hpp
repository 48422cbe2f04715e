/// Numbers and foreign names as text: exact, without locale, and harmless wherever they are printed.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/core/decimal.hpp"

namespace dovetail {

/// Three significant digits, as tables show figures of unknown precision.
[[nodiscard]] std::string three_digits(double value);
/// The same; "-" for what is not there.
[[nodiscard]] std::string three_digits(const std::optional<double>& value);
/// `value` cut where its error begins: the last printed digit is the first one that `error` changes. Three digits when
/// the error is absent, zero or not finite.
[[nodiscard]] std::string up_to_error(double value, std::optional<double> error);

/// Whether the bytes are UTF-8, as every file that a run writes for others is.
[[nodiscard]] bool is_utf8(std::string_view text);

/// A name that a terminal can show: control characters and bytes that are not UTF-8 become escapes such as `\x1b`.
[[nodiscard]] std::string printable(std::string_view text);
/// `text` as one word of a command line that can be copied into bash: quoted where it has to be, harmless to a
/// terminal.
[[nodiscard]] std::string shell_word(std::string_view text);
/// The same for a path, which is no option where it begins with a dash ("./-x").
[[nodiscard]] std::string shell_path(std::string_view path);
/// A field of a comma-separated file (RFC 4180): quoted when it holds a comma, quote or line break.
[[nodiscard]] std::string csv_field(std::string_view text);
/// How many columns a terminal needs for printable text, one per code point.
[[nodiscard]] std::size_t display_width(std::string_view text);
/// `text` with spaces before it up to `width`.
[[nodiscard]] std::string right_aligned(std::string_view text, std::size_t width);
[[nodiscard]] std::string left_aligned(std::string_view text, std::size_t width);
/// A line for each row: columns as wide as their widest cell and two spaces apart, numbers to the right, the columns in
/// `words` to the left, no spaces at the end. Rows have equally many cells.
[[nodiscard]] std::string aligned_table(const std::vector<std::vector<std::string>>& rows,
                                        std::initializer_list<std::size_t> words);

}  // namespace dovetail
