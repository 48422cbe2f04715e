#include "dovetail/jobs/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"
#include "dovetail/jobs/decompress.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1 << 16;

/// How compressed files begin that are not read, and what makes text of them.
struct OtherFormat {
  std::string_view begins, name, command;
};
constexpr OtherFormat kOthers[] = {{kZstdBegins, "zstd", "unzstd"},
                                   {std::string_view("\xfd"
                                                     "7zXZ\0",
                                                     6),
                                    "xz", "unxz"},
                                   {"BZh91AY&SY", "bzip2", "bunzip2"},
                                   {"PK\x03\x04", "zip", "unzip"}};

}  // namespace

/// The bytes of a file, decompressed where they are gzip's or zstd's.
class Lines::Bytes {
 public:
  Bytes(const fs::path& file, const std::string& name) : name_(name), in_(file, std::ios::binary) {
    if (!in_) throw FileError(name_ + " cannot be opened; look at its permissions");
    read();
    if (read_.starts_with(kGzipBegins)) decompressor_ = make_gzip_decompressor();
    if (read_.starts_with(kZstdBegins)) decompressor_ = make_zstd_decompressor();
  }

  /// The next ones, until the next call; none at the end, and where there is a fault.
  std::string_view next() {
    if (decompressor_) return decompress_more();
    if (read_.empty()) read();
    return std::exchange(read_, {});
  }
  [[nodiscard]] const char* fault() const { return fault_; }  ///< why no more come, where that is not the end
  /// How a file begins that is text as it stands.
  [[nodiscard]] std::string_view beginning() const { return decompressor_ ? std::string_view() : read_; }

 private:
  void read() {
    in_.read(raw_.data(), static_cast<std::streamsize>(raw_.size()));
    if (in_.bad()) throw FileError(name_ + " could not be read to its end");
    read_ = {raw_.data(), static_cast<std::size_t>(in_.gcount())};
  }

  std::string_view decompress_more() {
    while (fault_ == nullptr) {
      if (read_.empty()) read();
      const bool ended = read_.empty();
      if (ended && decompressor_->complete()) break;
      const std::size_t written = decompressor_->decompress(read_, text_);
      fault_ = decompressor_->fault();
      if (written > 0) return {text_.data(), written};
      if (!ended) continue;
      if (fault_ == nullptr) fault_ = "the compressed file ends too early: it was cut; copy or make it anew";
      break;
    }
    return {};
  }

  const std::string& name_;
  std::ifstream in_;
  std::vector<char> raw_ = std::vector<char>(kPiece);
  std::string_view read_;                       ///< of raw_, what nobody has had yet
  std::unique_ptr<Decompressor> decompressor_;  ///< none where the file is text as it stands
  std::vector<char> text_ = std::vector<char>(kPiece);
  const char* fault_ = nullptr;
};

Lines::Lines(const fs::path& file) : name_(file.string()) {
  if (!fs::exists(file)) throw ModelError(name_ + " does not exist; look at its name");
  if (fs::is_directory(file)) throw ModelError(name_ + " is a folder; give the file of a corpus");
  bytes_ = std::make_unique<Bytes>(file, name_);
  for (const OtherFormat& other : kOthers) {
    if (!bytes_->beginning().starts_with(other.begins)) continue;
    fail(fmt::format("is compressed by {}, which {}; make text of it with {}", other.name,
                     other.begins == kZstdBegins ? "this build cannot read (it was built without libzstd-dev)"
                                                 : "is not read: gzip and zstd are",
                     other.command));
  }
}

Lines::~Lines() = default;

void Lines::fail(const std::string& what) const {
  throw ModelError(fmt::format("{}:{}: {}", name_, std::max<std::size_t>(1, number_), what));
}

/// Everything up to the next line feed, or to the end of the file; false where there is nothing.
bool Lines::take_line() {
  line_.clear();
  ++number_;
  for (;;) {
    const std::size_t end = left_.find('\n');
    line_.append(left_.substr(0, end));
    if (line_.size() > kLineBytesMax) {
      fail(fmt::format("the line has more than {} bytes; a line is a document: divide it", kLineBytesMax));
    }
    if (end != std::string_view::npos) {
      left_.remove_prefix(end + 1);
      return true;
    }
    left_ = bytes_->next();
    if (!left_.empty()) continue;
    if (bytes_->fault() != nullptr) fail(bytes_->fault());
    if (line_.empty()) --number_;
    return !line_.empty();
  }
}

bool Lines::next() {
  if (!take_line()) return false;
  if (line_.ends_with('\r')) line_.pop_back();
  if (number_ == 1 && line_.starts_with("\xef\xbb\xbf")) line_.erase(0, 3);
  if (line_.find('\0') != std::string::npos)
    fail("holds a NUL byte: this is no text; give the file that it was made of");
  return true;
}

}  // namespace dovetail
