#include "dovetail/output/draws_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "dovetail/core/error.hpp"
#include "dovetail/output/run_folder.hpp"
#include "dovetail/store/checksum.hpp"

namespace dovetail::detail {
namespace {

constexpr std::array<char, 8> kMagic{'D', 'O', 'V', 'E', 'D', 'R', 'A', 'W'};
constexpr std::uint32_t kBlockMagic = 0x4B4C4244;  // "DBLK"
constexpr std::size_t kPreludeBytes = kMagic.size() + 12;
constexpr unsigned kSizeBits = 44;
constexpr std::string_view kFirstKeptName = "first-kept-round";

template <class T>
T word_at(std::span<const std::byte> bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Whether the file holds nothing but zeros from `offset` to its end.
bool zeros_from(const InputFile& file, std::uint64_t offset) {
  std::array<std::byte, 4096> piece{};
  for (;;) {
    const std::size_t got = file.read_at(offset, piece);
    if (!std::all_of(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got),
                     [](std::byte byte) { return byte == std::byte{0}; })) {
      return false;
    }
    if (got < piece.size()) return true;
    offset += got;
  }
}

struct NamesOfColumns {
  std::uint32_t round = 0;
  std::vector<std::string> columns;
  template <class Archive>
  void describe(Archive& archive) {
    archive(round);
    archive(columns);
  }
};

}  // namespace

std::uint64_t to_word(DrawsPosition position) {
  if (position.round.value >> (64 - kSizeBits) != 0 || position.size >> kSizeBits != 0) {
    throw FileError(
        "the draws exceed 16 TiB in a round, or 2^20 rounds (positions in them no longer fit a word); "
        "keep fewer draws.");
  }
  return (std::uint64_t{position.round.value} << kSizeBits) | position.size;
}

DrawsPosition to_position(std::uint64_t word) {
  return {Round(static_cast<std::uint32_t>(word >> kSizeBits)), word & ((std::uint64_t{1} << kSizeBits) - 1)};
}

std::string file_name(Round round) { return fmt::format("round-{:06}.dovetail", round.value); }

std::vector<std::pair<Round, std::filesystem::path>> round_files(const std::filesystem::path& folder) {
  std::vector<std::pair<Round, std::filesystem::path>> files;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) throw_file_failure("read", folder, error.value());
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename().string();
    std::uint32_t round = 0;
    const std::size_t start = std::string_view("round-").size();
    if (!name.starts_with("round-")) continue;
    std::from_chars(name.data() + start, name.data() + name.size(), round);
    if (name == file_name(Round(round))) files.emplace_back(Round(round), entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Round first_kept_round(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFirstKeptName;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path))) return Round(0);
  const std::string text = read_text(path, 64);
  std::uint32_t round = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), round);
  if (parsed.ec != std::errc() || std::string_view(parsed.ptr, text.data() + text.size()) != "\n") {
    fail_damaged(path, 0, "it does not hold a round number");
  }
  return Round(round);
}

void record_first_kept_round(const std::filesystem::path& folder, Round round) {
  replace_file(folder / kFirstKeptName, std::to_string(round.value) + "\n");
}

Bytes encode(const FileHeader& header) {
  const Bytes body = pack(NamesOfColumns{header.round.value, header.columns});
  Writer writer;
  writer(kMagic);
  writer(kDrawsFormat);
  writer(static_cast<std::uint32_t>(body.size()));
  writer(crc32c(writer.out));  // of the prelude: a damaged length must not look like a file that ends early
  writer.out.insert(writer.out.end(), body.begin(), body.end());
  writer(crc32c(writer.out));
  return std::move(writer.out);
}

