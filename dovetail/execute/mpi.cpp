#include "dovetail/execute/mpi.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/execute/border.hpp"
#include "dovetail/execute/detail/mpi_world.hpp"

namespace dovetail {
namespace {

using mpi::as_int;
using mpi::Patience;
using mpi::the_world;
using mpi::World;

constexpr std::size_t kPieceBytes = std::size_t{1} << 30;  // MPI counts with int

/// f(begin of a piece, its bytes as MPI's int) for pieces of at most kPieceBytes.
template <class F>
void in_pieces(Bytes& bytes, F&& f) {
  for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes) {
    f(bytes.data() + at, static_cast<int>(std::min(kPieceBytes, bytes.size() - at)));
  }
}

class MpiRanks final : public Ranks {
 public:
  explicit MpiRanks(const World& world) : world_(world) {}
  [[nodiscard]] std::uint32_t rank() const override { return world_.rank(); }
  [[nodiscard]] std::uint32_t size() const override { return world_.size(); }
  [[nodiscard]] Traffic traffic() const override { return {packets, items, item_bytes, lead_bytes_}; }

  [[nodiscard]] Bytes broadcast(Bytes bytes) override {
    bytes_ = std::move(bytes);
    size_ = bytes_.size();
    if (leads()) lead_bytes_ += (size() - 1) * size_;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibcast(&size_, 1, MPI_UINT64_T, 0, world_.control(), &request);
    world_.complete(request);
    bytes_.resize(static_cast<std::size_t>(size_));
    in_pieces(bytes_, [&](std::byte* from, int count) {
      MPI_Ibcast(from, count, MPI_BYTE, 0, world_.control(), &request);
      world_.complete(request);
    });
    return std::move(bytes_);
  }

  void gather(Bytes bytes, const Take& take) override {
    if (!leads()) return send(0, std::move(bytes));
    take(0, bytes);
    for (std::uint32_t r = 1; r < size(); ++r) {
      receive(r);
      take(r, bytes_);
    }
    bytes_ = Bytes();
  }

  [[nodiscard]] Bytes scatter(const Part& part) override {
    if (!leads()) {
      receive(0);
      return std::move(bytes_);
    }
    for (std::uint32_t r = 1; r < size(); ++r) send(r, part(r));
    return {};
  }

  std::atomic<std::uint64_t> packets{0}, items{0}, item_bytes{0};

 private:
  static constexpr int kTag = 1;

  void send(std::uint32_t to, Bytes bytes) {
    bytes_ = std::move(bytes);
    size_ = bytes_.size();
    lead_bytes_ += size_;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Isend(&size_, 1, MPI_UINT64_T, as_int(to), kTag, world_.control(), &request);
    world_.complete(request);
    in_pieces(bytes_, [&](std::byte* from, int count) {
      MPI_Isend(from, count, MPI_BYTE, as_int(to), kTag, world_.control(), &request);
      world_.complete(request);
    });
    bytes_ = Bytes();
  }
  /// Into bytes_.
  void receive(std::uint32_t from) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(&size_, 1, MPI_UINT64_T, as_int(from), kTag, world_.control(), &request);
    world_.complete(request);
    bytes_ = Bytes();
    bytes_.resize(static_cast<std::size_t>(size_));
    in_pieces(bytes_, [&](std::byte* to, int count) {
      MPI_Irecv(to, count, MPI_BYTE, as_int(from), kTag, world_.control(), &request);
      world_.complete(request);
    });
  }

  // What is on its way. Members, since an exception ends a wait and a message may still come in.
  std::uint64_t size_ = 0;
  Bytes bytes_;
  std::uint64_t lead_bytes_ = 0;
  const World& world_;
};

MpiRanks& the_ranks() {
  static auto& ranks = *new MpiRanks(the_world());  // not destroyed, as the world
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
  MpiBorder(World& world, MpiRanks& ranks) : world_(world), ranks_(ranks) {
    for (Lane& lane : lanes_) {
      for (MPI_Request& request : lane.sent) world.complete_at_end(request);
    }
  }

  [[nodiscard]] Slice slice(std::uint32_t items) const override { return ranks_.slice(items); }

  void show(Side side, const Work& work, std::uint32_t edge, Step step) override {
    Lane& lane = lane_of(side);
    // The neighbour is at most one step ahead, so what was sent two steps ago has been received.
    Packet& out = lane.out[step.value & 1];
    world_.complete(lane.sent[step.value & 1]);
    out = {work.shown(edge, step), step.value};
    MPI_Irecv(&lane.in, sizeof lane.in, MPI_BYTE, other(side), kPacketTag, world_.border(), &lane.coming);
    MPI_Isend(&out, sizeof out, MPI_BYTE, other(side), kPacketTag, world_.border(), &lane.sent[step.value & 1]);
    ranks_.packets.fetch_add(1, std::memory_order_relaxed);
  }

  bool await(Side side, Work& work, std::uint32_t beyond, Step step, const std::atomic<bool>& failed) override {
    Lane& lane = lane_of(side);
    if (!world_.complete(lane.coming, &failed)) return false;
    DOVETAIL_ENSURE(lane.in.step == step.value);
    work.see(beyond, step, lane.in.shown);
    return true;
  }

  void give(Side side, const Work& work, std::uint32_t edge) override {
    Lane& lane = lane_of(side);
    lane.item = work.give(edge);
    if (lane.item.size() > kPieceBytes) {
      throw UsageError("a state of " + std::to_string(lane.item.size()) +
                       " bytes has to go to another rank, and 1 GiB is the most; use threads of one rank");
    }
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
      if (!world_.wait(patience, &failed)) return false;
    }
    int size = 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    lane.item_in.resize(static_cast<std::size_t>(size));
    MPI_Imrecv(lane.item_in.data(), size, MPI_BYTE, &message, &lane.item_coming);
    if (!world_.complete(lane.item_coming, &failed) || !world_.complete(lane.item_sent, &failed)) return false;
    work.take(edge, lane.item_in);
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
    Bytes item, item_in;
    MPI_Request item_sent = MPI_REQUEST_NULL, item_coming = MPI_REQUEST_NULL;
  };
  [[nodiscard]] Lane& lane_of(Side side) { return lanes_[side == Side::below ? 0 : 1]; }
  [[nodiscard]] int other(Side side) const { return as_int(world_.rank()) + (side == Side::below ? -1 : 1); }

  const World& world_;
  MpiRanks& ranks_;
  std::array<Lane, 2> lanes_;
};

/// Not destroyed, as the world: when a worker fails, what its neighbours sent may still come in.
MpiBorder& the_border() {
  static auto& border = *new MpiBorder(the_world(), the_ranks());
  return border;
}

class MpiExecutor final : public Executor {
 public:
  explicit MpiExecutor(unsigned threads) : threads_(make_threads_executor(threads, &the_border())) {
    if (threads > 1 && !the_world().several_threads()) {
      throw UsageError(
          "this MPI (" + mpi_version() +
          ") may be called from one thread alone; use --threads 1 and more ranks, or an MPI that was built "
          "with MPI_THREAD_MULTIPLE");
    }
  }
  [[nodiscard]] unsigned workers() const override { return threads_->workers(); }
  void execute(Work& work, Step first, std::uint64_t count) override { threads_->execute(work, first, count); }
  [[nodiscard]] Ranks& ranks() override { return the_ranks(); }

 private:
  std::unique_ptr<Executor> threads_;
};

}  // namespace

Ranks& mpi_ranks() { return the_ranks(); }

std::unique_ptr<Executor> make_mpi_executor(unsigned threads) { return std::make_unique<MpiExecutor>(threads); }

}  // namespace dovetail
