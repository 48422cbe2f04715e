/// One running program with pipes to its standard input, output and error: a line goes in, a line comes out, in time.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dovetail/model/exec/keeper.hpp"

namespace dovetail::exec {

/// How an exchange ended.
enum class Exchange : unsigned char {
  answered,  ///< a whole line came
  ended,     ///< the program ended, or closed its output, before it
  late,      ///< the time was up
  too_long,  ///< the line has more bytes than were allowed
};

/// A program run by /bin/sh -c, in a process group of its own, with no other descriptor of this process. What it writes
/// to its standard error is passed on, line by line. Used by one thread at a time. The destructor closes its input,
/// gives it two seconds to end by itself, and kills it with all that it has started.
class Process {
 public:
  /// ModelError when it cannot be started. `keeper` must outlive this object. This process should ignore SIGPIPE.
  Process(const std::string& command, const Keeper& keeper);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Writes `line` (with its newline) and waits for a line, which line() then shows. Any ending but `answered` leaves
  /// the program dead, and end_words() says how.
  Exchange exchange(std::string_view line, double seconds, std::size_t bytes_max);
  /// The line that came, without its newline; what there was of it when none came whole.
  [[nodiscard]] std::string_view line() const { return std::string_view(input_).substr(0, line_size_); }
  /// "exit code 3", "exit code 139 (signal 11, Segmentation fault)", "signal 9, Killed".
  [[nodiscard]] const std::string& end_words() const { return end_words_; }
  [[nodiscard]] bool is_alive() const { return process_ > 0; }
  /// Ends its input, which asks it to end.
  void close_input();

 private:
  bool write_some(std::string_view& rest);
  bool read_some();
  void pass_on_notes(bool all);
  void end(double grace_seconds);

  const Keeper& keeper_;
  pid_t process_ = -1;
  int to_ = -1;     ///< its standard input
  int from_ = -1;   ///< its standard output
  int notes_ = -1;  ///< its standard error
  std::vector<char> buffer_;
  std::string input_;          ///< what was read: the line, then perhaps what belongs to no answer
  std::size_t line_size_ = 0;  ///< of the line in front
  std::size_t next_ = 0;       ///< where what follows it begins
  std::string note_;
  std::string end_words_;
};

}  // namespace dovetail::exec
