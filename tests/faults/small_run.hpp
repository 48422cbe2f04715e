/// A run in miniature: three rounds of two segments, two sources, draws, rounds.csv, and a checkpoint of a line. It
/// goes on from its checkpoint, as a real one does, so its files must come out equal whatever happened on the way.
#pragma once
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "dovetail/output/draws.hpp"
#include "dovetail/output/rounds_file.hpp"
#include "dovetail/output/tempering_row.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::test {

inline constexpr std::uint32_t kSmallRounds = 3;
inline constexpr std::uint32_t kSmallSegments = 2;

inline double small_value(Round round, ItemId source, std::uint64_t draw, std::size_t column) {
  return 1000.0 * round.value + 100.0 * source.value + static_cast<double>(draw) + 0.1 * static_cast<double>(column);
}

inline DrawBlock small_block(Round round, ItemId source, std::uint64_t first, std::size_t rows, std::size_t columns) {
  DrawBlock block{source, round, first, columns, {}};
  for (std::uint64_t draw = first; draw < first + rows; ++draw) {
    for (std::size_t column = 0; column < columns; ++column) {
      block.values.push_back(small_value(round, source, draw, column));
    }
  }
  return block;
}

inline void run_small(const std::filesystem::path& folder) {
  make_private_folder(folder);
  DrawsSink sink(folder / "draws");
  const std::vector<std::string> columns{"a", "b"};
  sink.begin(columns);
  std::uint32_t segments_done = 0;
  std::uint64_t position = 0;
  if (std::filesystem::exists(folder / "checkpoint")) {
    std::istringstream(read_text(folder / "checkpoint")) >> segments_done >> position;
  }
  sink.rewind(position);
  RoundsFile rounds(folder / "rounds.csv", fields_of(TemperingRow()));
  rounds.cut_after(segments_done / kSmallSegments);
  while (segments_done < kSmallRounds * kSmallSegments) {
    const Round round(segments_done / kSmallSegments + 1);
    const std::uint32_t segment = segments_done % kSmallSegments;
    for (std::uint32_t source = 0; source < 2; ++source)
      sink.write(small_block(round, ItemId(source), 3 * segment, 3, 2));
    ++segments_done;
    const bool round_ends = segments_done % kSmallSegments == 0;
    if (round_ends) {
      TemperingRow row;
      row.round = round.value;
      row.log_evidence = -0.5 * round.value;
      rounds.append(fields_of(row));
    }
    position = sink.commit();
    replace_file(folder / "checkpoint", std::to_string(segments_done) + " " + std::to_string(position) + "\n");
    if (round_ends) sink.drop_before(round);
  }
  sink.drop_before(Round(kSmallRounds));  // a run killed between its last checkpoint and the drop makes up for it
}

/// Name and bytes of every file below the folder, but for left-over temporary files.
inline std::map<std::string, std::string> content_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || is_temporary_name(entry.path().filename().string())) continue;
    content[entry.path().lexically_relative(folder).string()] = read_text(entry.path());
  }
  return content;
}

/// The first file in which two contents differ; empty when they are equal.
inline std::string difference(const std::map<std::string, std::string>& one,
                              const std::map<std::string, std::string>& other) {
  for (const auto& [name, bytes] : one) {
    const auto found = other.find(name);
    if (found == other.end()) return name + " is in one only";
    if (found->second != bytes) return name;
  }
  for (const auto& [name, bytes] : other) {
    if (one.count(name) == 0) return name + " is in the other only";
  }
  return "";
}

}  // namespace dovetail::test
