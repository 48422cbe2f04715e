#include "dovetail/output/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace dovetail {
namespace {

/// The power of ten of the leading digit, from the decimal digits themselves, after rounding to `digits` after the
/// point: no logarithm can be off by one at a power of ten.
int decimal_exponent(double value, int digits) {
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific, digits).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const auto mark = text.rfind('e');
  int exponent = 0;
  const bool plus = text[mark + 1] == '+';  // from_chars takes no plus sign
  std::from_chars(text.data() + mark + (plus ? 2 : 1), text.data() + text.size(), exponent);
  return exponent;
}

/// Length of the UTF-8 sequence that starts at `at`; 0 when it is none, overlong, a surrogate or beyond U+10FFFF.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

/// C0, DEL, and C1 controls (U+0080 to U+009F), which terminals obey as well; and those that turn the direction of what
/// follows (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069).
bool is_control(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (byte(0) == 0xC2) return byte(1) < 0xA0;
  if (byte(0) != 0xE2) return false;
  if (byte(1) == 0x80) return byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xAA && byte(2) <= 0xAE);
  return byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string three_digits(double value) {
  if (!std::isfinite(value)) return shortest(value);
  return fmt::format("{:.3g}", value);
}

std::string three_digits(const std::optional<double>& value) { return value ? three_digits(*value) : "-"; }

std::string up_to_error(double value, std::optional<double> error) {
  if (!std::isfinite(value) || !error || !std::isfinite(*error) || *error <= 0) return three_digits(value);
  const int place = decimal_exponent(*error, 0);  // rounded first: an error of 0.0096 changes the second decimal
  const int leading = value == 0 ? place : decimal_exponent(value, 17);
  std::string significant = fmt::format("{:.{}e}", value, std::max(0, leading - place));
  if (leading >= 9 || leading < -5) return significant;
  if (place > 0) return fmt::format("{:.0f}", *parse_number(significant));
  return fmt::format("{:.{}f}", value, -place);
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    const std::string_view sequence = text.substr(at, std::max<std::size_t>(length, 1));
    if (length == 0 || is_control(sequence)) {
      for (const char c : sequence) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += sequence;
    }
    at += sequence.size();
  }
  return out;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  // Only $'...' has escapes for what a terminal cannot show; '...' is known to every shell.
  const bool escaped = printable(text) != text;
  std::string out = escaped ? "$'" : "'";
  for (const char c : text) {
    if (escaped && (c == '\'' || c == '\\')) {
      out += '\\';
      out += c;
    } else if (c == '\'') {
      out += "'\\''";
    } else if (escaped && (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F)) {
      out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));  // three digits: no digit that follows is taken in
    } else {
      out += c;
    }
  }
  return out + '\'';
}

std::string shell_path(std::string_view path) {
  return shell_word((path.starts_with('-') ? "./" : "") + std::string(path));
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return width;
}

std::string right_aligned(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  std::string out(used < width ? width - used : 0, ' ');
  out += text;
  return out;
}

std::string left_aligned(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  std::string out(text);
  out.append(used < width ? width - used : 0, ' ');
  return out;
}

std::string aligned_table(const std::vector<std::vector<std::string>>& rows, std::initializer_list<std::size_t> words) {
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool left = std::find(words.begin(), words.end(), c) != words.end();
      text += (c == 0 ? "" : "  ") + (left ? left_aligned(row[c], widths[c]) : right_aligned(row[c], widths[c]));
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace dovetail
