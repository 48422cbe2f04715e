/// events.jsonl: progress, warnings and rounds as they happen, one JSON object per line. Nothing reads results from it,
/// and no hash covers it: it is the place for times.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dovetail/store/file.hpp"

namespace dovetail {

using EventValue = std::variant<bool, std::uint64_t, double, std::string>;

struct Event {
  std::string time;  ///< UTC, "2026-11-21T03:44:05Z"; the caller's clock
  std::string kind;  ///< "start", "progress", "round", "warning", "checkpoint", "resume", "end", ...
  std::vector<std::pair<std::string, EventValue>> fields;  ///< names other than "time" and "kind"
};

/// Appends events. A line is with the system when add() returns, so it outlives the process; fsync is left to sync().
class EventLog {
 public:
  /// Opens or begins the file; a last line that a crash cut short is cut off.
  explicit EventLog(const std::filesystem::path& path);
  void add(const Event& event);
  void sync() { file_.sync(); }

 private:
  AppendFile file_;
};

/// One line, without its line feed; FileError names `place` when it is no event.
[[nodiscard]] Event parse_event(const std::string& line, const std::string& place);

/// The complete lines of a file. A cut last line is left out; FileError names any other line that is no event.
[[nodiscard]] std::vector<Event> read_events(const std::filesystem::path& path);

}  // namespace dovetail
