/// A compiled Stan program in a test: BridgeStan's C interface, looked up by name, with errors as exceptions.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace dovetail::test {

/// The library of tests/stan/programs/NAME or models/NAME, compiled unless it was before; the path is relative to the
/// project.
[[nodiscard]] std::filesystem::path compiled(const std::filesystem::path& program);

class StanLibrary {
 public:
  /// As compiled().
  explicit StanLibrary(const std::filesystem::path& program);

  template <class Function>
  [[nodiscard]] Function* function(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  [[nodiscard]] void* symbol(const char* name) const;
  void* handle_ = nullptr;  // never closed: thread-local variables outlive it
};

/// One instance of a library's model.
class StanInstance {
 public:
  /// Throws std::runtime_error with the library's message.
  StanInstance(const StanLibrary& library, const std::string& data, unsigned int seed = 1);
  ~StanInstance();
  StanInstance(const StanInstance&) = delete;
  StanInstance& operator=(const StanInstance&) = delete;

  struct Gradient {
    double value = 0;
    std::vector<double> gradient;
  };

  [[nodiscard]] std::size_t dimension() const;
  [[nodiscard]] double log_density(std::span<const double> x, bool propto = false, bool jacobian = true) const;
  [[nodiscard]] Gradient gradient(std::span<const double> x, bool propto = false, bool jacobian = true) const;
  /// Generated quantities by a generator of this seed.
  [[nodiscard]] std::vector<double> constrain(std::span<const double> x, bool transformed, bool generated,
                                              unsigned int seed = 1) const;
  [[nodiscard]] std::vector<double> unconstrain(std::span<const double> parameters) const;
  [[nodiscard]] std::vector<double> unconstrain(const std::string& json) const;
  [[nodiscard]] std::string names(bool transformed, bool generated) const;
  [[nodiscard]] std::string unconstrained_names() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string info() const;

 private:
  const StanLibrary& library_;
  void* model_ = nullptr;
};

}  // namespace dovetail::test
