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
constexpr double kLongWait = 10;  ///< seconds

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

std::string line_of(const TemperingRow& row, std::uint32_t rounds) {
  std::string line = fmt::format("round {}/{}: scans {}, rungs {}, restarts {}, barrier {}, log(Z1/Z0) {}", row.round,
                                 rounds, row.scans, row.replicas, row.restarts, three_digits(row.barrier),
                                 row.log_evidence ? up_to_error(*row.log_evidence, row.log_evidence_se) : "-");
  if (row.log_evidence_se) line += fmt::format(" +- {:.2g}", *row.log_evidence_se);
  line += fmt::format(", swaps min {} mean {}, max|rho| {}, {}", three_digits(row.swap_acceptance_min),
                      three_digits(row.swap_acceptance_mean), three_digits(row.energy_autocorrelation_max),
                      duration_text(row.seconds));
  if (row.error_events > 0) line += fmt::format(", error events {}", row.error_events);
  return line;
}

std::string json_of(const TemperingRow& row) {
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

std::string range_text(const std::optional<double>& low, const std::optional<double>& high) {
  if (!low || !high) return "-";
  return *low == *high ? three_digits(*low) : three_digits(*low) + "-" + three_digits(*high);
}

std::string line_of(const SamplingRow& row) {
  std::string line = fmt::format("round {}: {} {}, draws {}", row.round, row.iterations,
                                 row.phase == "warmup" ? "of warm-up" : "iterations", row.draws);
  if (row.acceptance_mean) {
    line += fmt::format(", acceptance min {} mean {}", three_digits(*row.acceptance_min),
                        three_digits(*row.acceptance_mean));
  }
  if (row.step_size_min) line += ", step size " + range_text(row.step_size_min, row.step_size_max);
  if (!row.metric.empty()) line += ", metric " + row.metric;
  line += fmt::format(", divergences {}, evaluations {}, {}", row.divergences,
                      row.density_evaluations + row.gradient_evaluations, duration_text(row.seconds));
  if (row.error_events > 0) line += fmt::format(", error events {}", row.error_events);
  return line;
}

std::string line_of(const EpRow& row, std::uint32_t rounds) {
  std::string line = fmt::format(
      "round {}/{}: sites {}, step {}, moved {} nats, distance {}, noise {}, mean of {}, divergences {}, {}", row.round,
      rounds, row.answered, three_digits(row.step), three_digits(row.moved), three_digits(row.distance),
      three_digits(row.noise), std::max<std::uint32_t>(1, row.averaged), row.divergences, duration_text(row.seconds));
  if (row.answered < row.sites) line += fmt::format(", sites without a target {}", row.sites - row.answered);
  if (row.error_events > 0) line += fmt::format(", error events {}", row.error_events);
  return line;
}

std::string line_of(const LdaRow& row, std::uint32_t sweeps) {
  return fmt::format(
      "round {}: sweeps {}/{}, log joint/token {:.4f}, moved {}, topics {}, sum of alpha {}, beta {}, {}", row.round,
      row.sweeps, sweeps, row.log_joint_per_token, three_digits(row.moved), row.topics, three_digits(row.alpha_sum),
      three_digits(row.beta), duration_text(row.seconds));
}

/// All columns of a row but the hash.
template <class Row>
std::string json_of(const Row& row) {
  nlohmann::ordered_json object = {{"event", "round"}};
  Row::visit(row, [&](const char* name, const auto& value) {
    if constexpr (requires { value.has_value(); }) {
      object[name] = or_null(value);
    } else {
      object[name] = value;
    }
  });
  object.erase("state_sha256");
  return object.dump();
}

}  // namespace

RoundTexts texts_of(const TemperingRow& row, const RunSettings& settings) {
  return {table_header(), table_line(row), line_of(row, settings.temper.rounds), json_of(row)};
}

RoundTexts texts_of(const SamplingRow& row, const RunSettings&) {
  return {sampling_table_header(), table_line(row), line_of(row), json_of(row)};
}

RoundTexts texts_of(const EpRow& row, const RunSettings& settings) {
  return {ep_table_header(), table_line(row), line_of(row, settings.ep.rounds), json_of(row)};
}

RoundTexts texts_of(const LdaRow& row, const RunSettings& settings) {
  return {lda_table_header(), table_line(row), line_of(row, settings.lda.sweeps), json_of(row)};
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
    : style_(settings.progress),
      steps_(settings.job == JobKind::temper ? "scans"
             : settings.job == JobKind::lda  ? "ring_steps"
                                             : "iterations"),
      of_rounds_(settings.job == JobKind::temper ? fmt::format("/{}", settings.temper.rounds) : "") {
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
                                           {fmt::format("{}_done", steps_), event.steps_done},
                                           {steps_, event.steps},
                                           {"seconds", event.seconds}};
    print_note(object.dump() + "\n");
    return;
  }
  const std::string text =
      fmt::format("round {}{}: {} of {} {} ({:.0f} %), {} so far", event.round.value, of_rounds_, event.steps_done,
                  event.steps, steps_, percent(event), duration_text(event.seconds));
  if (live_) {
    print_note("\r\033[K" + text);
    live_line_shown_ = true;
  } else {
    print(text + "\n");
  }
}

void ProgressPrinter::waits(double seconds, const std::string& unattended) {
  const bool begins = waited_s_ < kLongWait && seconds >= kLongWait;
  if (seconds < waited_s_) named_ = false;
  waited_s_ = seconds;
  const bool names = seconds >= kLongWait && !unattended.empty() && !named_;
  named_ = named_ || names;
  if (!(begins || names) || style_ == ProgressStyle::none) return;
  nlohmann::ordered_json object = {{"event", "waits"}, {"for", "workers"}, {"seconds", seconds}};
  if (names) object["unattended"] = unattended;
  print(style_ == ProgressStyle::json ? object.dump() + "\n"
        : names ? fmt::format("no outcome for {:.0f} s: nobody is at work on {}; start workers that have the rows\n",
                              seconds, unattended)
                : fmt::format("no outcome for {:.0f} s: workers have long tasks, or there are none\n", seconds));
}

void ProgressPrinter::round_ended(const RoundTexts& round) {
  switch (style_) {
    case ProgressStyle::none:
      return;
    case ProgressStyle::json:
      return print(round.json + "\n");
    case ProgressStyle::lines:
      return print(round.line + "\n");
    case ProgressStyle::automatic:
    case ProgressStyle::table:
      break;
  }
  print((header_printed_ ? "" : round.table_header) + round.table_line);
  header_printed_ = true;
}

StopReason ProgressPrinter::should_stop() const {
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
