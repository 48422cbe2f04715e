/// The model that exported_model.cpp exports, through the C interface alone.
#pragma once
#include <memory>
#include <string>

#include "dovetail/model/bridgestan/c_interface.h"

namespace dovetail::test {

struct Destroy {
  void operator()(bs_model* model) const { bs_model_destruct(model); }
  void operator()(bs_rng* rng) const { bs_rng_destruct(rng); }
};
using ModelHandle = std::unique_ptr<bs_model, Destroy>;
using RngHandle = std::unique_ptr<bs_rng, Destroy>;

/// Takes the text of an error, "" when there is none, and gives it back to the library.
inline std::string take(char* error) {
  const std::string text = error == nullptr ? "" : error;
  bs_free_error_msg(error);
  return text;
}

}  // namespace dovetail::test
