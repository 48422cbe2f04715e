/// What foreign programs print, made harmless to a terminal.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace dovetail::exec {

/// `text` with a question mark for each control character but line feeds and tabs: C0, DEL, and C1 in UTF-8 (U+0080 to
/// U+009F; its first byte also where the text is cut behind it).
inline std::string plain_text(std::string_view text) {
  constexpr char kDelete = 0x7F;
  constexpr unsigned char kLeadOfC1 = 0xC2;
  constexpr unsigned char kAfterC1 = 0xA0;
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    const bool is_c1 = byte == kLeadOfC1 && (i + 1 == out.size() || static_cast<unsigned char>(out[i + 1]) < kAfterC1);
    if ((byte < ' ' && byte != '\n' && byte != '\t') || out[i] == kDelete || is_c1) out[i] = '?';
    if (is_c1 && i + 1 < out.size()) out[++i] = '?';
  }
  return out;
}

}  // namespace dovetail::exec
