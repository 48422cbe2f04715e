// No shell reads a word on the way to Slurm's programs; what a script holds is quoted, or refused.
#include "dovetail/cli/slurm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dovetail/compile/process.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDigits = "0123456789";

/// Slurm reads quotes and escapes in a #SBATCH line, and % in the name of an output file.
void require_plain_path(const fs::path& path) {
  const std::string text = path.string();
  if (printable(text) == text && text.find_first_of("\"'\\%") == std::string::npos) return;
  throw UsageError(
      fmt::format("{} cannot stand in a batch script (Slurm reads quotes, backslashes and % in it); choose "
                  "another --out",
                  printable(text)));
}

void require_printable(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (printable(word) == word) continue;
    throw UsageError(
        fmt::format("\"{}\" holds characters that a batch script cannot show (nobody could read what runs); "
                    "leave them out",
                    printable(word)));
  }
}

/// In the background, where the shell can take signals.
std::string start_line(const SlurmRequest& request, const std::string& program, const std::vector<std::string>& own) {
  std::vector<std::string> words = request.launcher;
  words.push_back(program);
  words.insert(words.end(), own.begin(), own.end());
  require_printable(words);
  return shell_line(words) + " &\n";
}

/// The first word of the first line that a program printed ("CANCELLED by 1000"), or nothing when it failed.
std::string state_in(const ProcessResult& result) {
  if (!result.succeeded()) return "";
  const std::string line = result.output.substr(0, result.output.find('\n'));
  const std::size_t start = line.find_first_not_of(' ');
  return start == std::string::npos ? "" : line.substr(start, line.find(' ', start) - start);
}

/// `program`, with the cluster of a job of a federation.
std::vector<std::string> words_for(const std::string& program, const std::string& id) {
  const std::size_t end = id.find(';');
  if (end == std::string::npos) return {program};
  return {program, "--clusters=" + id.substr(end + 1)};
}

/// Why squeue told nothing of the queue; empty when it did. It forgets a job some minutes after its end, and then
/// fails.
std::string no_answer_in(const ProcessResult& result) {
  constexpr int kNoSuchProgram = 127;
  if (result.succeeded() || result.output.find("Invalid job id") != std::string::npos) return "";
  if (result.exit_code == kNoSuchProgram && result.output.empty()) return "there is no squeue here";
  std::string text = result.output;
  while (text.ends_with('\n')) text.pop_back();
  return fmt::format("squeue ended with {}: {}", result.ending(), printable(text));
}

/// "123", or "123;cluster" of a federation.
bool is_job_id(std::string_view text) {
  const std::string_view number = text.substr(0, text.find(';'));
  return !number.empty() && number.find_first_not_of(kDigits) == std::string_view::npos;
}

}  // namespace

fs::path slurm_folder(const fs::path& run) {
  const fs::path named = run.has_filename() ? run : run.parent_path();  // "runs/a/" is "runs/a"
  return named.parent_path() / (named.filename().string() + ".slurm");
}

std::string batch_script(const SlurmRequest& request, const Launch& launch, const std::string& program,
                         const fs::path& working_folder) {
  const fs::path log = working_folder / slurm_folder(launch.run) / "output.log";
  require_plain_path(log);
  std::string text = "#!/bin/bash\n";
  for (const auto& [name, value] : request.options) text += fmt::format("#SBATCH --{}={}\n", name, value);
  text += fmt::format("#SBATCH --output=\"{}\"\n#SBATCH --open-mode=append\n#SBATCH --signal=B:USR1@{}\n#SBATCH --{}\n",
                      log.string(), request.signal_before_s, request.requeue ? "requeue" : "no-requeue");
  text += "# By `dovetail submit`: a run that is there is gone on with, to the same bits.\n";
  text += fmt::format("cd {} || exit 5\n", shell_path(working_folder.string()));
  // Since Slurm 22.05 srun does not take it over from the job.
  if (!request.cpus_per_task.empty()) text += fmt::format("export SRUN_CPUS_PER_TASK={}\n", request.cpus_per_task);
  text +=
      "caught=\n"
      "launched=\n"
      "# Launchers answer TERM by ending their ranks within a second or at once, and pass USR1 on.\n"
      "stop() { caught+=$1; [ -z \"$launched\" ] || kill -USR1 \"$launched\"; }\n"
      "trap 'stop U' USR1  # the time limit is near\n"
      "trap 'stop C' USR2  # `dovetail cancel`\n"
      "trap 'stop T' TERM  # Slurm ends it, and knows itself what becomes of it: preempted, requeued, cancelled\n";
  // Back in the queue, "--rounds +2" would be two more than at the first start.
  const bool resumes = launch.words.front() == "resume";
  text += fmt::format(
      "if [ {} ]; then\n  {}else\n  {}fi\n",
      resumes ? "\"${SLURM_RESTART_COUNT:-0}\" -gt 0" : "-e " + shell_path((launch.run / "manifest.json").string()),
      start_line(request, program, launch.going_on), start_line(request, program, launch.words));
  text +=
      "launched=$!\n"
      "[ -z \"$caught\" ] || kill -USR1 \"$launched\"\n"
      "while :; do  # a signal ends wait, and the run goes on to its checkpoint\n"
      "  before=$caught\n"
      "  wait \"$launched\"\n"
      "  code=$?\n"
      "  [ \"$before\" = \"$caught\" ] && break\n"
      "done\n";
  text +=
      "launched=\n"
      "if [ \"$code\" -eq 75 ] && [[ $caught == *C* ]]; then scancel \"$SLURM_JOB_ID\"; fi  # not failed: cancelled\n";
  if (request.requeue) {
    text +=
        "# 75: stopped with a good checkpoint. A job that was cancelled does not come back.\n"
        "if [ \"$code\" -eq 75 ] && [[ $caught != *[CT]* ]]; then scontrol requeue \"$SLURM_JOB_ID\"; fi\n";
  }
  return text + "exit \"$code\"\n";
}

