#include "dovetail/output/rounds_file.hpp"

#include <algorithm>

#include "dovetail/core/error.hpp"
#include "dovetail/output/run_folder.hpp"

namespace dovetail {
namespace {

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

std::string header_line(const RowFields& columns) {
  std::string line;
  for (const auto& [name, text] : columns) line += (line.empty() ? "" : ",") + name;
  return line + '\n';
}

struct Line {
  RowFields fields;
  std::uint32_t round = 0;
  std::size_t end = 0;  ///< byte after its line feed
};

[[noreturn]] void fail(const std::filesystem::path& path, std::size_t line, const std::string& what) {
  throw FileError(path.string() + ":" + std::to_string(line) + ": " + what +
                  " (the file was edited or damaged); restore it, or run again with " +
                  run_again_command(path.parent_path()));
}

/// Complete lines; an incomplete last one, or header, is left out.
std::vector<Line> parse(const std::string& text, const std::filesystem::path& path) {
  std::vector<Line> lines;
  const auto header_end = text.find('\n');
  if (header_end == std::string::npos) return lines;
  const auto names = split(std::string_view(text).substr(0, header_end));
  for (std::size_t start = header_end + 1, number = 2; start < text.size(); ++number) {
    const auto end = text.find('\n', start);
    if (end == std::string::npos) break;
    const auto fields = split(std::string_view(text).substr(start, end - start));
    if (fields.size() < names.size()) {
      fail(path, number, "the field `" + std::string(names[fields.size()]) + "` is missing");
    }
    if (fields.size() > names.size()) fail(path, number, "there are more fields than columns");
    Line line;
    for (std::size_t i = 0; i < names.size(); ++i) line.fields.emplace_back(names[i], fields[i]);
    if (!detail::from_field(fields[0], line.round)) detail::fail_field(path, number, line.fields[0].first, fields[0]);
    if (!lines.empty() && line.round <= lines.back().round) fail(path, number, "rounds do not ascend");
    line.end = end + 1;
    lines.push_back(std::move(line));
    start = end + 1;
  }
  return lines;
}

}  // namespace

namespace detail {

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
  return text.find('"') == std::string_view::npos;
}

void fail_header(const std::filesystem::path& path) {
  throw FileError(path.string() +
                  ":1: the header is not the one this Dovetail writes (another version or program wrote the file); use "
                  "that version.");
}
void fail_field(const std::filesystem::path& path, std::size_t line, const std::string& name, std::string_view text) {
  fail(path, line, "`" + name + "` is \"" + printable(text) + "\"");
}

}  // namespace detail

RoundsFile::RoundsFile(const std::filesystem::path& path, const RowFields& columns) : file_(path) {
  const std::string text = read_text(path);
  const std::string header = header_line(columns);
  const bool begun = text.starts_with(header);
  if (!begun && !header.starts_with(text)) detail::fail_header(path);
  const std::vector<Line> lines = parse(text, path);
  const std::size_t keep = !lines.empty() ? lines.back().end : begun ? header.size() : 0;
  if (keep < file_.size()) file_.cut(keep);
  if (keep == 0) file_.append(header);
  file_.sync();
}

void RoundsFile::append(const RowFields& row) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : ",") + row[i].second;
  file_.append(line + '\n');
  file_.sync();
}

void RoundsFile::cut_after(std::uint32_t round) {
  const std::string text = read_text(file_.path());
  std::size_t keep = text.find('\n') + 1;
  std::uint32_t last = 0;
  for (const Line& line : parse(text, file_.path())) {
    if (line.round > round || line.round != last + 1) break;
    keep = line.end;
    last = line.round;
  }
  if (last != round) {
    throw CheckpointError("cannot resume: " + file_.path().string() + " lacks round " + std::to_string(last + 1) +
                          ", which the checkpoint counts on (rows were lost); restore the file, or run again with " +
                          run_again_command(file_.path().parent_path()));
  }
  if (keep < file_.size()) file_.cut(keep);
  file_.sync();
}

std::vector<RowFields> read_round_fields(const std::filesystem::path& path) {
  std::vector<RowFields> rows;
  for (Line& line : parse(read_text(path), path)) rows.push_back(std::move(line.fields));
  return rows;
}

RowFields without_seconds(RowFields fields) {
  std::erase_if(fields, [](const auto& field) { return field.first == "seconds"; });
  return fields;
}

}  // namespace dovetail
