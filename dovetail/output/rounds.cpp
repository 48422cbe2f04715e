#include "dovetail/output/rounds.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "dovetail/core/error.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/output/text.hpp"

namespace dovetail {
namespace {

/// The columns of rounds.csv in their order. One list serves header, writing, reading and the digest.
template <class Row, class Visit>
void visit_fields(Row& row, Visit&& visit) {
  visit("round", row.round);
  visit("scans", row.scans);
  visit("replicas", row.replicas);
  visit("copies", row.copies);
  visit("restarts", row.restarts);
  visit("round_trips", row.round_trips);
  visit("rejection_sum", row.rejection_sum);
  visit("barrier", row.barrier);
  visit("barrier_variational", row.barrier_variational);
  visit("log_evidence", row.log_evidence);
  visit("log_evidence_se", row.log_evidence_se);
  visit("log_evidence_forward", row.log_evidence_forward);
  visit("log_evidence_backward", row.log_evidence_backward);
  visit("swap_acceptance_min", row.swap_acceptance_min);
  visit("swap_acceptance_mean", row.swap_acceptance_mean);
  visit("energy_autocorrelation_max", row.energy_autocorrelation_max);
  visit("energy_autocorrelation_mean", row.energy_autocorrelation_mean);
  visit("kernel_acceptance_min", row.kernel_acceptance_min);
  visit("kernel_acceptance_mean", row.kernel_acceptance_mean);
  visit("reversible_min", row.reversible_min);
  visit("density_evaluations", row.density_evaluations);
  visit("gradient_evaluations", row.gradient_evaluations);
  visit("error_events", row.error_events);
  visit("state_sha256", row.state_sha256);
  visit("seconds", row.seconds);
}

std::string to_field(double value) { return shortest(value); }
std::string to_field(const std::optional<double>& value) { return value ? shortest(*value) : ""; }
std::string to_field(const std::string& value) { return csv_field(value); }
template <class Integer>
std::string to_field(Integer value) {
  return std::to_string(value);
}

bool from_field(std::string_view text, double& value) {
  const auto number = parse_number(text);
  if (number) value = *number;
  return number.has_value();
}
bool from_field(std::string_view text, std::optional<double>& value) {
  value.reset();
  if (!text.empty()) value = parse_number(text);
  return text.empty() || value.has_value();
}
bool from_field(std::string_view text, std::string& value) {
  value = text;
  return text.find('"') == std::string_view::npos;  // a hash needs no quotes
}
template <class Integer>
bool from_field(std::string_view text, Integer& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

std::string header_line() {
  std::string line;
  const RoundRow row;
  visit_fields(row, [&](const char* name, const auto&) {
    if (!line.empty()) line += ',';
    line += name;
  });
  line += '\n';
  return line;
}

std::string line_of(const RoundRow& row) {
  std::string line;
  bool first = true;
  visit_fields(row, [&](const char*, const auto& value) {
    if (!first) line += ',';
    first = false;
    line += to_field(value);
  });
  line += '\n';
  return line;
}

RoundRow parse_line(std::string_view line, const std::filesystem::path& path, std::size_t number) {
  RoundRow row;
  const auto fail = [&](const std::string& what) {
    throw FileError(path.string() + ":" + std::to_string(number) + ": " + what +
                    " (the file was edited or damaged); restore it, or run again with " +
                    run_again_command(path.parent_path()));
  };
  bool more = true;
  visit_fields(row, [&](const char* name, auto& value) {
    if (!more) fail(fmt::format("the field `{}` is missing", name));
    const auto comma = line.find(',');
    const std::string_view text = line.substr(0, comma);
    if (!from_field(text, value)) fail(fmt::format("`{}` is \"{}\"", name, printable(text)));
    more = comma != std::string_view::npos;
    line = more ? line.substr(comma + 1) : std::string_view();
  });
  if (more) fail("there are more fields than columns");
  return row;
}

struct Line {
  RoundRow row;
  std::size_t end = 0;  // byte after its line feed
};

/// Complete lines; an incomplete last one is left out.
std::vector<Line> parse(const std::string& text, const std::filesystem::path& path) {
  const std::string header = header_line();
  if (!text.starts_with(header)) {
    if (header.starts_with(text)) return {};  // cut short while it was begun
    throw FileError(path.string() +
                    ":1: the header is not the one this Dovetail writes (another version or program "
                    "wrote the file); use that version.");
  }
  std::vector<Line> lines;
  for (std::size_t start = header.size(), number = 2; start < text.size(); ++number) {
    const auto end = text.find('\n', start);
    if (end == std::string::npos) break;
    RoundRow row = parse_line(std::string_view(text).substr(start, end - start), path, number);
    if (!lines.empty() && row.round <= lines.back().row.round) {
      throw FileError(path.string() + ":" + std::to_string(number) +
                      ": rounds do not ascend (the file was edited or damaged); restore it, or run again with " +
                      run_again_command(path.parent_path()));
    }
    lines.push_back({std::move(row), end + 1});
    start = end + 1;
  }
  return lines;
}

}  // namespace

RoundsFile::RoundsFile(const std::filesystem::path& path) : file_(path) {
  const std::string text = read_text(path);
  const std::vector<Line> lines = parse(text, path);
  const std::string header = header_line();
  const std::size_t keep = !lines.empty() ? lines.back().end : text.starts_with(header) ? header.size() : 0;
  if (keep < file_.size()) file_.cut(keep);
  if (keep == 0) file_.append(header);
  file_.sync();
}

void RoundsFile::append(const RoundRow& row) {
  file_.append(line_of(row));
  file_.sync();
}

void RoundsFile::cut_after(std::uint32_t round) {
  std::size_t keep = header_line().size();
  std::uint32_t last = 0;
  for (const Line& line : parse(read_text(file_.path()), file_.path())) {
    if (line.row.round > round || line.row.round != last + 1) break;
    keep = line.end;
    last = line.row.round;
  }
  if (last != round) {
    throw CheckpointError("cannot resume: " + file_.path().string() + " lacks round " + std::to_string(last + 1) +
                          ", which the checkpoint counts on (rows were lost); restore the file, or run again with " +
                          run_again_command(file_.path().parent_path()));
  }
  if (keep < file_.size()) file_.cut(keep);
  file_.sync();
}

std::vector<RoundRow> read_rounds(const std::filesystem::path& path) {
  std::vector<RoundRow> rows;
  for (Line& line : parse(read_text(path), path)) rows.push_back(std::move(line.row));
  return rows;
}

std::vector<std::pair<std::string, std::string>> result_fields(const RoundRow& row) {
  std::vector<std::pair<std::string, std::string>> fields;
  visit_fields(row, [&](const std::string& name, const auto& value) {
    if (name != "seconds") fields.emplace_back(name, to_field(value));
  });
  return fields;
}

}  // namespace dovetail
