// The reading half of draws.hpp.
#include <algorithm>

#include "dovetail/core/error.hpp"
#include "dovetail/output/draws.hpp"
#include "dovetail/output/draws_format.hpp"
#include "dovetail/store/checksum.hpp"

namespace dovetail {

DrawsReader::DrawsReader(std::filesystem::path folder) : folder_(std::move(folder)) {
  const Round first = detail::first_kept_round(folder_);
  for (const auto& [round, path] : detail::round_files(folder_)) {
    if (round >= first) scan(round, path);
  }
}

void DrawsReader::scan(Round round, const std::filesystem::path& path) {
  RoundFile found{InputFile(path), 0, {}};
  const std::uint64_t size = found.file.size();
  const auto header = detail::read_file_header(found.file);
  if (!header) {
    notes_.push_back(path.string() + ": left out, since its header is incomplete (a write was cut short).");
    return;
  }
  if (header->round != round) detail::fail_damaged(path, 0, "its header names another round than its name");
  if (files_.empty()) columns_ = header->columns;
  if (header->columns != columns_) detail::fail_damaged(path, 0, "its columns differ from those of other rounds");
  std::uint64_t offset = header->bytes;
  while (offset < size) {
    const auto block = detail::read_block_header(found.file, offset);
    if (!block) {
      notes_.push_back(path.string() + ": left out the last " + std::to_string(size - offset) +
                       " bytes, an incomplete block (a write was cut short, or goes on now).");
      break;
    }
    if (block->round != round) detail::fail_damaged(path, offset, "a block belongs to another round");
    if (block->columns != columns_.size()) detail::fail_damaged(path, offset, "a block has other columns");
    std::vector<Block>& blocks = found.blocks[block->source];
    const std::uint64_t expected = blocks.empty() ? 0 : blocks.back().first + blocks.back().rows;
    if (block->first != expected) detail::fail_damaged(path, offset, "draws of a source are missing before this block");
    blocks.push_back({offset, block->first, block->rows});
    offset += block->bytes();
  }
  found.size = offset;
  files_.emplace(round, std::move(found));
}

std::vector<Round> DrawsReader::rounds() const {
  std::vector<Round> all;
  for (const auto& [round, file] : files_) {
    if (!file.blocks.empty()) all.push_back(round);
  }
  return all;
}

const DrawsReader::RoundFile& DrawsReader::file_of(Round round) const {
  const auto found = files_.find(round);
  if (found == files_.end()) {
    throw FileError(folder_.string() + " holds no draws of round " + std::to_string(round.value) +
                    " (they were not kept, or not written yet); choose another round.");
  }
  return found->second;
}

const std::vector<DrawsReader::Block>& DrawsReader::blocks_of(Round round, ItemId source) const {
  const RoundFile& file = file_of(round);
  const auto found = file.blocks.find(source);
  DOVETAIL_REQUIRE(found != file.blocks.end());
  return found->second;
}

std::vector<ItemId> DrawsReader::sources(Round round) const {
  std::vector<ItemId> all;
  for (const auto& [source, blocks] : file_of(round).blocks) all.push_back(source);
  return all;
}

std::uint64_t DrawsReader::rows(Round round, ItemId source) const {
  const Block& last = blocks_of(round, source).back();
  return last.first + last.rows;
}

void DrawsReader::read_column(const RoundFile& file, const Block& block, std::size_t column,
                              std::span<double> values) const {
  const std::filesystem::path& path = file.file.path();
  const std::uint64_t table = block.offset + detail::kBlockHeaderBytes;
  const std::uint64_t start = table + 4 * columns_.size() + column * block.rows * 8;
  std::uint32_t checksum = 0;
  const auto bytes = std::as_writable_bytes(values);
  if (file.file.read_at(table + 4 * column, std::as_writable_bytes(std::span(&checksum, 1))) != 4 ||
      file.file.read_at(start, bytes) != bytes.size()) {
    detail::fail_damaged(path, block.offset, "the file became shorter while it was read");
  }
  if (crc32c(bytes) != checksum) {
    detail::fail_damaged(path, start, "draws of column \"" + columns_[column] + "\" fail their checksum");
  }
}

void DrawsReader::visit_column(Round round, ItemId source, std::size_t column, const ColumnVisitor& visit) const {
  DOVETAIL_REQUIRE(column < columns_.size());
  const RoundFile& file = file_of(round);
  std::vector<double> values;
  for (const Block& block : blocks_of(round, source)) {
    values.resize(static_cast<std::size_t>(block.rows));
    read_column(file, block, column, values);
    visit(values);
  }
}

DrawsReader::BlockOfDraws DrawsReader::read_block(Round round, ItemId source, std::size_t index) const {
  const auto& blocks = blocks_of(round, source);
  DOVETAIL_REQUIRE(index < blocks.size());
  const Block& block = blocks[index];
  BlockOfDraws found{block.first, static_cast<std::size_t>(block.rows), {}};
  found.values.resize(found.rows * columns_.size());
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    read_column(file_of(round), block, column, std::span(found.values).subspan(column * found.rows, found.rows));
  }
  return found;
}

std::uint64_t DrawsReader::position() const {
  if (files_.empty()) return 0;
  const auto& [round, file] = *files_.rbegin();
  return detail::to_word({round, file.size});
}

}  // namespace dovetail
