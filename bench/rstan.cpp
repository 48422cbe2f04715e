// NUTS as it comes against Stan's as rstan comes, a process of its own, on the code that Stan 2.21 generates of one
// program: effective draws per gradient and per second, warm-up counted on both sides, by one estimator.
#include <stdlib.h>  // mkdtemp

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/log_ratios.hpp"
#include "dovetail/compile/compile.hpp"
#include "dovetail/compile/stan_program.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/diagnose/ess.hpp"
#include "dovetail/diagnose/mcse.hpp"
#include "dovetail/diagnose/moments.hpp"
#include "dovetail/jobs/open_model.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/math/functions.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::bench {
namespace {

constexpr std::size_t kChains = 4;
constexpr std::size_t kDraws = 1000;

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dovetail-rstan-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder " + name);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One parameter of one run.
struct Estimate {
  double mean = 0, mcse = 0, bulk = 0, tail = 0;
};

Estimate estimate(const diagnose::ChainsView& view) {
  const diagnose::Column column(view);
  return {diagnose::moments(column).mean, diagnose::mcse_mean(column).value, diagnose::ess_bulk(view).value,
          diagnose::ess_tail(view).value};
}

/// One run: its parameters in the order of rstan's names.
struct Run {
  std::vector<Estimate> parameters;
  double gradients = 0, divergences = 0;
  double seconds_in_chains = 0, seconds_of_call = 0;  ///< of processor time; the call ends with diagnostics
};

struct Runs {
  std::vector<std::string> names;
  std::vector<Run> seeds;
};

std::vector<Estimate> read_draws(const std::filesystem::path& file, std::size_t parameters) {
  std::vector<double> values(parameters * kChains * kDraws);
  std::ifstream in(file, std::ios::binary);
  const auto bytes = static_cast<std::streamsize>(values.size() * sizeof(double));
  if (!in.read(reinterpret_cast<char*>(values.data()), bytes)) throw std::runtime_error("too short: " + file.string());
  std::vector<Estimate> result;
  for (std::size_t p = 0; p < parameters; ++p) {
    std::vector<std::span<const double>> chains;
    for (std::size_t c = 0; c < kChains; ++c)
      chains.push_back(std::span<const double>(values).subspan((p * kChains + c) * kDraws, kDraws));
    result.push_back(estimate({chains}));
  }
  return result;
}

/// What rstan_nuts.R prints and writes; nothing when it cannot run.
std::optional<Runs> run_rstan(const std::filesystem::path& program, const std::filesystem::path& data, unsigned seeds) {
  const ScratchFolder scratch;
  const std::filesystem::path older = scratch.path() / program.filename();
  replace_file(older, for_stan_2_21(read_text(program)).text);
  // As `dovetail compile` compiles; R's own flags stop at -O2.
  replace_file(scratch.path() / "Makevars", "CXX14FLAGS = -O3 -fPIC -w -ffp-contract=off -DBOOST_DISABLE_ASSERTS\n");
  const std::string command = "R_MAKEVARS_USER=" + (scratch.path() / "Makevars").string() +
                              " Rscript --vanilla " DOVETAIL_BENCH_FOLDER "/rstan_nuts.R " + older.string() + " " +
                              data.string() + " " + std::to_string(seeds) + " " + scratch.path().string() +
                              " 2>/dev/null";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string printed;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) printed += static_cast<char>(c);
  if (pclose(pipe) != 0) return std::nullopt;

  std::istringstream words(printed);
  std::size_t count = 0;
  words >> count;
  Runs runs{std::vector<std::string>(count), std::vector<Run>(seeds)};
  for (std::string& name : runs.names) words >> name;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    Run& run = runs.seeds[seed - 1];
    words >> run.gradients >> run.divergences >> run.seconds_in_chains >> run.seconds_of_call;
    if (!words) throw std::runtime_error("rstan_nuts.R printed: " + printed);
    run.parameters = read_draws(scratch.path() / (std::to_string(seed) + ".draws"), count);
  }
  return runs;
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Notes when the last round ended; diagnostics follow it.
class ChainClock final : public SampleObserver {
 public:
  void round_ended(const SamplingRow& /*row*/) override { seconds_ = processor_seconds() - start_; }
  [[nodiscard]] double seconds_in_chains() const { return seconds_; }
  [[nodiscard]] double seconds_so_far() const { return processor_seconds() - start_; }

 private:
  double start_ = processor_seconds();
  double seconds_ = 0;
};

Run run_own(const Model& model, unsigned seed, const std::vector<std::string>& names) {
  SampleOptions options;
  options.seed = seed;
  options.chains = kChains;
  options.draws = kDraws;
  ChainClock clock;
  const SampleResult result = sample(model, options, {"serial", 1}, clock);
  Run run;
  run.seconds_of_call = clock.seconds_so_far();
  run.seconds_in_chains = clock.seconds_in_chains();
  run.gradients = static_cast<double>(result.summary.sampling.gradient_evaluations);
  run.divergences = static_cast<double>(result.summary.sampling.divergences);
  const std::vector<std::span<const double>> rows(result.draws.begin(), result.draws.end());
  for (const std::string& name : names) {
    const auto found = std::find(result.columns.begin(), result.columns.end(), name);
    if (found == result.columns.end()) throw std::runtime_error("no output " + name);
    run.parameters.push_back(
        estimate({rows, result.columns.size(), static_cast<std::size_t>(found - result.columns.begin())}));
  }
  return run;
}

