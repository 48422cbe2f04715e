/// A model's own code may crash, call exit() or never come back. Whatever of this it does, the process ends at once
/// with exit code 3 and one line that names the model; files of a run are then as after any other crash.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dovetail/model/foreign_call.hpp"

namespace dovetail::cli {

enum class ModelEnd : std::uint8_t {
  wrong_address,
  bus_error,
  arithmetic,
  illegal_instruction,
  abort,
  exit,
  hang,
  memory
};
inline constexpr std::size_t kModelEnds = 8;

/// "crash", "exit", "hang" or "memory".
[[nodiscard]] std::string_view id_of(ModelEnd end);
/// What the model did, as the predicate of a sentence: "crashed in its own code (SIGSEGV, a wrong address)".
[[nodiscard]] std::string words_of(ModelEnd end, double timeout_s);

/// Tells a call that does not end from many that do, by looks at the threads' counts.
class StuckCalls {
 public:
  /// True when some thread has been inside the same call at this look and the `kLooks` before it.
  [[nodiscard]] bool look(std::span<const CallsOfThread> now);
  static constexpr int kLooks = 20;

 private:
  struct Seen {
    std::uint64_t count;
    int looks;  ///< since it was first seen
  };
  std::map<const void*, Seen> seen_;
};

/// While one lives, ends the process where foreign code (model/foreign_call.hpp) ends or stops. Crashes elsewhere keep
/// their meaning, and _exit() goes unnoticed. One at a time.
class ModelWatch {
 public:
  /// The whole line, with its line break, for an end.
  using Line = std::function<std::string(ModelEnd)>;

  /// A call that takes longer than `timeout_s` hangs; not much longer, and time in which the process was stopped does
  /// not count. The line goes to `descriptor`, after `wait_s`, in which a SIGTERM ends the process without a word.
  ModelWatch(double timeout_s, int descriptor, const Line& line, double wait_s = 0);
  ~ModelWatch();
  ModelWatch(const ModelWatch&) = delete;
  ModelWatch& operator=(const ModelWatch&) = delete;

  /// Other words from now on. While no model is at work.
  void say(const Line& line);

 private:
  class Timer;
  std::unique_ptr<Timer> timer_;
};

/// Where memory ran out (std::bad_alloc), and Dovetail has given back all of its own since: says in the words of the
/// last ModelWatch that a library of this process holds the rest, and returns true, if more than half of what the
/// process has ever had is still there.
[[nodiscard]] bool blame_model_for_memory();

}  // namespace dovetail::cli
