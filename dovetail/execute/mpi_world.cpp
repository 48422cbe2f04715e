#include "dovetail/execute/detail/mpi_world.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/error.hpp"

namespace dovetail::mpi {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBeat = std::chrono::milliseconds(500);
constexpr auto kNap = std::chrono::milliseconds(50);
constexpr auto kOwnPause = std::chrono::seconds(3);
constexpr auto kUnheard = std::chrono::seconds(5);  // a failure that rank 0 has not looked for in so long

/// Tells the next rank that this one is alive, and listens to the one before.
class Beats {
 public:
  Beats(MPI_Comm comm, std::uint32_t rank, std::uint32_t size)
      : comm_(comm), next_(as_int((rank + 1) % size)), previous_(as_int((rank + size - 1) % size)) {}

  /// At most one is on its way.
  void send(bool last) {
    int done = 0;
    MPI_Test(&sent_, &done, MPI_STATUS_IGNORE);
    if (done == 0 || out_ == kLast) return;
    out_ = last ? kLast : kAlive;
    MPI_Isend(&out_, 1, MPI_CHAR, next_, 0, comm_, &sent_);
  }
  /// Whether any came.
  bool hear() {
    bool heard = false;
    for (int done = 1; done != 0 && !previous_has_ended_;) {
      if (coming_ == MPI_REQUEST_NULL) MPI_Irecv(&in_, 1, MPI_CHAR, previous_, 0, comm_, &coming_);
      MPI_Test(&coming_, &done, MPI_STATUS_IGNORE);
      if (done == 0) break;
      heard = true;
      previous_has_ended_ = in_ == kLast;
    }
    return heard;
  }
  [[nodiscard]] bool are_over() const { return previous_has_ended_ && out_ == kLast; }
  [[nodiscard]] bool previous_has_ended() const { return previous_has_ended_; }
  [[nodiscard]] std::uint32_t previous() const { return static_cast<std::uint32_t>(previous_); }
  void finish() {
    int done = 0;
    for (Patience patience;; patience.wait()) {
      MPI_Test(&sent_, &done, MPI_STATUS_IGNORE);
      if (done != 0) return;
    }
  }

 private:
  static constexpr char kAlive = 1, kLast = 0;
  MPI_Comm comm_;
  int next_, previous_;
  char out_ = kAlive, in_ = kAlive;
  bool previous_has_ended_ = false;
  MPI_Request sent_ = MPI_REQUEST_NULL, coming_ = MPI_REQUEST_NULL;
};

/// What ended a rank, as it tells rank 0.
struct Failure {
  ExitCode code{};
  std::string words;

  template <class Archive>
  void describe(Archive& archive) {
    archive(code);
    archive(words);
  }
};

// As MPI itself: one a process, and never destroyed. exit(), which MPI_Abort may call, must find the watch at work, and
// messages may still come in after a failure.
World* of_process = nullptr;

}  // namespace

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
  for (MPI_Comm* comm : {&control_, &border_, &beats_, &failures_}) MPI_Comm_dup(MPI_COMM_WORLD, comm);
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

bool World::watch(double seconds, const RanksLost& lost) {
  if (!several_threads_) return false;
  DOVETAIL_REQUIRE(!watcher_.joinable());
  watcher_ = std::thread([this, seconds, lost] { keep_watch(seconds, lost); });
  return true;
}

void World::keep_watch(double seconds, const RanksLost& lost) {
  Beats beats(beats_, rank_, size_);
  auto heard_at = Clock::now();
  auto beaten_at = heard_at - kBeat;
  for (auto looked_at = heard_at; !beats.are_over();) {
    const auto now = Clock::now();
    const bool ends = stop_watching_.load();
    if (getppid() != launcher_) return lost.launcher();
    if (now - looked_at > kOwnPause) heard_at = now;
    looked_at = now;
    if (ends || now - beaten_at >= kBeat) {
      beats.send(ends);
      beaten_at = now;
    }
    if (beats.hear()) heard_at = now;
    const double silent = std::chrono::duration<double>(now - heard_at).count();
    if (!beats.previous_has_ended() && silent > seconds) return lost.rank(beats.previous(), silent);
    std::this_thread::sleep_for(ends ? std::chrono::milliseconds(1) : kNap);
  }
  beats.finish();
}

