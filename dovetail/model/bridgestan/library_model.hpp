/// A model in a shared library with BridgeStan's C interface: a Stan program, or a plug-in.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "dovetail/model/model.hpp"

namespace dovetail {

/// Whether a library is asked for its prior apart from its likelihood, which costs a second density at every point.
enum class Parts : std::uint8_t {
  together,
  exported,  ///< apart where the library exports its prior
  apart,     ///< there, and where its data have `prior_only`, by which the user says that the prior is proper
};

struct LibraryRequest {
  std::string path;           ///< of the library, with a slash
  std::string sha256{};       ///< of its bytes
  std::string data{};         ///< JSON text
  std::string data_name{};    ///< what errors call it; empty: no data
  std::string data_sha256{};  ///< of its bytes
  Parts parts = Parts::together;
  std::string name{};  ///< what the description calls the model; empty: the path
};

/// Loads the library and makes a model from the data. Densities are normalised as the program normalises them
/// (propto off), on the unconstrained coordinates with the log-Jacobian inside.
///
/// A density that the library refuses is -inf and counted (rejections()), unless its error says that the program is
/// wrong: that is thrown, as is whatever fails elsewhere. Generated quantities get a generator seeded by the draw's own
/// stream. The program's random numbers in transformed data have a fixed seed, so that a model is a function of library
/// and data.
///
/// A prior apart comes from dovetail_log_prior_gradient, or from data with an integer `prior_only` that is 0: the
/// program is then made a second time, with 1.
///
/// Errors: ModelError, also for data that are no JSON. Runs code of the library.
[[nodiscard]] std::unique_ptr<Model> make_library_model(const LibraryRequest& request);

}  // namespace dovetail
