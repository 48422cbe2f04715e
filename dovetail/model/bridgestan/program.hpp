/// What a library hands out, each given back with its object: texts of errors, programs with their data, generators.
#pragma once
#include <string>
#include <string_view>

#include "dovetail/model/bridgestan/library.hpp"
#include "dovetail/model/bridgestan/library_model.hpp"

namespace dovetail::bridgestan {

/// An error's text, freed with this object. `out()` is what a call takes as its last argument.
class ErrorText {
 public:
  explicit ErrorText(const Library& library) : library_(library) {}
  ~ErrorText() {
    if (text_ != nullptr) library_.free_error_msg(text_);
  }
  ErrorText(const ErrorText&) = delete;
  ErrorText& operator=(const ErrorText&) = delete;

  [[nodiscard]] char** out() { return &text_; }

  /// In one line, without the arguments that BridgeStan repeats.
  [[nodiscard]] std::string words() const;

 private:
  const Library& library_;
  char* text_ = nullptr;
};

/// Whether an error means that the program is wrong, not the point.
[[nodiscard]] bool is_fault(std::string_view words);

/// A program with its data.
class Program {
 public:
  /// ModelError with the library's words when it makes none of the data.
  Program(const Library& library, const LibraryRequest& request, const std::string& data);
  ~Program() { library_.model_destruct(model_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] const bs_model* get() const { return model_; }
  [[nodiscard]] bool info_says(std::string_view line) const {
    const char* info = library_.model_info(model_);
    return info != nullptr && std::string_view(info).find(line) != std::string_view::npos;
  }

 private:
  const Library& library_;
  bs_model* model_;
};

/// Random numbers for one draw's generated quantities.
class Generator {
 public:
  /// ModelError when the library makes none.
  Generator(const Library& library, unsigned seed);
  ~Generator() { library_.rng_destruct(rng_); }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;
  [[nodiscard]] bs_rng* get() const { return rng_; }

 private:
  const Library& library_;
  bs_rng* rng_;
};

}  // namespace dovetail::bridgestan
