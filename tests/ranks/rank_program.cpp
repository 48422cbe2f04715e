// rank_program CHECK: what the mpi executor promises of its messages, asked in every rank of a launch. Exit code 0: the
// promise held.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "dovetail/execute/mpi.hpp"

namespace dovetail::test {
namespace {

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// One item a rank, beside each other. Shows nothing and keeps everything.
class Line final : public Work {
 public:
  [[nodiscard]] std::uint32_t items() const override { return mpi_ranks().size(); }
  [[nodiscard]] bool exchanges() const override { return true; }
  [[nodiscard]] bool linked(std::uint32_t i) const override { return i + 1 < items(); }
  void advance(std::uint32_t, Step, unsigned) override {}
  Trade settle(std::uint32_t, Step) override { return Trade::stay; }
  [[nodiscard]] PacketBytes shown(std::uint32_t, Step) const override { return {}; }
  void see(std::uint32_t, Step, const PacketBytes&) override {}
  [[nodiscard]] Bytes give(std::uint32_t) const override { return {}; }
  void take(std::uint32_t, const Bytes&) override {}
};

/// Ranks that stand at different steps: a packet of another step must not be believed.
void other_steps() {
  Line work;
  make_mpi_executor(1)->execute(work, Step(mpi_ranks().rank()), 1);
}

/// Rank 2's bytes are on their way before rank 1 has sent any.
void gather_late() {
  Ranks& ranks = mpi_ranks();
  const char* sent = "rank 2 has sent";
  while (ranks.rank() == 1 && ::access(sent, F_OK) != 0) continue;
  std::vector<std::uint32_t> order;
  ranks.gather(pack(ranks.rank()), [&](std::uint32_t r, std::span<const std::byte> bytes) {
    order.push_back(r);
    require(unpack<std::uint32_t>(bytes) == r, "the bytes of another rank");
  });
  if (ranks.rank() == 2) ::close(::open(sent, O_WRONLY | O_CREAT, 0600));
  require(!ranks.leads() || order == std::vector<std::uint32_t>{0, 1, 2}, "ranks in order of arrival");
}

long memory_most_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// Of the bytes of many ranks, rank 0 holds its own and one rank's at a time.
void gather_much() {
  constexpr long kKib = 16 * 1024;
  Ranks& ranks = mpi_ranks();
  const long before = memory_most_kib();
  std::uint32_t met = 0;
  ranks.gather(Bytes(static_cast<std::size_t>(kKib) * 1024, std::byte{1}),
               [&](std::uint32_t, std::span<const std::byte> bytes) {
                 require(bytes.size() == static_cast<std::size_t>(kKib) * 1024, "bytes are missing");
                 ++met;
               });
  if (!ranks.leads()) return;
  require(met == ranks.size(), "ranks are missing");
  const long more = memory_most_kib() - before;
  require(more < 3 * kKib, std::to_string(more) + " KiB more for " + std::to_string(ranks.size()) + " ranks of " +
                               std::to_string(kKib) + " each");
}

/// Likewise of what it hands out; and each rank gets its own.
void scatter_much() {
  constexpr long kKib = 16 * 1024;
  Ranks& ranks = mpi_ranks();
  const long before = memory_most_kib();
  const Bytes mine = ranks.scatter(
      [&](std::uint32_t r) { return Bytes(static_cast<std::size_t>(kKib) * 1024 + r, static_cast<std::byte>(r)); });
  if (!ranks.leads()) {
    require(mine.size() == static_cast<std::size_t>(kKib) * 1024 + ranks.rank(), "the size of another rank");
    require(mine.front() == static_cast<std::byte>(ranks.rank()), "the part of another rank");
    return;
  }
  require(mine.empty(), "rank 0 keeps what it has");
  const long more = memory_most_kib() - before;
  require(more < 2 * kKib, std::to_string(more) + " KiB more for parts of " + std::to_string(kKib) + " each");
}

const std::map<std::string, std::function<void()>> kChecks = {{"other_steps", other_steps},
                                                              {"gather_late", gather_late},
                                                              {"gather_much", gather_much},
                                                              {"scatter_much", scatter_much}};

}  // namespace
}  // namespace dovetail::test

int main(int argc, char** argv) {
  try {
    static_cast<void>(dovetail::mpi_ranks());
    dovetail::test::kChecks.at(argc > 1 ? argv[1] : "")();
    dovetail::finish_mpi();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %u: %s\n", dovetail::launched().rank, error.what());
    dovetail::abandon_mpi(1);
    return 1;
  }
}
