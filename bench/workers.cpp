// A second worker beside the first: rounds of four tasks of 0.2 s each, over a folder.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "bench/bench.hpp"
#include "dovetail/execute/pool.hpp"

namespace dovetail::bench {
namespace {

constexpr double kTaskSeconds = 0.2;
constexpr std::uint64_t kRounds = 5;

class FourTasks final : public SeparateWork {
 public:
  [[nodiscard]] std::uint32_t items() const override { return 4; }
  void advance(std::uint32_t, Step, unsigned) override {}
  [[nodiscard]] bool can_lend() const override { return true; }
  [[nodiscard]] Bytes lend(std::uint32_t) const override { return Bytes(8); }
};

double burn(std::uint64_t loops) {
  double burnt = 1.5;
  for (std::uint64_t i = 0; i < loops; ++i) burnt = 1.0 + 0.5 / burnt;
  return burnt;
}

std::uint64_t loops_of_a_task() {
  constexpr std::uint64_t kTried = 20'000'000;
  const Clock clock;
  volatile double sink = burn(kTried);
  static_cast<void>(sink);
  return static_cast<std::uint64_t>(static_cast<double>(kTried) * kTaskSeconds / clock.seconds());
}

/// Seconds of a round, once `workers` processes have joined.
double round_seconds(unsigned workers, std::uint64_t loops) {
  std::string pattern = (std::filesystem::temp_directory_path() / "dovetail-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return 0;
  const std::string url = "dir:" + pattern;
  std::vector<pid_t> children;
  for (unsigned w = 0; w < workers; ++w) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    const auto store = open_store(url, "bench");
    const PoolTask task = [&](auto&&...) { return Bytes(8, burn(loops) > 0 ? std::byte{1} : std::byte{0}); };
    static_cast<void>(work_in_pool(*store, {}, task, [] { return false; }));
    ::_exit(0);
  }
  FourTasks work;
  const auto executor = make_pool_executor(open_store(url, "bench"), {});
  executor->execute(work, Step(0), 1);  // all have joined by then
  const Clock clock;
  for (std::uint64_t r = 1; r <= kRounds; ++r) executor->execute(work, Step(r), 1);
  const double seconds = clock.seconds() / static_cast<double>(kRounds);
  executor->end();
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  std::filesystem::remove_all(pattern);
  return seconds;
}

}  // namespace

void workers() {
  const std::uint64_t loops = loops_of_a_task();
  const auto seconds = medians(3, {[&] { return round_seconds(1, loops); }, [&] { return round_seconds(2, loops); }});
  print_ratio("rounds of 4 tasks of 0.2 s over a folder: two workers, times one", seconds[0] / seconds[1],
              "asked: 1.8 on 2 cores");
  print_note("  one worker: " + std::to_string(seconds[0]) + " s a round, of which 0.8 s are tasks");
}

}  // namespace dovetail::bench
