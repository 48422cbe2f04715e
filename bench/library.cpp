// A density and a gradient through the model interface beside the library's own functions, on a model in C that costs
// some tens of nanoseconds: what is left is the interface.
#include <time.h>

#include <array>
#include <functional>
#include <string>

#include "bench/bench.hpp"
#include "dovetail/jobs/open_model.hpp"
#include "dovetail/model/bridgestan/library.hpp"
#include "dovetail/model/path.hpp"

namespace dovetail::bench {
namespace {

constexpr int kCalls = 1000000;
constexpr const char* kData = R"({"y": [1, 2.5, 0.5]})";

using Coordinates = std::array<double, 4>;

/// Of this thread alone: nanoseconds are asked for, and a shared machine gives no more than shares.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Seconds for one call, over points that change with every call. What the calls return is summed into `sink`.
template <class Call>
std::function<double()> seconds_of(Call call, double& sink) {
  return [call, &sink] {
    Coordinates x = {0.1, 0.2, 0.3, 0.4};
    const double begin = processor_seconds();
    for (int i = 0; i < kCalls; ++i) {
      x[0] = 1e-6 * i;
      sink += call(x);
    }
    return (processor_seconds() - begin) / kCalls;
  };
}

}  // namespace

void library() {
  const bridgestan::Library own = bridgestan::load_library(DOVETAIL_BENCH_LIBRARY);
  const bs_model* model = own.model_construct(kData, 1, nullptr);
  const auto seam = make_library_model({DOVETAIL_BENCH_LIBRARY, "", kData, "data"});
  ModelFaults faults;
  const PriorPath path(*seam, faults);
  double sink = 0;
  Coordinates first{};
  Coordinates second{};
  const auto seconds = medians(
      9,
      {seconds_of(
           [&](const Coordinates& x) {
             double value = 0;
             own.log_density(model, false, true, x.data(), &value, nullptr);
             return value;
           },
           sink),
       seconds_of([&](const Coordinates& x) { return seam->log_density(x).likelihood; }, sink),
       seconds_of([&](const Coordinates& x) { return path.evaluate(x).energy; }, sink),
       seconds_of(
           [&](const Coordinates& x) {
             double value = 0;
             own.log_density_gradient(model, false, true, x.data(), &value, first.data(), nullptr);
             return value;
           },
           sink),
       seconds_of([&](const Coordinates& x) { return seam->log_density_gradient(x, first, second).likelihood; }, sink),
       seconds_of([&](const Coordinates& x) { return path.evaluate_gradient(x, first, second).energy; }, sink)});
  if (sink == 0) print_note("(impossible)");
  const auto nanoseconds = [&](std::size_t with, std::size_t without) {
    return 1e9 * (seconds[with] - seconds[without]);
  };
  print_ratio("library, density: nanoseconds on top of the library's own function", nanoseconds(1, 0), "below 100");
  print_ratio("library, density: the same as kernels see it", nanoseconds(2, 0), "below 100");
  print_ratio("library, gradient: nanoseconds on top of the library's own function", nanoseconds(4, 3), "below 100");
  print_ratio("library, gradient: the same as kernels see it", nanoseconds(5, 3), "below 100");
}

}  // namespace dovetail::bench
