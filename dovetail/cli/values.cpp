// Parsing by std::from_chars: exact and without a locale.
#include "dovetail/cli/values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "dovetail/jobs/temper.hpp"
#include "dovetail/tempering/schedule.hpp"

namespace dovetail::cli {
namespace {

constexpr double kSecondsMax = 1e9;  // thirty years; a clock's count of nanoseconds holds it

}  // namespace

std::uint64_t parse_whole(std::string_view text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all_digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!all_digits) throw BadValue("is not a whole number");
  if (error != std::errc() || value < low || value > high) {
    throw BadValue(fmt::format("is out of range, from {} to {}", low, high));
  }
  return value;
}

bool parse_switch(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw BadValue("is neither true nor false");
}

double parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    throw BadValue(fmt::format("has \"{}\", which is not a number", text));
  }
  return value;
}

double parse_seconds(std::string_view text) {
  double unit = 1;
  std::string_view number = text;
  if (!text.empty()) {
    switch (text.back()) {
      case 's':
        unit = 1;
        break;
      case 'm':
        unit = 60;
        break;
      case 'h':
        unit = 3600;
        break;
      case 'd':
        unit = 86400;
        break;
      default:
        unit = 0;
    }
    if (unit != 0) number.remove_suffix(1);
    if (unit == 0) unit = 1;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size()) throw BadValue("is not a time");
  const double seconds = value * unit;
  if (!(seconds > 0)) throw BadValue("is not a positive time");
  if (!(seconds <= kSecondsMax)) throw BadValue("is out of range");
  return seconds;
}

namespace {

/// The pieces between commas, without blanks around them.
std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    words.push_back(word);
    if (comma == std::string_view::npos) return words;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::vector<double> parse_schedule(std::string_view text) {
  constexpr std::string_view kGeometric = "geometric:";
  if (text.starts_with(kGeometric)) {
    const auto words = split_list(text.substr(kGeometric.size()));
    if (words.size() != 2) throw BadValue("names no highest temperature and number of temperatures");
    return tempering::geometric_schedule(parse_number(words[0]), parse_whole(words[1], 0, kReplicasMax - 1));
  }
  std::vector<double> betas;
  for (const std::string_view word : split_list(text)) betas.push_back(parse_number(word));
  tempering::check_schedule(betas);
  return betas;
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string seconds_text(double seconds) { return fmt::format("{}s", seconds); }

}  // namespace dovetail::cli
