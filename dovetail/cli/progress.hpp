/// How a run under way looks on stderr: a table of rounds with a live line, plain lines for a log, or JSON.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dovetail/cli/settings.hpp"
#include "dovetail/jobs/temper.hpp"

namespace dovetail::cli {

/// One line per round, without a newline: for logs. docs/tempering.md explains each figure.
[[nodiscard]] std::string round_line(const RoundRow& row, std::uint32_t rounds);
/// One JSON object, with null for what is not available.
[[nodiscard]] std::string round_json(const RoundRow& row);

/// A remark besides the rounds, on stderr, whole lines: as it stands, or under `--progress json` an object
/// {"event": "note", "text": ...} for each line, so that every line there is JSON.
void print_remark(const RunSettings& settings, std::string_view lines);

/// Renders a run's events and tells the run when a signal or the time limit ends it. Asks StopSignals.
class ProgressPrinter : public TemperObserver {
 public:
  explicit ProgressPrinter(const RunSettings& settings);
  void progress(const Progress& event) override;
  void round_ended(const RoundRow& row) override;
  StopReason should_stop() override;
  /// Takes the live line away; call before anything else is printed.
  void finish();
  [[nodiscard]] std::uint32_t rounds_ended() const { return rounds_ended_; }

 private:
  using Clock = std::chrono::steady_clock;
  void print(const std::string& text);

  ProgressStyle style_;
  bool live_ = false;
  std::uint32_t rounds_;
  std::optional<Clock::time_point> deadline_;
  Clock::time_point next_event_;
  std::uint32_t rounds_ended_ = 0;
  bool header_printed_ = false;
  bool live_line_shown_ = false;
};

}  // namespace dovetail::cli
