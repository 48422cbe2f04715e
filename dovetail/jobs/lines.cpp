#include "dovetail/jobs/lines.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <new>
#include <utility>
#include <vector>

#include "dovetail/core/error.hpp"

namespace dovetail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1 << 16;
constexpr std::string_view kGzip = "\x1f\x8b";
constexpr int kGzipWindow = 15 + 16;  // the largest window; 16 asks zlib for gzip's header and checksum

/// How other compressed files begin, and what makes text of them.
struct OtherFormat {
  std::string_view begins, name, command;
};
constexpr OtherFormat kOthers[] = {{"\x28\xb5\x2f\xfd", "zstd", "unzstd"},
                                   {std::string_view("\xfd"
                                                     "7zXZ\0",
                                                     6),
                                    "xz", "unxz"},
                                   {"BZh91AY&SY", "bzip2", "bunzip2"},
                                   {"PK\x03\x04", "zip", "unzip"}};

}  // namespace

/// The bytes of a file, inflated where they are gzip's.
class Lines::Bytes {
 public:
  Bytes(const fs::path& file, const std::string& name) : name_(name), in_(file, std::ios::binary) {
    if (!in_) throw FileError(name_ + " cannot be opened; look at its permissions");
    read();
    compressed_ = read_.starts_with(kGzip);
    if (compressed_ && inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
    in_member_ = compressed_;
  }
  ~Bytes() {
    if (compressed_) (void)inflateEnd(&stream_);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  /// The next ones, until the next call; none at the end, and where there is a fault.
  std::string_view next() {
    if (compressed_) return inflate_more();
    if (read_.empty()) read();
    return std::exchange(read_, {});
  }
  [[nodiscard]] const char* fault() const { return fault_; }  ///< why no more come, where that is not the end
  [[nodiscard]] std::string_view beginning() const { return read_; }

 private:
  void read() {
    in_.read(raw_.data(), static_cast<std::streamsize>(raw_.size()));
    if (in_.bad()) throw FileError(name_ + " could not be read to its end");
    read_ = {raw_.data(), static_cast<std::size_t>(in_.gcount())};
  }

  std::string_view inflate_more() {
    while (fault_ == nullptr) {
      if (read_.empty()) read();
      if (read_.empty()) {
        if (in_member_) fault_ = "the compressed file ends too early: it was cut; copy or make it anew";
        break;
      }
      if (!in_member_) (void)inflateReset(&stream_);
      in_member_ = true;
      // zlib's interface is older than const
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(read_.data()));  // NOLINT(*-const-cast)
      stream_.avail_in = static_cast<uInt>(read_.size());
      stream_.next_out = reinterpret_cast<Bytef*>(inflated_.data());
      stream_.avail_out = static_cast<uInt>(inflated_.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      read_.remove_prefix(read_.size() - stream_.avail_in);
      if (status == Z_STREAM_END) {
        in_member_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fault_ = "the compressed bytes are damaged from here on; copy or make the file anew";
      }
      if (stream_.avail_out < inflated_.size()) return {inflated_.data(), inflated_.size() - stream_.avail_out};
    }
    return {};
  }

  const std::string& name_;
  std::ifstream in_;
  std::vector<char> raw_ = std::vector<char>(kPiece);
  std::string_view read_;  ///< of raw_, what nobody has had yet
  z_stream stream_{};
  std::vector<char> inflated_ = std::vector<char>(kPiece);
  bool compressed_ = false;
  bool in_member_ = false;
  const char* fault_ = nullptr;
};

Lines::Lines(const fs::path& file) : name_(file.string()) {
  if (!fs::exists(file)) throw ModelError(name_ + " does not exist; look at its name");
  if (fs::is_directory(file)) throw ModelError(name_ + " is a folder; give the file of a corpus");
  bytes_ = std::make_unique<Bytes>(file, name_);
  for (const OtherFormat& other : kOthers) {
    if (bytes_->beginning().starts_with(other.begins)) {
      fail(fmt::format("is compressed by {}, and gzip alone is read; make text of it with {}", other.name,
                       other.command));
    }
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
