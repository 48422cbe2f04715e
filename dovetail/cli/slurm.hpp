/// Runs as jobs of Slurm: the batch script, and what the queue says of a job.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dovetail/cli/launch.hpp"

namespace dovetail::cli {

/// What a job asks for. Texts are as Slurm takes them; empty: Slurm's own default.
struct SlurmRequest {
  std::vector<std::pair<std::string, std::string>> options;              ///< "nodes" -> "2": lines of the script
  std::vector<std::string> launcher = {"srun", "--kill-on-bad-exit=1"};  ///< a lost rank ends all
  std::string cpus_per_task;
  unsigned signal_before_s = 60;
  bool requeue = false;
};

/// The folder beside a run's, `RUN.slurm`, with the script, the number of the job and what it prints. The run's own is
/// made by the run.
[[nodiscard]] std::filesystem::path slurm_folder(const std::filesystem::path& run);

/// A script that begins the run, or goes on with it where there is one, and puts itself back into the queue when the
/// run was stopped before the time limit. `program`: of dovetail, absolute. UsageError for names that a script cannot
/// hold.
[[nodiscard]] std::string batch_script(const SlurmRequest& request, const Launch& launch, const std::string& program,
                                       const std::filesystem::path& working_folder);

/// A job as the queue, or else the accounts, know it.
struct SlurmJob {
  std::string id;
  std::string state;      ///< "PENDING", "RUNNING", ...; empty when neither knows it any more, or could be asked
  std::string no_answer;  ///< why the queue could not be asked, in Slurm's words; empty when it could

  /// Whether it runs, or may still run.
  [[nodiscard]] bool is_active() const;
  /// For people: the state, or why there is none.
  [[nodiscard]] std::string words() const;
};

/// The job that the run was last submitted as, if it was.
[[nodiscard]] std::optional<SlurmJob> job_of(const std::filesystem::path& run);
/// Error with exit code 6 and Slurm's own words when the queue could not be asked about the run's job.
void require_answer(const SlurmJob& job, const std::filesystem::path& run);

/// sbatch; the job's number. UsageError with Slurm's own words when it refuses.
[[nodiscard]] std::string submit_script(const std::filesystem::path& script);
/// scancel; Error with exit code 6 and Slurm's own words when it fails.
void cancel_job(const SlurmJob& job);

}  // namespace dovetail::cli
