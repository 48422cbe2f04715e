/// The bytes of a draws file: names, headers, positions. Shared by the sink and the reader, and by nobody else.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dovetail/core/codec.hpp"
#include "dovetail/core/ids.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail::detail {

inline constexpr std::uint32_t kDrawsFormat = 1;
inline constexpr std::size_t kBlockHeaderBytes = 44;

/// A commit's position: the round in the high 20 bits, the length of its file in the low 44.
struct DrawsPosition {
  Round round{};
  std::uint64_t size = 0;
};
[[nodiscard]] std::uint64_t to_word(DrawsPosition position);
[[nodiscard]] DrawsPosition to_position(std::uint64_t word);

[[nodiscard]] std::string file_name(Round round);
/// Files of rounds in the folder, by round.
[[nodiscard]] std::vector<std::pair<Round, std::filesystem::path>> round_files(const std::filesystem::path& folder);
/// The first round whose draws are kept, as drop_before recorded it; 0 when nothing was dropped.
[[nodiscard]] Round first_kept_round(const std::filesystem::path& folder);
void record_first_kept_round(const std::filesystem::path& folder, Round round);

struct FileHeader {
  Round round{};
  std::vector<std::string> columns;
  std::uint64_t bytes = 0;  ///< length of the header in the file
};
[[nodiscard]] Bytes encode(const FileHeader& header);
/// Nothing when the file ends inside its header; FileError when the header is damaged or of another format.
[[nodiscard]] std::optional<FileHeader> read_file_header(const InputFile& file);

struct BlockHeader {
  ItemId source{};
  Round round{};
  std::uint32_t columns = 0;
  std::uint64_t first = 0;
  std::uint64_t rows = 0;
  [[nodiscard]] std::uint64_t table_bytes() const { return 4ULL * columns; }
  [[nodiscard]] std::uint64_t column_bytes() const { return 8 * rows; }
  [[nodiscard]] std::uint64_t bytes() const { return kBlockHeaderBytes + table_bytes() + columns * column_bytes(); }
};
/// Header with its checksum. The columns' own checksums, which follow it, guard themselves: a damaged one does not
/// match.
void encode(const BlockHeader& header, std::span<std::byte> out);
/// Nothing when the file ends inside the block, or holds only zeros from here on (what a power loss leaves behind).
/// FileError with the offset when the header is damaged.
[[nodiscard]] std::optional<BlockHeader> read_block_header(const InputFile& file, std::uint64_t offset);

[[noreturn]] void fail_damaged(const std::filesystem::path& path, std::uint64_t offset, const std::string& what);

}  // namespace dovetail::detail
