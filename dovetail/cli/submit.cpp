// `dovetail submit --slurm -- temper ...`: a batch script that is written, shown or handed to sbatch.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/slurm.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCountMax = 1000000;
constexpr double kSignalMaxSeconds = 65535;  // Slurm's own

/// Which values a line of the script may hold.
enum class Allowed : std::uint8_t { count, count_or_range, time, memory, name };

bool has_only(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

/// The seconds of minutes[:seconds], hours:minutes:seconds or days-hours[:minutes[:seconds]]; BadValue for all else.
double seconds_of_limit(std::string_view text) {
  const auto number = [](std::string_view digits) { return static_cast<double>(parse_whole(digits, 0, kCountMax)); };
  const std::size_t dash = text.find('-');
  const bool has_days = dash != std::string_view::npos;
  std::vector<double> parts;
  std::string_view rest = has_days ? text.substr(dash + 1) : text;
  for (std::size_t colon = 0; colon != std::string_view::npos;) {
    colon = rest.find(':');
    parts.push_back(number(rest.substr(0, colon)));
    rest.remove_prefix(std::min(rest.size(), colon + 1));
  }
  if (parts.size() > 3) throw BadValue("has too many parts");
  constexpr double kMinute = 60, kHour = 3600, kDay = 86400;
  if (!has_days && parts.size() < 3) parts.insert(parts.begin(), 0);  // of hours
  parts.resize(3);
  return (has_days ? number(text.substr(0, dash)) * kDay : 0) + parts[0] * kHour + parts[1] * kMinute + parts[2];
}

/// A line of the script is no place for anything that Slurm or a shell could read otherwise than as this value.
void require_allowed(Allowed allowed, std::string_view text) {
  constexpr std::string_view kNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:+@-";
  const std::size_t dash = text.find('-');
  switch (allowed) {
    case Allowed::count:
      static_cast<void>(parse_whole(text, 1, kCountMax));
      return;
    case Allowed::count_or_range:
      if (const std::uint64_t least = parse_whole(text.substr(0, dash), 1, kCountMax);
          dash != std::string_view::npos && parse_whole(text.substr(dash + 1), 1, kCountMax) < least) {
        throw BadValue("has its larger number first");
      }
      return;
    case Allowed::time:
      try {
        static_cast<void>(seconds_of_limit(text));
      } catch (const BadValue&) {
        throw BadValue("is not a time as Slurm has it, such as 90 (minutes), 2:00:00 or 1-12:00:00");
      }
      return;
    case Allowed::memory:
      if (!text.empty() && text.find_first_of("KMGT") == text.size() - 1) text.remove_suffix(1);
      if (!has_only(text, "0123456789")) {
        throw BadValue("is not an amount of memory as Slurm has it, such as 900M or 16G");
      }
      return;
    case Allowed::name:
      if (!has_only(text, kNames) || text.front() == '-')
        throw BadValue("holds characters that no name in Slurm needs");
      return;
  }
}

struct Requested {
  const char* option;  ///< of `submit`
  const char* slurm;   ///< of sbatch
  Allowed allowed;
};
constexpr Requested kRequests[] = {
    {"--job-name", "job-name", Allowed::name}, {"--nodes", "nodes", Allowed::count_or_range},
    {"--tasks", "ntasks", Allowed::count},     {"--cpus-per-task", "cpus-per-task", Allowed::count},
    {"--time", "time", Allowed::time},         {"--mem", "mem", Allowed::memory},
    {"--account", "account", Allowed::name},   {"--partition", "partition", Allowed::name}};

[[noreturn]] void refuse(const std::string& name, const std::string& text, const BadValue& bad) {
  throw UsageError(fmt::format("{}: \"{}\" {} (`dovetail help submit`)", name, printable(text), bad.what()));
}

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t start = text.find_first_not_of(' '); start != std::string::npos;) {
    const std::size_t end = text.find(' ', start);
    words.push_back(text.substr(start, end - start));
    start = text.find_first_not_of(' ', end);
  }
  if (words.empty()) throw BadValue("names no program");
  return words;
}

/// What the job is called in the queue: after its run, in characters that Slurm takes.
std::string name_after(const fs::path& run) {
  std::string name = "dovetail-";
  for (const char c : slurm_folder(run).stem().string()) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    name += plain ? c : '-';
  }
  return name;
}

