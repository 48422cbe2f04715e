#include "dovetail/jobs/decompress.hpp"

#include <zlib.h>
#ifdef DOVETAIL_HAVE_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include <new>

namespace dovetail {
namespace {

constexpr const char* kDamaged = "the compressed bytes are damaged from here on; copy or make the file anew";

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor() {
    constexpr int kWindow = 15 + 16;  // the largest window; 16 asks zlib for gzip's header and checksum
    if (inflateInit2(&stream_, kWindow) != Z_OK) throw std::bad_alloc();
  }
  ~GzipDecompressor() override { (void)inflateEnd(&stream_); }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;

  std::size_t decompress(std::string_view& in, std::span<char> out) override {
    if (!in_member_) (void)inflateReset(&stream_);
    in_member_ = true;
    // zlib's interface is older than const
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // NOLINT(*-const-cast)
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    in.remove_prefix(in.size() - stream_.avail_in);
    if (status == Z_STREAM_END) {
      in_member_ = false;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fault_ = kDamaged;
    }
    return out.size() - stream_.avail_out;
  }
  [[nodiscard]] bool complete() const override { return !in_member_; }
  [[nodiscard]] const char* fault() const override { return fault_; }

 private:
  z_stream stream_{};
  bool in_member_ = true;  // an empty file is none
  const char* fault_ = nullptr;
};

#ifdef DOVETAIL_HAVE_ZSTD
class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() {
    if (!stream_) throw std::bad_alloc();
  }

  std::size_t decompress(std::string_view& in, std::span<char> out) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t status = ZSTD_decompressStream(stream_.get(), &to, &from);
    in.remove_prefix(from.pos);
    if (ZSTD_isError(status) != 0) {
      const ZSTD_ErrorCode code = ZSTD_getErrorCode(status);
      if (code == ZSTD_error_memory_allocation) throw std::bad_alloc();
      fault_ = code == ZSTD_error_frameParameter_windowTooLarge
                   ? "zstd wrote the file with a window above 128 MB; compress it anew without --long and --ultra"
                   : kDamaged;
    }
    complete_ = status == 0;
    return to.pos;
  }
  [[nodiscard]] bool complete() const override { return complete_; }
  [[nodiscard]] const char* fault() const override { return fault_; }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { (void)ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  bool complete_ = false;
  const char* fault_ = nullptr;
};
#endif

}  // namespace

std::unique_ptr<Decompressor> make_gzip_decompressor() { return std::make_unique<GzipDecompressor>(); }

bool has_zstd() {
#ifdef DOVETAIL_HAVE_ZSTD
  return true;
#else
  return false;
#endif
}

std::unique_ptr<Decompressor> make_zstd_decompressor() {
#ifdef DOVETAIL_HAVE_ZSTD
  return std::make_unique<ZstdDecompressor>();
#else
  return nullptr;
#endif
}

}  // namespace dovetail
