#include "dovetail/model/data.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace dovetail {
namespace {

using Json = nlohmann::json;

/// Reads the text for the parser, and lets others see how far it has come.
class Reading {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Reading(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  Reading& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  friend bool operator!=(const Reading& a, const Reading& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  const char** seen_;
};

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_of_number(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

/// Text from a file as an error may show it: short, printable ASCII.
std::string shown(std::string_view text, std::size_t longest = 40) {
  std::string out;
  for (const char c : text.substr(0, longest)) out += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > longest ? out + "..." : out;
}

/// NaN or an infinity, when `text` is one of their names.
std::optional<double> named_real(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  std::string lower;
  for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (lower != "inf" && lower != "infinity") return std::nullopt;
  const double infinity = std::numeric_limits<double>::infinity();
  return negative ? -infinity : infinity;
}

/// Whether the whole number written as `digits` is `value` exactly.
bool is_exact(std::string_view digits, double value) {
  constexpr std::size_t kLongest = 320;  // digits of the largest double, and its sign
  char buffer[kLongest];                 // NOLINT(*-avoid-c-arrays): to_chars takes pointers
  const auto end = std::to_chars(buffer, buffer + kLongest, value, std::chars_format::fixed);
  return end.ec == std::errc() && std::string_view(buffer, static_cast<std::size_t>(end.ptr - buffer)) == digits;
}

/// Receives the pieces of the text from the parser, in order, and builds the variables.
class Builder {
 public:
  Builder(std::string_view text, std::string_view name, Tuples tuples)
      : text_(text), name_(name), tuples_(tuples), read_(text.data()) {}

  DataVariables build() {
    Json::sax_parse(Reading(text_.data(), &read_), Reading(text_.data() + text_.size(), &read_), this);
    return std::move(variables_);
  }

  // The parser's callbacks, whose names and types it asks for. They throw and never return false.

  bool null() { return refuse("is null", "leave the variable out, or give its value"); }
  bool boolean(bool value) { return refuse(value ? "is true" : "is false", "write 1 or 0"); }
  bool number_integer(std::int64_t) { return number(); }
  bool number_unsigned(std::uint64_t) { return number(); }
  bool number_float(double, const std::string&) { return number(); }
  bool binary(Json::binary_t&) { return true; }  // JSON has none

  bool string(const std::string& value) {
    if (leaving_out_) return true;
    place_value();
    const auto real = named_real(value);
    if (!real) {
      fail("is the text \"" + shown(value) + "\" where a number belongs",
           R"(write a number without quotes; only "NaN", "Inf" and "-Inf" are texts)");
    }
    add_real(*real);
    return true;
  }

  bool start_object(std::size_t) {
    if (depth_++ == 0 || leaving_out_) return true;
    if (tuples_ == Tuples::refuse) fail("is an object (tuples are not read)", "give each part a variable of its own");
    leaving_out_ = true;
    return true;
  }

  bool key(const std::string& name) {
    if (leaving_out_) return true;
    variable_ = nullptr;
    if (name.size() > kDataNameMax) {
      fail("a name has " + std::to_string(name.size()) + " bytes (at most " + std::to_string(kDataNameMax) + ")",
           "shorten it");
    }
    variable_name_ = name;
    path_.clear();
    rank_.reset();
    const auto [place, is_new] = variables_.try_emplace(name);
    variable_ = &place->second;
    if (!is_new) {
      fail("is given twice (first in line " + std::to_string(variable_->line) + ")", "remove one of the two");
    }
    variable_->line = line_of(last_read());
    return true;
  }

  bool end_object() { return close(); }

  bool start_array(std::size_t) {
    ++depth_;
    if (leaving_out_) return true;
    if (!path_.empty()) ++path_.back();
    if (rank_ && path_.size() >= *rank_) {
      fail("is an array where others are numbers or empty (arrays must be rectangular)", "check the brackets");
    }
    if (path_.size() == kDataDepthMax) {
      fail("is an array within " + std::to_string(kDataDepthMax) + " others, the most that are read",
           "check the brackets");
    }
    path_.push_back(0);
    if (path_.size() > variable_->shape.size()) variable_->shape.push_back(kOpen);
    return true;
  }

  bool end_array() {
    if (leaving_out_) return close();
    const std::size_t rank = path_.size();
    const std::size_t count = path_.back();
    path_.pop_back();
    std::size_t& extent = variable_->shape[rank - 1];
    if (extent == kOpen) extent = count;
    if (extent != count) {
      std::string first(variable_name_);
      for (std::size_t i = 1; i < rank; ++i) first += "[1]";
      fail("has " + std::to_string(count) + " elements and " + shown(first) + " has " + std::to_string(extent) +
               " (arrays must be rectangular)",
           "pad the shorter ones, or give their lengths in a variable of their own");
    }
    if (count == 0) rank_ = rank;
    return close();
  }

  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) {
      if (!leaving_out_) place_value();
      fail("is " + shown(number_token()) + ", beyond the largest double, 1.8e308", "change its unit, or write \"Inf\"");
    }
    fail_syntax(error.what());
  }

 private:
  static constexpr std::size_t kOpen = std::string_view::npos;  ///< the extent of an array that has not ended yet

  [[noreturn]] void fail(const std::string& what, const std::string& cure) const {
    std::string where = variable_ == nullptr ? "" : shown(variable_name_);
    for (const std::size_t index : path_) where += index == 0 ? "" : "[" + std::to_string(index) + "]";
    if (!where.empty()) where += " ";
    throw DataError(std::string(name_) + ":" + std::to_string(line_of(last_read())) + ": " + where + what + "; " +
                    cure);
  }

  /// `what`: the parser's own words, "[id] parse error at line 1, column 2: syntax error while parsing array - REASON".
  [[noreturn]] void fail_syntax(std::string_view what) {
    if (!path_.empty()) ++path_.back();
    const std::string_view word = word_at(last_read());
    if (const auto real = named_real(word)) {
      const std::string name = std::isnan(*real) ? "NaN" : *real < 0 ? "-Inf" : "Inf";
      fail("is " + shown(word) + " without quotes, which is not JSON", "write \"" + name + "\"");
    }
    const std::size_t reason_at = what.find(" - ");
    if (reason_at != std::string_view::npos) what.remove_prefix(reason_at + 3);
    constexpr std::string_view kLastRead = "; last read: '";
    std::string reason(what.substr(0, what.find(kLastRead)));
    const std::size_t expected = what.rfind("'; expected ");
    if (reason.size() < what.size() && expected != std::string_view::npos) reason += what.substr(expected + 1);
    const std::string where = variable_ == nullptr ? "" : " in or after " + shown(variable_name_);
    variable_ = nullptr;
    path_.clear();
    constexpr std::size_t kLongestReason = 120;  // it may hold text of the file
    fail("this is not JSON" + where + ": " + shown(reason, kLongestReason),
         R"(correct the text (data are {"N": 2, "y": [1.5, 2]}))");
  }

  bool refuse(const std::string& what, const std::string& cure) {
    if (leaving_out_) return true;
    place_value();
    fail(what, cure);
  }

  bool close() {
    if (--depth_ == 1 && leaving_out_) {
      leaving_out_ = false;
      variables_.erase(variable_name_);
    }
    return true;
  }

  bool number() {
    if (leaving_out_) return true;
    place_value();
    const std::string_view token = number_token();
    if (path_.empty()) variable_->number_at = static_cast<std::size_t>(token.data() - text_.data());
    const bool has_fraction = token.find_first_of(".eE") != std::string_view::npos;
    std::int32_t whole = 0;
    if (!has_fraction && std::from_chars(token.data(), token.data() + token.size(), whole).ec == std::errc()) {
      add_whole(whole);
      return true;
    }
    double real = 0;
    const auto result = std::from_chars(token.data(), token.data() + token.size(), real);
    if (result.ec != std::errc()) {  // beyond the largest the parser has complained already
      fail("is " + shown(token) + ", which a double cannot tell from 0", "write 0, or change its unit");
    }
    if (!has_fraction && !is_exact(token, real)) {
      fail("is " + shown(token) + ", a whole number that no double holds exactly (digits would be lost)",
           "write it with a point if a rounded value will do");
    }
    add_real(real);
    return true;
  }

  /// A number has come: where it stands must be where numbers stand.
  void place_value() {
    if (!path_.empty()) ++path_.back();
    if (rank_ && *rank_ != path_.size()) {
      fail("is a number where others are arrays (arrays must be rectangular)", "check the brackets");
    }
    rank_ = path_.size();
  }

  void add_whole(std::int32_t value) {
    if (!variable_->whole) return variable_->reals.push_back(value);
    variable_->integers.push_back(value);
  }

  void add_real(double value) {
    if (variable_->whole) {
      variable_->reals = variable_->as_reals();
      variable_->integers = {};
      variable_->whole = false;
    }
    variable_->reals.push_back(value);
  }

  /// The last character that the parser took: of the token in hand, or the one behind it.
  [[nodiscard]] const char* last_read() const { return read_ == text_.data() ? read_ : read_ - 1; }

  [[nodiscard]] std::size_t line_of(const char* at) const {
    return 1 + static_cast<std::size_t>(std::count(text_.data(), at, '\n'));
  }

  /// The number in hand. The parser has read one character more, unless the text ended.
  [[nodiscard]] std::string_view number_token() const {
    const char* end = read_;
    if (end > text_.data() && !is_of_number(end[-1])) --end;
    const char* begin = end;
    while (begin > text_.data() && is_of_number(begin[-1])) --begin;
    return text_.substr(static_cast<std::size_t>(begin - text_.data()), static_cast<std::size_t>(end - begin));
  }

  /// Letters and signs around a place.
  [[nodiscard]] std::string_view word_at(const char* at) const {
    const auto is_of_word = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+';
    };
    const char* end = at;
    while (end < text_.data() + text_.size() && is_of_word(*end)) ++end;
    while (at > text_.data() && is_of_word(at[-1])) --at;
    return text_.substr(static_cast<std::size_t>(at - text_.data()), static_cast<std::size_t>(end - at));
  }

