// Whatever a program writes is read, or refused as a ProtocolError; what is read has the sizes that were asked for.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dovetail/model/exec/protocol.hpp"

namespace {

using namespace dovetail::exec;

void require(bool condition) {
  if (!condition) std::abort();
}

void try_answer(std::string_view line, const Question& question) {
  Answer answer;
  try {
    read_answer(line, question, answer);
  } catch (const ProtocolError&) {
    return;
  }
  const std::size_t slopes = question.gradient ? question.points * question.values : 0;
  require(answer.prior.size() == question.points && answer.likelihood.size() == question.points);
  require(answer.prior_gradient.size() == slopes && answer.likelihood_gradient.size() == slopes);
  require(answer.errors.size() <= question.points);
  for (const PointError& error : answer.errors) {
    require(error.point < question.points && error.text.size() <= kErrorBytesMax);
    require(answer.likelihood[error.point] == -dovetail::kInfinity ||
            answer.prior[error.point] == -dovetail::kInfinity);
  }
}

void try_declaration(std::string_view line) {
  try {
    const Declaration declaration = read_declaration(line);
    require(declaration.values > 0 && declaration.values <= kValuesMax);
    require(read_declaration(declaration.text).text == declaration.text);  // one spelling, which says the same
  } catch (const ProtocolError&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 8U) != 0) {
    try_declaration(line);
  } else {
    const std::size_t points = (data[0] & 4U) != 0 ? 3 : 1;
    try_answer(line, {7, points, 2, (data[0] & 1U) != 0, (data[0] & 2U) != 0});
  }
  return 0;
}
