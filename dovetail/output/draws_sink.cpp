// The writing half of draws.hpp.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "dovetail/core/error.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/draws_format.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/store/checksum.hpp"

namespace dovetail {

DrawsSink::DrawsSink(std::filesystem::path folder) : folder_(std::move(folder)) { make_private_folder(folder_); }

void DrawsSink::begin(std::span<const std::string> columns) { columns_.assign(columns.begin(), columns.end()); }

void DrawsSink::open_round(Round round) {
  if (file_) {
    DOVETAIL_REQUIRE(round > round_);
    // The next commit syncs the new file alone, so the old one must be safe before.
    file_->sync();
    file_->close();
    file_.reset();
  }
  AppendFile file(folder_ / detail::file_name(round));
  if (file.size() != 0) {
    throw FileError("cannot write " + file.path().string() +
                    ": it holds draws already (they would be mixed with others); `dovetail resume` the run, or choose "
                    "another `--out`.");
  }
  file.append(detail::encode({round, columns_, 0}));
  file_ = std::move(file);
  round_ = round;
}

void DrawsSink::write(const DrawBlock& block) {
  DOVETAIL_REQUIRE(block.columns == columns_.size());
  if (block.values.empty()) return;
  DOVETAIL_REQUIRE(block.values.size() % block.columns == 0);
  if (!file_ || block.round != round_) open_round(block.round);
  const std::size_t columns = block.columns;
  const std::size_t rows = block.values.size() / columns;
  detail::BlockHeader header{block.source, block.round, static_cast<std::uint32_t>(columns), block.first, rows};
  buffer_.resize(static_cast<std::size_t>(header.bytes()));
  const std::span<std::byte> all(buffer_);
  const auto table = all.subspan(detail::kBlockHeaderBytes, 4 * columns);
  const auto values = all.subspan(detail::kBlockHeaderBytes + 4 * columns);
  for (std::size_t column = 0; column < columns; ++column) {
    const auto bytes = values.subspan(column * rows * 8, rows * 8);
    for (std::size_t row = 0; row < rows; ++row) {
      double value = block.values[row * columns + column];
      if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
      std::memcpy(bytes.data() + row * 8, &value, 8);
    }
    const std::uint32_t checksum = crc32c(bytes);
    std::memcpy(table.data() + column * 4, &checksum, 4);
  }
  detail::encode(header, all.first(detail::kBlockHeaderBytes));
  file_->append(buffer_);
}

std::uint64_t DrawsSink::commit() {
  if (!file_) return detail::to_word({round_, 0});
  file_->sync();
  return detail::to_word({round_, file_->size()});
}

void DrawsSink::remove_rounds_after(Round round) {
  for (const auto& [number, path] : detail::round_files(folder_)) {
    if (number > round) remove_file(path);
  }
}

void DrawsSink::remove_dropped_rounds() {
  const Round first = detail::first_kept_round(folder_);
  for (const auto& [number, path] : detail::round_files(folder_)) {
    if (number < first) remove_file(path);
  }
}

void DrawsSink::rewind(std::uint64_t position) {
  const detail::DrawsPosition target = detail::to_position(position);
  file_.reset();
  round_ = target.round;
  remove_dropped_rounds();  // a crash may have come between the record and the removal
  const std::filesystem::path path = folder_ / detail::file_name(target.round);
  const bool exists = std::filesystem::exists(std::filesystem::symlink_status(path));
  // Nothing of this round was written at that commit, or its draws have been dropped since (an older generation of the
  // checkpoint is taken up): what is written again is not read by anybody.
  if (target.size == 0 || target.round < detail::first_kept_round(folder_)) {
    if (exists) remove_file(path);
    remove_rounds_after(target.round);
    return;
  }
  if (!exists) {
    throw CheckpointError("cannot resume: " + path.string() + " is gone (the checkpoint counts on the draws in it); " +
                          "restore the file, or run again with " + run_again_command(folder_.parent_path()));
  }
  const InputFile present(path);
  const auto header = detail::read_file_header(present);
  if (present.size() < target.size || !header) {
    throw CheckpointError("cannot resume: " + path.string() + " has " + std::to_string(present.size()) +
                          " bytes and the checkpoint counts on " + std::to_string(target.size) +
                          " (draws were lost); restore the file, or run again with " +
                          run_again_command(folder_.parent_path()));
  }
  if (header->columns != columns_ || header->round != target.round) {
    throw CheckpointError("cannot resume: " + path.string() +
                          " holds other columns than this model writes (it belongs to another run); check the folder.");
  }
  std::uint64_t offset = header->bytes;
  while (offset < target.size) {
    const auto block = detail::read_block_header(present, offset);
    if (!block) detail::fail_damaged(path, offset, "a block that was committed is incomplete");
    offset += block->bytes();
  }
  if (offset != target.size) detail::fail_damaged(path, target.size, "the checkpoint's position is inside a block");
  remove_rounds_after(target.round);
  AppendFile file(path);
  file.cut(target.size);
  file.sync();
  file_ = std::move(file);
}

void DrawsSink::drop_before(Round round) {
  // The record goes first: a crash in between leaves files that nobody reads, not a run that misses some.
  if (round > detail::first_kept_round(folder_)) detail::record_first_kept_round(folder_, round);
  remove_dropped_rounds();
}

}  // namespace dovetail
