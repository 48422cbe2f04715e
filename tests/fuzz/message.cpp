// Whatever stands under a name of a pool is a message, which is sealed to the same bytes again, or a StoreError. Frames
// are tried as they come and with a right head and checksum around them, so that what is inside is reached too.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "dovetail/execute/pool_names.hpp"

namespace {

using namespace dovetail;

constexpr std::size_t kMax = 4096;

template <class T>
void try_kind(MessageKind kind, std::span<const std::byte> frame) {
  try {
    const T value = unseal<T>(kind, frame, kMax, "input");
    const Bytes again = seal(kind, value);
    if (again.size() != frame.size() || !std::equal(again.begin(), again.end(), frame.begin())) std::abort();
  } catch (const StoreError&) {
  }
}

void try_all(std::span<const std::byte> bytes) {
  try_kind<PoolHeader>(MessageKind::header, bytes);
  try_kind<pool::Incarnation>(MessageKind::incarnation, bytes);
  try_kind<pool::Stretch>(MessageKind::stretch, bytes);
  try_kind<pool::Outcome>(MessageKind::outcome, bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try_all(bytes);
  for (const auto kind : {MessageKind::header, MessageKind::incarnation, MessageKind::stretch, MessageKind::outcome}) {
    try_all(seal_bytes(kind, bytes));
  }
  return 0;
}
