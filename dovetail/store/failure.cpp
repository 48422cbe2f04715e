// Words for what the system says about files: cause, consequence, cure.
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "dovetail/core/error.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

struct Words {
  int error_number;
  const char* cause;
  const char* cure;
};

constexpr std::array kWords{
    Words{ENOSPC, "the disk is full", "free some space, then `dovetail resume` goes on from the last checkpoint."},
    Words{EDQUOT, "your disk quota is used up",
          "free some space, then `dovetail resume` goes on from the last checkpoint."},
    Words{EFBIG, "the file would exceed a size limit", "raise `ulimit -f`, then `dovetail resume` goes on."},
    Words{EIO, "the device reports an input/output error",
          "check the disk (`dmesg`), and resume from a copy elsewhere."},
    Words{EROFS, "the file system is read-only", "mount it writable or choose another place with `--out`."},
    Words{EACCES, "permission denied", "change the permissions or choose another place with `--out`."},
    Words{EPERM, "the operation is not permitted", "change owner or attributes, or choose another place with `--out`."},
    Words{ENOENT, "it does not exist", "check the name, and whether its folder was moved or removed."},
    Words{ENOTDIR, "a part of its path is not a folder", "check the path."},
    Words{EISDIR, "it is a folder", "name a file."},
    Words{ELOOP, "it is a symbolic link, which Dovetail does not follow inside a run's folder",
          "remove the link or give the real file."},
    Words{ENXIO, "it is a pipe or socket without a reader", "name a regular file."},
    Words{EMFILE, "too many files are open", "raise `ulimit -n`."},
    Words{ENFILE, "the system has too many open files", "close other programs."},
    Words{ESTALE, "the network file system lost it", "check the mount, then `dovetail resume` goes on."},
    Words{ENAMETOOLONG, "the name is too long", "choose a shorter one."},
};

}  // namespace

std::string file_failure(std::string_view verb, const std::filesystem::path& path, int error_number) {
  std::string cause = std::generic_category().message(error_number);
  std::string cure = "check the file system.";
  for (const Words& words : kWords) {
    if (words.error_number == error_number) {
      cause = words.cause;
      cure = words.cure;
      break;
    }
  }
  const bool reading = verb == "read" || verb == "examine";
  return "cannot " + std::string(verb) + " " + path.string() + ": " + cause +
         (reading ? " (nothing was read); " : " (what was committed before is intact); ") + cure;
}

void throw_file_failure(std::string_view verb, const std::filesystem::path& path, int error_number) {
  const std::string words = file_failure(verb, path, error_number);
  if (error_number == ENOENT || error_number == ESTALE) throw FileGone(words);
  throw FileError(words);
}

}  // namespace dovetail
