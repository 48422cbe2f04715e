/// How a run under way looks on stderr: a table of rounds with a live line, plain lines for a log, or JSON.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dovetail/cli/settings.hpp"
#include "dovetail/jobs/ep.hpp"
#include "dovetail/jobs/lda.hpp"
#include "dovetail/jobs/sample.hpp"
#include "dovetail/jobs/temper.hpp"

namespace dovetail::cli {

/// One round in the three styles, without line feeds but for the table's.
struct RoundTexts {
  std::string table_header;
  std::string table_line;
  std::string line;  ///< for logs; the guides explain each figure
  std::string json;  ///< one object, with null for what is not available
};
[[nodiscard]] RoundTexts texts_of(const TemperingRow& row, const RunSettings& settings);
[[nodiscard]] RoundTexts texts_of(const SamplingRow& row, const RunSettings& settings);
[[nodiscard]] RoundTexts texts_of(const EpRow& row, const RunSettings& settings);
[[nodiscard]] RoundTexts texts_of(const LdaRow& row, const RunSettings& settings);

/// A remark besides the rounds, on stderr, whole lines: as it stands, or under `--progress json` an object
/// {"event": "note", "text": ...} for each line, so that every line there is JSON.
void print_remark(const RunSettings& settings, std::string_view lines);

/// Renders a run's events and tells the run when a signal or the time limit ends it. Asks StopSignals.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(const RunSettings& settings);
  void progress(const Progress& event);
  /// Says once in each wait that nobody works, and once on what.
  void waits(double seconds, const std::string& unattended);
  void round_ended(const RoundTexts& round);
  [[nodiscard]] StopReason should_stop() const;
  /// Takes the live line away; call before anything else is printed.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void print(const std::string& text);

  ProgressStyle style_;
  bool live_ = false;
  const char* steps_;      ///< what a step is called
  std::string of_rounds_;  ///< "/12", where the number of rounds is known
  std::optional<Clock::time_point> deadline_;
  Clock::time_point next_event_;
  bool header_printed_ = false;
  bool live_line_shown_ = false;
  double waited_s_ = 0;
  bool named_ = false;  ///< what nobody works on was said in this wait
};

/// The same for the rows of one job.
template <class Row>
class RowPrinter final : public RowObserver<Row> {
 public:
  explicit RowPrinter(const RunSettings& settings) : settings_(settings), printer_(settings) {}
  void progress(const Progress& event) override { printer_.progress(event); }
  void waits(double seconds, const std::string& unattended) override { printer_.waits(seconds, unattended); }
  void round_ended(const Row& row) override { printer_.round_ended(texts_of(row, settings_)); }
  StopReason should_stop() override { return printer_.should_stop(); }
  void finish() { printer_.finish(); }

 private:
  const RunSettings& settings_;
  ProgressPrinter printer_;
};

}  // namespace dovetail::cli
