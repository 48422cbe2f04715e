#include "dovetail/model/bridgestan/program.hpp"

#include <algorithm>
#include <array>

#include "dovetail/core/error.hpp"

namespace dovetail::bridgestan {
namespace {

constexpr unsigned kTransformedDataSeed = 1;

/// What follows "NAME.call: ", as plugin.hpp writes it; empty where no plug-in speaks.
std::string_view words_of_plugin(std::string_view words) {
  const std::size_t end = words.find(": ");
  const std::size_t dot = words.substr(0, end).rfind('.');
  if (end == std::string_view::npos || dot == std::string_view::npos) return {};
  const bool is_call = words.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", dot + 1) == end;
  return is_call ? words.substr(end + 2) : std::string_view();
}

}  // namespace

std::string ErrorText::words() const {
  if (text_ == nullptr) return "no reason given";
  std::string_view text(text_);
  constexpr std::string_view kBeforeReason = "failed with exception: ";
  if (const auto at = text.find(kBeforeReason); at != std::string_view::npos) {
    text.remove_prefix(at + kBeforeReason.size());
  }
  std::string line(text);
  for (char& c : line) c = c >= 0 && c < ' ' ? ' ' : c;
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

// Texts are all that the interface gives: whole phrases of std::bad_alloc, of Stan's checks of indices and sizes, and
// of exceptions without a type, since a program that rejects a point says what it likes.
bool is_fault(std::string_view words) {
  constexpr std::array<std::string_view, 5> kPhrases = {"std::bad_alloc", "accessing element out of range. index ",
                                                        ") must match in size", "and they were not consistently sized",
                                                        ", but must have a non-zero size"};
  constexpr std::array<std::string_view, 4> kOfPlugins = {"out of memory", "out of range: ", "not provided by ",
                                                          "an exception that is no std::exception"};
  const std::string_view plugin = words_of_plugin(words);
  return words == "unknown exception" || words == "not provided" || words.ends_with(" failed with unknown exception") ||
         std::any_of(kPhrases.begin(), kPhrases.end(),
                     [&](std::string_view phrase) { return words.find(phrase) != std::string_view::npos; }) ||
         std::any_of(kOfPlugins.begin(), kOfPlugins.end(),
                     [&](std::string_view phrase) { return plugin.starts_with(phrase); });
}

Program::Program(const Library& library, const LibraryRequest& request, const std::string& data) : library_(library) {
  ErrorText error(library);
  model_ = library.model_construct(data.empty() ? nullptr : data.c_str(), kTransformedDataSeed, error.out());
  if (model_ != nullptr) return;
  const std::string from = data.empty() ? " without data" : " from " + request.data_name;
  throw ModelError("the model library " + request.path + " makes no model" + from + ": " + error.words() +
                   (data.empty() ? "; give its data with --data FILE.json" : "; correct the data"));
}

Generator::Generator(const Library& library, unsigned seed) : library_(library) {
  ErrorText error(library);
  rng_ = library.rng_construct(seed, error.out());
  if (rng_ == nullptr) throw ModelError("the model library " + library.path + " makes no generator: " + error.words());
}

}  // namespace dovetail::bridgestan
