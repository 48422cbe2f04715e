// `dovetail run -- COMMAND`: starts the command, and goes on with its run when a rank, the launcher or the whole of it
// was lost. What makes this safe is not here: a run is resumable at any instant, in any layout, to the same bits.
#include "dovetail/cli/supervise.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "dovetail/cli/command.hpp"
#include "dovetail/cli/console.hpp"
#include "dovetail/cli/launch.hpp"
#include "dovetail/cli/run_place.hpp"
#include "dovetail/cli/values.hpp"
#include "dovetail/output/events.hpp"
#include "dovetail/output/manifest.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/output/utc.hpp"
#include "dovetail/run/checkpoint.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::cli {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kRestartsMax = 1000000;
constexpr unsigned kRanksMax = 1000000;
constexpr unsigned kFutileMax = 2;           // restarts in a row that got nowhere
constexpr double kLockPatienceSeconds = 60;  // for ranks on other machines to notice that their launcher is gone
constexpr double kLookEverySeconds = 0.1;

struct Limits {
  unsigned restarts = 3;
  double delay_s = 1;
  unsigned ranks_min = 0;  ///< 0: the number of ranks stays
  unsigned ranks_max = 0;
};

void say(const std::string& text) { print_note("dovetail run: " + text + "\n"); }

/// How far a run's checkpoint is. Equal positions are the same checkpoint.
struct Position {
  std::uint64_t generation = 0;
  std::uint32_t round = 0;
  bool operator==(const Position&) const = default;
};

/// A damaged checkpoint is left to `resume` to name.
Position position_of(const fs::path& run) {
  try {
    const auto checkpoint = CheckpointFolder(run / "checkpoint").load();
    return checkpoint ? Position{checkpoint->generation, checkpoint->round} : Position{};
  } catch (const Error&) {
    return {};
  }
}

/// The manifest's bytes, or nothing: how one run in a folder is told from another that replaced it.
std::string manifest_text(const fs::path& run) { return looks_like_run(run) ? read_text(run / "manifest.json") : ""; }

class Supervisor {
 public:
  Supervisor(Launch launch, const Limits& limits)
      : launch_(std::move(launch)),
        limits_(limits),
        foreign_manifest_(own_manifest_from_the_start() ? "" : manifest_text(launch_.run)) {}

  ExitCode run() {
    for (unsigned restarts = 0;; ++restarts) {
      const std::vector<std::string> words = next_words();
      if (restarts > 0) announce(restarts, words);
      if (const auto code = code_when_asked_to_end()) return *code;
      const Position before = position_of(launch_.run);
      // Launchers answer the others by ending their ranks at once or within a second, and pass this one on.
      const ChildEnd end = run_child(words, signals_, launch_.launcher.empty() ? 0 : SIGUSR1);
      const bool cut_off = is_done(end) && has_run() && status() == "running";
      const Next next = cut_off ? Next::again : next_after(end, !launch_.launcher.empty(), has_begun());
      if (next == Next::again || !ended_as_asked(end)) {
        if (const auto code = code_when_asked_to_end()) return *code;
      }
      if (next == Next::pass_on) return pass_on(end);
      if (restarts > 0) futile_ = position_of(launch_.run) == before ? futile_ + 1 : 0;
      last_end_ = end.words() + (cut_off ? " and its run was not at its end" : "");
      require_another(restarts);
      pause();
      if (const auto code = code_when_asked_to_end()) return *code;
      fewer_ranks();
    }
  }

 private:
  [[nodiscard]] bool own_manifest_from_the_start() const { return launch_.words.front() == "resume"; }

  /// Whether the folder holds the run that this command began, and not one that it was about to replace.
  [[nodiscard]] bool has_run() const {
    return looks_like_run(launch_.run) &&
           (own_manifest_from_the_start() || manifest_text(launch_.run) != foreign_manifest_);
  }
  [[nodiscard]] bool has_begun() const { return fs::exists(launch_.run); }
  /// Of the run that is there.
  [[nodiscard]] std::string status() const { return read_manifest(launch_.run / "manifest.json").status; }
  [[nodiscard]] static bool is_done(const ChildEnd& end) {
    return end.signal == 0 && static_cast<ExitCode>(end.exit_code) == ExitCode::done;
  }

  [[nodiscard]] std::vector<std::string> next_words() const {
    std::vector<std::string> words = launch_.launcher;
    words.push_back(launch_.program.empty() ? fs::read_symlink("/proc/self/exe").string() : launch_.program);
    // Before its manifest a run is nothing but settings, and the first command takes its folder again.
    const auto& own = last_end_.empty() || !has_run() ? launch_.words : launch_.going_on;
    words.insert(words.end(), own.begin(), own.end());
    return words;
  }