/// Logarithms over seeds of what `figure` makes of a run.
template <class Figure>
std::vector<double> logs(const Runs& runs, Figure&& figure) {
  std::vector<double> result;
  for (const Run& run : runs.seeds) result.push_back(math::log(figure(run)));
  return result;
}

double least(const Run& run, double Estimate::*ess) {
  double least = kInfinity;
  for (const Estimate& each : run.parameters) least = std::min(least, each.*ess);
  return least;
}

/// The largest difference of two means of one parameter and seed, in their standard errors.
double largest_difference(const Runs& own, const Runs& stan) {
  double largest = 0;
  for (std::size_t s = 0; s < own.seeds.size(); ++s) {
    for (std::size_t p = 0; p < own.names.size(); ++p) {
      const Estimate& a = own.seeds[s].parameters[p];
      const Estimate& b = stan.seeds[s].parameters[p];
      largest = std::max(largest, std::fabs(a.mean - b.mean) / std::hypot(a.mcse, b.mcse));
    }
  }
  return largest;
}

void report(const std::string& name, const Runs& own, const Runs& stan) {
  const auto print = [&](const char* what, double Estimate::*ess, double Run::*cost, const char* goal) {
    const auto efficiency = [&](const Run& run) { return least(run, ess) / run.*cost; };
    const auto [value, error] = ratio(logs(own, efficiency), logs(stan, efficiency));
    char error_text[40];
    std::snprintf(error_text, sizeof error_text, " (error %.0f %%)", 100 * error);
    print_ratio(name + ": least " + what + " / rstan's" + error_text, value, goal);
  };
  print("bulk ESS per gradient", &Estimate::bulk, &Run::gradients, "at least 1.3");
  print("tail ESS per gradient", &Estimate::tail, &Run::gradients, "at least 1.3");
  print("bulk ESS per second in chains", &Estimate::bulk, &Run::seconds_in_chains, "");
  print("tail ESS per second in chains", &Estimate::tail, &Run::seconds_in_chains, "");
  print("bulk ESS per second of the call", &Estimate::bulk, &Run::seconds_of_call, "");

  const auto mean = [](const Runs& runs, auto&& figure) { return geometric_mean(logs(runs, figure)); };
  const auto of_both = [&](auto&& figure) { return std::pair{mean(own, figure), mean(stan, figure)}; };
  const auto [own_gradients, stan_gradients] = of_both([](const Run& run) { return run.gradients; });
  const auto [own_bulk, stan_bulk] = of_both([](const Run& run) { return least(run, &Estimate::bulk); });
  const auto [own_tail, stan_tail] = of_both([](const Run& run) { return least(run, &Estimate::tail); });
  const auto [own_rate, stan_rate] =
      of_both([](const Run& run) { return least(run, &Estimate::bulk) / run.seconds_in_chains; });
  const auto divergences = [](const Runs& runs) {
    double sum = 0;
    for (const Run& run : runs.seeds) sum += run.divergences / static_cast<double>(runs.seeds.size());
    return sum;
  };
  char text[400];
  std::snprintf(text, sizeof text,
                "    %zu seeds; gradients %.0f / %.0f; bulk ESS %.0f / %.0f, tail %.0f / %.0f; bulk ESS/s %.0f / %.0f; "
                "divergences %.1f / %.1f; means differ by at most %.1f errors",
                own.seeds.size(), own_gradients, stan_gradients, own_bulk, stan_bulk, own_tail, stan_tail, own_rate,
                stan_rate, divergences(own), divergences(stan), largest_difference(own, stan));
  print_note(text);
}

/// False when rstan or Stan's headers are not there.
bool compare(const std::string& program, const std::string& data, unsigned seeds) {
  const std::filesystem::path models = std::filesystem::path(DOVETAIL_BENCH_FOLDER).parent_path() / "models";
  const std::filesystem::path source = models / (program + ".stan");
  const auto stan = run_rstan(source, models / data, seeds);
  if (!stan) return false;
  ModelSource named;
  named.spec = compile_model(source).string();
  named.data = models / data;
  const auto model = open_model(named);
  Runs own{stan->names, {}};
  for (unsigned seed = 1; seed <= seeds; ++seed) own.seeds.push_back(run_own(*model, seed, own.names));
  report(program, own, *stan);
  return true;
}

}  // namespace

void rstan() {
  print_note("\nStan programs, 4 chains of 1000 draws on one core; pairs are dovetail / rstan, each as it comes");
  if (std::system("Rscript -e 'quit(status = !requireNamespace(\"rstan\", quietly = TRUE))' >/dev/null 2>&1") != 0) {
    print_note("    no comparison with rstan: Rscript cannot load it (Debian: r-cran-rstan)");
    return;
  }
  const bool compared = compare("eight_schools_noncentered", "eight_schools.json", 32) &&
                        compare("garch11", "garch11.json", 8) && compare("nes", "nes.json", 4);
  if (!compared) print_note("    no comparison with rstan: bench/rstan_nuts.R failed; run it by hand to see why");
}

}  // namespace dovetail::bench
