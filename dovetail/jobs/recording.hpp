/// What every job that draws has in common around its mathematics: layout, files, rows, results.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dovetail/execute/executor.hpp"
#include "dovetail/execute/pool.hpp"
#include "dovetail/kernel/registry.hpp"
#include "dovetail/model/model.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/summary.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "dovetail/run/observer.hpp"

namespace dovetail {

/// What a NaN, +inf or throw of the model does.
enum class OnError : std::uint8_t { stop, reject };

/// Settings that must not change one bit of the result.
struct Layout {
  std::string executor = "threads";     ///< or "serial", "pool", or "mpi": in every process of mpirun or srun
  unsigned threads = 0;                 ///< in each process; 0: its share of the cores
  double round_timeout_s = 120;         ///< mpi: a rank, pool: all workers silent for so long end the run
  std::string store{};                  ///< pool: address, see open_store()
  std::string run = "default";          ///< pool: name of the run in the store
  std::string setup{};                  ///< pool: what workers need to know besides what the run is a function of
  std::vector<std::string> items{};     ///< pool: names of items of which not every worker can do the work
  std::function<bool()> should_stop{};  ///< pool: asked while the store is out of reach; the observer says the same
};

/// What a worker brings to a run that it has found in a store.
struct WorkerSide {
  Store& store;
  const PoolHeader& header;  ///< of the run
  unsigned threads = 1;
  double lease_s = 15;  ///< after its death a worker's task falls to others
  double idle_s = 600;  ///< no work for so long ends the worker
  std::function<bool()> should_stop;
  std::function<void(const TaskDone&)> told;  ///< called by one thread at a time
};

/// Where a run keeps its files, and how it goes on from them.
struct RunFiles {
  const RunFolder& folder;         ///< made or opened for going on, and so locked, by the caller
  std::string config;              ///< text of config.toml, stored as it is
  bool csv = false;                ///< CmdStan CSV at the end as well
  double checkpoint_every_s = 60;  ///< besides every round's end; 0: round ends alone
  enum class Start : std::uint8_t {
    anew,
    from_checkpoint,           ///< the newest; the start when the run was killed before its first
    from_previous_checkpoint,  ///< the one before, when the newest is damaged
  } start = Start::anew;
};

/// Sees rounds as they end.
template <class Row>
class RowObserver : public Observer {
 public:
  virtual void round_ended(const Row&) {}
};

template <class Row>
struct RunResult {
  Summary summary;
  std::vector<Row> rounds;
  StopReason stop = StopReason::finished;
  Rejections rejections;             ///< by the model since the run began or went on, in all processes
  std::vector<std::string> columns;  ///< of `draws`: outputs of the model, then what the job adds
  /// Kept draws: [chain][draw * columns.size() + column]. Empty when they are in a folder.
  std::vector<std::vector<double>> draws;
};

/// The store that `layout` names. Errors: those of open_store(); StoreStopped.
[[nodiscard]] std::unique_ptr<Store> open_store(const Layout& layout);

/// The executor that `layout` asks for; serial where the model allows no threads. `identity`: of the run, for whoever
/// joins it in a store. Errors: also those of open_store().
[[nodiscard]] std::unique_ptr<Executor> make_executor(const Layout& layout, const Model& model,
                                                      const ManifestIdentity& identity = {});

/// What workers and servers of a run must have in common: program, model, data and settings.
[[nodiscard]] PoolIdentity pool_identity(const ManifestIdentity& identity);

/// UsageError names the first thing that this process has otherwise than the run that `side` found. Settings are the
/// server's, and not looked at.
void require_fit_to_work(const WorkerSide& side, const ManifestIdentity& here);

/// As many threads as a process has, by `layout`.
[[nodiscard]] unsigned threads_of(const Layout& layout, const Model& model);

/// That all ranks have the same texts under the same names. All call it; UsageError, everywhere, names the first rank
/// that differs, the field and both texts.
void require_equal_ranks(Ranks& ranks, const NamedTexts& mine);
/// That all are about to make the same run, by the same program; likewise.
void require_equal_ranks(Ranks& ranks, const ManifestIdentity& identity);

/// Of all ranks, at rank 0. All call it.
[[nodiscard]] Rejections rejections_of_all(Ranks& ranks, const Model& model);

/// The options that a kernel is made with, by its resolved name. Of proposals written in C++ the functions themselves
/// cannot be told apart.
[[nodiscard]] NamedTexts kernel_fields(const std::string& kernel, const KernelSettings& settings);

/// What a run is a function of, where it runs, and that it has begun now. `options`: every setting that describes the
/// statistics.
[[nodiscard]] Manifest manifest_of(const Model& model, std::string command, std::uint64_t seed, NamedTexts options,
                                   const Layout& layout);

/// The fields of the identity that going on must not change: all but those in which runs may grow, and the facts about
/// build and processor that do not bind built-in mathematics.
[[nodiscard]] RunIdentity binding_identity(const ManifestIdentity& identity);

}  // namespace dovetail
