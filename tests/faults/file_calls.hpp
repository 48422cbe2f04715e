/// Stands between a program and the system's file calls: fails the n-th of a kind, makes writes short, interrupts
/// calls, or records them. Linked into a test it is driven by the functions below; as a preloaded library, by
/// `DOVETAIL_FAIL_AT=KIND:N:ERROR` (such as write:3:ENOSPC; N may be "2+", for the second and all after it).
///
/// No privileges, no full disks: it works as root in a container, where permissions stop nobody.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dovetail::test {

enum class Call : std::uint8_t { open, write, cut, fsync, rename, close, unlink };
inline constexpr std::array kCalls{Call::open,   Call::write, Call::cut,   Call::fsync,
                                   Call::rename, Call::close, Call::unlink};
[[nodiscard]] std::string_view name_of(Call call);

struct Fault {
  Call call = Call::write;
  std::uint64_t nth = 0;  ///< 1-based; 0: never
  int error_number = 0;
  bool and_all_after = false;
};

/// Counts from zero again and fails as `fault` says, from now on.
void arm(const Fault& fault);
void disarm();
/// Calls of a kind since the last arm().
[[nodiscard]] std::uint64_t count(Call call);

/// Every call is first interrupted once (EINTR), and a write takes at most `bytes` of what it is given; 0: no limit.
void disturb(std::size_t bytes_per_write);
void leave_alone();

/// From now on fsync only counts and records: no test here cuts the power for real, and a disk's sync is slow.
void pretend_to_sync();

/// What was done to the disk, for a model of power loss.
struct Operation {
  Call call = Call::write;
  std::string path;              ///< of the file, or of the folder for fsync of a folder
  std::string target;            ///< rename: the new name
  std::uint64_t inode = 0;       ///< of the file written, cut or synced; of the new file for open
  std::uint64_t offset = 0;      ///< write: where; cut: the new size
  std::vector<std::byte> bytes;  ///< write: what
};
/// Records successful calls on files below `folder` until stop_recording().
void start_recording(const std::string& folder);
[[nodiscard]] std::vector<Operation> stop_recording();

}  // namespace dovetail::test