void World::finish() {
  stop_watching_ = true;
  if (watcher_.joinable()) watcher_.join();
  for (MPI_Request* request : pending_) complete(*request);
  for (MPI_Comm* comm : {&control_, &border_, &beats_, &failures_}) MPI_Comm_free(comm);
  if (begun_here_) MPI_Finalize();
  finished_ = true;
}

bool World::complete(MPI_Request& request, const std::atomic<bool>* failed) const {
  for (Patience patience;;) {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done != 0) return true;
    if (!wait(patience, failed)) return false;
  }
}

bool World::wait(Patience& patience, const std::atomic<bool>* failed) const {
  if (failed && failed->load(std::memory_order_relaxed)) return false;
  if (rank_ == 0 && patience.may_look_around()) hear_failures();
  patience.wait();
  return true;
}

void World::hear_failures() const {
  int there = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  MPI_Improbe(MPI_ANY_SOURCE, 0, failures_, &there, &message, &status);
  if (there == 0) return;
  int size = 0;
  MPI_Get_count(&status, MPI_BYTE, &size);
  Bytes bytes(static_cast<std::size_t>(size));
  MPI_Mrecv(bytes.data(), size, MPI_BYTE, &message, MPI_STATUS_IGNORE);
  const auto failure = unpack<Failure>(bytes);
  throw RankFailed(failure.code, place(static_cast<std::uint32_t>(status.MPI_SOURCE)) + ": " + failure.words);
}

void World::tell_failure(ExitCode code, const std::string& words) const {
  if (rank_ == 0) return;
  // rank 0 may read it while this process ends
  const auto& bytes = *new Bytes(pack(Failure{code, words}));
  MPI_Request sent = MPI_REQUEST_NULL;
  MPI_Isend(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, 0, 0, failures_, &sent);
  const auto begin = Clock::now();
  // where there is a watch, it ends this wait if rank 0 is lost
  while (watcher_.joinable() || Clock::now() - begin < kUnheard) {
    int done = 0;
    MPI_Test(&sent, &done, MPI_STATUS_IGNORE);
    std::this_thread::sleep_for(kNap);
  }
}

void World::abandon(int code) const { MPI_Abort(control_, code); }

World& the_world() {
  if (of_process == nullptr) {
    of_process = new World();
    const std::uint32_t ranks = launched().ranks;
    if (ranks > 0 && ranks != of_process->size()) {
      throw UsageError("the launcher started " + std::to_string(ranks) + " processes, but MPI connects " +
                       std::to_string(of_process->size()) + " (" + mpi_version() +
                       "); use the mpirun of this MPI, or under Slurm `srun --mpi=pmix` or --mpi=pmi2");
    }
  }
  if (of_process->is_finished()) throw UsageError("MPI has ended in this process and cannot begin again");
  return *of_process;
}

}  // namespace dovetail::mpi

namespace dovetail {

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string all(text.data(), static_cast<std::size_t>(length));
  std::string line = all.substr(0, all.find_first_of(",\n"));
  std::replace(line.begin(), line.end(), '\t', ' ');
  return line;
}
bool has_mpi() { return true; }

std::string mpi_place(std::uint32_t rank) { return mpi::the_world().place(rank); }

bool watch_ranks(double seconds, const RanksLost& lost) { return mpi::the_world().watch(seconds, lost); }

void tell_failure(ExitCode code, const std::string& words) noexcept {
  if (mpi::of_process == nullptr || mpi::of_process->is_finished()) return;
  try {
    mpi::of_process->tell_failure(code, words);
  } catch (const std::exception&) {
    // no memory for it: then this rank says it
  }
}

void finish_mpi() {
  if (mpi::of_process != nullptr && !mpi::of_process->is_finished()) mpi::of_process->finish();
}

void abandon_mpi(int code) noexcept {
  if (mpi::of_process != nullptr && !mpi::of_process->is_finished()) mpi::of_process->abandon(code);
}

}  // namespace dovetail
