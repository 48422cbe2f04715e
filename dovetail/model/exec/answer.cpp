// Questions and answers: one of each for every evaluation, so text is made and read in one pass, without a tree.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/nearest.hpp"
#include "dovetail/model/exec/protocol.hpp"

namespace dovetail::exec {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void append(double value, std::string& line) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  line += text;
  if (text.find_first_of(".e") == std::string_view::npos) line += ".0";
}

/// At most kErrorBytesMax of it, and no part of a character.
std::string cut(const std::string& text) {
  std::size_t end = std::min(text.size(), kErrorBytesMax);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

/// Reads an answer from the events of nlohmann's parser. A field is a list of points, or of rows of gradients.
class AnswerReader {
 public:
  AnswerReader(const Question& question, Answer& answer) : question_(question) {
    answer.prior.clear();
    answer.likelihood.clear();
    answer.prior_gradient.clear();
    answer.likelihood_gradient.clear();
    answer.errors.clear();
    errors_ = &answer.errors;
    if (question.parts) {
      add("log_prior", answer.prior, false);
      add("log_likelihood", answer.likelihood, false);
    } else {
      add("log_density", answer.likelihood, false);
    }
    if (!question.gradient) return;
    if (question.parts) {
      add("log_prior_gradient", answer.prior_gradient, true);
      add("log_likelihood_gradient", answer.likelihood_gradient, true);
    } else {
      add("gradient", answer.likelihood_gradient, true);
    }
  }

  void require_complete() const {
    if (!has_id_) throw ProtocolError("\"id\" is missing; expected " + std::to_string(question_.id));
    for (std::size_t i = 0; i < used_; ++i) {
      const Field& field = fields_[i];
      if (!field.seen) throw ProtocolError("\"" + field.name + "\" is missing; expected " + list_words(field));
    }
    for (const std::size_t point : without_gradient_) {
      const bool finite = std::all_of(fields_.begin(), fields_.begin() + used_, [point](const Field& field) {
        return field.is_gradient || std::isfinite((*field.values)[point]);
      });
      if (finite) {
        throw ProtocolError("a row of gradients is empty at point " + std::to_string(point) +
                            ", where the density is finite; expected " + std::to_string(question_.values) + " numbers");
      }
    }
  }

  // What nlohmann's parser calls. Errors are thrown, so every function returns true: go on.
  bool null() { unexpected("null"); }
  bool boolean(bool value) { unexpected(value ? "true" : "false"); }
  bool binary(nlohmann::json::binary_t&) { unexpected("binary"); }
  bool number_integer(std::int64_t value) {
    if (place_ == Place::id) unexpected(std::to_string(value));
    return number(static_cast<double>(value));
  }
  bool number_unsigned(std::uint64_t value) {
    if (place_ != Place::id) return number(static_cast<double>(value));
    if (value != question_.id) unexpected(std::to_string(value));
    place_ = Place::object;
    return true;
  }
  bool number_float(double value, const std::string& text) {
    if (place_ == Place::id) unexpected(text);
    return number(value);
  }
  bool string(std::string& text) {
    if (place_ == Place::error_text) return error(text);
    if (place_ == Place::list || place_ == Place::row) {
      if (text == "-inf") return number(-kInfinity);
      if (text == "inf") return number(kInfinity);
      if (text == "nan") return number(kNan);
    }
    unexpected("\"" + text + "\"");
  }
  bool start_object(std::size_t) {
    if (place_ == Place::before) {
      place_ = Place::object;
    } else if (place_ == Place::list && !field_->is_gradient) {
      require_room();
      place_ = Place::error_key;
    } else {
      unexpected("an object");
    }
    return true;
  }
  bool key(std::string& name) {
    if (place_ == Place::error_key) {
      if (name != "error") throw ProtocolError(where() + " is an object with \"" + name + R"("; expected "error")");
      place_ = Place::error_text;
      return true;
    }
    if (place_ == Place::after_error) throw ProtocolError(where() + " has more than \"error\"");
    if (name == "id") {
      if (has_id_) throw ProtocolError("\"id\" is given twice");
      has_id_ = true;
      place_ = Place::id;
      return true;
    }
    field_ = &find(name);
    if (field_->seen) throw ProtocolError("\"" + name + "\" is given twice");
    field_->seen = true;
    place_ = Place::before_list;
    return true;
  }
  bool end_object() {
    if (place_ == Place::error_key) throw ProtocolError(where() + " is an empty object; expected \"error\"");
    if (place_ == Place::after_error) {
      field_->values->push_back(-kInfinity);
      place_ = Place::list;
    }
    return true;
  }
  bool start_array(std::size_t) {
    if (place_ == Place::before_list) {
      place_ = Place::list;
      rows_ = 0;
    } else if (place_ == Place::list && field_->is_gradient) {
      require_room();
      place_ = Place::row;
      row_start_ = field_->values->size();
    } else {
      unexpected("a list");
    }
    return true;
  }
  bool end_array() {
    if (place_ == Place::row) {
      const std::size_t size = field_->values->size() - row_start_;
      if (size == 0) {
        field_->values->resize(row_start_ + question_.values, 0.0);
        without_gradient_.push_back(rows_);
      } else if (size != question_.values) {
        throw ProtocolError(where() + " has " + std::to_string(size) + " numbers; expected " +
                            std::to_string(question_.values) + ", one for each value, or none");
      }
      ++rows_;
      place_ = Place::list;
      return true;
    }
    if (count() != question_.points) {
      throw ProtocolError("\"" + field_->name + "\" has " + std::to_string(count()) + " entries; expected " +
                          list_words(*field_));
    }
    place_ = Place::object;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception& problem) {
    constexpr int kOverflow = 406;
    std::string text = (problem.id == kOverflow ? "a number is too large for a double, before character "
                                                : "it is no JSON from character ") +
                       std::to_string(position) + " on";
    // As Python's json.dumps() and others write them.
    constexpr std::array<std::string_view, 6> kNotFinite = {"N", "na", "I", "i", "-I", "-i"};
    const std::string_view word = std::string_view(token).substr(token.find_last_of(" ,:[") + 1);
    const bool is_not_finite = std::any_of(kNotFinite.begin(), kNotFinite.end(),
                                           [&](std::string_view begin) { return word.starts_with(begin); });
    if (is_not_finite && place_ != Place::before) {
      text += " (NaN and Infinity are written \"nan\", \"inf\" or \"-inf\", in quotes)";
    }
    throw ProtocolError(text);
  }

 private:
  enum class Place : std::uint8_t { before, object, id, before_list, list, row, error_key, error_text, after_error };
  struct Field {
    std::string name{};
    std::vector<double>* values = nullptr;
    bool is_gradient = false;
    bool seen = false;
  };

  void add(const char* name, std::vector<double>& values, bool is_gradient) {
    fields_[used_++] = {name, &values, is_gradient, false};
  }

  Field& find(const std::string& name) {
    std::vector<std::string> known = {"id"};
    for (std::size_t i = 0; i < used_; ++i) {
      if (fields_[i].name == name) return fields_[i];
      known.push_back(fields_[i].name);
    }
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
    throw ProtocolError("\"" + name + "\" was not asked for" + suggestion(name, known) + " (asked for: " + list + ")");
  }

  [[nodiscard]] std::string list_words(const Field& field) const {
    const std::string one = field.is_gradient ? " rows of numbers" : " numbers";
    return "a list of " + std::to_string(question_.points) + one + ", one for each point";
  }

  /// Entries of the open list so far.
  [[nodiscard]] std::size_t count() const { return field_->is_gradient ? rows_ : field_->values->size(); }

  [[nodiscard]] std::string where() const {
    switch (place_) {
      case Place::before:
        return "the line";
      case Place::object:
        return "the object";
      case Place::id:
        return "\"id\"";
      case Place::before_list:
        return "\"" + field_->name + "\"";
      case Place::row:
        return "\"" + field_->name + "[" + std::to_string(rows_) + "]\"";
      default:
        return "\"" + field_->name + "[" + std::to_string(count()) + "]\"";
    }
  }

  [[noreturn]] void unexpected(const std::string& found) const {
    constexpr std::size_t kShown = 60;
    const std::string shown = found.size() <= kShown ? found : found.substr(0, kShown) + "...";
    const auto expected = [this]() -> std::string {
      switch (place_) {
        case Place::id:
          return std::to_string(question_.id);
        case Place::before_list:
          return list_words(*field_);
        case Place::error_text:
          return "a text";
        case Place::row:
          return R"(a number, "-inf", "inf" or "nan")";
        case Place::list:
          return field_->is_gradient ? "a list of numbers" : R"(a number, "-inf", "inf", "nan" or {"error": "why"})";
        default:
          return "an object";
      }
    };
    throw ProtocolError(where() + " is " + shown + "; expected " + expected());
  }

  /// One entry more would be too many: said before anything is stored.
  void require_room() const {
    if (count() < question_.points) return;
    throw ProtocolError("\"" + field_->name + "\" has more than " + std::to_string(question_.points) +
                        " entries; expected " + list_words(*field_));
  }

  bool number(double value) {
    if (place_ == Place::row) {
      if (field_->values->size() - row_start_ == question_.values) {
        throw ProtocolError(where() + " has more than " + std::to_string(question_.values) +
                            " numbers; expected one for each value");
      }
    } else if (place_ == Place::list && !field_->is_gradient) {
      require_room();
    } else {
      unexpected(shortest(value));
    }
    field_->values->push_back(value);
    return true;
  }

  bool error(const std::string& text) {
    const std::size_t point = count();
    const auto after =
        std::find_if(errors_->begin(), errors_->end(), [point](const PointError& each) { return each.point >= point; });
    if (after == errors_->end() || after->point != point) {
      errors_->insert(after, {point, cut(text)});  // both parts may say it; the first is kept
    }
    place_ = Place::after_error;
    return true;
  }

  const Question& question_;
  std::array<Field, 4> fields_{};
  std::size_t used_ = 0;
  Field* field_ = nullptr;
  std::vector<PointError>* errors_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t row_start_ = 0;
  std::vector<std::size_t> without_gradient_{};  // points
  Place place_ = Place::before;
  bool has_id_ = false;
};

}  // namespace

