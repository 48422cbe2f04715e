// Whatever a data file holds is read, or refused as a DataError; what is read has as many values as its shape says.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "dovetail/model/data.hpp"

namespace {

using namespace dovetail;

void require(bool condition) {
  if (!condition) std::abort();
}

std::optional<DataVariables> try_data(std::string_view text, Tuples tuples) {
  try {
    return read_data(text, "data.json", tuples);
  } catch (const DataError& error) {
    const std::string_view words(error.what());
    require(words.substr(0, 10) == "data.json:" && words.size() < 4 * kDataNameMax);
    require(std::all_of(words.begin(), words.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    return std::nullopt;
  }
}

void check(std::string_view text, const DataVariables& variables) {
  for (const auto& [name, variable] : variables) {
    std::size_t size = 1;
    for (const std::size_t extent : variable.shape) size *= extent;
    require(name.size() <= kDataNameMax && variable.shape.size() <= kDataDepthMax);
    require(variable.size() == size && variable.as_reals().size() == size);
    require(variable.integers.empty() || variable.reals.empty());
    require(variable.line >= 1 &&
            variable.line <= 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
    const bool number = variable.shape.empty() && variable.whole;
    require(!number || text.find_first_of("-0123456789", variable.number_at) == variable.number_at);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto strict = try_data(text, Tuples::refuse);
  const auto lenient = try_data(text, Tuples::leave_out);
  if (strict) check(text, *strict);
  if (lenient) check(text, *lenient);
  require(!strict || (lenient && lenient->size() == strict->size()));  // what needs no leniency is the same with it
  return 0;
}
