#include "dovetail/jobs/read_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <optional>
#include <vector>

#include "dovetail/core/decimal.hpp"
#include "dovetail/core/error.hpp"
#include "dovetail/output/text.hpp"
#include "dovetail/store/hash.hpp"

namespace dovetail {
namespace {

/// Where a line stands, for messages.
struct Place {
  const std::string& file;
  std::size_t line;
  [[noreturn]] void fail(const std::string& what) const {
    throw ModelError(fmt::format("{}:{}: {}", file, line, what));
  }
};

std::vector<std::string> fields_of_line(std::string_view line, const Place& place) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (c == '"') {
      if (!quoted && !fields.back().empty())
        place.fail("a quote in the middle of a field; put the whole field in quotes");
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) place.fail("a quote is not closed on its line; close it (a field holds no line feed)");
  return fields;
}

std::optional<double> number_of(const std::string& field) {
  const auto value = parse_number(field);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

/// The first row says which columns are numeric; only the one that rows are divided by may turn out otherwise later.
class TableBuilder {
 public:
  TableBuilder(std::string file, std::string_view by) : by_(by) { table_.file = std::move(file); }

  void header(const std::vector<std::string>& names, const Place& place) {
    for (const std::string& name : names) {
      if (name.empty()) place.fail(fmt::format("column {} has no name; give it one", table_.columns.size() + 1));
      for (const TableColumn& earlier : table_.columns) {
        if (earlier.name == name) place.fail(fmt::format("column \"{}\" stands twice; rename one", printable(name)));
      }
      table_.columns.push_back({name, true, {}, {}});
    }
  }

  void row(std::vector<std::string> fields, const Place& place) {
    if (fields.size() != table_.columns.size()) {
      place.fail(fmt::format("{} fields where the header has {}; mend the line", fields.size(), table_.columns.size()));
    }
    for (std::size_t c = 0; c < fields.size(); ++c) {
      TableColumn& column = table_.columns[c];
      if (fields[c].empty()) {
        place.fail(fmt::format("{} is empty; fill it in, or leave the row out", printable(column.name)));
      }
      const auto value = column.numeric ? number_of(fields[c]) : std::nullopt;
      if (value) {
        column.numbers.push_back(*value);
      } else if (column.numeric && column.name != by_ && table_.rows > 0) {
        place.fail(
            fmt::format("{} is \"{}\", and the rows before have numbers there; mend the field, or code the "
                        "column as numbers",
                        printable(column.name), printable(fields[c])));
      } else {
        column.numeric = false;
        column.numbers.clear();
      }
      if (column.name == by_) column.texts.push_back(std::move(fields[c]));
    }
    ++table_.rows;
  }

  Table finish(const Place& place) {
    if (table_.rows == 0) place.fail("there are no rows after the header");
    return std::move(table_);
  }

 private:
  std::string by_;
  Table table_;
};

}  // namespace

ReadTable read_table(const std::filesystem::path& file, std::string_view by) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw FileError(file.string() + " cannot be opened; look at its name and permissions");
  const std::string name = file.string();
  TableBuilder builder(name, by);
  Hasher hasher;
  Hasher secret;
  secret.add("dovetail site: ");
  const auto hash = [&](std::string_view bytes) {
    hasher.add(bytes);
    secret.add(bytes);
  };
  std::string line;
  std::size_t number = 0;
  while (std::getline(in, line)) {
    ++number;
    const bool whole = !in.eof();
    hash(line);
    if (whole) hash("\n");
    if (line.ends_with('\r')) line.pop_back();
    const Place place{name, number};
    if (number == 1) {
      if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
      builder.header(fields_of_line(line, place), place);
    } else if (!line.empty() || whole) {
      builder.row(fields_of_line(line, place), place);
    }
  }
  if (in.bad()) throw FileError(name + " could not be read to its end");
  const Place end{name, std::max<std::size_t>(1, number)};
  if (number == 0) end.fail("the file is empty; its first line has the names of columns");
  return {builder.finish(end), to_hex(hasher.finish()), secret.finish()};
}

}  // namespace dovetail