  void announce(unsigned restarts, const std::vector<std::string>& words) {
    const Position at = position_of(launch_.run);
    const std::string place = !has_run()           ? "from the start"
                              : at.generation == 0 ? "from round 1, since there was no checkpoint yet"
                                                   : fmt::format("from the checkpoint after round {}", at.round);
    say(fmt::format("the command ended with {}; restart {} of {}, {}: {}", last_end_, restarts, limits_.restarts, place,
                    shell_line(words)));
    record(restarts, at);
  }

  /// In the run's own events, under its lock, which ranks on other machines may hold for a while yet.
  void record(unsigned restarts, const Position& at) {
    if (!has_run()) return;
    for (double waited_s = 0; signals_.last() == 0; waited_s += kLookEverySeconds) {
      try {
        const RunFolder run = RunFolder::resume(launch_.run);
        EventLog(run.events())
            .add({utc_now(),
                  "restart",
                  {{"number", std::uint64_t{restarts}}, {"round", std::uint64_t{at.round}}, {"cause", last_end_}}});
        return;
      } catch (const FileError&) {
        if (waited_s >= kLockPatienceSeconds) throw;
      }
      signals_.wait(kLookEverySeconds);
    }
  }

  /// The command had time to stop, and says so itself.
  [[nodiscard]] static bool ended_as_asked(const ChildEnd& end) {
    const auto code = static_cast<ExitCode>(end.exit_code);
    return end.signal == 0 && (code == ExitCode::done || code == ExitCode::stopped || code == ExitCode::interrupted);
  }

  [[nodiscard]] ExitCode pass_on(const ChildEnd& end) const {
    const auto code = static_cast<ExitCode>(end.exit_code);
    switch (code) {
      case ExitCode::done:
        if (launch_.launcher.empty() || !has_run() || status() != "incomplete") return code;
        [[fallthrough]];  // of ranks that stopped with 75 MPICH's mpiexec was seen to make 0
      case ExitCode::stopped:
        return signals_.last() == SIGINT ? ExitCode::interrupted : ExitCode::stopped;
      case ExitCode::interrupted:
        return code;
      case ExitCode::bug:
        if (!launch_.launcher.empty()) break;  // how launchers end that cannot start it
        [[fallthrough]];
      case ExitCode::usage:
      case ExitCode::model:
      case ExitCode::diagnostics:
      case ExitCode::files:
      case ExitCode::checkpoint:
        say(fmt::format(
            "the command ended with {}, which another start would meet again; its own message says what to do",
            end.words()));
        return code;
      case ExitCode::workers:
        break;
    }
    say(fmt::format(
        "the command ended with {} before there was a run (the launcher could not start it?); its own message "
        "says what to do",
        end.words()));
    return ExitCode::workers;
  }

  /// After a signal, whenever it came, there is no further start. Not the command's own code: a launcher that is asked
  /// to stop ends with codes of its own.
  [[nodiscard]] std::optional<ExitCode> code_when_asked_to_end() {
    signals_.wait(0);  // one that came while nobody waited
    if (signals_.last() == 0) return std::nullopt;
    const bool begun = has_run();
    say(fmt::format(
        "stopped by signal {} ({}) {}", signals_.last(), ::strsignal(signals_.last()),
        begun ? fmt::format("; `dovetail resume {}` goes on from the last checkpoint", shell_path(launch_.run.string()))
              : "before the run began; the same command begins it"));
    if (signals_.last() == SIGINT) return ExitCode::interrupted;
    return begun ? ExitCode::stopped : ExitCode::workers;
  }

  /// Error with exit code 6 when there shall be no more restarts.
  void require_another(unsigned restarts) const {
    const std::string on = has_run() ? fmt::format("; the run is whole, `dovetail resume {}` goes on with it",
                                                   shell_path(launch_.run.string()))
                                     : "";
    if (futile_ >= kFutileMax) {
      const Position at = position_of(launch_.run);
      throw Error(
          ExitCode::workers,
          fmt::format(
              "run: {} restarts in a row ended ({}) before the first checkpoint past round {} (the same "
              "cause each time, or checkpoints too far apart); look for the cause above, or make them more often "
              "by --checkpoint-every{}",
              kFutileMax, last_end_, at.round, on));
    }
    if (restarts == limits_.restarts) {
      throw Error(ExitCode::workers, fmt::format("run: the command ended with {} and its {} restarts are used up{}",
                                                 last_end_, limits_.restarts, on));
    }
  }

