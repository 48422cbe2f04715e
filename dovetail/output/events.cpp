#include "dovetail/output/events.hpp"

#include "dovetail/core/error.hpp"
#include "dovetail/output/detail/json.hpp"

namespace dovetail {
namespace {

using detail::Json;
using detail::JsonField;

EventValue value_of(const JsonField& field) {
  const Json& value = field.value();
  if (value.is_boolean()) return field.flag();
  if (value.is_number_unsigned()) return field.count();
  if (value.is_string()) return field.text();
  return field.real();
}

}  // namespace

Event parse_event(const std::string& line, const std::string& place) {
  const Json document = Json::parse(line, nullptr, false);
  if (document.is_discarded()) {
    throw FileError(place + "is not valid JSON (the file was damaged or edited); results do not depend on it.");
  }
  Event event;
  for (const auto& [name, field] : JsonField(document, place).members()) {
    if (name == "time") {
      event.time = field.text();
    } else if (name == "kind") {
      event.kind = field.text();
    } else {
      event.fields.emplace_back(name, value_of(field));
    }
  }
  return event;
}

EventLog::EventLog(const std::filesystem::path& path) : file_(path) {
  const InputFile present(path);
  // Back from the end to the last line feed; lines are short.
  std::uint64_t end = present.size();
  for (std::byte last{'\n'}; end > 0; --end) {
    if (present.read_at(end - 1, std::span(&last, 1)) != 1 || last == std::byte{'\n'}) break;
  }
  if (end < file_.size()) file_.cut(end);
}

void EventLog::add(const Event& event) {
  Json line = {{"time", event.time}, {"kind", event.kind}};
  for (const auto& [name, value] : event.fields) {
    std::visit([&line, &key = name](const auto& v) { line[key] = v; }, value);
  }
  file_.append(detail::json_text(line, true) + "\n");
}

std::vector<Event> read_events(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  std::vector<Event> events;
  for (std::size_t start = 0, number = 1; start < text.size(); ++number) {
    const auto end = text.find('\n', start);
    if (end == std::string::npos) break;
    events.push_back(parse_event(text.substr(start, end - start), path.string() + ":" + std::to_string(number) + ": "));
    start = end + 1;
  }
  return events;
}

}  // namespace dovetail