bool SlurmJob::is_active() const {
  if (!no_answer.empty()) return true;
  constexpr std::array<std::string_view, 11> kEnded = {"BOOT_FAIL", "CANCELLED",     "COMPLETED", "DEADLINE", "FAILED",
                                                       "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT",  "REVOKED",
                                                       ""};
  return std::find(kEnded.begin(), kEnded.end(), state) == kEnded.end();
}

std::string SlurmJob::words() const {
  if (!no_answer.empty()) return fmt::format("in an unknown state ({})", no_answer);
  return state.empty() ? "unknown to Slurm by now" : state;
}

std::optional<SlurmJob> job_of(const fs::path& run) {
  const fs::path file = slurm_folder(run) / "job";
  if (!fs::exists(file)) return std::nullopt;
  const std::string text = read_text(file);
  const std::string id = text.substr(0, text.find('\n'));
  if (!is_job_id(id)) {
    throw FileError(fmt::format("{} does not hold the number of a job (it was damaged or edited); remove it",
                                printable(file.string())));
  }
  const std::string number = id.substr(0, id.find(';'));
  std::vector<std::string> words = words_for("squeue", id);
  words.insert(words.end(), {"--noheader", "--states=all", "--jobs=" + number, "--format=%T"});
  const ProcessResult queue = run_process(words, {});
  if (const std::string state = state_in(queue); !state.empty()) return SlurmJob{id, state, ""};
  words = words_for("sacct", id);  // whose tables cut a state to ten letters
  words.insert(words.end(), {"--noheader", "--parsable2", "--allocations", "--jobs=" + number, "--format=State"});
  const std::string state = state_in(run_process(words, {}));
  return SlurmJob{id, state, state.empty() ? no_answer_in(queue) : ""};
}

void require_answer(const SlurmJob& job, const fs::path& run) {
  if (job.no_answer.empty()) return;
  throw Error(
      ExitCode::workers,
      fmt::format("nobody can say whether job {} is still at work on this run: {}; try again when Slurm answers, "
                  "or remove {} if that job is over",
                  job.id, job.no_answer, shell_path((slurm_folder(run) / "job").string())));
}

std::string submit_script(const fs::path& script) {
  const ProcessResult result = run_process({"sbatch", "--parsable", script.string()}, {});
  constexpr int kNoSuchProgram = 127;
  if (result.exit_code == kNoSuchProgram && result.output.empty()) {
    throw UsageError(
        "there is no sbatch here (is this a machine of a Slurm cluster?); take the script of --dry-run to one");
  }
  std::string text = result.output;
  while (text.ends_with('\n')) text.pop_back();
  std::string id = text.substr(text.rfind('\n') + 1);  // below what sbatch may warn of
  if (!result.succeeded() || !is_job_id(id)) {
    throw UsageError(fmt::format("Slurm refused the job ({}; nothing was submitted): {}", result.ending(), text));
  }
  return id;
}

void cancel_job(const SlurmJob& job) {
  const std::string number = job.id.substr(0, job.id.find(';'));
  std::vector<std::string> words = words_for("scancel", job.id);
  // To the script alone: srun would kill its ranks before they can save. A signal that Slurm does not send by itself.
  if (job.state == "RUNNING") words.insert(words.end(), {"--batch", "--signal=USR2"});
  words.push_back(number);
  const ProcessResult result = run_process(words, {});
  if (result.succeeded()) return;
  throw Error(ExitCode::workers,
              fmt::format("scancel {} ended with {} (the job may go on): {}", number, result.ending(), result.output));
}

}  // namespace dovetail::cli
