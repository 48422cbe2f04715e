#include "dovetail/cli/ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <thread>

#include "dovetail/cli/config.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/model.hpp"
#include "dovetail/cli/run.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/execute/mpi.hpp"

namespace dovetail::cli {
namespace {

/// By the settings and what launched this process.
Layout resolve(const RunSettings& settings) {
  Layout layout = settings.layout;
  if (layout.executor == "auto") {
    layout.executor = launched().together() ? "mpi" : layout.store.empty() ? "threads" : "pool";
  }
  if (layout.executor == "pool") {
    if (settings.job == JobKind::temper) {
      throw UsageError(
          "--executor pool is not for `dovetail temper`: its replicas talk at every step, which workers that meet in a "
          "store cannot do in time; use threads or mpi");
    }
    if (layout.store.empty()) {
      throw UsageError("--executor pool needs a place to meet its workers; name one with --store");
    }
    layout.setup = setup_text(settings);
    layout.should_stop = is_told_to_stop;
  } else if (!layout.store.empty()) {
    throw UsageError(
        fmt::format("--store is where a pool meets, and --executor is {}; leave one of them out", layout.executor));
  }
  if (layout.executor == "mpi" && !launched().by_launcher()) {
    throw UsageError(
        "--executor mpi is for processes that mpirun or srun started together, and none did; use `mpirun -n 4 dovetail "
        "...`, or --executor auto or threads");
  }
  if (layout.executor != "mpi" && launched().together()) {
    throw UsageError(
        fmt::format("{} processes were started together, and with --executor {} each of them would make the "
                    "whole run; give --executor auto or mpi",
                    launched().ranks, layout.executor));
  }
  take_threads_of_slurm(layout);
  return layout;
}

constexpr int kLost = static_cast<int>(ExitCode::workers);

[[noreturn]] void end_for(std::uint32_t rank, double silent, double limit) {
  print_note(fmt::format(
      "dovetail: {} has been silent for {:.0f} s (--round-timeout {}): it is stopped, or its host is out of reach. The "
      "run ends; its folder keeps the last checkpoint, and `dovetail resume` goes on from there with any ranks\n",
      mpi_place(rank), silent, seconds_text(limit)));
  abandon_mpi(kLost);
  std::_Exit(kLost);
}

/// Without a word, which the launcher would have to pass on, and without MPI, which needs it too.
[[noreturn]] void end_without_launcher() { std::_Exit(kLost); }

}  // namespace

JoinedRanks::JoinedRanks() : signals_(*new StopSignals()), exceptions_(std::uncaught_exceptions()) {
  if (launched().together()) static_cast<void>(mpi_ranks());
}

JoinedRanks::~JoinedRanks() {
  if (std::uncaught_exceptions() == exceptions_) finish_mpi();
}

RunRanks::RunRanks(RunSettings& settings) : layout_(resolve(settings)) {
  if (layout_.executor != "mpi") return;
  leads_ = mpi_ranks().leads();
  const double limit = layout_.round_timeout_s;
  const bool watched = watch_ranks(
      limit, {[limit](std::uint32_t rank, double silent) { end_for(rank, silent, limit); }, end_without_launcher});
  if (!leads_) {
    settings.quiet = true;
    settings.progress = ProgressStyle::none;
  } else if (!watched && !settings.quiet) {
    print_note("dovetail: this MPI may be called from one thread alone: a rank that stops is not noticed\n");
  }
}

void RunRanks::require_equal(const std::string& name, const std::string& text) const {
  if (layout_.executor == "mpi") require_equal_ranks(mpi_ranks(), {{name, text}});
}

void RunRanks::require_equal_runs(const Model& model, const RunSettings& settings) const {
  if (layout_.executor != "mpi") return;
  constexpr std::string_view kIs = " = ";
  NamedTexts texts;
  std::istringstream lines(setup_text(settings));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t end = line.find(kIs);
    if (end == std::string::npos) continue;
    const std::string name = line.substr(0, end);
    std::string text = line.substr(end + kIs.size());
    std::erase(text, '"');
    texts.emplace_back(name, text);
  }
  require_equal_ranks(mpi_ranks(), texts);
  require_equal_ranks(mpi_ranks(), manifest_of(model, std::string(command_of(settings.job)), 0, {}, layout_).identity);
}

ExitCode RunRanks::follow(const Model& model, const RunSettings& settings) const {
  const auto follow_job = [&] {
    if (settings.job == JobKind::temper) return follow_temper(model, settings.temper, layout_);
    if (settings.job == JobKind::ep) return follow_expectation_propagation(divided(model), settings.ep, layout_);
    if (settings.job == JobKind::lda)
      return follow_latent_dirichlet_allocation(topics_of(model), settings.lda, layout_);
    return follow_sample(model, settings.sample, layout_);
  };
  return exit_code(follow_job(), Summary(), false);  // of rank 0; its verdict is its own
}

void take_threads_of_slurm(Layout& layout) {
  const char* given = std::getenv("SLURM_CPUS_PER_TASK");
  if (layout.threads != 0 || given == nullptr) return;
  try {
    layout.threads = static_cast<unsigned>(parse_whole(given, 1, kThreadsMax));
  } catch (const BadValue&) {
    layout.threads = 0;  // not Slurm's doing: as if it were not there
  }
}

std::string rank_words() { return launched().together() ? fmt::format("rank {}: ", launched().rank) : ""; }

double wait_before_last_words() {
  constexpr std::uint32_t kMost = 4;
  const std::uint32_t rank = launched().rank;
  return rank == 0 ? 0 : 1 + std::min(rank, kMost);  // mpirun gives a second between SIGTERM and SIGKILL
}

void leave_words_to_rank_zero(ExitCode code, const std::string& words) {
  tell_failure(code, words);
  std::this_thread::sleep_for(std::chrono::duration<double>(wait_before_last_words()));
}

}  // namespace dovetail::cli
