#include "dovetail/compile/stan_program.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "dovetail/compile/stan_newer.hpp"
#include "dovetail/compile/stan_tokens.hpp"

namespace dovetail {
namespace {

constexpr std::array<std::string_view, 15> kTypes = {
    "int",         "real",    "vector",      "row_vector",           "matrix",
    "ordered",     "simplex", "unit_vector", "positive_ordered",     "cov_matrix",
    "corr_matrix", "void",    "tuple",       "cholesky_factor_corr", "cholesky_factor_cov",
};
constexpr std::array<std::string_view, 7> kBlocks = {"functions",  "data",      "parameters", "model",
                                                     "quantities", "generated", "transformed"};

template <std::size_t count>
bool is_one_of(const std::array<std::string_view, count>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_type(std::string_view name) { return is_one_of(kTypes, name) || cure_for_newer_type(name).has_value(); }

/// Put `text` in place of the bytes [at, end).
struct Edit {
  std::size_t at = 0;
  std::size_t end = 0;
  std::string text;
};

/// Braces that are open at a place of the program.
struct Scope {
  enum class Kind { functions, values, statements } kind = Kind::statements;  ///< values: what it declares is reported
  bool has_statement = false;                                                 ///< beside declarations
  int added_braces = 0;  ///< that were opened for late declarations, to be closed with it
};

/// One pass over the tokens, statement by statement. Where the text is no Stan, the pass ends: the translator says more
/// about it than could be said here.
class Rewriting {
 public:
  explicit Rewriting(std::string_view text) : text_(text), tokens_(stan_tokens(text)) {}

  StanProgram result() {
    rewrite_everywhere();
    rewrite_statements();
    std::erase_if(newer_, [&](const NewerConstruct& each) { return own_functions_.contains(each.construct); });
    std::stable_sort(newer_.begin(), newer_.end(),
                     [](const NewerConstruct& a, const NewerConstruct& b) { return a.line < b.line; });
    StanProgram program{.text = edited(), .newer = newer_, .includes = {}};
    for (const StanToken& token : tokens_)
      if (token.word == StanWord::include) program.includes.push_back(included_file(text_, token));
    return program;
  }

 private:
  using Index = std::size_t;

  [[nodiscard]] bool done(Index i) const { return i >= tokens_.size(); }
  [[nodiscard]] std::string_view word(Index i) const {
    return done(i) ? std::string_view{} : text_.substr(tokens_[i].at, tokens_[i].end - tokens_[i].at);
  }
  [[nodiscard]] bool is_name(Index i) const { return !done(i) && tokens_[i].word == StanWord::name; }

  /// Past the bracket that closes the one at `i`; the end of the program when none does. `<` closes at the first `>`
  /// outside other brackets, since bounds hold no comparisons.
  [[nodiscard]] Index past_bracket(Index i) const {
    const std::string_view open = word(i);
    if (open == "<") {
      Index at = i + 1;
      while (!done(at) && word(at) != ">") at = opens(at) ? past_bracket(at) : at + 1;
      return std::min(at + 1, tokens_.size());
    }
    int depth = 0;
    for (Index at = i; !done(at); ++at) {
      depth += opens(at) ? 1 : closes(at) ? -1 : 0;
      if (depth == 0) return at + 1;
    }
    return tokens_.size();
  }
  [[nodiscard]] bool opens(Index i) const { return word(i) == "(" || word(i) == "[" || word(i) == "{"; }
  [[nodiscard]] bool closes(Index i) const { return word(i) == ")" || word(i) == "]" || word(i) == "}"; }

  /// The text of tokens [first, past) on one line, without comments.
  [[nodiscard]] std::string flat(Index first, Index past) const {
    std::string flat;
    for (Index i = first; i < past; ++i) {
      if (i > first && tokens_[i].at > tokens_[i - 1].end) flat += ' ';
      flat += word(i);
    }
    return flat;
  }

  /// Puts `text` there, and after it the line ends that were there.
  void replace(Index first, Index past, std::string text) {
    const std::size_t at = tokens_[first].at;
    const std::size_t end = tokens_[past - 1].end;
    for (const char c : text_.substr(at, end - at))
      if (c == '\n') text += c;
    edits_.push_back({at, end, std::move(text)});
  }
  void insert_before(Index i, std::string text) { edits_.push_back({tokens_[i].at, tokens_[i].at, std::move(text)}); }
  void insert_after(Index i, std::string text) { edits_.push_back({tokens_[i].end, tokens_[i].end, std::move(text)}); }
  void lacks(Index i, std::string_view construct, std::string cure) {
    newer_.push_back({tokens_[i].line, std::string(construct), std::move(cure)});
  }

  // ---- what may stand anywhere ----

  void rewrite_everywhere() {
    for (Index i = 0; !done(i); ++i) {
      if (tokens_[i].word == StanWord::imaginary) lacks(i, word(i), *cure_for_newer_type("complex"));
      if (tokens_[i].word == StanWord::symbol) name_newer_operator(i);
      if (!is_name(i)) continue;
      if (word(i) == "array") rewrite_unsized(i);
      if (word(i + 1) == "(") rewrite_call(i);
      if (const auto cure = cure_for_newer_type(word(i));
          cure && (word(i) == "tuple" || is_name(i + 1) || word(i + 1) == "["))
        lacks(i, word(i), *cure);
    }
  }

  void name_newer_operator(Index i) {
    const auto together = [&](Index last) { return !done(last) && tokens_[last].end - tokens_[i].at == last - i + 1; };
    if (word(i) == "." && word(i + 1) == "^" && together(i + 1)) lacks(i, ".^", "use pow in a loop");
    if (word(i) == "%" && word(i + 1) == "/" && word(i + 2) == "%" && together(i + 2))
      lacks(i, "%/%", "use /, which divides integers to an integer");
  }

  /// array[,] real -> real[,]: an argument or a result, told from a declaration by its empty sizes.
  void rewrite_unsized(Index i) {
    if (word(i + 1) != "[") return;
    const Index type = past_bracket(i + 1);
    if (!is_name(type) || !is_type(word(type)) || !is_unsized(i + 1, type)) return;
    replace(i, type, "");
    insert_after(type, flat(i + 1, type));
  }
  [[nodiscard]] bool is_unsized(Index open, Index past) const {
    for (Index i = open + 1; i + 1 < past; ++i)
      if (word(i) != ",") return false;
    return true;
  }

  void rewrite_call(Index i) {
    for (const std::string_view density : {"_lupdf", "_lupmf"})
      if (word(i).ends_with(density)) {
        const std::string_view stem = word(i).substr(0, word(i).size() - density.size());
        replace(i, i + 1, std::string(stem) + (density == "_lupdf" ? "_lpdf" : "_lpmf"));
      }
    if (auto cure = cure_for_newer_function(word(i))) lacks(i, word(i), std::move(*cure));
  }

  // ---- statements ----

  void rewrite_statements() {
    Index i = 0;
    while (!done(i)) {
      const Index next = scopes_.empty() ? block(i) : statement(i);
      if (next <= i) return;
      i = next;
    }
  }

  /// `transformed data {` and its like.
  Index block(Index i) {
    if (tokens_[i].word == StanWord::include) return i + 1;
    Index open = i;
    while (is_name(open) && is_one_of(kBlocks, word(open))) ++open;
    if (open == i || word(open) != "{") return i;
    const std::string_view name = word(open - 1);
    scopes_.push_back({.kind = name == "functions" ? Scope::Kind::functions
                               : name == "model"   ? Scope::Kind::statements
                                                   : Scope::Kind::values});
    return open + 1;
  }

  Index statement(Index i) {
    const std::string_view first = word(i);
    if (tokens_[i].word == StanWord::include) return i + 1;
    if (first == "}") return close(i);
    if (const auto past = declaration(i)) return *past;
    if (const auto past = function(i)) return *past;
    scopes_.back().has_statement = true;
    if (first == "{") {
      scopes_.push_back({});
      return i + 1;
    }
    if (first == "else") return i + 1;
    if (first == "profile" && word(i + 1) == "(") {
      const Index past = past_bracket(i + 1);
      replace(i, past, "");
      return past;
    }
    if (first == "if" || first == "for" || first == "while") return word(i + 1) == "(" ? past_bracket(i + 1) : i;
    return past_semicolon(i);
  }

  Index close(Index i) {
    const Scope& scope = scopes_.back();
    if (scope.added_braces > 0) insert_before(i, std::string(static_cast<std::size_t>(scope.added_braces), '}'));
    scopes_.pop_back();
    return i + 1;
  }

  [[nodiscard]] Index past_semicolon(Index i) const {
    while (!done(i) && word(i) != ";" && word(i) != "}") i = opens(i) ? past_bracket(i) : i + 1;
    return word(i) == ";" ? i + 1 : i;
  }

  /// A function's head; the scope of its body is opened.
  std::optional<Index> function(Index i) {
    if (scopes_.back().kind != Scope::Kind::functions) return std::nullopt;
    while (!done(i) && word(i) != "(" && word(i) != ";" && word(i) != "}") i = word(i) == "[" ? past_bracket(i) : i + 1;
    if (word(i) != "(" || !is_name(i - 1)) return std::nullopt;
    own_functions_.insert(std::string(word(i - 1)));
    const Index past = past_bracket(i);
    if (word(past) == "{") scopes_.push_back({});
    return word(past) == "{" || word(past) == ";" ? std::optional(past + 1) : std::nullopt;
  }

  /// [array[...]] TYPE [<bounds>] [[sizes]] NAME [= value] {, NAME [= value]} ;
  std::optional<Index> declaration(const Index start) {
    Index type = start;
    if (word(start) == "array" && word(start + 1) == "[") type = past_bracket(start + 1);
    if (!is_name(type) || !is_type(word(type))) return std::nullopt;
    Index name = type + 1;
    const bool has_bounds = word(name) == "<";
    const Index bounds = name;
    if (has_bounds) name = past_bracket(name);
    const Index past_bounds = name;
    if (word(name) == "[") name = past_bracket(name);
    if (word(name) == "(" || !is_name(name) || word(name + 1) == "(") return std::nullopt;  // a tuple, a function

    const bool is_array = type > start;
    const std::string sizes = is_array ? flat(start + 1, type) : "";
    const std::string type_text = flat(type, name);
    declare_late(start);
    if (has_bounds) name_vector_bounds(bounds, past_bounds);
    if (is_array) replace(start, type, "");
    while (true) {
      const bool is_container = is_array || word(name + 1) == "[" || (word(type) != "real" && word(type) != "int");
      if (is_container && scopes_.back().kind == Scope::Kind::values) containers_.insert(std::string(word(name)));
      if (is_array) insert_after(name, sizes);
      Index end = name + 1;
      while (!done(end) && word(end) != "," && word(end) != ";" && !closes(end))
        end = opens(end) ? past_bracket(end) : end + 1;
      if (word(end) != ",") return word(end) == ";" ? end + 1 : tokens_.size();
      replace(end, end + 1, "; " + type_text);
      name = end + 1;
      if (!is_name(name)) return tokens_.size();
    }
  }

  /// Stan 2.21 wants declarations first in a block.
  void declare_late(Index i) {
    Scope& scope = scopes_.back();
    if (!scope.has_statement) return;
    if (scope.kind == Scope::Kind::values) {
      lacks(i, "a declaration after a statement", "move it before the first statement of its block");
      return;
    }
    insert_before(i, "{ ");
    ++scope.added_braces;
    scope.has_statement = false;
  }

  void name_vector_bounds(Index open, Index past) {
    for (Index i = open + 1; i < past;) {
      if (opens(i)) {
        i = past_bracket(i);
        continue;
      }
      const bool is_whole = is_name(i) && word(i + 1) != "[" && word(i + 1) != "(" && word(i + 1) != "=";
      if (is_whole && containers_.contains(word(i)))
        lacks(i, "the bound `" + flat(open, past) + "` that is not one number",
              "declare the parameter free of it and transform each element");
      ++i;
    }
  }

  [[nodiscard]] std::string edited() {
    std::stable_sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) { return a.at < b.at; });
    std::string text;
    std::size_t done = 0;
    for (const Edit& edit : edits_) {
      if (edit.at < done) continue;  // within what was replaced as a whole
      text += text_.substr(done, edit.at - done);
      text += edit.text;
      done = edit.end;
    }
    text += text_.substr(done);
    return text;
  }

  std::string_view text_;
  std::vector<StanToken> tokens_;
  std::vector<Edit> edits_;
  std::vector<NewerConstruct> newer_;
  std::vector<Scope> scopes_;
  std::set<std::string, std::less<>> containers_;  ///< of the blocks: bounds see no other variables
  std::set<std::string, std::less<>> own_functions_;
};

}  // namespace

StanProgram for_stan_2_21(std::string_view program) { return Rewriting(program).result(); }

}  // namespace dovetail
