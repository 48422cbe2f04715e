// Threads and clocks are the command's: model/check.cpp asks one question at a time.
#include "dovetail/cli/examine.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/model/foreign_call.hpp"

namespace dovetail::cli {
namespace {

constexpr std::size_t kPoints = 64;
constexpr unsigned kThreads = 4;
constexpr int kRepeats = 20;
constexpr std::chrono::milliseconds kTimingBudget{100};
/// Growth that is taken for a leak: more than allocators and caches do by themselves.
constexpr double kGrowthBytes = 4 << 20;
constexpr double kGrowthPerEvaluation = 16;

/// Row-major.
std::vector<double> start_points(const Model& model, std::uint64_t seed) {
  const std::size_t d = model.dimension();
  std::vector<double> points(kPoints * d);
  for (std::size_t p = 0; p < kPoints; ++p) {
    Rng rng({seed, Purpose::check, ItemId(static_cast<std::uint32_t>(p)), Step(1)});
    draw_check_point(model, rng, std::span(points).subspan(p * d, d));
  }
  return points;
}

/// Values and gradients at all points, as bits; a throw counts as a value of its own, since it is one for a kernel.
std::vector<std::uint64_t> bits_at(const Model& model, const std::vector<double>& points) {
  const std::size_t d = model.dimension();
  std::vector<double> prior(d), likelihood(d);
  std::vector<std::uint64_t> bits;
  const auto add = [&](double value) { bits.push_back(std::bit_cast<std::uint64_t>(value)); };
  for (std::size_t p = 0; p < kPoints; ++p) {
    const Point x = std::span(points).subspan(p * d, d);
    try {
      LogDensity value = model.log_density(x);
      add(value.prior);
      add(value.likelihood);
      if (!model.description().gradient) continue;
      value = model.log_density_gradient(x, prior, likelihood);
      add(value.prior);
      add(value.likelihood);
      std::for_each(prior.begin(), prior.end(), add);
      std::for_each(likelihood.begin(), likelihood.end(), add);
    } catch (const ModelLost&) {
      throw;
    } catch (const std::exception&) {
      bits.push_back(~std::uint64_t{0});
    }
  }
  return bits;
}

/// Whether several threads that evaluate the same points at once get the bits that one gets; nothing where a model has
/// left no memory for threads.
std::optional<bool> same_on_threads(const Model& model, const std::vector<double>& points) {
  const auto alone = bits_at(model, points);
  std::vector<char> same(kThreads, 1);
  std::vector<std::exception_ptr> lost(kThreads);
  const auto compare = [&](unsigned t) {
    try {
      for (int repeat = 0; repeat < kRepeats && same[t] != 0; ++repeat) {
        same[t] = bits_at(model, points) == alone ? 1 : 0;
      }
    } catch (const ModelLost&) {
      lost[t] = std::current_exception();
    }
  };
  try {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < kThreads; ++t) threads.emplace_back(compare, t);
  } catch (const std::system_error&) {
    return std::nullopt;
  }
  for (const std::exception_ptr& error : lost) {
    if (error) std::rethrow_exception(error);
  }
  return std::all_of(same.begin(), same.end(), [](char c) { return c != 0; });
}

struct Timing {
  double ns = 0;  ///< per call
  std::uint64_t calls = 0;
};

/// Over the points again and again for about a tenth of a second.
template <class Call>
Timing time_calls(const std::vector<double>& points, std::size_t d, Call&& call) {
  using Clock = std::chrono::steady_clock;
  std::uint64_t calls = 0;
  const auto start = Clock::now();
  auto now = start;
  while (now - start < kTimingBudget) {
    for (std::size_t p = 0; p < kPoints; ++p, ++calls) {
      try {
        call(std::span(points).subspan(p * d, d));
      } catch (const ModelLost&) {
        throw;
      } catch (const std::exception&) {  // counted by check_model; here only the time matters
        continue;
      }
    }
    now = Clock::now();
  }
  return {std::chrono::duration<double, std::nano>(now - start).count() / static_cast<double>(calls), calls};
}

/// Memory of this process that is really there, in bytes.
double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// What a model has no business with.
class Around {
 public:
  /// In words, what has changed since; empty: nothing.
  [[nodiscard]] std::string changed() const {
    if (!before_.same_rounding() || control_word() != control_word_) return "how numbers are rounded";
    if (!before_.same_locale()) return "the locale";
    std::error_code error;
    return std::filesystem::current_path(error) != folder_ ? "the working folder" : "";
  }

 private:
  /// Of the unit that computes long doubles.
  static unsigned short control_word() {
    unsigned short word = 0;
    __asm__("fnstcw %0" : "=m"(word));
    return word;
  }
  Surroundings before_;
  unsigned short control_word_ = control_word();
  std::filesystem::path folder_ = std::filesystem::current_path();
};

void measure(const Model& model, const std::vector<double>& points, CheckReport& report) {
  const std::size_t d = model.dimension();
  const double before = resident_bytes();
  const Timing evaluation = time_calls(points, d, [&](Point x) { static_cast<void>(model.log_density(x)); });
  report.evaluation_ns = evaluation.ns;
  auto calls = static_cast<double>(evaluation.calls);
  if (model.description().gradient) {
    std::vector<double> prior(d), likelihood(d);
    const Timing gradient =
        time_calls(points, d, [&](Point x) { static_cast<void>(model.log_density_gradient(x, prior, likelihood)); });
    report.gradient_ns = gradient.ns;
    calls += static_cast<double>(gradient.calls);
  }
  const double growth = resident_bytes() - before;
  report.bytes_per_evaluation = growth < kGrowthBytes ? 0 : growth / calls;
}

}  // namespace

CheckReport examine(const Model& model, const ModelCheckOptions& options) {
  const Around around;
  CheckReport report;
  report.check = check_model(model, options);
  auto& findings = report.check.findings;
  const auto lost = [&] {
    return std::any_of(findings.begin(), findings.end(), [](const ModelFinding& each) { return each.id == "lost"; });
  };
  if (!lost()) try {
      const std::vector<double> points = start_points(model, options.seed);
      if (model.description().thread_safe) report.same_on_threads = same_on_threads(model, points);
      measure(model, points, report);
    } catch (const ModelLost& error) {
      findings.push_back({"lost", error.what(), "no run could go on after this"});
    }
  if (!report.same_on_threads.value_or(true)) {
    findings.push_back({"threads", "several threads at once get other values than one",
                        "make log_density a function of its point alone"});
  }
  if (report.bytes_per_evaluation > kGrowthPerEvaluation) {
    findings.push_back({"grows",
                        "the process grows by some " + std::to_string(std::llround(report.bytes_per_evaluation)) +
                            " bytes with every evaluation (a run makes millions)",
                        "give back what an evaluation allocates"});
  }
  if (const std::string what = around.changed(); !what.empty()) {
    findings.push_back({"surroundings", "the model has changed " + what, "leave it as it was"});
  }
  return report;
}

}  // namespace dovetail::cli
