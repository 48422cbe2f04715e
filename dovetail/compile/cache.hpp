/// Where compiled libraries are kept: a private folder of files named by the hash of what they were made from.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dovetail/compile/compile.hpp"
#include "dovetail/store/descriptor.hpp"

namespace dovetail {

class CompileCache {
 public:
  /// Opens `folder`, making it with mode 0700; empty: the standard one of CompileOptions::cache. FileError when it
  /// belongs to somebody else or others may write to it, since a library from it is run with the user's rights.
  explicit CompileCache(std::filesystem::path folder);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// The file of this name, if it is there.
  [[nodiscard]] std::optional<std::filesystem::path> find(const std::string& name) const;

  /// Held by the one process that may compile. Ends with its process, however that ends.
  class Lock {
   public:
    /// Waits for the others, of which options.note is told once; `what` waits: "model.cpp". Error with
    /// ExitCode::interrupted when options.stopped says so. Removes what a killed process left half made.
    Lock(const CompileCache& cache, const std::string& what, const CompileOptions& options);

   private:
    detail::Descriptor file_;
  };

  /// The file of this name. When it is not there, `make` is called to write it elsewhere, in an empty folder of its own
  /// which is removed afterwards; only a file that is whole gets the name, and nobody else may write to it. `make` may
  /// ask for other files.
  std::filesystem::path make(const Lock& lock, const std::string& name,
                             const std::function<void(const std::filesystem::path&)>& make) const;

 private:
  std::filesystem::path folder_;
};

/// SHA-256 of the parts, each told apart from its neighbours, as 64 hexadecimal digits: the name of a file of the
/// cache.
[[nodiscard]] std::string cache_key(std::span<const std::string> parts);

}  // namespace dovetail
