// What a point costs through `exec:`: alone and in batches, with a program in C++ (this one) and one in Python.
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bench/bench.hpp"
#include "dovetail/model/exec/exec_model.hpp"

namespace dovetail::bench {
namespace {

constexpr std::size_t kBatch = 256;
constexpr int kRepeats = 9;

/// Microseconds a point, medians: one by one, one by one with gradients, in batches.
std::vector<double> microseconds_a_point(const ExecModel& model) {
  std::vector<double> points(2 * kBatch), prior(2), likelihood(2);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = 0.1 + 0.37 * static_cast<double>(i % 17);
  std::vector<LogDensity> values(kBatch);
  const auto timed = [](auto&& work) {
    const Clock clock;
    work();
    return clock.seconds() / kBatch * 1e6;
  };
  const auto each = [&](auto&& call) {
    for (std::size_t i = 0; i < kBatch; ++i) call(Point(points).subspan(2 * i, 2));
  };
  return medians(
      kRepeats,
      {[&] { return timed([&] { each([&](Point x) { (void)model.log_density(x); }); }); },
       [&] { return timed([&] { each([&](Point x) { (void)model.log_density_gradient(x, prior, likelihood); }); }); },
       [&] {
         return timed([&] {
                  for (int i = 0; i < 4; ++i) model.log_densities(points, values);
                }) /
                4;
       }});
}

void report(const std::string& command, const std::string& what, const char* goal) {
  try {
    const ExecModel model(command);
    const std::vector<double> cost = microseconds_a_point(model);
    print_ratio("exec:, two parameters, " + what + ": us a point in batches of 256", cost[2], goal);
    print_ratio("exec:, two parameters, " + what + ": us a point, one by one", cost[0], "");
    print_ratio("exec:, two parameters, " + what + ": us a gradient, one by one", cost[1], "");
  } catch (const std::exception&) {
    print_note("    " + what + " does not run here");
  }
}

/// The number at `from`, which moves behind it.
double number_at(const char*& from, const char* end) {
  double value = 0;
  from = std::from_chars(from, end, value).ptr;
  return value;
}

void append(double value, std::string& text) {
  std::array<char, 32> digits{};
  text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

}  // namespace

void programs() {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  report("exec '" + self + "' answer_questions", "a program in C++", "at most 30");
  report("exec python3 " DOVETAIL_BENCH_FOLDER "/../examples/exec/banana.py", "one in Python", "at most 30");
}

int answer_questions() {
  std::vector<char> line(std::size_t{1} << 20);
  if (std::fgets(line.data(), static_cast<int>(line.size()), stdin) == nullptr) return 1;
  std::puts(R"({"dovetail":1,"parameters":["x1","x2"],"gradient":true})");
  std::fflush(stdout);
  std::string text, gradients;
  while (std::fgets(line.data(), static_cast<int>(line.size()), stdin) != nullptr) {
    const char* const end = line.data() + std::strlen(line.data());
    const std::string_view question(line.data(), static_cast<std::size_t>(end - line.data()));
    const bool gradient = question.find("\"gradient\":true") != std::string_view::npos;
    text.assign(question.substr(0, question.find(',')));
    text += ",\"log_density\":[";
    gradients.clear();
    for (const char* at = line.data() + question.find("[[") + 1; *at == '[' || *at == ',';) {
      if (*at == ',') {
        ++at;
        text += ',';
        gradients += ',';
      }
      ++at;
      const double a = number_at(at, end);
      ++at;
      const double b = number_at(at, end);
      ++at;
      const double ridge = b - a * a;
      append(-(a - 1) * (a - 1) / 20 - 5 * ridge * ridge, text);
      if (!gradient) continue;
      gradients += '[';
      append(-(a - 1) / 10 + 20 * ridge * a, gradients);
      gradients += ',';
      append(-10 * ridge, gradients);
      gradients += ']';
    }
    text += gradient ? "],\"gradient\":[" + gradients + "]}" : std::string("]}");
    std::puts(text.c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace dovetail::bench