  /// Between a loss and the restart, until a signal comes.
  void pause() {
    using Seconds = std::chrono::duration<double>;
    const auto begin = std::chrono::steady_clock::now();
    for (Seconds left{limits_.delay_s}; left.count() > 0 && signals_.last() == 0;
         left = Seconds(limits_.delay_s) - (std::chrono::steady_clock::now() - begin)) {
      signals_.wait(left.count());
    }
  }

  /// One rank less than before, within the limits: a machine that was lost took its slots with it.
  void fewer_ranks() {
    if (limits_.ranks_min == 0) return;
    const auto now = find_ranks(launch_.launcher);
    const unsigned ranks = std::max(now->ranks - 1, limits_.ranks_min);
    launch_.launcher[now->place] = now->before + fmt::to_string(ranks);
  }

  HeldSignals signals_;
  Launch launch_;
  Limits limits_;
  std::string foreign_manifest_;  ///< of an earlier run that the command replaces
  unsigned futile_ = 0;
  std::string last_end_;
};

template <class Read>
auto option_value(const Arguments& arguments, const std::string& name, const Read& read) {
  const std::string& text = arguments.options.at(name);
  try {
    return read(text);
  } catch (const BadValue& bad) {
    throw UsageError(fmt::format("{}: \"{}\" {} (`dovetail help run`)", name, text, bad.what()));
  }
}

std::pair<unsigned, unsigned> parse_range(std::string_view text) {
  const std::size_t colon = text.find(':');
  try {
    if (colon == std::string_view::npos) throw BadValue("");
    const auto low = static_cast<unsigned>(parse_whole(text.substr(0, colon), 1, kRanksMax));
    return {low, static_cast<unsigned>(parse_whole(text.substr(colon + 1), low, kRanksMax))};
  } catch (const BadValue&) {
    throw BadValue("is not MIN:MAX, such as 2:8");
  }
}

void require_ranks_within(const Limits& limits, const Launch& launch) {
  const auto found = find_ranks(launch.launcher);
  if (!found) {
    throw UsageError(
        "--ranks needs a launcher that is told how many (which word would change?); write COMMAND as "
        "`mpirun -n 3 dovetail ...`");
  }
  if (found->ranks < limits.ranks_min || found->ranks > limits.ranks_max) {
    throw UsageError(fmt::format("--ranks {}:{} does not hold the {} ranks of COMMAND; change one of them",
                                 limits.ranks_min, limits.ranks_max, found->ranks));
  }
}

Limits limits_of(const Arguments& arguments, const Launch& launch) {
  Limits limits;
  if (arguments.has("--max-restarts")) {
    limits.restarts = option_value(arguments, "--max-restarts", [](std::string_view text) {
      return static_cast<unsigned>(parse_whole(text, 0, kRestartsMax));
    });
  }
  if (arguments.has("--delay")) limits.delay_s = option_value(arguments, "--delay", parse_seconds);
  if (arguments.has("--ranks")) {
    std::tie(limits.ranks_min, limits.ranks_max) = option_value(arguments, "--ranks", parse_range);
    require_ranks_within(limits, launch);
  }
  return limits;
}

ExitCode run(const Arguments& arguments) {
  const Launch launch = take_apart(arguments.positionals);
  return Supervisor(launch, limits_of(arguments, launch)).run();
}

}  // namespace

Next next_after(const ChildEnd& end, bool launched, bool begun) {
  if (end.signal != 0) return Next::again;
  switch (static_cast<ExitCode>(end.exit_code)) {
    case ExitCode::done:
    case ExitCode::stopped:
    case ExitCode::interrupted:
    case ExitCode::usage:
    case ExitCode::model:
    case ExitCode::diagnostics:
    case ExitCode::files:
    case ExitCode::checkpoint:
      return Next::pass_on;
    case ExitCode::bug:
      return launched && begun ? Next::again : Next::pass_on;  // 1 is also how mpirun ends when it was told to
    case ExitCode::workers:
      return Next::again;
  }
  return begun || end.exit_code >= kOfSignals ? Next::again : Next::pass_on;
}

Command run_command() {
  return {"run",
          "-- COMMAND...",
          1,
          static_cast<std::size_t>(-1),
          "run COMMAND, and go on with its run when a rank, mpirun or all of it was killed",
          "dovetail run --max-restarts 3 -- dovetail temper builtin:galaxies,k=3 --out runs/g3",
          TakesSettings::none,
          {{"--max-restarts", 0, "N", "how often; exit code 6 when that is not enough [3]"},
           {"--ranks", 0, "MIN:MAX",
            "start with one rank less after each loss, down to MIN and never up again, by the launcher's -n, -np or "
            "--ntasks; COMMAND's own number is at most MAX [as COMMAND says]"},
           {"--delay", 0, "TIME", "between a loss and the restart [1s]"}},
          run};
}

}  // namespace dovetail::cli
