// Everything over point-to-point messages that are tested for, never blocked on: a worker can then give up when another
// fails, and gives its core away when many ranks share it.
#include "dovetail/execute/mpi.hpp"

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/border.hpp"

namespace dovetail {
namespace {

/// Between two looks at a message: at once while the other rank has a core of its own, then giving this one away, then
/// asleep, so that ranks beyond the cores do not keep each other waiting.
class Patience {
 public:
  void wait() {
    ++looks_;
    if (looks_ < kEager) return;
    if (looks_ < kYielding) {
      sched_yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

 private:
  static constexpr int kEager = 200;
  static constexpr int kYielding = 4000;
  int looks_ = 0;
};

/// False: `failed` came first.
bool finish(MPI_Request& request, const std::atomic<bool>* failed) {
  Patience patience;
  for (;;) {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done != 0) return true;
    if (failed && failed->load(std::memory_order_relaxed)) return false;
    patience.wait();
  }
}
void finish(MPI_Request& request) { finish(request, nullptr); }

constexpr std::size_t kPieceBytes = std::size_t{1} << 30;  // MPI counts with int

/// f(begin of a piece, its bytes as MPI's int) for pieces of at most kPieceBytes.
template <class F>
void in_pieces(Bytes& bytes, F&& f) {
  for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes) {
    f(bytes.data() + at, static_cast<int>(std::min(kPieceBytes, bytes.size() - at)));
  }
}

int as_int(std::uint32_t rank) { return static_cast<int>(rank); }

/// MPI as this process has it, from the first call of mpi_ranks() to finish_mpi().
class World {
 public:
  World();
  void finish();
  void abandon(int code) const;
  bool watch(double seconds, std::function<void(std::uint32_t, double)> lost);

  [[nodiscard]] std::uint32_t rank() const { return rank_; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool several_threads() const { return several_threads_; }
  [[nodiscard]] MPI_Comm control() const { return control_; }
  [[nodiscard]] MPI_Comm border() const { return border_; }
  [[nodiscard]] std::string place(std::uint32_t rank) const;

 private:
  void gather_hosts();
  void keep_watch(double seconds, const std::function<void(std::uint32_t, double)>& lost);

  std::uint32_t rank_ = 0, size_ = 1;
  bool begun_here_ = false;
  bool several_threads_ = false;
  MPI_Comm control_ = MPI_COMM_NULL, border_ = MPI_COMM_NULL, beats_ = MPI_COMM_NULL;
  std::vector<std::array<char, MPI_MAX_PROCESSOR_NAME>> hosts_;
  std::thread watcher_;
  std::atomic<bool> stop_watching_{false};
};

World::World() {
  int begun = 0;
  int level = 0;
  MPI_Initialized(&begun);
  if (begun == 0) {
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &level);
    begun_here_ = true;
  } else {
    MPI_Query_thread(&level);
  }
  several_threads_ = level == MPI_THREAD_MULTIPLE;
  for (MPI_Comm* comm : {&control_, &border_, &beats_}) MPI_Comm_dup(MPI_COMM_WORLD, comm);
  int number = 0;
  MPI_Comm_rank(control_, &number);
  rank_ = static_cast<std::uint32_t>(number);
  MPI_Comm_size(control_, &number);
  size_ = static_cast<std::uint32_t>(number);
  gather_hosts();
}

void World::gather_hosts() {
  hosts_.resize(size_);
  std::array<char, MPI_MAX_PROCESSOR_NAME> own{};
  int length = 0;
  MPI_Get_processor_name(own.data(), &length);
  MPI_Allgather(own.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR, hosts_.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR,
                control_);
}

std::string World::place(std::uint32_t rank) const {
  return "rank " + std::to_string(rank) + " on " + hosts_[rank].data();
}

bool World::watch(double seconds, std::function<void(std::uint32_t, double)> lost) {
  if (!several_threads_ || size_ == 1) return size_ == 1;
  DOVETAIL_REQUIRE(!watcher_.joinable());
  watcher_ = std::thread([this, seconds, lost = std::move(lost)] { keep_watch(seconds, lost); });
  return true;
}

void World::keep_watch(double seconds, const std::function<void(std::uint32_t, double)>& lost) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kBeat = std::chrono::milliseconds(500);
  constexpr auto kOwnPause = std::chrono::seconds(3);
  constexpr char kAlive = 1, kLast = 0;
  const int next = as_int((rank_ + 1) % size_);
  const int previous = as_int((rank_ + size_ - 1) % size_);
  char out = kAlive, in = kAlive;
  MPI_Request sent = MPI_REQUEST_NULL, heard = MPI_REQUEST_NULL;
  auto heard_at = Clock::now();
  for (auto looked_at = heard_at; out != kLast || in != kLast;) {
    int done = 0;
    MPI_Test(&sent, &done, MPI_STATUS_IGNORE);
    if (done != 0 && out != kLast) {
      out = stop_watching_.load() ? kLast : kAlive;
      MPI_Isend(&out, 1, MPI_CHAR, next, 0, beats_, &sent);
    }
    const auto now = Clock::now();
    if (now - looked_at > kOwnPause) heard_at = now;
    looked_at = now;
    for (done = 1; done != 0 && in != kLast;) {
      if (heard == MPI_REQUEST_NULL) MPI_Irecv(&in, 1, MPI_CHAR, previous, 0, beats_, &heard);
      MPI_Test(&heard, &done, MPI_STATUS_IGNORE);
      if (done != 0) heard_at = now;
    }
    const double silent = std::chrono::duration<double>(now - heard_at).count();
    if (in != kLast && silent > seconds) return lost(static_cast<std::uint32_t>(previous), silent);
    // in short naps, so that the end of a run waits for none
    for (auto nap = kBeat / 10; nap <= kBeat && !stop_watching_.load(); nap += kBeat / 10) {
      std::this_thread::sleep_for(kBeat / 10);
    }
    if (stop_watching_.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  dovetail::finish(sent);
}

void World::finish() {
  stop_watching_ = true;
  if (watcher_.joinable()) watcher_.join();
  for (MPI_Comm* comm : {&control_, &border_, &beats_}) MPI_Comm_free(comm);
  if (begun_here_) MPI_Finalize();
}

void World::abandon(int code) const { MPI_Abort(MPI_COMM_WORLD, code); }

std::unique_ptr<World> of_process;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): so is MPI

World& the_world() {
  if (!of_process) {
    of_process = std::make_unique<World>();
    const auto launched = launch();
    if (launched && launched->ranks != of_process->size()) {
      throw UsageError("the launcher started " + std::to_string(launched->ranks) + " processes, but MPI connects " +
                       std::to_string(of_process->size()) + " (" + mpi_version() +
                       "); use the mpirun of this MPI, or under Slurm `srun --mpi=pmix` or --mpi=pmi2");
    }
  }
  return *of_process;
}

class MpiRanks final : public Ranks {
 public:
  explicit MpiRanks(const World& world) : world_(world) {}
  [[nodiscard]] std::uint32_t rank() const override { return world_.rank(); }
  [[nodiscard]] std::uint32_t size() const override { return world_.size(); }
  [[nodiscard]] Traffic traffic() const override { return {packets, items, item_bytes}; }

