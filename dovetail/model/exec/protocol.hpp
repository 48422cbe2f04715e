/// The lines that Dovetail and a program exchange (docs/exec.md), as pure functions: values to text and text to values.
///
/// Strict: a line that is not exactly one expected object, with every field once, is a ProtocolError that says which
/// field is wrong and what belongs there. Nothing is allocated on the word of a line; sizes come from the question.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/kernel/path.hpp"
#include "dovetail/model/transform.hpp"

namespace dovetail::exec {

/// A line that is not what the protocol asks for. The text is a clause: `"id" is 3; expected 4`.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kDeclarationBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kValuesMax = 1'000'000;    ///< of one point
inline constexpr std::size_t kErrorBytesMax = 1000;     ///< of a program's own words about one point
inline constexpr std::size_t kPointsInBatchMax = 1024;  ///< of one question

/// What a program says it is: its answer to the first line.
struct Declaration {
  std::string name{};     ///< for reports; may be empty
  std::string version{};  ///< of the density, as its author counts; part of the model's identity; may be empty
  std::vector<Parameter> parameters{};
  bool gradient = false;   ///< it can be asked for gradients
  bool parts = false;      ///< it answers log prior and log likelihood apart
  std::size_t values = 0;  ///< of one point: sizes of all parameters
  std::string text{};      ///< the whole declaration in one spelling, to compare
};

/// The first line to a program. `data` is a path, or empty: null. UsageError when it is not UTF-8, as JSON must be.
[[nodiscard]] std::string hello_line(const std::string& data);
[[nodiscard]] Declaration read_declaration(std::string_view line);

/// What is asked: the log density at `points` points of `values` numbers each.
struct Question {
  std::uint64_t id = 0;
  std::size_t points = 1;
  std::size_t values = 1;
  bool gradient = false;
  bool parts = false;
};

/// Writes the line that asks it over `line`. `x`: points x values, row by row, all finite.
/// Numbers read back as the same bits, and always have a point or an exponent, so that languages that tell integers
/// from reals take them as reals.
void write_question(const Question& question, Point x, std::string& line);

/// A point where the program could not compute.
struct PointError {
  std::size_t point = 0;
  std::string text{};
};

/// What was answered. Without parts all is the likelihood, and prior is 0. An error in place of a number is -inf.
struct Answer {
  std::vector<double> prior{};                ///< points
  std::vector<double> likelihood{};           ///< points
  std::vector<double> prior_gradient{};       ///< points x values, when asked for; 0 where the density is not finite
  std::vector<double> likelihood_gradient{};  ///< likewise
  std::vector<PointError> errors{};           ///< by increasing point, at most one for each
};

/// Reads the answer to `question` over `answer`. ProtocolError leaves `answer` unspecified.
void read_answer(std::string_view line, const Question& question, Answer& answer);
/// No answer to `question` needs more bytes, its errors in full and its numbers at 40 characters.
[[nodiscard]] std::size_t answer_bytes_max(const Question& question);

}  // namespace dovetail::exec
