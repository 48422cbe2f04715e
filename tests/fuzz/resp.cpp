// Whatever a server answers is replies within the limits, or refused as a StoreError; in one piece or in many alike.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dovetail/core/error.hpp"
#include "dovetail/store/resp.hpp"

namespace {

using namespace dovetail;

constexpr RespLimits kLimits = {256, 16};

void require(bool condition) {
  if (!condition) std::abort();
}

/// Counts texts and items down.
std::string shown(const RespReply& reply, RespLimits& left) {
  require(reply.text.size() <= left.text_max && reply.items.size() <= left.items_max);
  left.text_max -= reply.text.size();
  left.items_max -= reply.items.size();
  std::string text =
      std::to_string(static_cast<int>(reply.kind)) + "," + std::to_string(reply.integer) + "," + reply.text;
  for (const RespReply& item : reply.items) text += "[" + shown(item, left) + "]";
  return text;
}

/// All replies; "!" at the end where the rest was refused.
std::string read(std::string_view bytes, std::size_t piece) {
  RespReader reader(kLimits);
  std::string text;
  try {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.add(bytes.substr(at, piece));
      while (const auto reply = reader.next()) {
        RespLimits left = kLimits;
        text += shown(*reply, left) + ";";
      }
    }
  } catch (const StoreError&) {
    text += "!";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read(bytes, size + 1);
  if (size <= 256) require(read(bytes, 1) == whole);  // a line without an end is looked through anew for each byte
  require(read(bytes, 61) == whole);
  return 0;
}
