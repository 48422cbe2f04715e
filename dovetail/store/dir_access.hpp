/// Who may use the folders and files of a store in a folder.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>

namespace dovetail {

enum class DirAccess : std::uint8_t {
  own,    ///< their owner alone
  group,  ///< the group that the place belongs to, which is said on purpose
};

/// FileError where runs' folders may not be made in `place`: anybody might put another in their place, or, for a group,
/// what is made there would not belong to it. A place that is not there yet is for its owner alone.
void require_place(const std::filesystem::path& place, DirAccess access);

/// Makes `path` with these rights, and its missing parents for the owner alone, unless it is there. FileError says why
/// not, and where it is there for others: a link, another user's, or writable by others than may use it. Who the owner
/// is the file system says: it may know all its users under one name.
void make_folder(const std::filesystem::path& path, DirAccess access);

/// Gives a new file, which nobody else sees yet, these rights.
void give_rights(int descriptor, const std::filesystem::path& path, DirAccess access);

/// An empty file that was made in `folder` just now, and is gone: its owner and its time are the file system's.
[[nodiscard]] struct stat new_file_in(const std::filesystem::path& folder);

/// A name that no value has and nobody can foresee.
[[nodiscard]] std::string temporary_name_in(const std::filesystem::path& folder);

}  // namespace dovetail
