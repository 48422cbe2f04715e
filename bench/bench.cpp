// `make bench`: how far tempering is from the floor, the cost of its densities.
#include "bench/bench.hpp"

#include <cstdio>

#include "dovetail/jobs/environment.hpp"

namespace dovetail::bench {

void print_ratio(const std::string& what, double ratio, const std::string& goal) {
  std::printf("%-78s %7.3f   %s\n", what.c_str(), ratio, goal.c_str());
  std::fflush(stdout);
}

void print_note(const std::string& text) { std::printf("%s\n", text.c_str()); }

TemperResult quiet_run(const Model& model, const TemperOptions& options, const Layout& layout) {
  TemperObserver observer;
  return temper(model, options, layout, observer);
}

}  // namespace dovetail::bench

int main() {
  using namespace dovetail;
  std::printf("dovetail %s, %s; %s, %u cores\n\n", std::string(build().version).c_str(),
              std::string(build().compiler).c_str(), machine().processor.c_str(), machine().cores);
  bench::overhead();
  bench::scaling();
  return 0;
}
