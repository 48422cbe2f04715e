// Ranks of mpirun on this machine: two against one, the cost of a swap scan beside a bare ping-pong, and bytes between
// them by dimension. Each measurement is a launch of this program, which prints one number.
#include <cstdio>
#include <cstdlib>

#include "bench/bench.hpp"
#include "bench/costly_model.hpp"
#include "dovetail/execute/mpi.hpp"

#ifdef DOVETAIL_BENCH_MPIRUN
#include <mpi.h>
#endif

namespace dovetail::bench {
namespace {

TemperOptions ladder(std::uint32_t replicas, std::uint32_t rounds) {
  TemperOptions options;
  options.replicas = replicas;
  options.rounds = rounds;
  options.kernel = "exact";
  return options;
}

/// In every rank; rank 0's result.
Summary run_shared(const Model& model, const TemperOptions& options) {
  const Layout layout{"mpi", 1};
  if (mpi_ranks().leads()) return quiet_run(model, options, layout).summary;
  static_cast<void>(follow_temper(model, options, layout));
  return {};
}

}  // namespace

#ifdef DOVETAIL_BENCH_MPIRUN

namespace {

/// Round trips of 16 bytes per second, inverted.
double ping_pong_seconds() {
  const bool first = mpi_ranks().leads();
  char packet[kPacketBytes] = {};
  constexpr int kTurns = 100000;
  const Clock clock;
  for (int turn = 0; turn < kTurns; ++turn) {
    if (first) MPI_Send(packet, sizeof packet, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
    MPI_Recv(packet, sizeof packet, MPI_BYTE, first ? 1 : 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (!first) MPI_Send(packet, sizeof packet, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
  }
  return clock.seconds() / kTurns;
}

/// What "mpirun -n RANKS program be_rank WORDS" prints.
double launch_and_read(int ranks, const std::string& words) {
  const std::string line = std::string("exec " DOVETAIL_BENCH_MPIRUN " -n ") + std::to_string(ranks) + " /proc/" +
                           std::to_string(getpid()) + "/exe be_rank " + words + " 2>/dev/null";
  FILE* output = popen(line.c_str(), "r");
  double value = 0;
  if (output == nullptr || std::fscanf(output, "%lf", &value) != 1) value = 0;
  if (output != nullptr) pclose(output);
  return value;
}

void compare(double microseconds, std::uint32_t rounds, const char* goal) {
  const std::string words = "time " + std::to_string(calibrate(1000 * microseconds)) + " " + std::to_string(rounds);
  const auto with = [&](int ranks) { return [&, ranks] { return launch_and_read(ranks, words); }; };
  const auto seconds = medians(5, {with(1), with(2)});
  print_ratio(std::to_string(microseconds).substr(0, 4) + " us density, 30 rungs: 1 rank / 2 ranks",
              seconds[0] / seconds[1], goal);
}

/// The model of docs/cluster.md: a packet each way across each of the P - 1 borders, and at every second step, when the
/// pair there tries to trade, an item each way where it does.
double messages_expected(std::uint32_t ranks, const TemperingSummary& ladder) {
  return 2.0 * (ranks - 1) * (1 + 0.5 * ladder.swap_acceptance_mean);
}

}  // namespace

int be_rank(int count, char** words) {
  const std::string what = count > 0 ? words[0] : "";
  double value = 0;
  static_cast<void>(mpi_ranks());
  if (what == "ping_pong") value = ping_pong_seconds();
  if (what == "time" && count == 3) {
    const CostlyModel model(std::atoi(words[1]));
    value = run_shared(model, ladder(30, static_cast<std::uint32_t>(std::atoi(words[2])))).sampling.seconds;
  }
  if (what == "scan") {  // of one rung each
    const CostlyModel model(0);
    const Summary summary = run_shared(model, ladder(2, 17));
    if (summary.tempering) value = summary.sampling.seconds / static_cast<double>(summary.tempering->scans);
  }
  if (what == "bytes" && count == 2) {
    const CostlyModel model(0, static_cast<std::size_t>(std::atoi(words[1])));
    const Summary summary = run_shared(model, ladder(4, 5));
    if (summary.ranks) value = summary.ranks->bytes_per_step;
  }
  if (what == "messages") {
    const CostlyModel model(0);
    const Summary summary = run_shared(model, ladder(64, 7));
    if (summary.ranks && summary.tempering) {
      value = summary.ranks->messages_per_step / messages_expected(mpi_ranks().size(), *summary.tempering);
    }
  }
  if (mpi_ranks().leads()) std::printf("%.17g\n", value);
  std::fflush(stdout);
  finish_mpi();
  return 0;
}

void ranks() {
  setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
  setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
  if (launch_and_read(2, "ping_pong") == 0) return print_note("ranks: skipped, mpirun starts no two processes here");
  compare(50, 8, "at least 1.8");
  compare(5, 11, "at least 1.5");
  compare(1, 13, "at least 1.0");
  const auto seconds =
      medians(5, {[] { return launch_and_read(2, "ping_pong"); }, [] { return launch_and_read(2, "scan"); }});
  print_ratio("a scan of 2 rungs on 2 ranks / a round trip of 16 bytes", seconds[1] / seconds[0], "at most 3");
  for (const int ranks : {2, 4, 8, 16, 32, 64}) {
    print_ratio("64 rungs on " + std::to_string(ranks) + " ranks: messages a scan, measured / expected",
                launch_and_read(ranks, "messages"), "about 1");
  }
  for (const char* d : {"1", "100", "10000", "1000000"}) {
    print_ratio(std::string("2 ranks, 4 rungs, d = ") + d + ": bytes between ranks a scan",
                launch_and_read(2, std::string("bytes ") + d), "");
  }
}

#else

int be_rank(int, char**) { return 2; }
void ranks() { print_note("ranks: skipped, this build has no MPI"); }

#endif

}  // namespace dovetail::bench
