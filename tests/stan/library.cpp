#include "tests/stan/library.hpp"

#include <dlfcn.h>

#include <cstddef>
#include <iostream>
#include <stdexcept>

#include "dovetail/compile/compile.hpp"

namespace dovetail::test {
namespace {

using Model = void;
using Rng = void;

/// Throws what the library left in `error`.
void check(const StanLibrary& library, bool good, char* error) {
  if (good) return;
  const std::string message = error ? error : "no message";
  library.function<void(char*)>("bs_free_error_msg")(error);
  throw std::runtime_error(message);
}

}  // namespace

std::filesystem::path compiled(const std::filesystem::path& program) {
  CompileOptions options;
  options.cache = DOVETAIL_TEST_CACHE;
  options.note = [](const std::string& line) { std::cerr << line << '\n'; };
  return compile_model(std::filesystem::path(DOVETAIL_PROGRAMS) / program, options);
}

StanLibrary::StanLibrary(const std::filesystem::path& program) {
  handle_ = ::dlopen(compiled(program).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle_) throw std::runtime_error(::dlerror());
}

void* StanLibrary::symbol(const char* name) const {
  void* found = ::dlsym(handle_, name);
  if (!found) throw std::runtime_error(std::string("no symbol ") + name);
  return found;
}

StanInstance::StanInstance(const StanLibrary& library, const std::string& data, unsigned int seed) : library_(library) {
  char* error = nullptr;
  model_ =
      library.function<Model*(const char*, unsigned int, char**)>("bs_model_construct")(data.c_str(), seed, &error);
  check(library, model_ != nullptr, error);
}

StanInstance::~StanInstance() { library_.function<void(Model*)>("bs_model_destruct")(model_); }

std::size_t StanInstance::dimension() const {
  return static_cast<std::size_t>(library_.function<int(const Model*)>("bs_param_unc_num")(model_));
}

double StanInstance::log_density(std::span<const double> x, bool propto, bool jacobian) const {
  char* error = nullptr;
  double value = 0;
  const auto call = library_.function<int(const Model*, bool, bool, const double*, double*, char**)>("bs_log_density");
  const int code = call(model_, propto, jacobian, x.data(), &value, &error);
  check(library_, code == 0, error);
  return value;
}

StanInstance::Gradient StanInstance::gradient(std::span<const double> x, bool propto, bool jacobian) const {
  char* error = nullptr;
  Gradient result{.value = 0, .gradient = std::vector<double>(dimension())};
  const auto call = library_.function<int(const Model*, bool, bool, const double*, double*, double*, char**)>(
      "bs_log_density_gradient");
  const int code = call(model_, propto, jacobian, x.data(), &result.value, result.gradient.data(), &error);
  check(library_, code == 0, error);
  return result;
}

std::vector<double> StanInstance::constrain(std::span<const double> x, bool transformed, bool generated,
                                            unsigned int seed) const {
  char* error = nullptr;
  const int count = library_.function<int(const Model*, bool, bool)>("bs_param_num")(model_, transformed, generated);
  std::vector<double> values(static_cast<std::size_t>(count));
  Rng* rng = library_.function<Rng*(unsigned int, char**)>("bs_rng_construct")(seed, &error);
  const auto call =
      library_.function<int(const Model*, bool, bool, const double*, double*, Rng*, char**)>("bs_param_constrain");
  const int code = call(model_, transformed, generated, x.data(), values.data(), rng, &error);
  library_.function<void(Rng*)>("bs_rng_destruct")(rng);
  check(library_, code == 0, error);
  return values;
}

std::vector<double> StanInstance::unconstrain(std::span<const double> parameters) const {
  char* error = nullptr;
  std::vector<double> x(dimension());
  const auto call = library_.function<int(const Model*, const double*, double*, char**)>("bs_param_unconstrain");
  const int code = call(model_, parameters.data(), x.data(), &error);
  check(library_, code == 0, error);
  return x;
}

std::vector<double> StanInstance::unconstrain(const std::string& json) const {
  char* error = nullptr;
  std::vector<double> x(dimension());
  const auto call = library_.function<int(const Model*, const char*, double*, char**)>("bs_param_unconstrain_json");
  const int code = call(model_, json.c_str(), x.data(), &error);
  check(library_, code == 0, error);
  return x;
}

std::string StanInstance::names(bool transformed, bool generated) const {
  return library_.function<const char*(const Model*, bool, bool)>("bs_param_names")(model_, transformed, generated);
}
std::string StanInstance::unconstrained_names() const {
  return library_.function<const char*(const Model*)>("bs_param_unc_names")(model_);
}
std::string StanInstance::name() const { return library_.function<const char*(const Model*)>("bs_name")(model_); }
std::string StanInstance::info() const { return library_.function<const char*(const Model*)>("bs_model_info")(model_); }

}  // namespace dovetail::test
