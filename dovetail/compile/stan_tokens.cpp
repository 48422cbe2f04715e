#include "dovetail/compile/stan_tokens.hpp"

namespace dovetail {
namespace {

constexpr std::string_view kInclude = "#include";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return starts_name(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

/// Walks over the text and knows its line.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] int line() const { return line_; }
  [[nodiscard]] char here(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool sees(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  void step(std::size_t count = 1) {
    for (; count > 0 && !done(); --count) line_ += text_[at_++] == '\n' ? 1 : 0;
  }
  template <class Predicate>
  void step_while(Predicate holds) {
    while (!done() && holds(here())) step();
  }
  void to_end_of_line() {
    step_while([](char c) { return c != '\n'; });
  }
  void past(std::string_view what) {
    while (!done() && !sees(what)) step();
    step(what.size());
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

StanWord read_number(Scanner& scan) {
  scan.step_while(is_digit);
  if (scan.here() == '.') {
    scan.step();
    scan.step_while(is_digit);
  }
  if (scan.here() == 'e' || scan.here() == 'E') {
    const std::size_t sign = scan.here(1) == '+' || scan.here(1) == '-' ? 1 : 0;
    if (is_digit(scan.here(1 + sign))) {
      scan.step(1 + sign);
      scan.step_while(is_digit);
    }
  }
  if (scan.here() != 'i' || continues_name(scan.here(1))) return StanWord::number;
  scan.step();
  return StanWord::imaginary;
}

StanWord read_token(Scanner& scan) {
  if (starts_name(scan.here())) {
    scan.step_while(continues_name);
    return StanWord::name;
  }
  if (is_digit(scan.here()) || (scan.here() == '.' && is_digit(scan.here(1)))) return read_number(scan);
  if (scan.here() == '"') {
    scan.step();
    scan.step_while([](char c) { return c != '"' && c != '\n'; });  // Stan's strings know no escapes
    scan.step(scan.here() == '"' ? 1 : 0);
    return StanWord::text;
  }
  if (scan.sees(kInclude)) {
    scan.to_end_of_line();
    return StanWord::include;
  }
  scan.step();
  return StanWord::symbol;
}

}  // namespace

std::vector<StanToken> stan_tokens(std::string_view program) {
  std::vector<StanToken> tokens;
  Scanner scan(program);
  while (!scan.done()) {
    if (is_blank(scan.here())) {
      scan.step();
    } else if (scan.sees("//") || (scan.here() == '#' && !scan.sees(kInclude))) {
      scan.to_end_of_line();
    } else if (scan.sees("/*")) {
      scan.step(2);
      scan.past("*/");
    } else {
      StanToken token{.at = scan.at(), .line = scan.line()};
      token.word = read_token(scan);
      token.end = scan.at();
      tokens.push_back(token);
    }
  }
  return tokens;
}

std::string included_file(std::string_view program, const StanToken& token) {
  std::string_view name = program.substr(token.at, token.end - token.at).substr(kInclude.size());
  name = name.substr(0, name.find("//"));
  const auto is_wrapping = [](char c) { return is_blank(c) || c == '"' || c == '<' || c == '>'; };
  while (!name.empty() && is_wrapping(name.front())) name.remove_prefix(1);
  while (!name.empty() && is_wrapping(name.back())) name.remove_suffix(1);
  return std::string(name);
}

}  // namespace dovetail