  std::string_view text_;
  std::string_view name_;
  Tuples tuples_;
  const char* read_;  ///< one past the last character that the parser took

  DataVariables variables_;
  std::size_t depth_ = 0;             ///< objects and arrays that are open
  bool leaving_out_ = false;          ///< the variable in hand holds an object
  DataVariable* variable_ = nullptr;  ///< the one in hand
  std::string variable_name_;
  std::vector<std::size_t> path_;    ///< for each open array, how many elements have begun
  std::optional<std::size_t> rank_;  ///< of the variable in hand, once it is known: in how many arrays its numbers are
};

/// What can be said of the whole text.
void check_text(std::string_view text, const std::string& name) {
  if (text.size() > kDataBytesMax) {
    throw DataError(name + ": has " + std::to_string(text.size()) + " bytes and data may have " +
                    std::to_string(kDataBytesMax) + " (all of them are held in memory); thin them out");
  }
  std::size_t begin = text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;  // a byte order mark, as some editors write
  while (begin < text.size() && is_blank(text[begin])) ++begin;
  if (begin == text.size()) throw DataError(name + R"(: is empty; data are an object such as {"N": 2, "y": [1.5, 2]})");
  if (text[begin] != '{') {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    throw DataError(name + ":" + std::to_string(line) + ": begins with \"" + shown(text.substr(begin, 8)) +
                    R"(" and not with { (data are a JSON object); write {"N": 2, "y": [1.5, 2]})");
  }
}

}  // namespace

DataVariables read_data(std::string_view text, std::string_view name, Tuples tuples) {
  check_text(text, std::string(name));
  return Builder(text, name, tuples).build();
}

}  // namespace dovetail
