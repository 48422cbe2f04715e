/// What can stop a run, one exception type per exit code, and the checks for Dovetail's own bugs.
///
/// A message says what failed (why it matters); what to try. Thrown at seams, caught once in cli/main.cpp.
#pragma once
#include <stdexcept>
#include <string>

namespace dovetail {

/// Exit codes of the command, part of its contract with scripts.
enum class ExitCode : int {
  done = 0,
  bug = 1,
  usage = 2,
  model = 3,
  diagnostics = 4,
  files = 5,
  workers = 6,  ///< a process that the run needs is lost
  checkpoint = 7,
  stopped = 75,
  interrupted = 130,
};

class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Wrong options, settings or calls.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};
/// The model or its data cannot be used: unknown, NaN, throwing, no finite start.
class ModelError : public Error {
 public:
  explicit ModelError(const std::string& message) : Error(ExitCode::model, message) {}
};
/// The model cannot be asked any more: what computes it hangs, is gone, or answers nonsense. Other exceptions of a
/// model are events at one point, which --on-error may count; this ends the run.
class ModelLost : public ModelError {
 public:
  using ModelError::ModelError;
};
/// A file could not be read or written.
class FileError : public Error {
 public:
  explicit FileError(const std::string& message) : Error(ExitCode::files, message) {}
};
/// It is not there, or no longer.
class FileGone : public FileError {
 public:
  using FileError::FileError;
};
/// Another process of the run is lost, silent, or not what it should be.
class RanksError : public Error {
 public:
  explicit RanksError(const std::string& message) : Error(ExitCode::workers, message) {}
};
/// The store where processes of a run meet is out of reach, full, or not what it should be.
class StoreError : public Error {
 public:
  explicit StoreError(const std::string& message) : Error(ExitCode::workers, message) {}
};
/// A checkpoint is damaged, or belongs to another run, model, seed or version.
class CheckpointError : public Error {
 public:
  explicit CheckpointError(const std::string& message) : Error(ExitCode::checkpoint, message) {}
};

namespace detail {
[[noreturn]] void fail_check(const char* kind, const char* condition, const char* file, int line);
}
}  // namespace dovetail

/// A promise the caller must keep. Stays on in release builds: use where the check is cheap.
#define DOVETAIL_REQUIRE(condition) \
  ((condition) ? void() : ::dovetail::detail::fail_check("requirement", #condition, __FILE__, __LINE__))
/// A promise this code makes about its own result.
#define DOVETAIL_ENSURE(condition) \
  ((condition) ? void() : ::dovetail::detail::fail_check("guarantee", #condition, __FILE__, __LINE__))
