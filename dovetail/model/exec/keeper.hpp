/// Ends the programs of a model when Dovetail ends, however it ends, also by SIGKILL and also when they hang.
#pragma once
#include <sys/types.h>

namespace dovetail::exec {

/// A small process of its own that waits for the end of this one, then kills the process groups it was told of.
/// (PR_SET_PDEATHSIG would do less: it fires when the *thread* that started a program ends, and does not reach what the
/// program has started itself.) Calls may come from several threads. Without it (fork failed) programs still see the
/// end of their input.
class Keeper {
 public:
  Keeper();
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// `group` is a process group to kill at the end.
  void watch(pid_t group) const { tell(group); }
  /// `group` is no more; its number may soon be somebody else's.
  void forget(pid_t group) const { tell(-group); }

 private:
  void tell(pid_t word) const;
  int pipe_ = -1;
  pid_t process_ = -1;
};

}  // namespace dovetail::exec