  [[nodiscard]] Bytes broadcast(Bytes bytes) override {
    std::uint64_t size = bytes.size();
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibcast(&size, 1, MPI_UINT64_T, 0, world_.control(), &request);
    finish(request);
    bytes.resize(static_cast<std::size_t>(size));
    in_pieces(bytes, [&](std::byte* from, int count) {
      MPI_Ibcast(from, count, MPI_BYTE, 0, world_.control(), &request);
      finish(request);
    });
    return bytes;
  }

  [[nodiscard]] std::vector<Bytes> gather(Bytes bytes) override {
    std::vector<Bytes> parts;
    if (!leads()) {
      send(0, bytes);
      return parts;
    }
    parts.push_back(std::move(bytes));
    for (std::uint32_t r = 1; r < size(); ++r) parts.push_back(receive(r));
    return parts;
  }

  [[nodiscard]] Bytes scatter(std::vector<Bytes> parts) override {
    if (!leads()) return receive(0);
    for (std::uint32_t r = 1; r < size(); ++r) send(r, parts[r]);
    return std::move(parts[0]);
  }

  std::atomic<std::uint64_t> packets{0}, items{0}, item_bytes{0};

 private:
  static constexpr int kTag = 1;

  void send(std::uint32_t to, Bytes& bytes) {
    std::uint64_t size = bytes.size();
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Isend(&size, 1, MPI_UINT64_T, as_int(to), kTag, world_.control(), &request);
    finish(request);
    in_pieces(bytes, [&](std::byte* from, int count) {
      MPI_Isend(from, count, MPI_BYTE, as_int(to), kTag, world_.control(), &request);
      finish(request);
    });
  }
  [[nodiscard]] Bytes receive(std::uint32_t from) {
    std::uint64_t size = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(&size, 1, MPI_UINT64_T, as_int(from), kTag, world_.control(), &request);
    finish(request);
    Bytes bytes(static_cast<std::size_t>(size));
    in_pieces(bytes, [&](std::byte* to, int count) {
      MPI_Irecv(to, count, MPI_BYTE, as_int(from), kTag, world_.control(), &request);
      finish(request);
    });
    return bytes;
  }

  const World& world_;
};

MpiRanks& the_ranks() {
  static MpiRanks ranks(the_world());
  return ranks;
}

/// What goes between neighbours at a step.
struct Packet {
  PacketBytes shown;
  std::uint64_t step;
};
static_assert(sizeof(Packet) == kPacketBytes);

class MpiBorder final : public Border {
 public:
  MpiBorder(const World& world, MpiRanks& ranks) : world_(world), ranks_(ranks) {}

