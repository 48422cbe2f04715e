/// The runs whose bytes must not depend on who computes them: every kernel and every built-in model of the registries,
/// and each option that changes the shape of a run.
#pragma once
#include <ostream>
#include <string>
#include <vector>

#include "dovetail/jobs/temper.hpp"

namespace dovetail::test {

struct Configuration {
  std::string name;
  std::string model;
  TemperOptions options;
};

inline std::ostream& operator<<(std::ostream& out, const Configuration& c) { return out << c.name << ": " << c.model; }

[[nodiscard]] std::vector<Configuration> configurations();

}  // namespace dovetail::test
