/// Libraries that the command compiles with the machine's own compiler, loaded into the test.
#pragma once
#include <dlfcn.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dovetail/model/bridgestan/c_interface.h"
#include "tests/cli/command.hpp"

namespace dovetail::test {

/// Functions of a library that stays loaded, as thread-local memory of models wants.
class Loaded {
 public:
  Loaded(const std::filesystem::path& library, const std::string& data)
      : handle_(::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) {
      ADD_FAILURE() << ::dlerror();
      return;
    }
    char* error = nullptr;
    model_.reset(find<decltype(bs_model_construct)>("bs_model_construct")(data.c_str(), 0, &error));
    EXPECT_NE(model_, nullptr) << error;
  }
  template <class Function>
  [[nodiscard]] Function* find(const char* name) const {
    void* symbol = ::dlsym(handle_, name);
    EXPECT_NE(symbol, nullptr) << name;
    return reinterpret_cast<Function*>(symbol);
  }
  [[nodiscard]] const bs_model* model() const { return model_.get(); }
  [[nodiscard]] double density(const std::vector<double>& u) const {
    double value = 0;
    EXPECT_EQ(find<decltype(bs_log_density)>("bs_log_density")(model(), false, true, u.data(), &value, nullptr), 0);
    return value;
  }
  [[nodiscard]] std::vector<double> gradient(const std::vector<double>& u) const {
    std::vector<double> result(u.size());
    double value = 0;
    EXPECT_EQ(find<decltype(bs_log_density_gradient)>("bs_log_density_gradient")(model(), false, true, u.data(), &value,
                                                                                 result.data(), nullptr),
              0);
    EXPECT_NEAR(value, density(u), 1e-12 * std::fabs(value));
    return result;
  }

 private:
  void* handle_;
  std::unique_ptr<bs_model, std::function<void(bs_model*)>> model_{
      nullptr, [this](bs_model* model) { find<decltype(bs_model_destruct)>("bs_model_destruct")(model); }};
};

inline void expect_gradient_of_density(const Loaded& library, const std::vector<double>& u) {
  const std::vector<double> gradient = library.gradient(u);
  for (std::size_t i = 0; i < u.size(); ++i) {
    constexpr double kStep = 1e-5;
    std::vector<double> left = u, right = u;
    left[i] -= kStep;
    right[i] += kStep;
    const double difference = (library.density(right) - library.density(left)) / (2 * kStep);
    EXPECT_NEAR(gradient[i], difference, 1e-7 * (1 + std::fabs(difference))) << i;
  }
}

class Compile : public CommandTest {
 protected:
  /// One cache for all tests, so that each source is compiled once in the life of a build.
  [[nodiscard]] CommandResult compile(const std::vector<std::string>& words) const {
    CommandCall call{{"compile"}};
    call.words.insert(call.words.end(), words.begin(), words.end());
    call.environment = {{"DOVETAIL_CACHE", DOVETAIL_TEST_CACHE}};
    return run(call);
  }
  [[nodiscard]] static std::string example(const std::string& name) {
    return std::string(DOVETAIL_SOURCE) + "/examples/plugin/" + name;
  }
};

}  // namespace dovetail::test
