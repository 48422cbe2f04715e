// Jobs of Slurm, with programs of a few lines in the place of Slurm's: what is asked of them, and what the script does.
// tests/cli/slurm_test.sh runs the same against Slurm itself.
#include <csignal>
#include <fstream>

#include "dovetail/output/events.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "tests/faults/command.hpp"

namespace dovetail::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const Words kTemper = {"temper", "builtin:modes", "--rounds", "13", "--replicas", "5", "--threads", "1",
                       "-q",     "--out",         "r"};

class Submitted : public CommandTest {
 protected:
  Submitted() {
    fs::create_directory(*this / "bin");
    write_program("sbatch", "echo 'sbatch: a warning' >&2; echo 42");
    write_program("squeue", "cat state 2>/dev/null");
    write_program("sacct", "exit 1");
    write_program("scancel", "true");
    write_program("scontrol", "true");
    // As srun does: passes USR1 on; told to end, it kills what it started.
    write_program("srun",
                  "shift; \"$@\" & rank=$!\n"
                  "trap 'kill -KILL $rank; exit 143' TERM\ntrap 'kill -USR1 $rank; told=1' USR1\n"
                  "while :; do told=; wait $rank; code=$?; [ -n \"$told\" ] || exit $code; done");
  }
  /// In the place of one of Slurm's; each call is a line of `calls`.
  void write_program(const std::string& name, const std::string& body) const {
    const fs::path file = *this / "bin" / name;
    write_plainly(file, "#!/bin/sh\necho \"" + name + " $*\" >> calls\n" + body + "\n");
    fs::permissions(file, fs::perms::owner_all);
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> with_slurm() const {
    return {{"PATH", (*this / "bin").string() + ":/usr/bin:/bin"}, {"SLURM_JOB_ID", "42"}};
  }
  [[nodiscard]] Ended call(const Words& words) const { return run(Call{words, with_slurm()}); }
  [[nodiscard]] Ended submit(Words flags, const Words& command) const {
    flags.insert(flags.begin(), {"submit", "--slurm"});
    flags.push_back("--");
    flags.insert(flags.end(), command.begin(), command.end());
    return call(flags);
  }
  [[nodiscard]] std::string text_of(const std::string& name) const {
    std::ifstream file(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] Call script() const { return {{}, with_slurm(), 0, "", "exec bash r.slurm/script.sh"}; }
  [[nodiscard]] std::size_t rounds() const {
    const fs::path file = folder_ / "r" / "rounds.csv";
    return fs::exists(file) ? read_round_fields(file).size() : 0;
  }
  [[nodiscard]] std::size_t events() const {
    const fs::path file = folder_ / "r" / "events.jsonl";
    return fs::exists(file) ? read_events(file).size() : 0;
  }
};

TEST_F(Submitted, TheScriptAsksForWhatWasAskedFor) {
  const Ended dry = submit(
      {"--nodes",         "2",   "--tasks",   "8",        "--cpus-per-task", "3",         "--time",     "1-12:00:00",
       "--mem",           "16G", "--account", "stats",    "--partition",     "main,long", "--job-name", "g3",
       "--signal-before", "2m",  "--requeue", "--dry-run"},
      kTemper);
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_FALSE(fs::exists(*this / "r.slurm"));
  EXPECT_EQ(text_of("calls"), "");
  for (const char* line :
       {"#!/bin/bash\n", "#SBATCH --nodes=2\n", "#SBATCH --ntasks=8\n", "#SBATCH --cpus-per-task=3\n",
        "#SBATCH --time=1-12:00:00\n", "#SBATCH --mem=16G\n", "#SBATCH --account=stats\n",
        "#SBATCH --partition=main,long\n", "#SBATCH --job-name=g3\n", "#SBATCH --signal=B:USR1@120\n",
        "#SBATCH --requeue\n", "#SBATCH --open-mode=append\n", "export SRUN_CPUS_PER_TASK=3\n"}) {
    EXPECT_NE(dry.out.find(line), std::string::npos) << line << dry.out;
  }
  EXPECT_NE(dry.out.find("  srun --kill-on-bad-exit=1 /"), std::string::npos) << dry.out;
  const Ended plain = submit({"--dry-run", "--launcher", "srun --mpi=pmix"}, kTemper);
  EXPECT_NE(plain.out.find("#SBATCH --no-requeue\n"), std::string::npos);
  EXPECT_EQ(plain.out.find("scontrol"), std::string::npos);
  EXPECT_NE(plain.out.find("  srun --mpi=pmix /"), std::string::npos) << plain.out;
}

TEST_F(Submitted, AJobIsSubmittedOnceAndKnownByItsRun) {
  const Ended ended = submit({"--requeue"}, kTemper);
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.out, "42\n");
  EXPECT_EQ(text_of("calls"), "sbatch --parsable r.slurm/script.sh\n");
  EXPECT_FALSE(fs::exists(*this / "r"));
  write_plainly(*this / "state", "PENDING\n");
  EXPECT_EQ(call({"status", "r"}).out, "run       r\nstatus    submitted\njob       42 PENDING\n");
  const Ended twice = submit({"--requeue"}, kTemper);
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_NE(twice.err.find("job 42 of this run is PENDING"), std::string::npos) << twice.err;
  EXPECT_EQ(call({"cancel", "r"}).exit_code, 0);
  EXPECT_NE(text_of("calls").find("\nscancel 42\n"), std::string::npos) << text_of("calls");
  write_plainly(*this / "state", "CANCELLED\n");
  const Ended watch = call({"watch", "r"});
  EXPECT_EQ(watch.exit_code, 6);
  EXPECT_NE(watch.err.find("job 42 has ended (CANCELLED) and left no run"), std::string::npos) << watch.err;
  EXPECT_EQ(submit({}, kTemper).exit_code, 0);
}

TEST_F(Submitted, AQueueThatDoesNotAnswerIsNoEndOfAJob) {
  ASSERT_EQ(submit({}, kTemper).exit_code, 0);
  write_program("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
  fs::remove(*this / "calls");
  for (const Ended& ended : {submit({}, kTemper), call({"cancel", "r"})}) {
    EXPECT_EQ(ended.exit_code, 6);
    EXPECT_NE(ended.err.find("whether job 42 is still at work on this run: squeue ended with exit code 1: "
                             "slurm_load_jobs error: Unable to contact slurm controller; try again"),
              std::string::npos)
        << ended.err;
  }
  EXPECT_EQ(text_of("calls").find("sbatch"), std::string::npos) << text_of("calls");
  EXPECT_EQ(text_of("calls").find("scancel"), std::string::npos) << text_of("calls");
  EXPECT_NE(call({"status", "r"}).out.find("42 in an unknown state (squeue ended with exit code 1: slurm_load_jobs"),
            std::string::npos);
  // What the accounts know is an answer, and so is that the queue knows no such job.
  write_program("sacct", "echo ' COMPLETED '");
  EXPECT_EQ(call({"cancel", "r"}).err, "nothing is at work on r: submitted\n");
  write_program("sacct", "exit 1");
  write_program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
  EXPECT_EQ(call({"cancel", "r"}).err, "nothing is at work on r: submitted\n");
  EXPECT_EQ(submit({}, kTemper).exit_code, 0);
}

TEST_F(Submitted, IsCalledAfterItsRunHoweverThatIsWritten) {
  Words slash = kTemper;
  slash.back() = "runs/a.b/";
  EXPECT_NE(submit({"--dry-run"}, slash).out.find("#SBATCH --job-name=dovetail-a.b\n"), std::string::npos);
}

TEST_F(Submitted, NearItsTimeLimitAJobStopsGoesBackIntoTheQueueAndResumesToTheSameBits) {
  const std::string expected = undisturbed_digest(Words(kTemper.begin(), kTemper.end() - 2));
  ASSERT_EQ(submit({"--requeue"}, kTemper).exit_code, 0);
  int stops = 0;
  for (; rounds() < 9; ++stops) {
    const std::size_t before = events();
    Process job(folder_.path(), script());
    job.wait_until([&] { return events() > before + 2; });
    job.send(SIGUSR1);
    const Ended ended = job.wait();
    ASSERT_EQ(ended.exit_code, 75) << ended.err;
  }
  const Ended last = run(script());
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_GE(stops, 1);
  EXPECT_EQ(digest("r"), expected);
  const std::string calls = text_of("calls");
  int requeues = 0;
  for (std::size_t at = calls.find("scontrol requeue 42\n"); at != std::string::npos;
       at = calls.find("scontrol requeue 42\n", at + 1)) {
    ++requeues;
  }
  EXPECT_EQ(requeues, stops);
  EXPECT_EQ(calls.find("scancel"), std::string::npos) << calls;
  EXPECT_NE(calls.find(" resume r --quiet=true --threads=1\n"), std::string::npos) << calls;
}

TEST_F(Submitted, AJobThatIsCancelledDoesNotComeBack) {
  ASSERT_EQ(submit({"--requeue"}, {"temper", "builtin:modes", "--rounds", "40", "--replicas", "5", "-q", "--out", "r"})
                .exit_code,
            0);
  Process job(folder_.path(), script());
  job.wait_until([&] { return events() > 3; });
  job.send(SIGUSR2);
  EXPECT_EQ(job.wait().exit_code, 75);
  EXPECT_EQ(text_of("calls").find("scontrol"), std::string::npos) << text_of("calls");
  EXPECT_NE(text_of("calls").find("\nscancel 42\n"), std::string::npos)
      << text_of("calls");  // or it has failed, by its code
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
}

/// Preemption and `scontrol requeue` send SIGTERM too: what becomes of the job then is Slurm's to say.
TEST_F(Submitted, AJobThatSlurmEndsIsLeftToSlurm) {
  ASSERT_EQ(submit({"--requeue"}, {"temper", "builtin:modes", "--rounds", "40", "--replicas", "5", "-q", "--out", "r"})
                .exit_code,
            0);
  Process job(folder_.path(), script());
  job.wait_until([&] { return events() > 3; });
  job.send(SIGTERM);
  EXPECT_EQ(job.wait().exit_code, 75);
  EXPECT_EQ(text_of("calls").find("scontrol"), std::string::npos) << text_of("calls");
  EXPECT_EQ(text_of("calls").find("scancel"), std::string::npos) << text_of("calls");
  EXPECT_EQ(run({"verify", "r"}).exit_code, 0);
}

TEST_F(Submitted, CancelTellsARunningJobsScriptAlone) {
  ASSERT_EQ(submit({}, kTemper).exit_code, 0);
  write_plainly(*this / "state", "RUNNING\n");
  EXPECT_EQ(call({"cancel", "r"}).exit_code, 0);
  EXPECT_NE(text_of("calls").find("\nscancel --batch --signal=USR2 42\n"), std::string::npos) << text_of("calls");
}

TEST_F(Submitted, AResumeThatComesBackAsksForTheLengthOfItsFirstStart) {
  ASSERT_EQ(run(Call{kTemper}).exit_code, 0);
  ASSERT_EQ(submit({"--requeue"}, {"resume", "r", "--rounds", "+1", "--quiet"}).exit_code, 0);
  for (const char* restarts : {"0", "1", "2"}) {
    Call job = script();
    job.environment.emplace_back("SLURM_RESTART_COUNT", restarts);
    ASSERT_EQ(run(job).exit_code, 0);
    EXPECT_EQ(rounds(), 14U) << restarts;
  }
}

TEST_F(Submitted, EveryEndOfAJobThatTheAccountsNowKnowIsAnEnd) {
  ASSERT_EQ(submit({}, kTemper).exit_code, 0);
  // Without --parsable2 sacct cuts words to ten letters, the last of them a plus.
  write_program("sacct", "case \"$*\" in *--parsable2*) cat account;; *) cut -c 1-9 account | sed 's/$/+/';; esac");
  for (const char* state : {"OUT_OF_MEMORY", "CANCELLED by 1000", "NODE_FAIL", "TIMEOUT"}) {
    write_plainly(*this / "account", std::string(state) + "\n");
    EXPECT_EQ(call({"cancel", "r"}).err, "nothing is at work on r: submitted\n") << state;
  }
}

TEST_F(Submitted, NamesStayNames) {
  const std::vector<std::tuple<std::string, std::string, std::string>> values = {
      {"--job-name", "a\n#SBATCH --uid=0", "holds characters"},
      {"--job-name", "a b", "holds characters"},
      {"--account", "$(id)", "holds characters"},
      {"--partition", "-x", "holds characters"},
      {"--nodes", "2;3", "is not a whole number"},
      {"--tasks", "0", "is out of range"},
      {"--time", "1:00\n", "is not a time"},
      {"--time", "soon", "is not a time"},
      {"--time", "1:", "is not a time"},
      {"--time", "1:2:3:4", "is not a time"},
      {"--time", "1:0-2", "is not a time"},
      {"--time", "1-2-3", "is not a time"},
      {"--nodes", "8-2", "has its larger number first"},
      {"--mem", "16G\"", "is not an amount"},
      {"--mem", "lots", "is not an amount"},
      {"--mem", "", "is not an amount"},
      {"--mem", "G", "is not an amount"},
      {"--signal-before", "1d", "65535 seconds"},
      {"--launcher", "  ", "names no program"},
  };
  for (const auto& [flag, value, expected] : values) {
    const Ended ended = submit({flag, value}, kTemper);
    EXPECT_EQ(ended.exit_code, 2) << flag;
    EXPECT_NE(ended.err.find(expected), std::string::npos) << ended.err;
  }
  for (const char* limit : {"60", "1:00:00", "0-1", "60:00", "0-1:00:00"}) {  // an hour each
    EXPECT_EQ(submit({"--dry-run", "--time", limit, "--signal-before", "3599s"}, kTemper).exit_code, 0) << limit;
    const Ended ended = submit({"--dry-run", "--time", limit, "--signal-before", "1h"}, kTemper);
    EXPECT_EQ(ended.exit_code, 2) << limit;
    EXPECT_NE(ended.err.find("is no shorter than --time"), std::string::npos) << ended.err;
  }
  const Ended at_once = submit({"--dry-run", "--time", "1"}, kTemper);  // the signal of 60 s that is the default
  EXPECT_EQ(at_once.exit_code, 2);
  EXPECT_NE(at_once.err.find("--signal-before 60s is no shorter than --time 1 "), std::string::npos) << at_once.err;
  EXPECT_EQ(submit({"--dry-run", "--time", "0", "--signal-before", "1h"}, kTemper).exit_code, 0);  // no limit
  for (const std::string out : {"a\"b", "a'b", "a%jb", "a\\b", "a\nb"}) {
    EXPECT_EQ(submit({}, {"temper", "builtin:mvn", "--out", out}).exit_code, 2) << out;
  }
  EXPECT_EQ(submit({}, {"temper", "builtin:mvn\n#SBATCH --uid=0", "--out", "r"}).exit_code, 2);
  EXPECT_EQ(text_of("calls"), "");

  write_plainly(*this / "model.sh", "#!/bin/sh\n");
  const Ended odd = submit({"--launcher", "srun $(touch planted)"},
                           {"temper", "exec:sh model.sh; `touch planted` '$x'", "--out", "a $b;c"});
  ASSERT_EQ(odd.exit_code, 0) << odd.err;
  static_cast<void>(run(Call{{}, with_slurm(), 0, "", "exec bash 'a $b;c.slurm/script.sh'"}));
  EXPECT_NE(text_of("calls").find(" temper exec:sh model.sh; `touch planted` '$x' --out a $b;c\n"), std::string::npos)
      << text_of("calls");
  EXPECT_FALSE(fs::exists(*this / "planted"));
}

TEST_F(Submitted, WhatAJobMustNotDoIsRefused) {
  ASSERT_EQ(run({"temper", "builtin:mvn", "--rounds", "2", "--out", "there", "-q"}).exit_code, 0);
  const std::vector<std::pair<Words, std::string>> cases = {
      {{"temper", "builtin:mvn", "--out", "there"}, "submit `resume there`"},
      {{"temper", "builtin:mvn", "--out", "r", "--force"}, "--force has no place"},
      {{"mpirun", "-n", "2", "dovetail", "temper", "builtin:mvn", "--out", "r"}, "name it by --launcher"},
      {{"temper", "builtin:mvn"}, "add --out DIR"},
  };
  for (const auto& [words, expected] : cases) {
    const Ended ended = submit({}, words);
    EXPECT_EQ(ended.exit_code, 2) << expected;
    EXPECT_NE(ended.err.find(expected), std::string::npos) << ended.err;
  }
  EXPECT_NE(call({"submit", "--", "temper", "builtin:mvn", "--out", "r"}).err.find("add --slurm"), std::string::npos);
  write_program("sbatch", "echo 'sbatch: error: invalid account' >&2; exit 1");
  const Ended refused = submit({}, {"resume", "there", "--rounds", "+1"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(
      refused.err.find("Slurm refused the job (exit code 1; nothing was submitted): sbatch: error: invalid account"),
      std::string::npos)
      << refused.err;
  fs::remove(*this / "bin" / "sbatch");
  const Ended none = run(Call{{"submit", "--slurm", "--", "resume", "there"}, {{"PATH", (*this / "bin").string()}}});
  EXPECT_NE(none.err.find("there is no sbatch here"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace dovetail::test