  [[nodiscard]] Slice slice(std::uint32_t items) const override { return ranks_.slice(items); }

  void show(Side side, const Work& work, std::uint32_t edge, Step step) override {
    Lane& lane = lane_of(side);
    // The neighbour is at most one step ahead, so what was sent two steps ago has been received.
    Packet& out = lane.out[step.value & 1];
    out = {work.shown(edge, step), step.value};
    finish(lane.sent[step.value & 1]);
    MPI_Irecv(&lane.in, sizeof lane.in, MPI_BYTE, other(side), kPacketTag, world_.border(), &lane.coming);
    MPI_Isend(&out, sizeof out, MPI_BYTE, other(side), kPacketTag, world_.border(), &lane.sent[step.value & 1]);
    ranks_.packets.fetch_add(1, std::memory_order_relaxed);
  }

  bool await(Side side, Work& work, std::uint32_t beyond, Step step, const std::atomic<bool>& failed) override {
    Lane& lane = lane_of(side);
    if (!finish(lane.coming, &failed)) return false;
    DOVETAIL_ENSURE(lane.in.step == step.value);
    work.see(beyond, step, lane.in.shown);
    return true;
  }

  void give(Side side, const Work& work, std::uint32_t edge) override {
    Lane& lane = lane_of(side);
    lane.item = work.give(edge);
    DOVETAIL_REQUIRE(lane.item.size() <= kPieceBytes);
    MPI_Isend(lane.item.data(), static_cast<int>(lane.item.size()), MPI_BYTE, other(side), kItemTag, world_.border(),
              &lane.item_sent);
    ranks_.items.fetch_add(1, std::memory_order_relaxed);
    ranks_.item_bytes.fetch_add(lane.item.size(), std::memory_order_relaxed);
  }

  bool take(Side side, Work& work, std::uint32_t edge, const std::atomic<bool>& failed) override {
    Lane& lane = lane_of(side);
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    Patience patience;
    for (int there = 0;;) {
      MPI_Improbe(other(side), kItemTag, world_.border(), &there, &message, &status);
      if (there != 0) break;
      if (failed.load(std::memory_order_relaxed)) return false;
      patience.wait();
    }
    int size = 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    Bytes item(static_cast<std::size_t>(size));
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Imrecv(item.data(), size, MPI_BYTE, &message, &request);
    if (!finish(request, &failed) || !finish(lane.item_sent, &failed)) return false;
    work.take(edge, item);
    return true;
  }

 private:
  static constexpr int kPacketTag = 1, kItemTag = 2;

  /// What goes to and comes from one side, on cache lines of its own.
  struct alignas(64) Lane {
    std::array<Packet, 2> out{};
    std::array<MPI_Request, 2> sent{MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    Packet in{};
    MPI_Request coming = MPI_REQUEST_NULL;
    Bytes item;
    MPI_Request item_sent = MPI_REQUEST_NULL;
  };
  [[nodiscard]] Lane& lane_of(Side side) { return lanes_[side == Side::below ? 0 : 1]; }
  [[nodiscard]] int other(Side side) const { return as_int(world_.rank()) + (side == Side::below ? -1 : 1); }

  const World& world_;
  MpiRanks& ranks_;
  std::array<Lane, 2> lanes_;
};

class MpiExecutor final : public Executor {
 public:
  explicit MpiExecutor(unsigned threads)
      : border_(the_world(), the_ranks()), threads_(make_threads_executor(threads, &border_)) {
    if (threads > 1 && !the_world().several_threads()) {
      throw UsageError("this MPI (" + mpi_version() +
                       ") may be called from one thread alone; use --threads 1 and more ranks, or an MPI that was built "
                       "with MPI_THREAD_MULTIPLE");
    }
  }
  [[nodiscard]] unsigned workers() const override { return threads_->workers(); }
  void execute(Work& work, Step first, std::uint64_t count) override { threads_->execute(work, first, count); }
  [[nodiscard]] Ranks& ranks() override { return the_ranks(); }

 private:
  MpiBorder border_;
  std::unique_ptr<Executor> threads_;
};

}  // namespace

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string all(text.data(), static_cast<std::size_t>(length));
  return all.substr(0, all.find_first_of(",\n"));
}
bool has_mpi() { return true; }

Ranks& mpi_ranks() { return the_ranks(); }
std::string mpi_place(std::uint32_t rank) { return the_world().place(rank); }

bool watch_ranks(double seconds, std::function<void(std::uint32_t, double)> lost) {
  return the_world().watch(seconds, std::move(lost));
}

void finish_mpi() {
  if (of_process) of_process->finish();
  of_process.reset();
}

void abandon_mpi(int code) noexcept {
  if (of_process) of_process->abandon(code);
}

std::unique_ptr<Executor> make_mpi_executor(unsigned threads) { return std::make_unique<MpiExecutor>(threads); }

}  // namespace dovetail
