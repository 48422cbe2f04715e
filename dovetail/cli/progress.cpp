// Lines of at most 100 columns; "-" for what a round cannot tell.
#include "dovetail/cli/progress.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "dovetail/cli/console.hpp"
#include "dovetail/cli/signals.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail::cli {
namespace {

constexpr std::chrono::milliseconds kLiveInterval{100};
constexpr std::chrono::seconds kLogInterval{60};

std::string or_dash(const std::optional<double>& value) { return value ? three_digits(*value) : "-"; }

std::string duration_text(double seconds) {
  if (seconds < 100) return fmt::format("{:.2f} s", seconds);
  if (seconds < 6000) return fmt::format("{:.1f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

double percent(const Progress& event) {
  return event.steps == 0 ? 100 : 100 * static_cast<double>(event.steps_done) / static_cast<double>(event.steps);
}

nlohmann::ordered_json or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

std::string round_line(const RoundRow& row, std::uint32_t rounds) {
  std::string line = fmt::format("round {}/{}: scans {}, rungs {}, restarts {}, barrier {}, log(Z1/Z0) {}", row.round,
                                 rounds, row.scans, row.replicas, row.restarts, three_digits(row.barrier),
                                 row.log_evidence ? up_to_error(*row.log_evidence, row.log_evidence_se) : "-");
  if (row.log_evidence_se) line += fmt::format(" +- {:.2g}", *row.log_evidence_se);
  line += fmt::format(", swaps min {} mean {}, max|rho| {}, {}", three_digits(row.swap_acceptance_min),
                      three_digits(row.swap_acceptance_mean), or_dash(row.energy_autocorrelation_max),
                      duration_text(row.seconds));
  if (row.error_events > 0) line += fmt::format(", error events {}", row.error_events);
  return line;
}

std::string round_json(const RoundRow& row) {
  const nlohmann::ordered_json object = {{"event", "round"},
                                         {"round", row.round},
                                         {"scans", row.scans},
                                         {"replicas", row.replicas},
                                         {"restarts", row.restarts},
                                         {"round_trips", row.round_trips},
                                         {"global_barrier", row.barrier},
                                         {"rejection_sum", row.rejection_sum},
                                         {"log_evidence", or_null(row.log_evidence)},
                                         {"log_evidence_se", or_null(row.log_evidence_se)},
                                         {"swap_acceptance_min", row.swap_acceptance_min},
                                         {"swap_acceptance_mean", row.swap_acceptance_mean},
                                         {"energy_autocorrelation_max", or_null(row.energy_autocorrelation_max)},
                                         {"error_events", row.error_events},
                                         {"seconds", row.seconds}};
  return object.dump();
}

void print_remark(const RunSettings& settings, std::string_view lines) {
  if (settings.progress != ProgressStyle::json || settings.quiet) return print_note(lines);
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const nlohmann::ordered_json object = {{"event", "note"}, {"text", lines.substr(0, end)}};
    print_note(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 1);
  }
}

ProgressPrinter::ProgressPrinter(const RunSettings& settings)
    : style_(settings.progress), rounds_(settings.temper.rounds) {
  if (settings.quiet) style_ = ProgressStyle::none;
  if (style_ == ProgressStyle::automatic) style_ = stderr_is_terminal() ? ProgressStyle::table : ProgressStyle::lines;
  live_ = style_ == ProgressStyle::table && stderr_is_terminal();
  const auto now = Clock::now();
  next_event_ = now + (live_ ? Clock::duration(kLiveInterval) : Clock::duration(kLogInterval));
  if (settings.max_time_s) {
    deadline_ = now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*settings.max_time_s));
  }
}

void ProgressPrinter::progress(const Progress& event) {
  if (style_ == ProgressStyle::none) return;
  const auto now = Clock::now();
  if (now < next_event_) return;
  next_event_ = now + (live_ ? Clock::duration(kLiveInterval) : Clock::duration(kLogInterval));
  if (style_ == ProgressStyle::json) {
    const nlohmann::ordered_json object = {{"event", "progress"},
                                           {"round", event.round.value},
                                           {"scans_done", event.steps_done},
                                           {"scans", event.steps},
                                           {"seconds", event.seconds}};
    print_note(object.dump() + "\n");
    return;
  }
  const std::string text = fmt::format("round {}/{}: {} of {} scans ({:.0f} %), {} so far", event.round.value, rounds_,
                                       event.steps_done, event.steps, percent(event), duration_text(event.seconds));
  if (live_) {
    print_note("\r\033[K" + text);
    live_line_shown_ = true;
  } else {
    print(text + "\n");
  }
}

void ProgressPrinter::round_ended(const RoundRow& row) {
  rounds_ended_ = row.round;
  switch (style_) {
    case ProgressStyle::none:
      return;
    case ProgressStyle::json:
      return print(round_json(row) + "\n");
    case ProgressStyle::lines:
      return print(round_line(row, rounds_) + "\n");
    case ProgressStyle::automatic:
    case ProgressStyle::table:
      break;
  }
  print((header_printed_ ? "" : table_header()) + table_line(row));
  header_printed_ = true;
}

StopReason ProgressPrinter::should_stop() {
  const StopReason signalled = StopSignals::received();
  if (signalled != StopReason::finished) return signalled;
  return deadline_ && Clock::now() >= *deadline_ ? StopReason::time_limit : StopReason::finished;
}

void ProgressPrinter::finish() {
  if (live_line_shown_) print_note("\r\033[K");
  live_line_shown_ = false;
}

void ProgressPrinter::print(const std::string& text) {
  finish();
  print_note(text);
}

}  // namespace dovetail::cli