std::optional<FileHeader> read_file_header(const InputFile& file) {
  Bytes bytes(kPreludeBytes);
  const std::size_t got = file.read_at(0, bytes);
  if (got < kPreludeBytes || zeros_from(file, 0)) return std::nullopt;
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    fail_damaged(file.path(), 0, "it does not begin like a draws file");
  }
  const std::span<const std::byte> prelude(bytes);
  if (crc32c(prelude.first(kPreludeBytes - 4)) != word_at<std::uint32_t>(prelude, kPreludeBytes - 4)) {
    fail_damaged(file.path(), 0, "its first bytes fail their checksum");
  }
  if (const auto format = word_at<std::uint32_t>(prelude, kMagic.size()); format != kDrawsFormat) {
    throw FileError(
        fmt::format("cannot read {}: its format is {} and this Dovetail knows {} (another version wrote "
                    "it); use that version.",
                    file.path().string(), format, kDrawsFormat));
  }
  const auto body_bytes = word_at<std::uint32_t>(prelude, kMagic.size() + 4);
  const std::size_t whole = kPreludeBytes + body_bytes + 4;
  if (file.size() < whole) return std::nullopt;
  bytes.resize(whole);
  if (file.read_at(0, bytes) < whole) return std::nullopt;
  const std::span<const std::byte> all(bytes);
  if (crc32c(all.first(whole - 4)) != word_at<std::uint32_t>(all, whole - 4)) {
    fail_damaged(file.path(), 0, "its header fails the checksum");
  }
  auto names = unpack<NamesOfColumns>(all.subspan(kPreludeBytes, body_bytes));
  return FileHeader{Round(names.round), std::move(names.columns), whole};
}

void encode(const BlockHeader& header, std::span<std::byte> out) {
  DOVETAIL_REQUIRE(out.size() == kBlockHeaderBytes);
  Writer writer;
  writer.out.reserve(kBlockHeaderBytes);
  writer(kBlockMagic);
  writer(header.source.value);
  writer(header.round.value);
  writer(header.columns);
  writer(header.first);
  writer(header.rows);
  writer(header.bytes());
  writer(crc32c(writer.out));
  DOVETAIL_ENSURE(writer.out.size() == kBlockHeaderBytes);
  std::copy(writer.out.begin(), writer.out.end(), out.begin());
}

std::optional<BlockHeader> read_block_header(const InputFile& file, std::uint64_t offset) {
  std::array<std::byte, kBlockHeaderBytes> bytes{};
  const std::size_t got = file.read_at(offset, bytes);
  if (got < bytes.size()) return std::nullopt;
  const std::span<const std::byte> all(bytes);
  if (crc32c(all.first(40)) != word_at<std::uint32_t>(all, 40)) {
    if (zeros_from(file, offset)) return std::nullopt;
    fail_damaged(file.path(), offset, "the header of a block fails its checksum");
  }
  BlockHeader header;
  header.source = ItemId(word_at<std::uint32_t>(all, 4));
  header.round = Round(word_at<std::uint32_t>(all, 8));
  header.columns = word_at<std::uint32_t>(all, 12);
  header.first = word_at<std::uint64_t>(all, 16);
  header.rows = word_at<std::uint64_t>(all, 24);
  const auto claimed = word_at<std::uint64_t>(all, 32);
  // The bound on rows keeps bytes() from wrapping around before the two lengths are compared.
  if (word_at<std::uint32_t>(all, 0) != kBlockMagic || header.rows == 0 || header.rows >> 40 != 0 ||
      header.columns == 0 || header.columns >> 20 != 0 || header.bytes() != claimed) {
    fail_damaged(file.path(), offset, "the header of a block contradicts itself");
  }
  if (file.size() < offset || file.size() - offset < claimed) return std::nullopt;
  return header;
}

void fail_damaged(const std::filesystem::path& path, std::uint64_t offset, const std::string& what) {
  throw FileError(fmt::format(
      "{} is damaged at byte {}: {} (draws read from it could be wrong); restore the file, or run again with "
      "{}",
      path.string(), offset, what, run_again_command(path.parent_path().parent_path())));
}

}  // namespace dovetail::detail