void write_question(const Question& question, Point x, std::string& line) {
  line = "{\"id\":" + std::to_string(question.id) + ",\"x\":[";
  for (std::size_t point = 0; point < question.points; ++point) {
    line += point == 0 ? "[" : ",[";
    for (std::size_t i = 0; i < question.values; ++i) {
      if (i > 0) line += ',';
      append(x[point * question.values + i], line);
    }
    line += ']';
  }
  line += question.gradient ? "],\"gradient\":true}\n" : "],\"gradient\":false}\n";
}

void read_answer(std::string_view line, const Question& question, Answer& answer) {
  AnswerReader reader(question, answer);
  nlohmann::json::sax_parse(line, &reader);
  reader.require_complete();
  if (!question.parts) answer.prior.assign(question.points, 0.0);
  if (question.gradient && !question.parts) answer.prior_gradient.assign(question.points * question.values, 0.0);
}

std::size_t answer_bytes_max(const Question& question) {
  constexpr std::size_t kFrame = 4096;
  constexpr std::size_t kNumber = 40;
  constexpr std::size_t kEscaped = 6;  // \u00e9
  const std::size_t lists = question.parts ? 2 : 1;
  const std::size_t numbers = 1 + (question.gradient ? question.values : 0);
  return kFrame + lists * question.points * (numbers * kNumber + kErrorBytesMax * kEscaped);
}

}  // namespace dovetail::exec
