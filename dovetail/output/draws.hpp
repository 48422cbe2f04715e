/// Draws in files: `draws/round-000010.dovetail`, one per round, written block by block while the run goes on and read
/// column by column. docs/run-folder.md describes every byte.
///
/// A file is a header (magic, version, round, column names) and then blocks. A block is a fixed header, one CRC-32C per
/// column, and the values column after column, so that reading one column touches and checks that column alone. What
/// the draws *are* does not depend on where blocks end.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dovetail/output/kept_draws.hpp"
#include "dovetail/output/sink.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {

/// Sink that writes the folder `draws/`. Holds one block in memory. NaN is written in its canonical form.
class DrawsSink final : public Sink {
 public:
  /// `folder`: made with mode 0700 when absent.
  explicit DrawsSink(std::filesystem::path folder);
  void begin(std::span<const std::string> columns) override;
  /// Rounds must not go back; a block without rows leaves no trace. FileError on a full disk.
  void write(const DrawBlock& block) override;
  [[nodiscard]] std::uint64_t commit() override;
  /// 0 drops everything. CheckpointError when the files are shorter than `position` says, or hold other columns.
  void rewind(std::uint64_t position) override;
  void drop_before(Round round) override;

 private:
  void open_round(Round round);
  void remove_rounds_after(Round round);
  void remove_dropped_rounds();

  std::filesystem::path folder_;
  std::vector<std::string> columns_;
  std::optional<AppendFile> file_;
  Round round_{};
  Bytes buffer_;
};

/// Reads the folder `draws/`, also while a run writes it: an incomplete last block is left out and noted. Any other
/// damage is a FileError with file and offset, at the latest when the damaged column is read.
class DrawsReader final : public KeptDraws {
 public:
  explicit DrawsReader(std::filesystem::path folder);
  [[nodiscard]] const std::vector<std::string>& columns() const override { return columns_; }
  [[nodiscard]] std::vector<Round> rounds() const override;
  [[nodiscard]] std::vector<ItemId> sources(Round round) const override;
  [[nodiscard]] std::uint64_t rows(Round round, ItemId source) const override;
  void visit_column(Round round, ItemId source, std::size_t column, const ColumnVisitor& visit) const override;

  /// Consecutive draws with all columns, as they were written. Where blocks end means nothing.
  struct BlockOfDraws {
    std::uint64_t first = 0;  ///< number of the first within (source, round)
    std::size_t rows = 0;
    std::vector<double> values;  ///< column after column
  };
  /// Requires that the blocks before it do not hold all rows(). Every column's checksum is checked.
  [[nodiscard]] BlockOfDraws read_block(Round round, ItemId source, std::size_t index) const;

  /// The position that a sink's commit() would return now.
  [[nodiscard]] std::uint64_t position() const;
  /// One line for each incomplete tail that was left out.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Block {
    std::uint64_t offset = 0;  // of the block's header
    std::uint64_t first = 0;
    std::uint64_t rows = 0;
  };
  struct RoundFile {
    InputFile file;
    std::uint64_t size = 0;  // without an incomplete tail
    std::map<ItemId, std::vector<Block>> blocks;
  };
  [[nodiscard]] const RoundFile& file_of(Round round) const;
  [[nodiscard]] const std::vector<Block>& blocks_of(Round round, ItemId source) const;
  void read_column(const RoundFile& file, const Block& block, std::size_t column, std::span<double> values) const;
  void scan(Round round, const std::filesystem::path& path);

  std::filesystem::path folder_;
  std::vector<std::string> columns_;
  std::map<Round, RoundFile> files_;
  std::vector<std::string> notes_;
};

}  // namespace dovetail
