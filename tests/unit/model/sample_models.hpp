/// Every built-in model at its defaults and at the settings where something else happens; the law tests run over them.
#pragma once
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dovetail/core/rng.hpp"
#include "dovetail/model/registry.hpp"
#include "tests/support/seed.hpp"

namespace dovetail::test {

inline std::vector<std::string> model_specs() {
  std::vector<std::string> specs;
  for (const ModelEntry& entry : model_registry()) specs.push_back("builtin:" + std::string(entry.name));
  for (const char* variant : {"mvn,d=1",
                              "mvn,d=100",
                              "unid,n=100000,y=50000",
                              "unid,n=7,y=0",
                              "unid,n=7,y=7",
                              "galaxies,k=1",
                              "galaxies,k=2",
                              "galaxies,k=10",
                              "eight_schools,centred=1",
                              "funnel,d=2",
                              "funnel,centred=0",
                              "modes,d=1",
                              "modes,d=5,centre=1,sd=0.3",
                              "ising,L=3",
                              "ising,L=4,beta=0.2",
                              "ising,L=5,beta=0",
                              "logistic,n=200,p=3",
                              "logistic,n=5,p=0",
                              "slopes,groups=3",
                              "slopes,groups=1,rows=1",
                              "rosenbrock,n1=2,n2=1",
                              "rosenbrock,n1=4,n2=1",
                              "ark,K=1,T=20",
                              "sky,kappa=0.01",
                              "sky,kappa=1000,azimuth=6.28,polar=3.14",
                              "nested,K=1",
                              "nested,K=4",
                              "coal,K=1",
                              "coal,K=3"}) {
    specs.push_back(std::string("builtin:") + variant);
  }
  return specs;
}

/// A test name out of a spec.
inline std::string spec_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(info.param.find(':') + 1);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

inline Rng test_rng(std::uint64_t index = 0) {
  return Rng({seed_from_name(), Purpose::test, ItemId(static_cast<std::uint32_t>(index)), Step(0)});
}

inline bool is_real(const Model& model, std::size_t i) {
  return model.description().coordinates[i].kind == CoordinateKind::real;
}

/// Which coordinates are there at x: all, unless the output of a coordinate's name is NaN. Not by Presence, which the
/// tests hold against it.
inline std::vector<bool> present(const Model& model, Point x) {
  const ModelDescription& about = model.description();
  std::vector<bool> there(x.size(), true);
  if (!about.transdimensional()) return there;
  std::vector<double> values(about.output_names.size());
  Rng rng({1, Purpose::test, ItemId(0), Step(0)});
  model.output_values(x, rng, values);
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < about.parameter_count; ++j) {
      if (about.output_names[j] == about.coordinates[i].name) there[i] = !std::isnan(values[j]);
    }
  }
  return there;
}

inline double closed_form(const Model& model, const std::string& quantity) {
  for (const ClosedForm& form : model.description().closed_forms) {
    if (form.quantity == quantity) return form.value;
  }
  ADD_FAILURE() << model.description().name << " has no " << quantity;
  return std::nan("");
}

/// Mean of a stream of numbers with the z-score of a claim about it.
class Mean {
 public:
  void add(double value) {
    ++n_;
    const double delta = value - mean_;
    mean_ += delta / static_cast<double>(n_);
    square_ += delta * (value - mean_);
  }
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double sd() const { return std::sqrt(square_ / static_cast<double>(n_ - 1)); }
  [[nodiscard]] double standard_error() const { return sd() / std::sqrt(static_cast<double>(n_)); }
  [[nodiscard]] double z(double claim) const { return (mean_ - claim) / standard_error(); }

 private:
  std::size_t n_ = 0;
  double mean_ = 0;
  double square_ = 0;
};

/// Two-sided normal quantile of alpha = 1e-6 shared by `checks` checks: |z| above it is an alarm.
double z_threshold(std::size_t checks);

}  // namespace dovetail::test