SlurmRequest request_of(const Arguments& arguments, const Launch& launch) {
  SlurmRequest request;
  request.requeue = arguments.has("--requeue");
  for (const Requested& row : kRequests) {
    const bool is_name = std::string_view(row.slurm) == "job-name";
    if (!arguments.has(row.option) && !is_name) continue;
    const std::string value = arguments.has(row.option) ? arguments.options.at(row.option) : name_after(launch.run);
    try {
      require_allowed(row.allowed, value);
    } catch (const BadValue& bad) {
      refuse(row.option, value, bad);
    }
    request.options.emplace_back(row.slurm, value);
    if (std::string_view(row.slurm) == "cpus-per-task") request.cpus_per_task = value;
  }
  const auto read = [&arguments](const std::string& name, const auto& take) {
    if (!arguments.has(name)) return;
    const std::string& text = arguments.options.at(name);
    try {
      take(text);
    } catch (const BadValue& bad) {
      refuse(name, text, bad);
    }
  };
  read("--launcher", [&](const std::string& text) { request.launcher = split_words(text); });
  read("--signal-before", [&](const std::string& text) {
    const double seconds = std::ceil(parse_seconds(text));
    if (seconds > kSignalMaxSeconds) throw BadValue("is more than Slurm's 65535 seconds");
    request.signal_before_s = static_cast<unsigned>(seconds);
  });
  const double limit = arguments.has("--time") ? seconds_of_limit(arguments.options.at("--time")) : 0;  // 0: none
  if (limit > 0 && request.signal_before_s >= limit) {
    throw UsageError(
        fmt::format("--signal-before {}s is no shorter than --time {} (the job would be told to stop as soon as it "
                    "begins); ask for more time, or for a later signal",
                    request.signal_before_s, printable(arguments.options.at("--time"))));
  }
  return request;
}

/// The script begins a run where there is none and goes on with one that is there: it must be this one.
void require_own_run(const Launch& launch) {
  if (!launch.launcher.empty()) {
    throw UsageError(
        fmt::format("the script starts its launcher itself, and `{}` stands before dovetail; leave it out, or name "
                    "it by --launcher",
                    shell_line(launch.launcher)));
  }
  if (launch.words.front() == "resume") return;
  if (std::any_of(launch.words.begin(), launch.words.end(),
                  [](const auto& word) { return word.starts_with("--force"); })) {
    throw UsageError(
        "--force has no place in a job (put back into the queue, it would replace its own run); remove the "
        "earlier run, or choose another --out");
  }
  if (fs::exists(launch.run) && !fs::is_directory(launch.run)) {
    throw UsageError(
        fmt::format("{} is a file (a run is a folder); choose another --out", printable(launch.run.string())));
  }
  if (looks_like_run(launch.run)) {
    throw UsageError(
        fmt::format("{} holds a run already (the job would go on with that one); submit `resume {}`, or choose "
                    "another --out",
                    printable(launch.run.string()), shell_path(launch.run.string())));
  }
}

void require_no_job(const fs::path& run) {
  const auto job = job_of(run);
  if (job) require_answer(*job, run);
  if (!job || !job->is_active()) return;
  throw UsageError(fmt::format("job {} of this run is {} (two jobs cannot write one run); `dovetail cancel {}` ends it",
                               job->id, job->state, shell_path(run.string())));
}

ExitCode run(const Arguments& arguments) {
  if (!arguments.has("--slurm")) {
    throw UsageError("`dovetail submit` wants the name of a scheduler, and knows one: add --slurm");
  }
  const Launch launch = take_apart(arguments.positionals);
  require_own_run(launch);
  const SlurmRequest request = request_of(arguments, launch);
  const std::string script =
      batch_script(request, launch, fs::read_symlink("/proc/self/exe").string(), fs::current_path());
  if (arguments.has("--dry-run")) {
    print_result(script);
    return ExitCode::done;
  }
  require_no_job(launch.run);
  const fs::path folder = slurm_folder(launch.run);
  make_private_folder(folder);
  const fs::path file = folder / "script.sh";
  replace_file(file, script);
  const std::string id = submit_script(file);
  replace_file(folder / "job", id + "\n");
  print_result(id + "\n");
  const std::string name = shell_path(launch.run.string());
  print_note(fmt::format("job {} prints to {}; `dovetail watch {}` follows it, `dovetail cancel {}` ends it\n", id,
                         printable((folder / "output.log").string()), name, name));
  return ExitCode::done;
}

}  // namespace

Command submit_command() {
  return {"submit",
          "-- COMMAND...",
          1,
          static_cast<std::size_t>(-1),
          "hand COMMAND, such as `temper MODEL --out RUN`, to Slurm as a job that resumes itself",
          "dovetail submit --slurm --tasks 8 --requeue --dry-run -- temper builtin:mvn --out runs/mvn",
          TakesSettings::none,
          {{"--slurm", 0, "", "the scheduler; there is no other yet"},
           {"--nodes", 0, "N|N-M", "machines [Slurm's default]"},
           {"--tasks", 0, "N", "ranks in all [Slurm's default]"},
           {"--cpus-per-task", 0, "N", "threads of each rank [Slurm's default]"},
           {"--time", 0, "LIMIT", "as Slurm has it: 90 (minutes), 2:00:00, 1-12:00:00 [the partition's]"},
           {"--mem", 0, "SIZE", "memory of each machine, such as 16G [Slurm's default]"},
           {"--account", 0, "NAME", "who pays [Slurm's default]"},
           {"--partition", 0, "NAME", "where [Slurm's default]"},
           {"--job-name", 0, "NAME", "in the queue [after the run]"},
           {"--signal-before", 0, "TIME", "stop with a checkpoint this long before the time limit [60s]"},
           {"--requeue", 0, "", "when it was stopped so, put the job back into the queue, to go on"},
           {"--launcher", 0, "WORDS",
            "what starts the ranks, such as mpirun or `srun --mpi=pmix` [srun --kill-on-bad-exit=1]"},
           {"--dry-run", 0, "", "print the script and submit nothing"}},
          run};
}

}  // namespace dovetail::cli
