#include "dovetail/store/dir_access.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>

#include "dovetail/core/error.hpp"
#include "dovetail/store/descriptor.hpp"
#include "dovetail/store/file.hpp"

namespace dovetail {
namespace {

constexpr mode_t kFolderOfGroup = 02770;  ///< what is made inside belongs to the same group
constexpr mode_t kFileOfGroup = 0660;

struct stat status_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw_file_failure("examine", path, errno);
  return status;
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why, const std::string& cure) {
  throw FileError("cannot use the folder " + path.string() + ": " + why + "; " + cure + ".");
}

std::string mode_text(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777U));
  return text.data();
}

/// Whether what this process makes in `folder` has the same owner.
bool is_own(const std::filesystem::path& folder, const struct stat& status) {
  if (status.st_uid == ::geteuid()) return true;
  try {
    return new_file_in(folder).st_uid == status.st_uid;
  } catch (const FileGone&) {
    throw;
  } catch (const FileError&) {
    return false;
  }
}

void require_rights(const std::filesystem::path& path, DirAccess access) {
  const struct stat status = status_of(path);
  if (!S_ISDIR(status.st_mode)) {
    refuse(path, "it is no folder but a link or a file, which Dovetail did not put there", "remove it");
  }
  const bool own = access == DirAccess::own;
  if ((status.st_mode & (own ? S_IWGRP | S_IWOTH : S_IWOTH)) != 0) {
    refuse(path, "others may write there (mode " + mode_text(status.st_mode) + "), so its values may be anybody's",
           "run `chmod " + std::string(own ? "700" : "2770") + " " + path.string() + "`, or name another folder" +
               (own ? ", or share it with a group on purpose (?shared=group, docs/stores.md)" : ""));
  }
  if (own && !is_own(path, status)) {
    refuse(path,
           "it belongs to another user (" + std::to_string(status.st_uid) +
               "), who could read and change what a run puts there",
           "name another folder or --run, or share it with a group on purpose (?shared=group, docs/stores.md)");
  }
}

/// Under another name first, so that nobody of the group meets it before it has its rights.
void make_folder_of_group(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return;
  const std::filesystem::path folder = detail::folder_of(path);
  const std::filesystem::path made = folder / temporary_name_in(folder);
  if (::mkdir(made.c_str(), 0700) != 0) throw_file_failure("make the folder", path, errno);
  if (::chmod(made.c_str(), kFolderOfGroup) == 0 && ::rename(made.c_str(), path.c_str()) == 0) {
    return sync_folder(folder);
  }
  const int error_number = errno;
  ::rmdir(made.c_str());
  if (error_number != EEXIST && error_number != ENOTEMPTY) throw_file_failure("make the folder", path, error_number);
}

}  // namespace

void require_place(const std::filesystem::path& place, DirAccess access) {
  struct stat status {};
  if (::stat(place.c_str(), &status) != 0) {
    if (errno == ENOENT && access == DirAccess::own) return;
    throw_file_failure("examine", place, errno);
  }
  const bool anybody = (status.st_mode & S_IWOTH) != 0;
  if (access == DirAccess::own && anybody && (status.st_mode & S_ISVTX) == 0) {
    refuse(place, "anybody may write there and remove what others have (mode " + mode_text(status.st_mode) + ")",
           "run `chmod o-w " + place.string() + "` or `chmod +t " + place.string() + "`, or name another folder");
  }
  if (access == DirAccess::group && (anybody || (status.st_mode & S_ISGID) == 0)) {
    refuse(place, "to be shared with a group it needs mode 2770, and has " + mode_text(status.st_mode),
           "run `chgrp GROUP " + place.string() + " && chmod 2770 " + place.string() + "`");
  }
}

void make_folder(const std::filesystem::path& path, DirAccess access) {
  if (access == DirAccess::group) {
    make_folder_of_group(path);
  } else {
    make_private_folder(path);
  }
  require_rights(path, access);
}

void give_rights(int descriptor, const std::filesystem::path& path, DirAccess access) {
  if (access == DirAccess::group && ::fchmod(descriptor, kFileOfGroup) != 0) {
    throw_file_failure("share with its group", path, errno);
  }
}

struct stat new_file_in(const std::filesystem::path& folder) {
  const detail::Descriptor opened = detail::open_folder(folder);
  const std::string name = temporary_name_in(folder);
  const detail::Descriptor file = detail::open_file(opened.number(), name, O_WRONLY | O_CREAT | O_EXCL, folder / name);
  struct stat status {};
  const int result = ::fstat(file.number(), &status);
  ::unlinkat(opened.number(), name.c_str(), 0);
  if (result != 0) throw_file_failure("examine", folder, errno);
  return status;
}

std::string temporary_name_in(const std::filesystem::path& folder) {
  std::array<unsigned char, 8> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) throw_file_failure("name a file in", folder, errno);
  std::string name = ".";
  for (const unsigned char byte : bytes) {
    name += "0123456789abcdef"[byte >> 4U];
    name += "0123456789abcdef"[byte & 15U];
  }
  return name + ".dovetail-tmp";
}

}  // namespace dovetail
